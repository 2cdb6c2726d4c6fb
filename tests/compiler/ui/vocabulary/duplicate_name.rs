//! Two variants under one name on the wire: both places are reported.

use auth_core::{Roles, Scopes};

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role("admin")]
    Administrator,
    #[role("clerk")]
    Clerk,
    #[role(name = "admin")]
    Root,
}

#[derive(Clone, Copy, Scopes)]
#[allow(non_camel_case_types)]
enum Scope {
    ReadAll,
    Read_All,
}

fn main() {}
