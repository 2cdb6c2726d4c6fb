#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

struct Orders;

impl Orders {
    #[requires(role = Admin)]
    async fn by_reference(&self) {}

    #[requires(role = Admin)]
    async fn by_value(mut self) {}

    #[requires(role = Admin)]
    async fn typed(self: Box<Self>) {}
}

fn main() {}
