#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

use std::rc::Rc;

#[requires(role = Admin)]
async fn handler() -> &'static str {
    let name = Rc::new("orders");
    std::future::ready(()).await;
    *name
}

fn main() {}
