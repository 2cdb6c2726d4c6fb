#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(rol = "admin")]
async fn handler_1() {}

#[requires(tenant = "acme")]
async fn handler_2() {}

#[requires(scope = "orders:read", premission = OrdersRead)]
async fn handler_3() {}

#[requires(any(Role = "admin", role = "guest"))]
async fn handler_4() {}

fn main() {}
