//! The page for people. It has nothing secret in it, and calls the endpoints that programs call.

use auth_core::{Router, public, routing};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};

use crate::notes::App;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub fn routes() -> Router<App> {
    Router::new()
        .route("/", routing::get(index))
        .route("/style.css", routing::get(style))
        .route("/app.js", routing::get(script))
}

#[public(reason = "the page that signs people in")]
async fn index() -> Response {
    file("text/html; charset=utf-8", include_str!("../page/index.html"))
}

#[public(reason = "how the page looks")]
async fn style() -> Response {
    file("text/css; charset=utf-8", include_str!("../page/style.css"))
}

#[public(reason = "what the page does")]
async fn script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("../page/app.js"))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
