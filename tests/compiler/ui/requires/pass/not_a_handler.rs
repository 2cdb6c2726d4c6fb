#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = Admin)]
async fn handler() {}

#[requires(role = Admin)]
fn function(_: &auth_core::Identity) -> Result<(), auth_core::AuthError> {
    Ok(())
}

struct Handler;

impl Handler {
    #[requires(role = Admin)]
    fn method(&self, _: &auth_core::Identity) -> Result<(), auth_core::AuthError> {
        Ok(())
    }
}
