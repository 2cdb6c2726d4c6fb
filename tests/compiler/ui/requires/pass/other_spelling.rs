#![allow(unused)]

#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = "admin")]
async fn handler_1() {}

#[requires(scope = "orders:read")]
async fn handler_2() {}

#[requires(role = "clerk" | "guest")]
async fn handler_3() {}
