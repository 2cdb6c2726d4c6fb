#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = Scope::Read)]
async fn handler_1() {}

#[requires(scope = access::Role::Admin)]
async fn handler_2() {}

mod renamed {
    use super::access::Permission as Role;

    #[auth_core::requires(role = OrdersRead)]
    async fn handler() {}
}

fn main() {}
