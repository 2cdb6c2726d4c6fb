#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;
use axum::http::Method;

#[requires(role = Admin)]
async fn fifteen(_: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, body: String) {}

#[requires(role = Admin)]
async fn grouped(_: (Method, Method), _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, body: String) {}

#[test]
fn it_holds() {
    let _: auth_core::Router<()> = auth_core::Router::new()
        .route("/a", auth_core::routing::post(fifteen))
        .route("/b", auth_core::routing::post(grouped));
}
