#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(scope = "orders:raed")]
async fn handler_1() {}

#[requires(role = "admni" | "nobody")]
async fn handler_2() {}

#[requires(permission = "orders:cancel", role = "orders:cancel")]
async fn handler_3() {}

#[requires(role = "clerk", scope = "clerk")]
async fn handler_4() {}

fn main() {}
