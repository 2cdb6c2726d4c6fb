#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(check = "owns_order")]
async fn handler_1() {}

#[requires(check = owns_order(id))]
async fn handler_2() {}

#[requires(check = |caller| true)]
async fn handler_3() {}

#[requires(check)]
async fn handler_6() {}

#[auth_core::check("the caller owns the order")]
async fn owns_order() -> bool {
    true
}

async fn unmarked() -> bool {
    true
}

fn main() {}
