//! Names that no token can carry as they stand.

use auth_core::{Groups, Permissions, Roles, Scopes};

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role("")]
    Clerk,
    #[role(" admin")]
    Admin,
}

#[derive(Clone, Copy, Permissions)]
enum Permission {
    #[permission("orders\nread")]
    OrdersRead,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("")]
    Staff,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    #[scope("orders read")]
    Read,
    #[scope("orders\"write")]
    Write,
    #[scope("aufträge")]
    Orders,
    Löschen,
}

fn main() {}
