#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;
use auth_core::{AuthError, Identity};

struct Mine;

#[requires(role = Admin)]
fn returns_nothing(caller: &Identity) {}

#[requires(role = Admin)]
fn returns_something(caller: &Identity) -> u64 {
    5
}

#[requires(role = Admin)]
fn other_error(caller: &Identity) -> Result<u64, Mine> {
    Ok(5)
}

#[requires(role = Admin)]
fn two(caller: &Identity, other: &Identity) -> Result<(), AuthError> {
    Ok(())
}

#[requires(role = Admin)]
const fn constant(caller: &Identity) -> Result<(), AuthError> {
    Ok(())
}

#[requires(check = owns_order)]
fn checked(caller: &Identity) -> Result<(), AuthError> {
    Ok(())
}

#[auth_core::check("the caller owns the order")]
async fn owns_order() -> bool {
    true
}

trait Ledger {
    #[requires(role = Admin)]
    fn balance(&self, caller: &Identity) -> Result<(), AuthError>;
}

#[auth_core::public]
fn open(caller: &Identity) {}

fn main() {}
