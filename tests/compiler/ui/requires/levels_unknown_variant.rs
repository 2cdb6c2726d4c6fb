#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::Level;
use auth_core::requires;

#[requires(acr = Mfaa)]
async fn handler_1() {}

fn main() {}
