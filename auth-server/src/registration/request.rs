//! Reads registration requests.

use auth_accounts::secret::{Digest, SecretText};
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use crate::wire::{OAuthError, OAuthErrorCode, read_body};

/// How many bytes a registration may have.
const MAX_BYTES: usize = 16 * 1024;

/// The JSON object in a body.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
) -> Result<Map<String, Value>, OAuthError> {
    let invalid = |why: &'static str| OAuthError::new(OAuthErrorCode::InvalidClientMetadata, why);
    let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(OAuthError::invalid_request("the body must be application/json"));
    }
    let body = read_body(body, MAX_BYTES).await?;
    serde_json::from_slice(&body).map_err(|_| invalid("the body is not a JSON object"))
}

/// The one bearer token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<SecretText> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let (scheme, token) = line.to_str().ok()?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty();
    is_bearer.then(|| SecretText::from(token))
}

/// The digest of a registration access token.
pub(super) fn token_digest(token: &str) -> Digest {
    Digest::of(&[b"registration-access-token", token.as_bytes()])
}

/// The same response for a missing and a wrong token, and for an unknown client
/// ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
pub(super) fn unauthorized() -> Response {
    let error = OAuthError::new(OAuthErrorCode::InvalidToken, "the token is missing or invalid");
    let mut response = error.into_response();
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}

/// Registration is off: there is nothing here.
pub(super) fn off() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
