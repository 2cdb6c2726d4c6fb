#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = Admin)]
async fn handler_1() {}

#[requires(role = "admin" | Guest)]
async fn handler_2() {}

#[requires(not(role = Guest))]
async fn handler_3() {}

#[requires(any(role = Admin, scope = Read))]
async fn handler_4() {}
