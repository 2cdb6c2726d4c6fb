#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = "ROLE_ADMIN")]
async fn handler_1() {}

#[requires(scope = "SCOPE_orders:raed")]
async fn handler_2() {}

#[requires(role = "clerk,guest")]
async fn handler_3() {}

#[requires(role = "clerk, nobody")]
async fn handler_4() {}

fn main() {}
