//! The attribute of a variant on the enum, and the other way round.

use auth_core::Roles;

#[derive(Clone, Copy, Roles)]
#[role(rename_all = "kebab-case")]
enum Role {
    Clerk,
    #[roles("manager")]
    Manager,
}

fn main() {}
