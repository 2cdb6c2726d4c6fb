//! Tokens that clients give back ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).

use auth_core::public;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;

use super::known::KnownToken;
use super::{read, refresh_token_digest, required};
use crate::client::Client;
use crate::server::AuthorizationServer;
use crate::store::RevocationReason;
use crate::wire::{OAuthError, cors, no_store};

#[public(reason = "clients authenticate here by credentials of their own")]
pub(super) async fn revoke(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    cors(match server.revoke(request).await {
        Ok(()) => no_store(StatusCode::OK),
        Err(error) => no_store(error),
    })
}

impl AuthorizationServer {
    /// Revokes a token of this client. Of a token that is unknown, another client's, or no longer good
    /// nothing is said, and nothing is done about it.
    async fn revoke(&self, request: Request) -> Result<(), OAuthError> {
        let (parts, form) = read(request).await?;
        let client = self.authenticate_client(&parts, &form).await?;
        let token = required(&form, "token")?;
        // The hint says where it is likelier to be, no more.
        if form.get("token_type_hint") == Some("access_token") {
            if !self.revoke_access_token(&client, token).await? {
                self.revoke_refresh_token(&client, token).await?;
            }
        } else if !self.revoke_refresh_token(&client, token).await? {
            self.revoke_access_token(&client, token).await?;
        }
        Ok(())
    }

    /// Ends the grant of a refresh token, and with it everything that was issued for it. True: it is one.
    async fn revoke_refresh_token(&self, client: &Client, token: &str) -> Result<bool, OAuthError> {
        let found = self.0.store.find_refresh_token(&refresh_token_digest(token)).await?;
        let Some(found) = found else { return Ok(false) };
        if found.grant.client_id == client.id {
            let (grant, why) = (&found.grant.id, RevocationReason::RevokedByClient);
            if self.0.store.revoke_grant(grant, why, self.now()).await? {
                tracing::info!(client = %client.id, %grant, "a client has given a grant back");
            }
        }
        Ok(true)
    }

    /// Revokes one access token. True: it is one.
    async fn revoke_access_token(&self, client: &Client, token: &str) -> Result<bool, OAuthError> {
        match self.known_token(token).await? {
            None => return Ok(false),
            Some(KnownToken::Jwt(known)) => {
                let is_its = known.claims().get("client_id").and_then(Value::as_str);
                if let Some(id) = known.token_id()
                    && is_its == Some(client.id.as_str())
                    && !self.0.store.token_is_revoked(id, self.now()).await?
                {
                    let expires_at = known.expires_at();
                    self.0.store.revoke_token(id, expires_at, self.now()).await?;
                }
            }
            Some(KnownToken::Opaque(known)) => {
                let claims: Option<Value> = serde_json::from_str(&known.token.claims).ok();
                let is_its = claims.as_ref().and_then(|it| it.get("client_id")?.as_str());
                if is_its == Some(client.id.as_str()) {
                    self.0.store.remove_opaque_token(&known.token.digest).await?;
                }
            }
        }
        Ok(true)
    }
}
