#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(check = owns_ordr)]
async fn handler_4() {}

#[requires(check = unmarked)]
async fn handler_5() {}

#[auth_core::check("the caller owns the order")]
async fn owns_order() -> bool {
    true
}

async fn unmarked() -> bool {
    true
}

fn main() {}
