use auth_core::{Groups, Permissions, Roles, Scopes};

#[derive(Clone, Copy, Permissions)]
enum Permission {
    #[permission("orders:read")]
    OrdersRead,
}

#[derive(Clone, Copy, Roles)]
#[roles(permission = Permission, rename_all = "kebab-case")]
enum Role {
    #[role(includes(Manager), grants(OrdersRead))]
    Clerk,
    #[role("admin")]
    Manager,
    Visitor,
}

#[derive(Clone, Copy, Scopes)]
#[scopes(rename_all = "lowercase")]
enum Scope {
    #[scope("read")]
    Read,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("/staff", role = Clerk | Manager)]
    Staff,
    #[group("/leads", role = "admin")]
    Leads,
}
