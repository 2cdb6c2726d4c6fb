//! What this server asks of proofs, and the way of one.

use std::fmt;
use std::sync::Arc;

use super::builder::DpopBuilder;
use super::error::DpopProofError;
use super::nonce::{Freshness, Nonces};
use super::proof::{self, Proof};
use super::target::{self, Origin};
use crate::binding::replay::{AnyReplayStore, ReplayCheck, ReplayStoreError, UsedProof};
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::backend::CryptoBackend;
use crate::jose::{Algorithm, base64url};
use crate::time::RETRY_AFTER;
use crate::time::log_throttle::LogThrottle;
use crate::token::VerifyError;

/// What a server asks of DPoP proofs. A clone shares the proofs that were used.
///
/// Given to [`AuthenticatorBuilder::dpop`](crate::authenticator::AuthenticatorBuilder::dpop).
///
/// ```
/// use std::time::Duration;
///
/// use auth_core::binding::Dpop;
/// use auth_core::jose::Algorithm;
///
/// let dpop = Dpop::builder("https://api.example.com")
///     .algorithms([Algorithm::ES256, Algorithm::EdDSA])
///     .proof_max_age(Duration::from_secs(30))
///     .require_nonces()
///     .build()?;
/// # Ok::<(), auth_core::binding::DpopError>(())
/// ```
#[derive(Clone)]
pub struct Dpop(pub(super) Arc<Settings>);

pub(super) struct Settings {
    pub(super) origin: Origin,
    pub(super) algorithms: AlgorithmSet,
    /// The names of the algorithms, as in a challenge.
    pub(super) algs: String,
    /// What verifies proofs.
    pub(super) backend: CryptoBackend,
    /// In seconds.
    pub(super) proof_max_age: u64,
    pub(super) store: AnyReplayStore,
    pub(super) required: bool,
    pub(super) nonces: Option<Nonces>,
    pub(super) store_failed: LogThrottle,
}

/// A proof and what it has to fit.
#[derive(Clone, Copy)]
pub(crate) struct ProofRequest<'a> {
    pub(crate) proof: &'a str,
    pub(crate) method: &'a str,
    /// The path as the client sent it.
    pub(crate) path: &'a str,
    pub(crate) token: &'a str,
    /// The thumbprint that the token is bound to.
    pub(crate) jkt: Option<&'a str>,
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    /// In seconds since 1970.
    pub(crate) now: u64,
}

/// Why a sender has not proved to hold the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProofProblem {
    /// The proof is invalid.
    Proof(DpopProofError),
    /// The proof has no nonce of this server, or an old one.
    Nonce,
    /// The proof is valid, and the token is bound to another key or to none; or it cannot be determined.
    Token(VerifyError),
}

impl From<DpopProofError> for ProofProblem {
    fn from(error: DpopProofError) -> Self {
        Self::Proof(error)
    }
}

/// A proof that is valid, unless it was used before.
#[must_use]
pub(crate) struct CheckedProof {
    used: UsedProof,
    /// Whether the client should get another nonce along with the answer.
    pub(crate) nonce_is_old: bool,
}

impl CheckedProof {
    /// When it was checked, in seconds since 1970.
    pub(super) const fn now(&self) -> u64 {
        self.used.now
    }
}

impl Dpop {
    /// Starts to configure DPoP for an API with this public origin: the `https` URL by which clients
    /// know it, with the path that a proxy in front takes away, if it does. `htu` of every proof is
    /// compared with it and the path of the request, never with the `Host` or a forwarded header.
    pub fn builder(origin: impl Into<String>) -> DpopBuilder {
        DpopBuilder::new(origin.into())
    }

    /// The algorithms that proofs may be signed with.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.0.algorithms.iter()
    }

    /// Whether DPoP is the only way to present a token.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.0.required
    }

    /// The algorithms, as in `algs` of a challenge.
    pub(crate) fn algs(&self) -> &str {
        &self.0.algs
    }

    /// The nonce that a proof needs at this time, if one needs any.
    pub(crate) fn nonce(&self, now: u64) -> Option<String> {
        Some(self.0.nonces.as_ref()?.current(now))
    }

    pub(crate) fn requires_nonces(&self) -> bool {
        self.0.nonces.is_some()
    }

    /// Checks everything about a proof but whether it was used before
    /// ([RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3)).
    pub(crate) fn check(&self, request: &ProofRequest<'_>) -> Result<CheckedProof, ProofProblem> {
        let (proof, target) =
            self.read(request.proof, request.method, request.path, request.now)?;
        let presented = proof.ath.as_ref().ok_or(DpopProofError::MissingClaim("ath"))?;
        let ath = base64url::encode(proof::hash(&[request.token]));
        if ath != *presented {
            return Err(DpopProofError::OtherToken.into());
        }
        let thumbprint = base64url::encode(proof.thumbprint);
        if request.jkt != Some(thumbprint.as_str()) {
            return Err(ProofProblem::Token(VerifyError::BindingMismatch));
        }
        let sender = proof::hash(&[request.issuer, request.subject]);
        self.checked(&proof, &thumbprint, &target, sender, request.now)
    }

    /// Checks what a proof says of its request, and when it was made; and what `htu` has to be.
    pub(super) fn read(
        &self,
        proof: &str,
        method: &str,
        path: &str,
        now: u64,
    ) -> Result<(Proof, String), DpopProofError> {
        let this = &*self.0;
        let proof = Proof::read(proof, this.algorithms, this.backend)?;
        if proof.htm != method {
            return Err(DpopProofError::Method);
        }
        let target = this.origin.target(path).ok_or(DpopProofError::Target)?;
        if target::normalize(&proof.htu).is_none_or(|htu| htu != target) {
            return Err(DpopProofError::Target);
        }
        if now > proof.issued_at.saturating_add(this.proof_max_age) {
            return Err(DpopProofError::TooOld);
        }
        if proof.issued_at > now.saturating_add(this.proof_max_age) {
            return Err(DpopProofError::InFuture);
        }
        Ok((proof, target))
    }

    /// Checks the nonce, which comes last: with one that is refused the client has to try again, and only a
    /// proof that is right but for it may lead to that.
    pub(super) fn checked(
        &self,
        proof: &Proof,
        thumbprint: &str,
        target: &str,
        sender: [u8; 32],
        now: u64,
    ) -> Result<CheckedProof, ProofProblem> {
        let this = &*self.0;
        let freshness = match (&this.nonces, &proof.nonce) {
            (None, _) => Freshness::Current,
            (Some(nonces), Some(nonce)) => nonces.check(nonce, now),
            (Some(_), None) => Freshness::Unknown,
        };
        if freshness == Freshness::Unknown {
            return Err(ProofProblem::Nonce);
        }
        Ok(CheckedProof {
            used: UsedProof {
                id: proof::hash(&[thumbprint, &proof.jti, target]),
                sender,
                now,
                first_valid: proof.issued_at.saturating_sub(this.proof_max_age),
                last_valid: proof.issued_at.saturating_add(this.proof_max_age),
            },
            nonce_is_old: freshness == Freshness::Old,
        })
    }

    /// Uses up a proof: the last step, when nothing else can reject the request any more.
    pub(crate) async fn use_up(&self, checked: &CheckedProof) -> Result<(), ProofProblem> {
        match self.0.store.record(&checked.used).await {
            Ok(ReplayCheck::Fresh) => Ok(()),
            Ok(ReplayCheck::Replayed) => Err(DpopProofError::Replayed.into()),
            Err(error) => {
                match error {
                    // One caller's doing, and as often as it likes.
                    ReplayStoreError::SenderQuotaExceeded => tracing::debug!(%error, "refused"),
                    _ if self.0.store_failed.is_due(checked.used.now) => {
                        tracing::error!(%error, "rejected: replays of DPoP proofs cannot be detected");
                    }
                    _ => {}
                }
                let retry_after = match error {
                    ReplayStoreError::NotReachable => RETRY_AFTER,
                    // By then most proofs that fill the store now are forgotten.
                    _ => self.0.proof_max_age,
                };
                Err(ProofProblem::Token(VerifyError::Unavailable { retry_after }))
            }
        }
    }
}

impl fmt::Debug for Dpop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dpop")
            .field("origin", &self.0.origin.as_str())
            .field("algorithms", &self.0.algs)
            .field("proof_max_age", &self.0.proof_max_age)
            .field("required", &self.0.required)
            .field("nonces", &self.0.nonces.is_some())
            .finish_non_exhaustive()
    }
}
