#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;
use auth_core::{public, requires as guarded};

#[requires(role = "admin")]
#[requires(scope = Read | Write, any(role = Guest, group = "/staff"),)]
async fn twice() {}

#[requires(role = Admin)]
/// Documented.
#[auth_core::public(reason = "none")]
async fn both() {}

#[public]
#[requires(role = Admin)]
async fn both_turned() {}

#[public]
#[public(reason = "none")]
async fn open_twice() {}

#[requires(role = Admin)]
#[guarded(role = Guest)]
async fn renamed() {}

fn main() {}
