#![allow(unused)]

use auth_core::routing::get;
use auth_core::{Router, public};
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;

#[public]
async fn open() {}

async fn serve() {
    let app = Router::new().route("/", get(open));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn ask() {
    let app: Router = Router::new().route("/", get(open));
    app.oneshot(Request::new(Body::empty())).await.unwrap();
}

fn nest() -> axum::Router {
    let api: Router = Router::new().route("/", get(open));
    axum::Router::new().nest_service("/api", api)
}

fn copied() {
    let api: Router = Router::new().route("/", get(open));
    let other = api.clone();
}

fn main() {}
