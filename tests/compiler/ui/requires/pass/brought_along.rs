#![allow(unused)]

#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{check, requires};

#[requires(check = owns)]
async fn handler_1() {}

#[requires(not(role = Guest))]
async fn handler_5() {}

#[requires(role = "admin")]
async fn handler_7() {}

#[requires(scope = "orders:read" | "orders:write")]
async fn handler_9() {}

#[requires(role = Clerk | Guest)]
async fn handler_11() {}

#[requires(role = "clerk" | "guest")]
async fn handler_12() {}

#[requires(max_age = 3)]
async fn handler_17() {}

#[check("the caller owns it")]
async fn owns() -> bool {
    true
}
