#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = "admin")]
async fn handler_1() {}

#[requires(scope = "orders:read", permission = OrdersRead)]
async fn handler_2() {}

#[requires(any(role = "admin", role = "guest"))]
async fn handler_3() {}
