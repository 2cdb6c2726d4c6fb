#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = Clrk)]
async fn handler_1() {}

#[requires(permission = OrdersRaed | OrdersCancel)]
async fn handler_2() {}

#[requires(scope = access::Scope::Wirte)]
async fn handler_3() {}

fn main() {}
