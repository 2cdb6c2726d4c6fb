#![allow(unused)]

#[path = "../../access.rs"]
mod access;

use access::Level;
use auth_core::requires;

#[requires(acr = "urn:mfa")]
async fn handler_1() {}

#[requires(acr = Mfa | "visit")]
async fn handler_2() {}
