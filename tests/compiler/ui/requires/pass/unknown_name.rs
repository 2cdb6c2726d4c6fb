#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(scope = "orders:read")]
async fn handler_1() {}

#[requires(role = "admin" | "guest")]
async fn handler_2() {}

#[requires(permission = "orders:cancel", role = "clerk")]
async fn handler_3() {}

#[requires(role = "clerk", scope = "orders:read")]
async fn handler_4() {}
