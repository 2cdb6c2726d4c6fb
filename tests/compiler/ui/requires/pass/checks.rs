#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(check = owns_order)]
async fn handler_1() {}

#[requires(check = self::owns_order, role = Admin)]
async fn handler_2() {}

#[auth_core::check("the caller owns the order")]
async fn owns_order() -> bool {
    true
}
