#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::Level;
use auth_core::requires;

#[requires(acr = access::Role::Admin)]
async fn handler_1() {}

#[requires(role = Level::Mfa)]
async fn handler_2() {}

fn main() {}
