//! The script of the pages of a sign-in, for passkeys.

use auth_core::routing::get;
use auth_core::{Router, public};
use axum::response::{IntoResponse as _, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};

use crate::server::AuthorizationServer;

/// Where it is, below the issuer.
pub(crate) const PATH: &str = "/passkey.js";

const SCRIPT: &str = include_str!("passkey.js");

pub(crate) fn routes() -> Router<AuthorizationServer> {
    Router::new().route(PATH, get(script))
}

#[public(reason = "a page of the sign-in loads it")]
async fn script() -> Response {
    script_answer(SCRIPT)
}

/// A script. It is the same for all, and may be kept for five minutes.
pub(crate) fn script_answer(script: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, script).into_response()
}
