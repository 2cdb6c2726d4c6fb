#![allow(unused)]

use auth_core::Router;
use auth_core::routing::{get, post};

async fn open() -> &'static str {
    "open"
}

async fn open_too(_id: axum::extract::Path<u64>, _body: String) {}

fn main() {
    let _: Router<()> = Router::new().route("/", get(open)).route("/{id}", post(open_too));
}
