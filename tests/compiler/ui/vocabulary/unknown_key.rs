//! An unknown key is never ignored.

use auth_core::{Groups, Permissions, Roles, Scopes};

#[derive(Clone, Copy, Permissions)]
enum Permission {
    #[permission("orders:read", grants(OrdersRead))]
    OrdersRead,
}

#[derive(Clone, Copy, Roles)]
#[roles(permision = Permission, rename = "kebab-case")]
enum Role {
    #[role(include(Manager))]
    Clerk,
    #[role(admin)]
    Manager,
    #[role(expires = "2030-01-01")]
    Visitor,
}

#[derive(Clone, Copy, Scopes)]
#[scopes(scope = Permission)]
enum Scope {
    #[scope("read", role = Clerk)]
    Read,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("/staff", roles(Clerk, Manager))]
    Staff,
    #[group("/leads", role = Manager, Clerk)]
    Leads,
}

fn main() {}
