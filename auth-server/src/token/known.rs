//! Access tokens that come back to the server: whether they are good, and what they say.

use auth_core::token::VerifiedToken;
use auth_core::{Jwks, JwtVerifier};
use serde_json::{Map, Value};

use super::issue::opaque_token_digest;
use crate::server::AuthorizationServer;
use crate::store::{Grant, GrantId, StoredOpaqueToken};
use crate::wire::{OAuthError, OAuthErrorCode};

/// An access token of this server that has not expired. Whether it was revoked is another question.
pub(super) enum KnownToken {
    Jwt(Box<VerifiedToken>),
    Opaque(Box<StoredOpaqueToken>),
}

impl AuthorizationServer {
    /// The access token with this text, whatever its resource; `None`: this server has not issued it, or it has expired.
    pub(super) async fn known_token(&self, token: &str) -> Result<Option<KnownToken>, OAuthError> {
        let now = self.now();
        if token.contains('.') {
            let verified = self.own_tokens()?.introspect(token).ok();
            // The verifier grants some seconds to clocks of others; this is the clock that has dated it.
            let verified = verified.filter(|it| now < it.expires_at());
            return Ok(verified.map(Box::new).map(KnownToken::Jwt));
        }
        let stored = self.0.store.find_opaque_token(&opaque_token_digest(token)).await?;
        let stored = stored.filter(|it| now < it.token.expires_at);
        Ok(stored.map(Box::new).map(KnownToken::Opaque))
    }

    /// What a token says, if it is good: neither it nor its grant was revoked, and neither its user nor its
    /// client is gone.
    pub(super) async fn claims_of_good(
        &self,
        token: &KnownToken,
    ) -> Result<Option<Map<String, Value>>, OAuthError> {
        let now = self.now();
        let (claims, grant) = match token {
            KnownToken::Jwt(token) => {
                // One without an id, or with a grant that is unknown, was not signed by this server.
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
        if let Some(grant) = grant
            && self.0.accounts.claims(&grant.subject).await?.is_none()
        {
            return Ok(None);
        }
        let client_id = claims.get("client_id").and_then(Value::as_str).unwrap_or_default();
        Ok(self.is_there(client_id).await?.then_some(claims))
    }

    /// Whether the client of a token is still there. A document is not fetched for this.
    pub(crate) async fn is_there(&self, client_id: &str) -> Result<bool, OAuthError> {
        Ok(self.may_be_a_document(client_id) || self.client(client_id).await?.is_some())
    }

    /// What verifies the access tokens of this server, for whatever resource. It is made once for each ring
    /// of keys.
    fn own_tokens(&self) -> Result<JwtVerifier, OAuthError> {
        let ring = self.0.keys.ring();
        if let Some(verifier) = ring.own_tokens.get() {
            return Ok(verifier.clone());
        }
        let keys = str::from_utf8(&ring.jwks).ok().and_then(|it| Jwks::from_json(it).ok());
        let resources = self.0.resources.iter().chain([&self.0.own_resource]);
        let builder =
            resources.fold(JwtVerifier::builder(), |it, resource| it.audience(&resource.uri));
        let builder = builder.issuer(self.issuer()).clock(std::sync::Arc::clone(&self.0.clock));
        let built = builder.keys(keys.ok_or_else(unreadable)?).build();
        let verifier = built.map_err(|error| {
            tracing::error!(%error, "the tokens of this server cannot be verified");
            unreadable()
        })?;
        Ok(ring.own_tokens.get_or_init(|| verifier).clone())
    }
}

fn unreadable() -> OAuthError {
    OAuthError::new(OAuthErrorCode::ServerError, "what is known of tokens cannot be read")
}
