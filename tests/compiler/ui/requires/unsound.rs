#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(all(role = Admin, not(role = Clerk)))]
async fn handler_1() {}

#[requires(role = Clerk | Manager)]
async fn handler_2() {}

#[requires(any(role = Admin, not(role = Admin)))]
async fn handler_3() {}

#[requires(role = Admin, permission = OrdersRead)]
async fn handler_4() {}

#[requires(scope = Read, not(scope = "orders:read"))]
async fn handler_5() {}

fn main() {}
