#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = )]
async fn typing() {
    let order = 
}

#[requires(role = Admin)]
async fn typing_too() {
    order.
}

#[requires(role = Admin)]
async fn signature(id: ) {}

fn main() {}
