//! Responses that no cache stores.

use axum::body::Bytes;
use axum::response::{IntoResponse, Json, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use serde::Serialize;

/// A response that no cache stores ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
pub(crate) fn no_store(response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// A JSON response that no cache stores.
pub(crate) fn json(body: &impl Serialize) -> Response {
    no_store(Json(body))
}

/// The same of a text that is JSON.
pub(crate) fn json_text(body: Bytes) -> Response {
    no_store(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body))
}
