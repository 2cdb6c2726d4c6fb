#![allow(unused)]

use auth_core::requires;

#[requires(authenticated, csrf(exempt = "signed webhook"))]
async fn handler_1() {}

#[requires(method = ApiKey | Bearer, csrf(exempt = "signed webhook"))]
async fn handler_2() {}

fn main() {}
