#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = "admin" | "guest")]
async fn handler_1() {}

#[requires(role = "admin" | Guest)]
async fn handler_2() {}

#[requires(role = "admin")]
async fn handler_3() {}

#[requires(permission = "orders:read" | "orders:cancel")]
async fn handler_4() {}

#[requires(scope = "orders:read")]
async fn handler_5() {}

#[requires(group = Staff)]
async fn handler_6() {}

#[requires(any(role = Admin, role = Guest))]
async fn handler_7() {}

#[requires(all(role = Admin, scope = Read))]
async fn handler_8() {}

#[requires(authenticated)]
async fn handler_9() {}

#[requires(not(role = Guest))]
async fn handler_10() {}

#[requires(acr = "mfa")]
async fn handler_11() {}

#[requires(role = Role::Admin)]
async fn handler_12() {}
