#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires]
async fn bare() {}

#[requires()]
async fn handler_1() {}

#[requires(any())]
async fn handler_2() {}

#[requires(role = Admin, all())]
async fn handler_3() {}

#[requires(not())]
async fn handler_4() {}

#[requires(crate = auth_core)]
async fn handler_5() {}

fn main() {}
