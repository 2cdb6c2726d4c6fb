#![allow(unused)]

use auth_core::requires;

/// Without a derive.
#[derive(Clone, Copy)]
enum Level {
    Mfa,
}

#[requires(acr = Mfa)]
async fn handler_1() {}

fn main() {}
