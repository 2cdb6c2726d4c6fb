#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(factor(Paskey))]
async fn handler_1() {}

#[requires(factor(totp | Password))]
async fn handler_2() {}

fn main() {}
