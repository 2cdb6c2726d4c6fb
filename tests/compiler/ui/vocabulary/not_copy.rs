//! A name is handed around by value.

use auth_core::{Authority, Roles};

#[derive(Debug, Roles)]
enum Role {
    Clerk,
    #[role(includes(Clerk))]
    Manager,
}

const COUNT: usize = Role::COUNT;

fn main() {}
