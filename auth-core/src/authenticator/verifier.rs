//! What makes a credential believable, whichever kind of verifier that is.

use std::sync::Arc;

use crate::verify::{Clock, JwtVerifier, VerifiedToken, VerifyError};

/// What an [`Authenticator`](super::Authenticator) asks whether to believe a token.
///
/// Made from a verifier by `into()`; the kinds of it are not part of the public interface.
#[derive(Clone, Debug)]
pub struct TokenVerifier(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Jwt(JwtVerifier),
}

impl From<JwtVerifier> for TokenVerifier {
    fn from(verifier: JwtVerifier) -> Self {
        Self(Kind::Jwt(verifier))
    }
}

impl TokenVerifier {
    pub(super) async fn verify(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        match &self.0 {
            Kind::Jwt(verifier) => verifier.verify_unproven_or_refresh(token).await,
        }
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        match &self.0 {
            Kind::Jwt(verifier) => verifier.clock(),
        }
    }
}
