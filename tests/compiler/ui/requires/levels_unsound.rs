#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::Level;
use auth_core::requires;

#[requires(acr = Password | Mfa)]
async fn handler_1() {}

#[requires(all(acr = Password, acr = "urn:mfa"))]
async fn handler_2() {}

#[requires(all(acr = Visit, acr = Mfa))]
async fn handler_3() {}

#[requires(acr = Mfa, not(acr = Password))]
async fn handler_4() {}

#[requires(method = ApiKey, acr = Mfa)]
async fn handler_5() {}

fn main() {}
