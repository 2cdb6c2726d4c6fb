use auth_core::{Groups, Permissions, Roles};

#[derive(Clone, Copy, Permissions)]
enum Permission {
    OrdersRead,
}

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role(grants(OrdersRead))]
    Clerk,
}

#[derive(Clone, Copy, Groups)]
#[groups(role = Role)]
enum Group {
    #[group("/staff", role = Clerk)]
    Staff,
}

#[derive(Clone, Copy, Permissions)]
enum Plain {
    OrdersRead,
}

#[derive(Clone, Copy, Roles)]
#[roles(permission = Plain)]
enum OtherRole {
    #[role(grants(OrdersRead))]
    Clerk,
}
