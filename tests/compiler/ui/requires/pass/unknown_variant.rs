#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = Clerk)]
async fn handler_1() {}

#[requires(permission = OrdersRead | OrdersCancel)]
async fn handler_2() {}

#[requires(scope = access::Scope::Write)]
async fn handler_3() {}
