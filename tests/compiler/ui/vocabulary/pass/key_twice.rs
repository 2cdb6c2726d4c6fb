use auth_core::{Groups, Permissions, Roles};

#[derive(Clone, Copy, Permissions)]
#[permissions(rename_all = "kebab-case")]
enum Permission {
    OrdersRead,
    OrdersCancel,
}

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role("employee")]
    Clerk,
    #[role(grants(OrdersRead, OrdersCancel))]
    Manager,
    // Two attributes with different keys add up, which `cfg_attr` needs.
    #[role("admin")]
    #[cfg_attr(all(), role(includes(Manager)))]
    Admin,
    #[role(includes(Admin))]
    Owner,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("/staff", role = Clerk | Manager)]
    Staff,
}
