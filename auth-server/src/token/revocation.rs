//! Token revocation ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).

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
    /// Revokes a token of this client. A token that is unknown, invalid or of another client is ignored.
    async fn revoke(&self, request: Request) -> Result<(), OAuthError> {
        let (parts, form) = read(request).await?;
        let client = self.authenticate_client(&parts, &form).await?;
        let token = required(&form, "token")?;
        // The hint only orders the search.
        if form.get("token_type_hint") == Some("access_token") {
            if !self.revoke_access_token(&client, token).await? {
                self.revoke_refresh_token(&client, token).await?;
            }
        } else if !self.revoke_refresh_token(&client, token).await? {
            self.revoke_access_token(&client, token).await?;
        }
        Ok(())
    }

    /// Revokes the grant of a refresh token, with everything that was issued for it. False: the token is not a
    /// refresh token.
    async fn revoke_refresh_token(&self, client: &Client, token: &str) -> Result<bool, OAuthError> {
        let found = self.0.store.find_refresh_token(&refresh_token_digest(token)).await?;
        let Some(found) = found else { return Ok(false) };
        if found.grant.client_id == client.id {
            let (grant, why) = (&found.grant.id, RevocationReason::RevokedByClient);
            if self.0.store.revoke_grant(grant, why, self.now()).await? {
                tracing::info!(client = %client.id, %grant, "a client has revoked a grant");
            }
        }
        Ok(true)
    }

    /// Revokes one access token. False: the token is not an access token.
    async fn revoke_access_token(&self, client: &Client, token: &str) -> Result<bool, OAuthError> {
        match self.known_token(token).await? {
            None => return Ok(false),
            Some(KnownToken::Jwt(known)) => {
                let owner = known.claims().get("client_id").and_then(Value::as_str);
                if let Some(id) = known.token_id()
                    && owner == Some(client.id.as_str())
                    && !self.0.store.token_is_revoked(id, self.now()).await?
                {
                    let expires_at = known.expires_at();
                    self.0.store.revoke_token(id, expires_at, self.now()).await?;
                }
            }
            Some(KnownToken::Opaque(known)) => {
                let claims: Option<Value> = serde_json::from_str(&known.token.claims).ok();
                let owner = claims.as_ref().and_then(|it| it.get("client_id")?.as_str());
                if owner == Some(client.id.as_str()) {
                    self.0.store.remove_opaque_token(&known.token.digest).await?;
                }
            }
        }
        Ok(true)
    }
}
