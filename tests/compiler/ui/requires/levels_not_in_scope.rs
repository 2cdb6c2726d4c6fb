#![allow(unused)]

#[path = "../access.rs"]
mod access;

use auth_core::requires;

#[requires(acr = Mfa)]
async fn handler_1() {}

#[requires(acr = mfa)]
async fn handler_2() {}

fn main() {}
