//! Whether the sender of a bound token is the one it is bound to.

mod input;
mod setup;

use http::HeaderName;
use http::request::Parts;

pub(super) use input::ConstraintInput;

use super::step::Step;
use crate::authenticator::pipeline::original_uri;
use crate::binding::CertificateSource;
use crate::binding::{Dpop, ProofProblem, ProofRequest, proof_of};
use crate::error::{AuthError, BadRequest};
use crate::identity::Identity;
use crate::jose::base64url_encode;
use crate::scheme::{RawToken, TokenScheme};
use crate::token::{SenderProven, Unproven, VerifiedToken, VerifyError};

/// [RFC 9449 §4.1](https://www.rfc-editor.org/rfc/rfc9449#section-4.1)
const DPOP: HeaderName = HeaderName::from_static("dpop");

/// How a sender proves to be the one that a token is bound to.
#[derive(Debug, Default)]
pub(super) struct SenderConstraint {
    pub(super) dpop: Option<Dpop>,
    pub(super) certificates: Option<CertificateSource>,
}

impl SenderConstraint {
    /// Rejects a token whose sender does not prove to be the one it is bound to.
    ///
    /// Without a request nothing can be proved, so a bound token is rejected then. A proof is used up
    /// last, when nothing here can reject the request any more.
    pub(super) fn verify<'a>(
        &'a self,
        identity: Unproven<Identity>,
        scheme: TokenScheme,
        token: RawToken<'a>,
        request: Option<&'a Parts>,
        nonce_is_old: &'a mut bool,
    ) -> Step<'a, Identity> {
        match self.check(identity.claimed(), scheme, request) {
            Ok(None) => Step::Done(Ok(identity.with_proof(SenderProven::was_checked()))),
            Ok(Some(dpop)) => Step::waits(async move {
                *nonce_is_old = prove_key(dpop, identity.claimed(), token, request).await?;
                Ok(identity.with_proof(SenderProven::was_checked()))
            }),
            Err(error) => Step::Done(Err(error)),
        }
    }

    /// All but the proof of a key; by which settings that has to be looked at, if the request presents
    /// the token under DPoP.
    fn check(
        &self,
        identity: &Identity,
        scheme: TokenScheme,
        request: Option<&Parts>,
    ) -> Result<Option<&Dpop>, AuthError> {
        let bound = identity.authentication().confirmation();
        let jkt = bound.and_then(|bound| bound.jkt.as_deref());
        let x5t = bound.and_then(|bound| bound.x5t_s256.as_deref());
        self.check_certificate(x5t, request)?;
        match (scheme, jkt, &self.dpop) {
            // Where DPoP is not configured, its scheme is no credential.
            (TokenScheme::Bearer, Some(_), _) | (TokenScheme::Dpop, _, None) => {
                Err(VerifyError::SenderConstrained.into())
            }
            (TokenScheme::Bearer, None, Some(dpop)) if dpop.is_required() => {
                Err(VerifyError::BindingMismatch.into())
            }
            (TokenScheme::Bearer, None, _) => Ok(None),
            (TokenScheme::Dpop, _, Some(dpop)) => Ok(Some(dpop)),
        }
    }

    /// What a request has to prove that presents this token; or why none can.
    pub(super) fn expects(
        &self,
        token: &VerifiedToken,
    ) -> Result<&'static str, (VerifyError, &'static str)> {
        let bound = token.confirmation();
        let jkt = bound.is_some_and(|bound| bound.jkt.is_some());
        let x5t = bound.is_some_and(|bound| bound.x5t_s256.is_some());
        if x5t && self.certificates.is_none() {
            return Err((
                VerifyError::SenderConstrained,
                "the token is bound to a client certificate: say `.client_certificates(..)`",
            ));
        }
        match (&self.dpop, jkt) {
            (None, true) => Err((
                VerifyError::SenderConstrained,
                "the token is bound to a DPoP key: say `.dpop(..)`",
            )),
            (Some(_), true) => Ok("bound to a DPoP key: each request needs a proof"),
            (Some(dpop), false) if dpop.is_required() => Err((
                VerifyError::BindingMismatch,
                "DPoP is required, and the token is not bound to a key: the client has to ask for it with a proof",
            )),
            (_, false) if x5t => Ok("bound to a client certificate: each request has to show it"),
            (_, false) => Ok("not bound to its sender"),
        }
    }

    /// Whether the certificate of the client is the one that the token is bound to, if it is
    /// ([RFC 8705 §3](https://www.rfc-editor.org/rfc/rfc8705#section-3)). A certificate that cannot
    /// be accepted is rejected whatever the token says.
    fn check_certificate(
        &self,
        x5t: Option<&str>,
        request: Option<&Parts>,
    ) -> Result<(), AuthError> {
        let shown = match (&self.certificates, request) {
            (Some(source), Some(request)) => source.thumbprint(request)?,
            _ => None,
        };
        match (x5t, shown.map(base64url_encode)) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(VerifyError::SenderConstrained.into()),
            (Some(bound), Some(shown)) if bound == shown => Ok(()),
            (Some(_), Some(_)) => Err(VerifyError::BindingMismatch.into()),
        }
    }
}

/// Rejects a request without a fresh proof of the key that the token is bound to. Says whether the
/// nonce of the proof is old.
async fn prove_key(
    dpop: &Dpop,
    identity: &Identity,
    token: RawToken<'_>,
    request: Option<&Parts>,
) -> Result<bool, AuthError> {
    let request = request.ok_or(VerifyError::SenderConstrained)?;
    let token = token.read().map_err(|_| AuthError::BadRequest(BadRequest::MalformedCredential))?;
    let bound = identity.authentication().confirmation();
    let jkt = bound.and_then(|bound| bound.jkt.as_deref());
    let proof = dpop.check(&ProofRequest {
        proof: proof_of(&request.headers).map_err(ProofProblem::Proof)?,
        method: request.method.as_str(),
        path: path(request),
        token,
        jkt,
        issuer: identity.issuer(),
        subject: identity.subject(),
        now: identity.now(),
    })?;
    dpop.use_up(&proof).await?;
    Ok(proof.nonce_is_old)
}

/// The path as the client sent it: routers that nest others take parts of it away.
fn path(request: &Parts) -> &str {
    original_uri(request).path()
}
