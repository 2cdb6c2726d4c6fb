#![allow(unused_imports, dead_code)]

use auth_core::Router;
use auth_core::routing::{get, post};

#[auth_core::public]
async fn open() -> &'static str {
    "open"
}

#[auth_core::requires(authenticated)]
async fn open_too(_id: axum::extract::Path<u64>, _body: String) {}

#[test]
fn it_holds() {
    let _: Router<()> = Router::new().route("/", get(open)).route("/{id}", post(open_too));
}
