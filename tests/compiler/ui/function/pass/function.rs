#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;
use auth_core::{AuthError, Identity};

struct Mine;

impl From<AuthError> for Mine {
    fn from(_: AuthError) -> Self {
        Self
    }
}

#[requires(role = Admin)]
fn returns_nothing(_: &Identity) -> Result<(), AuthError> {
    Ok(())
}

#[requires(role = Admin)]
async fn other_error(caller: &Identity) -> Result<u64, Mine> {
    let _ = caller.subject();
    Ok(5)
}

#[requires(role = Admin)]
fn patterns(caller @ _: &Identity, mut count: u64) -> Result<u64, Mine> {
    count += 1;
    Ok(count + caller.subject().len() as u64)
}

trait Ledger {
    #[requires(role = Admin)]
    fn balance(&self, caller: &Identity) -> Result<(), AuthError> {
        let _ = caller;
        Ok(())
    }
}
