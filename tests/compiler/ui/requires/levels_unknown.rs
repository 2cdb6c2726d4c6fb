#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::Level;
use auth_core::requires;

#[requires(acr = "urn:mfaa")]
async fn handler_1() {}

#[requires(acr = "Mfa" | "hardware")]
async fn handler_2() {}

fn main() {}
