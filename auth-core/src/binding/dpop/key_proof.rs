//! Proofs that come without an access token: a client asks an authorization server for one
//! ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)).

use http::{HeaderMap, HeaderName};
use thiserror::Error;

use super::error::DpopProofError;
use super::proof;
use super::settings::{CheckedProof, Dpop, ProofProblem};
use crate::jose::base64url;
use crate::time::RETRY_AFTER;
use crate::token::VerifyError;

/// [RFC 9449 §4.1](https://www.rfc-editor.org/rfc/rfc9449#section-4.1)
const DPOP: HeaderName = HeaderName::from_static("dpop");

/// A key that a client has proved to hold. The proof is not used up yet: see [`Dpop::use_proof`].
#[must_use]
pub struct ProvedKey {
    thumbprint: String,
    checked: CheckedProof,
    next_nonce: Option<String>,
}

impl ProvedKey {
    /// The thumbprint of the key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)), as in `cnf.jkt` of
    /// tokens that are bound to it.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The nonce to answer with, since that of the proof is old.
    #[must_use]
    pub fn next_nonce(&self) -> Option<&str> {
        self.next_nonce.as_deref()
    }
}

impl std::fmt::Debug for ProvedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProvedKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

/// Why a client has not proved to hold a key.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyProofError {
    /// The proof is invalid: `invalid_dpop_proof`.
    #[error(transparent)]
    Proof(#[from] DpopProofError),
    /// The proof has no nonce of this server, or an old one: `use_dpop_nonce`, with this one in the header
    /// `DPoP-Nonce` ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
    #[error("the DPoP proof has no nonce of this server")]
    UseNonce(String),
    /// Whether the proof was used before cannot be determined: 503.
    #[error("the store of used DPoP proofs does not answer")]
    Unavailable {
        /// When to ask again, in seconds.
        retry_after: u64,
    },
}

crate::wording::debug_in_words!(KeyProofError);

impl Dpop {
    /// Checks the proof of a request that carries no access token: what an authorization server does where a
    /// client asks for tokens ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)). `None` if the
    /// request has no header `DPoP`.
    ///
    /// `htu` of the proof is compared with the [configured](Self::builder) origin and this `path`, which begins
    /// with a slash; `now` is in seconds since 1970. The proof is not used up yet, so that who has nothing to
    /// show but a key of its own fills no store: [`use_proof`](Self::use_proof) comes last.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use auth_core::time::{Clock, SystemClock};
    /// use auth_core::binding::Dpop;
    /// use auth_core::testing::DpopKey;
    /// use http::HeaderMap;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let dpop = Dpop::builder("https://id.example.com").build()?;
    /// let key = DpopKey::generate()?;
    /// let mut headers = HeaderMap::new();
    /// let proof = key.proof("POST", "https://id.example.com/token").sign()?;
    /// headers.insert("dpop", proof.parse()?);
    ///
    /// let proved = dpop.prove_key(&headers, "POST", "/token", SystemClock.now())?;
    /// assert_eq!(proved.ok_or("no proof")?.thumbprint(), key.thumbprint());
    /// # Ok(()) } main().unwrap() }
    /// ```
    ///
    /// # Errors
    /// If there is more than one proof, or it is not for this request, or its nonce is missing or old.
    pub fn prove_key(
        &self,
        headers: &HeaderMap,
        method: &str,
        path: &str,
        now: u64,
    ) -> Result<Option<ProvedKey>, KeyProofError> {
        if !headers.contains_key(DPOP) {
            return Ok(None);
        }
        let (proof, target) = self.read(proof_of(headers)?, method, path, now)?;
        let thumbprint = base64url::encode(proof.thumbprint);
        // Nothing but the key says who sends it.
        let sender = proof::hash(&[&thumbprint]);
        match self.checked(&proof, &thumbprint, &target, sender, now) {
            Ok(checked) => {
                let next_nonce = if checked.nonce_is_old { self.nonce(now) } else { None };
                Ok(Some(ProvedKey { thumbprint, checked, next_nonce }))
            }
            Err(problem) => Err(self.key_problem(problem, now)),
        }
    }

    /// Uses up the proof of a key: the last step, when nothing else can refuse the request any more.
    ///
    /// # Errors
    /// If it was used before, or the [store](crate::binding::ReplayStore) cannot tell.
    pub async fn use_proof(&self, proved: &ProvedKey) -> Result<(), KeyProofError> {
        let used = self.use_up(&proved.checked).await;
        used.map_err(|problem| self.key_problem(problem, proved.checked.now()))
    }

    fn key_problem(&self, problem: ProofProblem, now: u64) -> KeyProofError {
        match problem {
            ProofProblem::Proof(error) => error.into(),
            ProofProblem::Nonce => KeyProofError::UseNonce(self.nonce(now).unwrap_or_default()),
            ProofProblem::Token(VerifyError::Unavailable { retry_after }) => {
                KeyProofError::Unavailable { retry_after }
            }
            ProofProblem::Token(_) => KeyProofError::Unavailable { retry_after: RETRY_AFTER },
        }
    }
}

/// The one proof of a request.
pub(crate) fn proof_of(headers: &HeaderMap) -> Result<&str, DpopProofError> {
    let mut values = headers.get_all(DPOP).iter();
    let value = values.next().ok_or(DpopProofError::Missing)?;
    if values.next().is_some() {
        return Err(DpopProofError::Repeated);
    }
    let text = value.to_str().map_err(|_| DpopProofError::Malformed)?;
    Ok(text.trim_matches([' ', '\t']))
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::DpopKey;
    use crate::time::FixedClock;

    const NOW: u64 = 1_800_000_000;
    const TOKEN: &str = "https://id.test/token";

    fn dpop() -> Dpop {
        Dpop::builder("https://id.test").build().unwrap()
    }

    fn key() -> DpopKey {
        DpopKey::generate().unwrap().with_clock(FixedClock::new(NOW))
    }

    fn headers(proofs: &[String]) -> HeaderMap {
        proofs.iter().map(|it| (DPOP, it.parse().unwrap())).collect()
    }

    #[tokio::test]
    async fn a_proof_without_a_token_proves_its_key_once() {
        let (dpop, key) = (dpop(), key());
        assert!(dpop.prove_key(&HeaderMap::new(), "POST", "/token", NOW).unwrap().is_none());
        let headers = headers(&[key.proof("POST", TOKEN).sign().unwrap()]);
        let prove = || dpop.prove_key(&headers, "POST", "/token", NOW).unwrap().unwrap();
        let (first, second) = (prove(), prove());
        assert_eq!(first.thumbprint(), key.thumbprint());
        assert_eq!(dpop.use_proof(&first).await, Ok(()));
        assert_eq!(dpop.use_proof(&second).await, Err(DpopProofError::Replayed.into()));
    }

    #[test]
    fn a_proof_for_something_else_proves_nothing() {
        let (dpop, key) = (dpop(), key());
        let good = || key.proof("POST", TOKEN);
        let refused = |proofs: &[String]| {
            dpop.prove_key(&headers(proofs), "POST", "/token", NOW).unwrap_err()
        };
        let of = |proof: crate::testing::ProofBuilder| refused(&[proof.sign().unwrap()]);
        assert_eq!(of(key.proof("GET", TOKEN)), DpopProofError::Method.into());
        assert_eq!(of(key.proof("POST", "https://id.test/par")), DpopProofError::Target.into());
        assert_eq!(of(key.proof("POST", "https://evil.test/token")), DpopProofError::Target.into());
        assert_eq!(of(good().issued_at(NOW - 61)), DpopProofError::TooOld.into());
        assert_eq!(of(good().issued_at(NOW + 61)), DpopProofError::InFuture.into());
        assert_eq!(of(good().header("typ", "JWT")), DpopProofError::WrongType.into());
        let twice = [good().sign().unwrap(), good().sign().unwrap()];
        assert_eq!(refused(&twice), DpopProofError::Repeated.into());
        assert_eq!(refused(&[String::new()]), DpopProofError::Malformed.into());
    }

    #[test]
    fn a_proof_without_a_nonce_is_given_one() {
        let key = key();
        let dpop = Dpop::builder("https://id.test").require_nonces().build().unwrap();
        let prove = |proof: crate::testing::ProofBuilder| {
            dpop.prove_key(&headers(&[proof.sign().unwrap()]), "POST", "/token", NOW)
        };
        let Err(KeyProofError::UseNonce(nonce)) = prove(key.proof("POST", TOKEN)) else {
            panic!("a proof without a nonce was accepted");
        };
        let proved = prove(key.proof("POST", TOKEN).nonce(nonce)).unwrap().unwrap();
        assert_eq!(proved.next_nonce(), None);
        // What is wrong otherwise is said first, and leads to no nonce.
        assert_eq!(prove(key.proof("GET", TOKEN)).unwrap_err(), DpopProofError::Method.into());
    }
}
