//! The endpoints that clients call.
//!
//! - `endpoint`: the token endpoint; `code`, `refresh`, `client_credentials`: a grant type each.
//! - `user_tokens`: the tokens for a grant, for all of these.
//! - `target`: the resource and the scopes of a token.
//! - `issue`: access tokens and ID tokens.
//! - `secret`: codes and refresh tokens.
//! - `known`: access tokens that are presented to this server; `good`: those that were found valid before;
//!   `owners`: whether the user and the client of a token exist.
//! - `pushed`, `introspection`, `revocation`: the other endpoints.

mod client_credentials;
mod code;
mod endpoint;
mod good;
mod introspection;
pub(crate) mod issue;
mod known;
mod owners;
mod pushed;
mod refresh;
mod revocation;
mod secret;
mod target;
mod user_tokens;

use auth_core::Router;
use auth_core::routing::post;
use axum::extract::Request;
use http::request::Parts;

use crate::server::AuthorizationServer;
use crate::wire::{Form, OAuthError, not_allowed, preflight, read_form};

pub(crate) use endpoint::{TokenRequest, TokenResponse};
pub(crate) use good::GoodTokens;
pub(crate) use owners::Owners;
pub(crate) use secret::{code_digest, new_secret, refresh_token_digest};

/// The endpoints that clients call, not browsers.
pub(crate) fn routes() -> Router<AuthorizationServer> {
    Router::new()
        .route("/token", post(endpoint::token).options(preflight).fallback(not_allowed))
        .route("/introspect", post(introspection::introspect).fallback(not_allowed))
        .route("/revoke", post(revocation::revoke).options(preflight).fallback(not_allowed))
        .route("/par", post(pushed::push).options(preflight).fallback(not_allowed))
}

/// The head and the form of a request. Parameters in the address are not read, since servers and proxies log
/// addresses
/// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
pub(crate) async fn read(request: Request) -> Result<(Parts, Form), OAuthError> {
    let (parts, body) = request.into_parts();
    let form = read_form(&parts.headers, body).await?;
    if form.repeated(&["resource", "audience"]).is_some() {
        return Err(OAuthError::invalid_request("a parameter is there more than once"));
    }
    Ok((parts, form))
}

/// A required parameter.
pub(crate) fn required<'a>(form: &'a Form, name: &'static str) -> Result<&'a str, OAuthError> {
    form.get(name).ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
}
