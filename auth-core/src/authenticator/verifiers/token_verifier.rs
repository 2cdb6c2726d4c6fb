//! One verifier, whichever kind it is of.

#[cfg(feature = "http_client")]
use crate::token::IntrospectionVerifier;
use crate::token::JwtVerifier;

/// What an [`Authenticator`](crate::Authenticator) asks whether to accept a token.
///
/// Made from a verifier by `into()`; the kinds of it are not part of the public interface.
#[derive(Clone, Debug)]
pub struct TokenVerifier(pub(super) Kind);

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Jwt(JwtVerifier),
    #[cfg(feature = "http_client")]
    Introspection(IntrospectionVerifier),
}

impl From<JwtVerifier> for TokenVerifier {
    fn from(verifier: JwtVerifier) -> Self {
        Self(Kind::Jwt(verifier))
    }
}

#[cfg(feature = "http_client")]
impl From<IntrospectionVerifier> for TokenVerifier {
    fn from(verifier: IntrospectionVerifier) -> Self {
        Self(Kind::Introspection(verifier))
    }
}
