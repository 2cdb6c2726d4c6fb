#![allow(unused)]

use auth_core::requires;

#[requires(authenticated)]
#[axum::debug_handler]
async fn handler() {}
