//! What resource servers ask about tokens ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)).

use auth_core::public;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{read, required};
use crate::client::Client;
use crate::server::AuthorizationServer;
use crate::wire::{OAuthError, json as answer, no_store};

#[public(reason = "resource servers authenticate here by credentials of their own")]
pub(super) async fn introspect(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    match server.introspect(request).await {
        Ok(claims) => answer(&claims),
        Err(error) => no_store(error),
    }
}

impl AuthorizationServer {
    /// What is said of a token to who asks. Of one that is not good, not known, or not for who asks it is
    /// said that it is not active, and nothing else.
    async fn introspect(&self, request: Request) -> Result<Value, OAuthError> {
        let (parts, form) = read(request).await?;
        let client = self.authenticate_client(&parts, &form).await?;
        if client.is_public() {
            return Err(OAuthError::invalid_client());
        }
        let token = required(&form, "token")?;
        let inactive = json!({ "active": false });
        let Some(known) = self.known_token(token).await? else { return Ok(inactive) };
        let Some(claims) = self.claims_of_good(&known).await? else { return Ok(inactive) };
        if !self.may_ask_about(&client, &claims) {
            return Ok(inactive);
        }
        Ok(Value::Object(described(claims)))
    }

    /// Whether a token is for a resource that this client may ask for.
    fn may_ask_about(&self, client: &Client, claims: &Map<String, Value>) -> bool {
        let Some(aud) = claims.get("aud").and_then(Value::as_str) else { return false };
        let is_for = |uri: &String| self.resource(uri).is_some_and(|it| it.uri == aud);
        client.introspect.iter().any(is_for)
    }
}

/// The answer about a good token: what it says, and how it has to be presented.
fn described(mut claims: Map<String, Value>) -> Map<String, Value> {
    let is_bound = claims.get("cnf").is_some_and(|it| it.get("jkt").is_some());
    claims.insert("active".to_owned(), Value::Bool(true));
    let token_type = if is_bound { "DPoP" } else { "Bearer" };
    claims.insert("token_type".to_owned(), token_type.into());
    claims
}
