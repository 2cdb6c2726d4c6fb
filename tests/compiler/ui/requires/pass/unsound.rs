#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = Admin)]
async fn handler_1() {}

#[requires(role = Clerk)]
async fn handler_2() {}

#[requires(all(role = Clerk, not(role = Admin)))]
async fn handler_3() {}

#[requires(role = Admin | Guest, scope = Read)]
async fn handler_4() {}
