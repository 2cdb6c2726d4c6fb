#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(all(scope = "orders:read", scope = "orders:write"))]
async fn handler_1() {}
