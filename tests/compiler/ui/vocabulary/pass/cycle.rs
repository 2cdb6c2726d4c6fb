use auth_core::{Roles, Scopes};

#[derive(Clone, Copy, Roles)]
enum Role {
    Clerk,
    #[role(includes(Lead))]
    Manager,
    #[role(includes(Visitor, Clerk))]
    Lead,
    Visitor,
    #[role(includes(Lead, Manager))]
    Owner,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    #[scope("orders:read")]
    Read,
    #[scope("orders:write", includes("orders:read"))]
    Write,
}
