#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(scope = "orders:read orders:write")]
async fn handler_1() {}

fn main() {}
