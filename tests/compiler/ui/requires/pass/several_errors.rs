#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role = "admin", scope = "orders:read", max_age = "5m",)]
async fn handler() {}

#[test]
fn it_holds() {
    let _: auth_core::Router<()> =
        auth_core::Router::new().route("/", auth_core::routing::get(handler));
}
