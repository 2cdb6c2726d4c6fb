#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(all(method = Session, method = ApiKey))]
async fn handler_1() {}

#[requires(all(method = Session, method = Session | ApiKey))]
async fn handler_2() {}

fn main() {}
