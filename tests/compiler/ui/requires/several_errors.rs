#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(rol = "admin", scope = "orders:raed", role = Clrk, max_age = "5min",)]
async fn handler() {}

fn main() {
    let _: auth_core::Router<()> =
        auth_core::Router::new().route("/", auth_core::routing::get(handler));
}
