//! What of proofs of possession others have to know.

use std::sync::Arc;

use super::{NonceWatch, Possession};
use crate::authenticator::Authenticator;
use crate::binding::Dpop;
use crate::scheme::TokenScheme;
use crate::time::Clock;
use crate::web::DpopAnswers;

impl Possession {
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

    /// What rejections say of DPoP.
    pub(in crate::authenticator) fn answers(&self, clock: Arc<dyn Clock>) -> Option<DpopAnswers> {
        let settings = self.dpop.clone()?;
        Some(DpopAnswers { settings, clock })
    }
}

impl Authenticator {
    /// Looks out for an old nonce in a request, if one with this scheme can have any.
    pub(crate) fn watch_nonce(
        &self,
        used: Option<TokenScheme>,
        request: &mut axum::extract::Request,
    ) -> Option<NonceWatch> {
        let dpop = self.0.possession.dpop.as_ref()?;
        if used != Some(TokenScheme::Dpop) || !dpop.requires_nonces() {
            return None;
        }
        let watch = NonceWatch::default();
        request.extensions_mut().insert(watch.clone());
        Some(watch)
    }
}
