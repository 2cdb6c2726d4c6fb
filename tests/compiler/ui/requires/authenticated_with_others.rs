#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(authenticated, role = Admin)]
async fn handler_1() {}

#[requires(any(authenticated, role = Admin))]
async fn handler_2() {}

#[requires(not(authenticated))]
async fn handler_3() {}

fn main() {}
