#![allow(unused)]

use auth_core::requires;

#[axum::debug_handler]
#[requires(authenticated)]
async fn handler() {}

fn main() {}
