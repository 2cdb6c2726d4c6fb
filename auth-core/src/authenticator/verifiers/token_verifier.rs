//! One verifier, whichever kind it is of.

use std::sync::Arc;

use crate::token::{JwtVerifier, OpaqueTokenVerifier, OpaqueTokens};

/// What an [`Authenticator`](crate::Authenticator) asks whether to accept a token.
///
/// Made from a verifier by `into()`; the kinds of it are not part of the public interface.
#[derive(Clone, Debug)]
pub struct TokenVerifier {
    pub(super) signed: Option<JwtVerifier>,
    pub(super) opaque: Option<Arc<dyn OpaqueTokens>>,
}

impl From<JwtVerifier> for TokenVerifier {
    fn from(verifier: JwtVerifier) -> Self {
        Self { signed: Some(verifier), opaque: None }
    }
}

impl From<OpaqueTokenVerifier> for TokenVerifier {
    fn from(verifier: OpaqueTokenVerifier) -> Self {
        Self { signed: None, opaque: Some(Arc::new(verifier)) }
    }
}
