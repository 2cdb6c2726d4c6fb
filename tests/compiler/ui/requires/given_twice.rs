#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = Clerk, role = Manager)]
async fn handler_1() {}

#[requires(scope = "orders:read", role = Admin, scope = Write)]
async fn handler_2() {}

#[requires(max_age = "5m", max_age = "8h")]
async fn handler_3() {}

#[requires(authenticated, authenticated)]
async fn handler_4() {}

#[requires(acr = "mfa", acr = "hwk")]
async fn handler_5() {}

#[requires(role = Admin | Admin)]
async fn handler_6() {}

#[requires(role = "admin" | "admin")]
async fn handler_7() {}

#[requires(crate = auth_core, role = Admin, crate = auth_core)]
async fn handler_8() {}

fn main() {}
