#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

use std::sync::Arc;

#[requires(role = Admin)]
async fn handler() -> &'static str {
    let name = Arc::new("orders");
    std::future::ready(()).await;
    *name
}
