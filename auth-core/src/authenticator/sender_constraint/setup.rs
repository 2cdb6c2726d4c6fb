//! What of proofs of possession others have to know.

use std::sync::Arc;

use super::SenderConstraint;
use crate::authenticator::Authenticator;
use crate::binding::Dpop;
use crate::response::DpopChallenge;
use crate::scheme::TokenScheme;
use crate::time::Clock;

impl SenderConstraint {
    /// Whether the scheme `DPoP` is one of ours.
    pub(in crate::authenticator) const fn accepts_dpop(&self) -> bool {
        self.dpop.is_some()
    }

    /// Whether a proof of a DPoP key is required of every token.
    pub(in crate::authenticator) fn requires_dpop(&self) -> bool {
        self.dpop.as_ref().is_some_and(Dpop::is_required)
    }

    /// Whether clients can show a certificate.
    pub(in crate::authenticator) const fn accepts_certificates(&self) -> bool {
        self.certificates.is_some()
    }

    /// What challenges say of DPoP.
    pub(in crate::authenticator) fn challenge(
        &self,
        clock: Arc<dyn Clock>,
    ) -> Option<DpopChallenge> {
        let settings = self.dpop.clone()?;
        Some(DpopChallenge { settings, clock })
    }
}

impl Authenticator {
    /// Whether clients that present a token under this scheme have to prove with a nonce.
    pub(crate) fn requires_nonce(&self, used: Option<TokenScheme>) -> bool {
        let dpop = self.0.sender_constraint.dpop.as_ref();
        used == Some(TokenScheme::Dpop) && dpop.is_some_and(Dpop::requires_nonces)
    }
}
