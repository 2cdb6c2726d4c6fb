#![allow(unused)]

use auth_core::routing::get;
use auth_core::{Router, public};

#[public]
async fn open() {}

fn methods() -> Router {
    Router::new().route("/", axum::routing::get(open))
}

fn chained() -> Router {
    Router::new().route("/", get(open).merge(axum::routing::post(open)))
}

fn nested() -> Router {
    Router::new().nest("/plain", axum::Router::new())
}

fn merged() -> Router {
    Router::new().merge(axum::Router::new())
}

fn into_axum() -> axum::Router {
    let router: Router = Router::new().route("/", get(open));
    axum::Router::new().merge(router)
}

fn main() {}
