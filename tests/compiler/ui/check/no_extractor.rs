#![allow(unused)]

use auth_core::{Identity, check};

struct Order;

#[check("it takes a number")]
async fn number(caller: &Identity, id: u64) -> bool {
    true
}

#[check("it takes a text")]
async fn text(name: String, other: &str) -> bool {
    true
}

#[check("it takes references")]
async fn reference(caller: &Identity, order: &Order, id: &u64) -> bool {
    true
}

fn main() {}
