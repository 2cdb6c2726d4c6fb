#![allow(unused)]

use auth_core::{Identity, check};

struct Order;

#[check("it answers with a number")]
async fn number() -> u8 {
    5
}

#[check("it takes what no request holds")]
async fn unknown(order: Order) -> bool {
    true
}

#[auth_core::requires(check = unknown)]
async fn handler() {}

fn main() {
    let _: auth_core::Router<()> =
        auth_core::Router::new().route("/", auth_core::routing::get(handler));
}
