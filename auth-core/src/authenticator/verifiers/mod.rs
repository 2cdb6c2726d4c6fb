//! The verifiers of an authenticator, and which of them a token goes to.

mod configured;
#[cfg(feature = "http_client")]
mod entra;
mod explain;
#[cfg(feature = "http_client")]
mod introspection;
mod issuers;
mod of_issuer;
mod resolved;
mod resolver;
mod token_verifier;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

#[cfg(feature = "http_client")]
pub use entra::{EntraTenants, EntraTenantsBuilder, EntraTenantsError};
pub use issuers::IssuerResolverSettings;
pub use resolver::{IssuerResolver, ResolveError};
pub use token_verifier::TokenVerifier;

pub(super) use configured::VerifierSettings;
use of_issuer::OfIssuer;
use resolved::ResolvedIssuers;

use super::Authenticator;
use crate::time::Clock;
use crate::token::{
    JwtVerifier, MAX_TOKEN_BYTES, OpaqueTokens, UnprovenToken, Unverified, VerifyError,
};

/// The verifiers of an authenticator.
pub(super) struct Verifiers {
    jwt: JwtVerifiers,
    opaque: Option<Arc<dyn OpaqueTokens>>,
    clock: Arc<dyn Clock>,
}

/// Who verifies signed tokens.
enum JwtVerifiers {
    /// No one.
    None,
    /// One verifier, which therefore gets every one of them.
    One(JwtVerifier),
    /// Several, by the issuer whose tokens they verify, and by the tokens of it.
    Several(Box<ByIssuer>),
}

/// Verifiers that share nothing: what one of them holds is no key for the tokens of another.
struct ByIssuer {
    fixed: HashMap<Box<str>, OfIssuer>,
    resolved: Option<Arc<ResolvedIssuers>>,
    /// The longest token that any of them looks at, in bytes.
    max_token_bytes: usize,
}

impl Verifiers {
    /// Verifies a token with the one verifier that it goes to: here is decided which.
    ///
    /// A signed JWT goes to the verifier of its issuer; any other token goes to introspection.
    pub(super) async fn verify(&self, token: &str) -> Result<UnprovenToken, VerifyError> {
        if let Some(opaque) = &self.opaque {
            return match self.jwt.own(token) {
                Some(mut signed) => self.jwt.verify(&mut signed).await,
                None => match opaque.known(token) {
                    Some(known) => known,
                    None => opaque.ask(token).await,
                },
            };
        }
        self.jwt.verify(&mut self.jwt.parse(token)?).await
    }

    /// Whether there is no verifier, and so no token is ever valid.
    pub(super) const fn are_none(&self) -> bool {
        matches!(self.jwt, JwtVerifiers::None) && self.opaque.is_none()
    }

    /// The clock of the authenticator.
    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Forgets what a resolver said of an issuer.
    fn forget_issuer(&self, issuer: &str) {
        if let JwtVerifiers::Several(verifiers) = &self.jwt
            && let Some(resolved) = &verifiers.resolved
        {
            resolved.forget(issuer);
        }
    }
}

impl Authenticator {
    /// Forgets what the [resolver](IssuerResolver) said of an issuer: the next of its tokens asks it
    /// anew. For a tenant that went, or whose configuration changed.
    ///
    /// What was accepted before is verified anew, from the next request on. Nothing changes for the
    /// issuer of a verifier that was given to
    /// [`AuthenticatorBuilder::verifier`](super::AuthenticatorBuilder::verifier).
    pub fn forget_issuer(&self, issuer: &str) {
        self.0.verifiers.forget_issuer(issuer);
    }
}

impl JwtVerifiers {
    /// Takes a token apart, if one of them looks at tokens that are so long.
    fn parse<'a>(&self, token: &'a str) -> Result<Unverified<'a>, VerifyError> {
        let most = match self {
            Self::None => return Err(VerifyError::Malformed),
            Self::One(verifier) => verifier.max_token_bytes(),
            Self::Several(verifiers) => verifiers.max_token_bytes,
        };
        if token.len() > most {
            return Err(VerifyError::TooLarge);
        }
        Ok(Unverified::parse(token)?)
    }

    /// A token that could also be an opaque one, if it is for these verifiers.
    fn own<'a>(&self, token: &'a str) -> Option<Unverified<'a>> {
        // No verifier looks at a longer one.
        if matches!(self, Self::None) || token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        Unverified::parse(token).ok().filter(Unverified::names_an_algorithm)
    }

    async fn verify(&self, token: &mut Unverified<'_>) -> Result<UnprovenToken, VerifyError> {
        match self {
            Self::None => Err(VerifyError::Malformed),
            Self::One(verifier) => verifier.verify_unproven(token).await,
            Self::Several(verifiers) => verifiers.verify(token).await,
        }
    }
}

impl ByIssuer {
    /// What the token says of its issuer is not trusted here: the verifier that it leads to checks
    /// it once more, with a signature over it.
    async fn verify(&self, token: &mut Unverified<'_>) -> Result<UnprovenToken, VerifyError> {
        if token.len() > self.max_token_bytes {
            return Err(VerifyError::TooLarge);
        }
        let issuer = token.issuer()?;
        match (self.fixed.get(issuer.as_str()), &self.resolved) {
            (Some(verifiers), _) => verifiers.choose(token)?.verify_unproven(token).await,
            (None, Some(resolved)) => resolved.verify(&issuer, token).await,
            (None, None) => Err(VerifyError::IssuerMismatch),
        }
    }
}

impl fmt::Debug for Verifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Verifiers");
        match &self.jwt {
            JwtVerifiers::None => {}
            JwtVerifiers::One(verifier) => {
                shown.field("jwt", verifier);
            }
            JwtVerifiers::Several(verifiers) => {
                shown.field("jwt", &verifiers.fixed).field("resolved", &verifiers.resolved);
            }
        }
        shown.field("opaque", &self.opaque).field("clock", &self.clock).finish()
    }
}
