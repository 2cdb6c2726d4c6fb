#![allow(unused)]

use auth_core::routing::get;
use auth_core::{Authenticator, Router, public};
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;

#[public]
async fn open() {}

async fn serve(authenticator: Authenticator) {
    let app = Router::new().route("/", get(open)).protect(authenticator).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn ask(authenticator: Authenticator) {
    let app = Router::new().route("/", get(open)).protect(authenticator).unwrap();
    app.oneshot(Request::new(Body::empty())).await.unwrap();
}

fn nest(authenticator: Authenticator) -> axum::Router {
    let api = Router::new().route("/", get(open)).protect(authenticator).unwrap();
    axum::Router::new().nest_service("/api", api)
}
