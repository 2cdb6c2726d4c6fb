//! A name is handed around by value.

use auth_core::vocabulary::Authority;
use auth_core::Roles;

#[derive(Debug, Roles)]
enum Role {
    Clerk,
    #[role(includes(Clerk))]
    Manager,
}

const COUNT: usize = Role::COUNT;

fn main() {}
