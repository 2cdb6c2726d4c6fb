//! A wrong path to the framework is reported once, where it is written.

use auth_core::Roles;

#[derive(Clone, Copy, Roles)]
#[roles(crate = crate::auth)]
enum Role {
    Clerk,
    #[role(includes(Clerk))]
    Manager,
}

fn main() {}
