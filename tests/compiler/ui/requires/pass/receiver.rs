#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

use axum::extract::State;

#[derive(Clone)]
struct Orders;

#[requires(role = Admin)]
async fn list(State(_orders): State<Orders>) {}
