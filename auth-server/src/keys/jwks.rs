//! The key set that verifiers read.

use auth_core::routing::get;
use auth_core::{Router, public};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::server::AuthorizationServer;
use crate::wire::{cors, not_allowed, preflight};

pub(crate) fn routes() -> Router<AuthorizationServer> {
    Router::new().route("/jwks", get(jwks).options(preflight).fallback(not_allowed))
}

/// The public keys that tokens of this server are verified with.
#[public(reason = "verifiers read the public keys here (RFC 7517)")]
async fn jwks(State(server): State<AuthorizationServer>, headers: HeaderMap) -> Response {
    let ring = server.0.keys.ring();
    let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|it| names(it, &ring.etag));
    let max_age = format!("public, max-age={}", server.0.keys.settings().max_age());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let json = HeaderValue::from_static("application/jwk-set+json");
        ([(CONTENT_TYPE, json)], ring.jwks.clone()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, ring.etag.clone());
    if let Ok(max_age) = HeaderValue::try_from(max_age) {
        headers.insert(CACHE_CONTROL, max_age);
    }
    cors(response)
}

/// Whether a list of tags names this one, compared weakly
/// ([RFC 9110 §13.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2)).
fn names(tags: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(tags), Ok(tag)) = (tags.to_str(), tag.to_str()) else { return false };
    tags.split(',').map(str::trim).any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it) == tag)
}
