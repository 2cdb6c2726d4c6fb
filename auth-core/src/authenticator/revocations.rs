//! What is asked for every request whether its token was revoked.

use super::AuthenticatorBuilder;
use crate::identity::Authentication;
use crate::revocation::{RevocationCheck, RevocationStatus};
use crate::token::VerifyError;

/// All that is asked. None of them can vouch for a credential that another one calls revoked.
#[derive(Debug, Default)]
pub(super) struct RevocationSources(Vec<Box<dyn RevocationCheck>>);

impl RevocationSources {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Rejects a credential that was revoked, or of which that cannot be determined.
    pub(super) fn check(&self, authentication: &Authentication) -> Result<(), VerifyError> {
        let mut outcome = Ok(());
        for source in &self.0 {
            match source.status(authentication) {
                RevocationStatus::Valid => {}
                RevocationStatus::Revoked => return Err(VerifyError::Revoked),
                RevocationStatus::Unknown { retry_after } => {
                    outcome = Err(VerifyError::Unavailable { retry_after });
                }
            }
        }
        outcome
    }
}

impl AuthenticatorBuilder {
    /// Asks for every request whether its token was revoked, be the token known already or not.
    ///
    /// May be called several times: a token passes only if all of them say that it is valid. Keep
    /// a clone of the list, for the code that revokes.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use auth_core::testing::TestIssuer;
    /// use auth_core::{Authenticator, RevocationList, Scopes};
    ///
    /// #[derive(Clone, Copy, Scopes)]
    /// enum Scope {
    ///     Read,
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
    /// let revocations = RevocationList::default();
    /// let authenticator = Authenticator::builder()
    ///     .vocabulary::<(Scope,)>()
    ///     .verifier(issuer.verifier().build()?)
    ///     .revocations(revocations.clone())
    ///     .build()?;
    ///
    /// // Elsewhere, for example in the handler of `DELETE /session`:
    /// revocations.revoke_subject("https://issuer.test", "alice")?;
    /// # Ok(()) } main().unwrap() }
    /// ```
    pub fn revocations(mut self, revocations: impl RevocationCheck + 'static) -> Self {
        self.revocations.0.push(Box::new(revocations));
        self
    }
}
