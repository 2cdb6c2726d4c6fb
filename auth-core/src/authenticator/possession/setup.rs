//! How proofs of possession are configured.

use std::sync::Arc;

use super::{NonceWatch, Possession};
use crate::authenticator::{Authenticator, AuthenticatorBuilder, AuthenticatorError};
use crate::binding::ClientCertificates;
use crate::binding::Dpop;
use crate::scheme::TokenScheme;
use crate::time::Clock;
use crate::web::DpopAnswers;

impl AuthenticatorBuilder {
    /// Accepts tokens that are bound to a key of their sender, with a proof of it in each request:
    /// DPoP ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
    ///
    /// A request then carries `Authorization: DPoP <token>` and a header `DPoP` with a proof that was
    /// made for this request. Challenges name the scheme beside `Bearer`. A bound token under
    /// `Bearer` is rejected, with and without this setting; a token that is not bound is still
    /// accepted there, unless [`DpopBuilder::required`](crate::binding::DpopBuilder::required) says
    /// otherwise.
    ///
    /// Clients in browsers have to see two headers of the answers: let the CORS layer of the
    /// application expose `WWW-Authenticate` and `DPoP-Nonce`, and allow the request header `DPoP`.
    ///
    /// ```
    /// use auth_core::{Authenticator, Dpop};
    ///
    /// let dpop = Dpop::builder("https://api.example.com").build()?;
    /// let builder = Authenticator::builder().dpop(dpop);
    /// # drop(builder);
    /// # Ok::<(), auth_core::binding::DpopError>(())
    /// ```
    pub fn dpop(mut self, dpop: Dpop) -> Self {
        self.possession.dpop = Some(dpop);
        self
    }

    /// Accepts tokens that are bound to a client certificate, from clients that show it
    /// ([RFC 8705 §3](https://www.rfc-editor.org/rfc/rfc8705#section-3)).
    ///
    /// ```
    /// use auth_core::{Authenticator, ClientCertificates};
    ///
    /// let proxy = ClientCertificates::from_header("client-cert").trusted_peers(["10.0.0.0/8"]);
    /// let builder = Authenticator::builder().client_certificates(proxy);
    /// # drop(builder);
    /// ```
    pub fn client_certificates(mut self, certificates: ClientCertificates) -> Self {
        match certificates.build() {
            Ok(source) => self.possession.certificates = Some(source),
            Err(error) => self.mistakes.push(AuthenticatorError::ClientCertificates(error)),
        }
        self
    }
}

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
