//! The verifiers of one issuer, and which of them a token goes to.

use crate::authenticator::AuthenticatorError;
use crate::token::{JwtVerifier, Unverified, VerifyError};

/// All verifiers for the tokens of one issuer. Any two of them differ in their algorithms or their
/// audiences, so that `alg` and `aud` of a token lead to one of them.
#[derive(Debug)]
pub(super) struct OfIssuer {
    first: JwtVerifier,
    others: Vec<JwtVerifier>,
}

impl OfIssuer {
    pub(super) fn new(verifier: JwtVerifier) -> Self {
        Self { first: verifier, others: Vec::new() }
    }

    /// Adds one that can be distinguished from those that are there.
    pub(super) fn add(&mut self, verifier: JwtVerifier) -> Result<(), AuthenticatorError> {
        if self.iter().any(|own| own.takes_tokens_of(&verifier)) {
            let issuer = verifier.issuer().to_owned();
            return Err(AuthenticatorError::SeveralVerifiersOfIssuer(issuer));
        }
        self.others.push(verifier);
        Ok(())
    }

    /// The verifier, if there is no other.
    pub(super) fn only(&self) -> Option<&JwtVerifier> {
        self.others.is_empty().then_some(&self.first)
    }

    /// The one verifier for a token, by what the token says of itself. It is asked alone: what it
    /// rejects, no other one is asked about. Of a token for the audiences of two, the one that was
    /// configured first decides.
    pub(super) fn choose(&self, token: &mut Unverified<'_>) -> Result<&JwtVerifier, VerifyError> {
        if let Some(only) = self.only() {
            return Ok(only);
        }
        // What has no signature of any form is for none of them.
        token.has_signature()?;
        let mut refused = VerifyError::UnsupportedAlgorithm;
        for verifier in self.iter() {
            match verifier.is_for(token) {
                Ok(()) => return Ok(verifier),
                // That the audience is another one says more than that the algorithm is.
                Err(VerifyError::UnsupportedAlgorithm) => {}
                Err(other) => refused = other,
            }
        }
        Err(refused)
    }

    /// The one that a token is for, or one that rejects it for the reason that no other is for it.
    pub(super) fn nearest(&self, token: &mut Unverified<'_>) -> &JwtVerifier {
        self.choose(token).unwrap_or(&self.first)
    }

    /// The longest token that any of them looks at, in bytes.
    pub(super) fn max_token_bytes(&self) -> usize {
        self.iter().map(JwtVerifier::max_token_bytes).max().unwrap_or_default()
    }

    fn iter(&self) -> impl Iterator<Item = &JwtVerifier> {
        std::iter::once(&self.first).chain(&self.others)
    }
}
