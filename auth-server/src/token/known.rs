//! Access tokens that are presented to the server: whether they are valid, and what they say.

use auth_core::{Authentication, JwtVerifier};
use serde_json::{Map, Value};

use super::issue::opaque_token_digest;
use crate::server::AuthorizationServer;
use crate::store::{Grant, GrantId, StoredOpaqueToken};
use crate::wire::{OAuthError, OAuthErrorCode};

/// An access token of this server that has not expired. Whether it was revoked is another question.
pub(super) enum KnownToken {
    Jwt(Box<Authentication>),
    Opaque(Box<StoredOpaqueToken>),
}

impl AuthorizationServer {
    /// The access token with this text, for any resource; `None`: this server has not issued it, or it has expired.
    pub(super) async fn known_token(&self, token: &str) -> Result<Option<KnownToken>, OAuthError> {
        let now = self.now();
        if token.contains('.') {
            let verified = self.own_tokens()?.introspect(token).ok();
            // The verifier allows for some seconds between clocks. The token was dated by this clock, so none are
            // allowed.
            let verified = verified.filter(|it| now < it.expires_at());
            return Ok(verified.map(|it| KnownToken::Jwt(Box::new(it.into()))));
        }
        let stored = self.0.store.find_opaque_token(&opaque_token_digest(token)).await?;
        let stored = stored.filter(|it| now < it.token.expires_at);
        Ok(stored.map(Box::new).map(KnownToken::Opaque))
    }

    /// The claims of a token, if it is valid: neither the token nor its grant was revoked, and its user and its
    /// client exist.
    pub(super) async fn claims_of_good(
        &self,
        token: &KnownToken,
    ) -> Result<Option<Map<String, Value>>, OAuthError> {
        let now = self.now();
        let (claims, grant) = match token {
            KnownToken::Jwt(token) => {
                // This server signs no token without an id, or with an unknown grant.
                let Some(id) = token.token_id() else { return Ok(None) };
                if self.0.store.token_is_revoked(id, now).await? {
                    return Ok(None);
                }
                let grant = match token.session_id() {
                    Some(id) => {
                        let Some(id) = GrantId::parse(id) else { return Ok(None) };
                        let grant = self.0.store.find_grant(&id).await?;
                        let Some(grant) = grant.filter(|it| it.is_live(now)) else {
                            return Ok(None);
                        };
                        Some(grant)
                    }
                    None => None,
                };
                (token.claims().clone(), grant)
            }
            KnownToken::Opaque(stored) => {
                let is_over = |grant: &Grant| !grant.is_live(now);
                if stored.token.grant.is_some() != stored.grant.is_some()
                    || stored.grant.as_ref().is_some_and(is_over)
                {
                    return Ok(None);
                }
                let claims =
                    serde_json::from_str(&stored.token.claims).map_err(|_| unreadable())?;
                (claims, stored.grant.clone())
            }
        };
        let client_id = claims.get("client_id").and_then(Value::as_str).unwrap_or_default();
        let user = grant.as_ref().map(|it| &*it.subject);
        Ok(self.are_there(user, client_id).await?.then_some(claims))
    }

    /// The verifier of the access tokens of this server, for any resource, with the current keys.
    fn own_tokens(&self) -> Result<&JwtVerifier, OAuthError> {
        let made = self.0.own_tokens.get_or_init(|| {
            let resources = self.0.resources.iter().chain([&self.0.own_resource]);
            let built = self.jwt_verifier(resources);
            built.map_err(|error| {
                tracing::error!(%error, "the tokens of this server cannot be verified");
            })
        });
        made.as_ref().map_err(|&()| unreadable())
    }
}

pub(super) fn unreadable() -> OAuthError {
    OAuthError::new(OAuthErrorCode::ServerError, "what is known of tokens cannot be read")
}
