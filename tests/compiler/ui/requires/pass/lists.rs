#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(not(role = Guest))]
async fn handler_1() {}

#[requires(all(role = Admin, scope = Read))]
async fn handler_2() {}

#[requires(any(role = Admin, scope = Read))]
async fn handler_3() {}

#[requires(not(any(role = Admin, role = Guest)))]
async fn handler_4() {}

#[requires(role = Admin, scope = Read,)]
async fn handler_5() {}

#[requires(not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(role = Guest))))))))))))))))]
async fn handler_6() {}
