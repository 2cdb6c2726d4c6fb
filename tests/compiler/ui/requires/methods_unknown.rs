#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

const KEY: &str = "api-key";

#[requires(method = Sesion)]
async fn handler_1() {}

#[requires(method = self::KEY)]
async fn handler_2() {}

fn main() {}
