#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = Admin)]
fn sync() {}

#[requires(role = Admin)]
fn future() -> impl Future<Output = ()> {
    async {}
}

#[requires(role = Admin)]
struct Handler;

#[requires(role = Admin)]
impl Handler {
    async fn list() {}
}

#[requires(role = Admin)]
mod handlers {}

#[requires(role = Admin)]
const LIMIT: u8 = 5;

#[requires(role = Admin)]
async unsafe fn not_safe() {}

#[requires(role = Admin)]
async extern "C" fn foreign() {}

trait Handlers {
    #[requires(role = Admin)]
    async fn list();
}

impl Handler {
    #[requires(role = Admin)]
    async fn associated() {}
}

fn main() {}
