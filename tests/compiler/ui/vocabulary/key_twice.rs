//! Of two values for one key, neither is taken silently.

use auth_core::{Groups, Permissions, Roles};

#[derive(Clone, Copy, Permissions)]
#[permissions(rename_all = "kebab-case", rename_all = "snake_case")]
enum Permission {
    OrdersRead,
    OrdersCancel,
}

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role("clerk", name = "employee")]
    Clerk,
    #[role(grants(OrdersRead), grants(OrdersCancel))]
    Manager,
    #[role(includes(Clerk))]
    #[role(includes(Manager))]
    Admin,
    #[role(includes(Admin, Admin))]
    Owner,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("/staff", role = Clerk, role = Manager)]
    Staff,
}

fn main() {}
