//! Signed access tokens that were found valid, and what is read again for each request.
//!
//! What a token says, and that this server has signed it, does not change: both are remembered. Whether the token
//! was revoked, and whether its user and its client still exist, is read for each request. The reads begin after the
//! request, and concurrent requests share them.

use std::sync::Arc;

use auth_core::Authentication;
use auth_core::revocation::{CatchUpError, RevocationCheck as _, RevocationStatus};
use auth_core::token::{KnownTokens, Perishable};
use axum::body::Bytes;

use super::known::KnownToken;
use crate::server::AuthorizationServer;
use crate::wire::OAuthError;

/// How many tokens are remembered, each with what it says: some 80 MiB where a token has 1 KiB.
const ENTRIES: usize = 16_384;

/// The signed access tokens that were found valid lately.
#[derive(Debug)]
pub(crate) struct GoodTokens(KnownTokens<Remembered>);

struct Remembered(Arc<GoodToken>);

impl Default for GoodTokens {
    fn default() -> Self {
        Self(KnownTokens::new(ENTRIES))
    }
}

/// A signed access token of this server that was found valid.
pub(crate) struct GoodToken {
    token: Authentication,
    /// The numbering of the revocations. If it differs, the store was replaced since the token was read.
    generation: u64,
    client_id: String,
    pub(super) said: Said,
}

/// The answer to a resource server about a valid token.
#[derive(Clone)]
pub(super) struct Said {
    /// The resource that it is for (`aud`).
    pub(super) audience: Arc<str>,
    /// As JSON.
    pub(super) answer: Bytes,
}

/// What is known now of a token that was found valid before.
pub(super) enum Still {
    Good,
    Over,
    /// The token has to be read from the store, as any other one.
    Unknown(Result<u64, CatchUpError>),
}

impl Perishable for Remembered {
    fn is_good(&self, now: u64) -> bool {
        let token = &self.0.token;
        // The verifier allows for some seconds between clocks. The token was dated by this clock, so none are allowed.
        now < token.expires_at() && token.is_good(now)
    }
}

impl AuthorizationServer {
    /// The token with this text, if it was found valid before, has not expired, and the keys are the same.
    pub(super) fn found_good_before(&self, text: &str) -> Option<Arc<GoodToken>> {
        self.0.good_tokens.0.get(text.as_bytes(), self.now(), |it| Arc::clone(&it.0))
    }

    /// Whether a token that was found valid before is valid now.
    pub(super) async fn is_still_good(&self, good: &GoodToken) -> Result<Still, OAuthError> {
        let user = good.token.session_id().map(|_| good.token.subject());
        let (caught_up, are_there) =
            tokio::join!(self.0.revocations.catch_up(), self.are_there(user, &good.client_id));
        if !caught_up.as_ref().is_ok_and(|generation| *generation == good.generation) {
            return Ok(Still::Unknown(caught_up));
        }
        Ok(match self.0.revocations.status(&good.token) {
            RevocationStatus::Valid if are_there? => Still::Good,
            RevocationStatus::Valid | RevocationStatus::Revoked => Still::Over,
            RevocationStatus::Unknown { .. } => Still::Unknown(caught_up),
        })
    }

    /// The answer about a token, if the store says that it is valid. A signed token is remembered then.
    ///
    /// `caught_up` is the result of reading the revocations, if they were read before. If they cannot be read, only
    /// this token is read from the store, and nothing is remembered.
    pub(super) async fn examine(
        &self,
        text: &str,
        token: KnownToken,
        caught_up: Option<Result<u64, CatchUpError>>,
    ) -> Result<Option<Said>, OAuthError> {
        let caught_up = match (&token, caught_up) {
            (KnownToken::Opaque(_), _) => None,
            (KnownToken::Jwt(_), Some(caught_up)) => Some(caught_up),
            (KnownToken::Jwt(_), None) => Some(self.0.revocations.catch_up().await),
        };
        let Some(claims) = self.claims_of_good(&token).await? else { return Ok(None) };
        let text_of = |name| claims.get(name).and_then(|it| it.as_str()).unwrap_or_default();
        let (audience, client_id) = (text_of("aud").into(), text_of("client_id").to_owned());
        let said = Said { audience, answer: super::introspection::answer(claims)? };
        let KnownToken::Jwt(token) = token else { return Ok(Some(said)) };
        match caught_up {
            // Revoked at this node alone, since the store failed.
            Some(Ok(_)) if self.0.revocations.status(&token) == RevocationStatus::Revoked => {
                return Ok(None);
            }
            Some(Ok(generation)) => {
                let good = GoodToken { token: *token, generation, client_id, said: said.clone() };
                self.0.good_tokens.0.put(text.as_bytes(), Remembered(Arc::new(good)), self.now());
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "the store is asked about each token by itself");
            }
            None => {}
        }
        Ok(Some(said))
    }
}
