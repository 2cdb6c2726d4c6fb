#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;
use auth_core::{public, requires as guarded};

#[requires(role = "admin", scope = Read | Write, any(role = Guest, group = "/staff"))]
async fn twice() {}

#[requires(role = Admin)]
async fn guarded_only() {}

#[public]
async fn open() {}
