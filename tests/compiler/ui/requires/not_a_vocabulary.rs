#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

pub enum Colour {
    Red,
}

mod elsewhere {
    pub use super::Colour as Role;
}

#[requires(role = Colour::Red)]
async fn handler_1() {}

mod strings {
    use super::elsewhere::Role;

    #[auth_core::requires(role = "red")]
    async fn handler() {}
}

fn main() {}
