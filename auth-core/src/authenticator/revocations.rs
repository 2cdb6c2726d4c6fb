//! What is asked for every request whether its token was revoked.

use crate::identity::Authentication;
use crate::revocation::{RevocationCheck, RevocationStatus};
use crate::token::VerifyError;

/// All that is asked. None of them can vouch for a credential that another one calls revoked.
#[derive(Debug, Default)]
pub(super) struct RevocationSources(Vec<Box<dyn RevocationCheck>>);

impl RevocationSources {
    pub(super) fn add(&mut self, revocations: Box<dyn RevocationCheck>) {
        self.0.push(revocations);
    }

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
