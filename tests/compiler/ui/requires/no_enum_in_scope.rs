#![allow(unused)]

#[path = "../access.rs"]
mod access;

use auth_core::requires;

#[requires(role = Clerk)]
async fn handler_1() {}

#[requires(role = "clerk", permission = "orders:read")]
async fn handler_2() {}

#[requires(any(role = "admin", all(role = "clerk", scope = Read)))]
async fn handler_3() {}

fn main() {}
