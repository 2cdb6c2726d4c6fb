//! CORS, for clients in browsers ([RFC 10017](https://www.rfc-editor.org/rfc/rfc10017)).
//!
//! Endpoints for clients allow every origin, but without credentials: they never use cookies. Pages allow none,
//! so that scripts of other origins cannot read them.

use auth_core::public;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL,
};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::no_store;

/// Lets scripts of every origin read this answer.
pub(crate) fn cors(response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static("DPoP-Nonce, WWW-Authenticate, Retry-After");
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    response
}

/// Answers a preflight request
/// ([Fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch)). `*` does not include `Authorization`.
#[public(reason = "browsers ask whether scripts of other origins may call the endpoint")]
pub(crate) async fn preflight() -> Response {
    let mut response = cors(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    let all = HeaderValue::from_static("GET, POST, PUT, DELETE");
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, all);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*, Authorization"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer to other methods; `Allow` is added by the router.
#[public(reason = "other methods than those of the endpoint are refused")]
pub(crate) async fn not_allowed() -> Response {
    let body = json!({
        "error": "invalid_request",
        "error_description": "this endpoint takes other methods: see the header Allow",
    });
    cors(no_store((StatusCode::METHOD_NOT_ALLOWED, axum::response::Json(body))))
}
