#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = Clerk | Guest)]
async fn handler_1() {}

#[requires(all(scope = "orders:read", scope = Write), role = Admin)]
async fn handler_2() {}

#[requires(max_age = "5m")]
async fn handler_3() {}

#[requires(authenticated)]
async fn handler_4() {}

#[requires(acr = "mfa" | "hwk")]
async fn handler_5() {}

#[requires(any(role = Admin, all(role = Guest, role = Clerk)))]
async fn handler_6() {}

#[requires(crate = auth_core, role = Admin)]
async fn handler_7() {}
