//! Inclusion that forms a cycle is reported once, where it closes.

use auth_core::{Roles, Scopes};

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role(includes(Manager))]
    Clerk,
    #[role(includes(Lead))]
    Manager,
    #[role(includes(Visitor, Clerk))]
    Lead,
    Visitor,
    #[role(includes(Lead, Owner))]
    Owner,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    #[scope("orders:read", includes("orders:write"))]
    Read,
    #[scope("orders:write", includes("orders:read"))]
    Write,
}

fn main() {}
