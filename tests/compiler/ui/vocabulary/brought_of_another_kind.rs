//! Roles grant permissions, and groups bring roles; nothing else fits.

use auth_core::{Groups, Roles, Scopes};

#[derive(Clone, Copy, Scopes)]
enum Permission {
    OrdersRead,
}

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role(grants(OrdersRead))]
    Clerk,
}

#[derive(Clone, Copy, Groups)]
#[groups(role = Permission)]
enum Group {
    #[group("/staff", role = OrdersRead)]
    Staff,
}

enum Plain {
    OrdersRead,
}

#[derive(Clone, Copy, Roles)]
#[roles(permission = Plain)]
enum OtherRole {
    #[role(grants(OrdersRead))]
    Clerk,
}

fn main() {}
