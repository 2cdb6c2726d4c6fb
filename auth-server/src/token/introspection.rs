//! What resource servers ask about tokens ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)).

use auth_core::public;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Map, Value};

use super::good::Still;
use super::known::unreadable;
use super::{read, required};
use crate::client::Client;
use crate::server::AuthorizationServer;
use crate::wire::{OAuthError, json_text, no_store};

/// The answer about a token that is invalid, not known, or not for the client that asks.
const INACTIVE: Bytes = Bytes::from_static(br#"{"active":false}"#);

#[public(reason = "resource servers authenticate here by credentials of their own")]
pub(super) async fn introspect(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    match server.introspect(request).await {
        Ok(said) => json_text(said.unwrap_or(INACTIVE)),
        Err(error) => no_store(error),
    }
}

impl AuthorizationServer {
    /// The answer about a token to the client that asks; `None`: it is not active.
    ///
    /// A token that any node revoked before the request arrived is never active.
    async fn introspect(&self, request: Request) -> Result<Option<Bytes>, OAuthError> {
        let (parts, form) = read(request).await?;
        let client = self.authenticate_client(&parts, &form).await?;
        if client.is_public() {
            return Err(OAuthError::invalid_client());
        }
        let text = required(&form, "token")?;
        let mut caught_up = None;
        if let Some(good) = self.found_good_before(text) {
            if !self.may_ask_about(&client, &good.said.audience) {
                return Ok(None);
            }
            match self.is_still_good(&good).await? {
                Still::Good => return Ok(Some(good.said.answer.clone())),
                Still::Over => return Ok(None),
                Still::Unknown(read) => caught_up = Some(read),
            }
        }
        let Some(token) = self.known_token(text).await? else { return Ok(None) };
        let Some(said) = self.examine(text, token, caught_up).await? else { return Ok(None) };
        Ok(self.may_ask_about(&client, &said.audience).then_some(said.answer))
    }

    /// Whether this client may ask about tokens for this resource.
    fn may_ask_about(&self, client: &Client, audience: &str) -> bool {
        let is_it = |uri: &String| self.resource(uri).is_some_and(|it| it.uri == audience);
        client.introspect.iter().any(is_it)
    }
}

/// The answer about a valid token: its claims, and how it has to be presented.
pub(super) fn answer(mut claims: Map<String, Value>) -> Result<Bytes, OAuthError> {
    let is_bound = claims.get("cnf").is_some_and(|it| it.get("jkt").is_some());
    claims.insert("active".to_owned(), Value::Bool(true));
    let token_type = if is_bound { "DPoP" } else { "Bearer" };
    claims.insert("token_type".to_owned(), token_type.into());
    serde_json::to_vec(&claims).map(Bytes::from).map_err(|_| unreadable())
}
