#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(scope = Scope::Read)]
async fn handler_1() {}

#[requires(role = access::Role::Admin)]
async fn handler_2() {}
