//! Configuring DPoP.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use zeroize::Zeroizing;

use super::nonce::Nonces;
use super::settings::{Dpop, Settings};
use super::target::Origin;
use crate::binding::replay::{AnyReplayStore, MemoryReplayStore, ReplayStore};
use crate::jose::Algorithm;
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::backend::{CryptoBackend, Mac};
use crate::time::log_throttle::LogThrottle;
use crate::wording::Problems;

const DEFAULT_PROOF_AGE: Duration = Duration::from_secs(60);
/// "relatively brief (on the order of seconds or minutes)" (RFC 9449 §11.1).
const LONGEST_PROOF_AGE: Duration = Duration::from_secs(300);
/// As many bytes as the hash of the code has (RFC 2104 §3).
const NONCE_KEY_BYTES: usize = 32;

/// Configures [`Dpop`].
#[derive(Debug)]
#[must_use]
pub struct DpopBuilder {
    origin: String,
    algorithms: Vec<Algorithm>,
    proof_max_age: Duration,
    store: Option<AnyReplayStore>,
    required: bool,
    nonces: NonceKey,
    backend: CryptoBackend,
}

/// With which key nonces are made.
enum NonceKey {
    None,
    Random,
    Given(Zeroizing<Vec<u8>>),
}

impl std::fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Random => "random",
            Self::Given(_) => "redacted",
        })
    }
}

/// Why DPoP cannot be configured like that.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DpopError {
    /// The origin is invalid.
    #[error(
        "the origin `{0}` is not an absolute `https` URL without query and fragment\nhelp: give the address by which clients know the API, for example `https://api.example.com`; `http` is accepted for loopback hosts"
    )]
    InvalidOrigin(String),
    /// No algorithm is accepted.
    #[error("no algorithm for proofs\nhelp: leave `.algorithms(..)` out to accept ES256 and EdDSA")]
    NoAlgorithm,
    /// The algorithm needs a shared secret (RFC 9449 §4.3, check 5).
    #[error(
        "`{0}` uses a shared secret, so it cannot sign a proof\nhelp: use one of ES256, ES384, EdDSA, PS256 and RS256"
    )]
    Symmetric(Algorithm),
    /// The longest age of a proof is too short or too long.
    #[error(
        "the longest age of a proof is {0} seconds, expected between 1 and 300\nhelp: leave `.proof_max_age(..)` out for 60 seconds"
    )]
    ProofMaxAge(u64),
    /// The key for nonces is too short.
    #[error("the key for nonces has {0} bytes, expected at least 32 random bytes")]
    ShortNonceKey(usize),
    /// No cryptographic backend is compiled in, or it has no random numbers.
    #[error("no key for nonces can be made\nhelp: turn the feature `aws_lc_rs` of `auth-core` on")]
    NoBackend,
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
}

crate::wording::debug_in_words!(DpopError);
crate::wording::several_problems!(DpopError);

impl DpopBuilder {
    pub(super) fn new(origin: String) -> Self {
        Self {
            origin,
            algorithms: vec![Algorithm::ES256, Algorithm::EdDSA],
            proof_max_age: DEFAULT_PROOF_AGE,
            store: None,
            required: false,
            nonces: NonceKey::None,
            backend: CryptoBackend::default(),
        }
    }

    /// The algorithms that proofs may be signed with. By default ES256 and EdDSA. They are in
    /// every challenge, as `algs`.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Verifies proofs with another library than the default: see
    /// [`JwtVerifierBuilder::crypto_provider`](crate::token::JwtVerifierBuilder::crypto_provider).
    pub fn crypto_provider(mut self, provider: impl Into<CryptoBackend>) -> Self {
        self.backend = provider.into();
        self
    }

    /// How far the time of a proof (`iat`) may lie from now, back and ahead. By default 60 seconds,
    /// at most 5 minutes. It is also how long a used proof is remembered.
    pub fn proof_max_age(mut self, age: Duration) -> Self {
        self.proof_max_age = age;
        self
    }

    /// How many used proofs are remembered: a [`MemoryReplayStore`] of this capacity.
    pub fn replay_capacity(self, proofs: usize) -> Self {
        self.replay_store(MemoryReplayStore::with_capacity(proofs))
    }

    /// Where used proofs are remembered. By default a [`MemoryReplayStore`].
    pub fn replay_store(mut self, store: impl ReplayStore) -> Self {
        self.store = Some(AnyReplayStore::new(store));
        self
    }

    /// Rejects tokens under the scheme `Bearer`: DPoP is the only way. By default a token that is
    /// not bound to a key may be presented as a bearer token beside.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Demands a nonce of this server in every proof
    /// ([RFC 9449 §9](https://www.rfc-editor.org/rfc/rfc9449#section-9)). A proof without one is
    /// answered `401`, `error="use_dpop_nonce"` and the nonce to use. Nonces are made with a random
    /// key of this process, so they are not kept anywhere.
    pub fn require_nonces(mut self) -> Self {
        if matches!(self.nonces, NonceKey::None) {
            self.nonces = NonceKey::Random;
        }
        self
    }

    /// Demands nonces as [`require_nonces`](Self::require_nonces) does, made with this secret, so
    /// that all nodes that have it accept each other's: at least 32 random bytes, used for nothing
    /// else.
    pub fn nonce_key(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.nonces = NonceKey::Given(Zeroizing::new(secret.as_ref().to_vec()));
        self
    }

    /// Builds the settings.
    ///
    /// # Errors
    /// If the origin is invalid, an algorithm cannot sign proofs, or a setting is out of range. All
    /// mistakes are reported at once.
    pub fn build(self) -> Result<Dpop, DpopError> {
        let mut problems = Problems::default();
        let origin = Origin::parse(&self.origin);
        problems.unless(origin.is_some(), || DpopError::InvalidOrigin(self.origin.clone()));
        problems.unless(!self.algorithms.is_empty(), || DpopError::NoAlgorithm);
        for symmetric in self.algorithms.iter().filter(|it| it.is_symmetric()) {
            problems.add(DpopError::Symmetric(*symmetric));
        }
        problems.unless(
            (Duration::from_secs(1)..=LONGEST_PROOF_AGE).contains(&self.proof_max_age),
            || DpopError::ProofMaxAge(self.proof_max_age.as_secs()),
        );
        let nonces = match self.nonces {
            NonceKey::None => Ok(None),
            NonceKey::Random => Mac::random().ok_or(DpopError::NoBackend).map(Some),
            NonceKey::Given(secret) if secret.len() < NONCE_KEY_BYTES => {
                Err(DpopError::ShortNonceKey(secret.len()))
            }
            NonceKey::Given(secret) => Mac::new(&secret).ok_or(DpopError::NoBackend).map(Some),
        };
        let nonces = problems.right(nonces);
        let (origin, nonces) = problems.finish(origin.zip(nonces))?;
        let algorithms: AlgorithmSet = self.algorithms.into_iter().collect();
        Ok(Dpop(Arc::new(Settings {
            origin,
            algorithms,
            backend: self.backend,
            algs: algorithms.iter().map(Algorithm::name).collect::<Vec<_>>().join(" "),
            proof_max_age: self.proof_max_age.as_secs(),
            store: self.store.unwrap_or_else(|| AnyReplayStore::new(MemoryReplayStore::default())),
            required: self.required,
            nonces: nonces.map(Nonces::new),
            store_failed: LogThrottle::default(),
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder() -> DpopBuilder {
        Dpop::builder("https://api.test")
    }

    #[test]
    fn the_defaults_are_those_that_are_promised() {
        let dpop = builder().build().unwrap();
        assert_eq!(dpop.algs(), "ES256 EdDSA");
        assert!(!dpop.is_required());
        assert_eq!(dpop.nonce(0), None);
    }

    #[test]
    fn impossible_settings_are_reported() {
        for (builder, error) in [
            (
                Dpop::builder("http://api.test"),
                DpopError::InvalidOrigin("http://api.test".to_owned()),
            ),
            (builder().algorithms([]), DpopError::NoAlgorithm),
            (
                builder().algorithms([Algorithm::ES256, Algorithm::HS256]),
                DpopError::Symmetric(Algorithm::HS256),
            ),
            (builder().proof_max_age(Duration::from_millis(999)), DpopError::ProofMaxAge(0)),
            (builder().proof_max_age(Duration::from_secs(301)), DpopError::ProofMaxAge(301)),
            (builder().nonce_key([1; 31]), DpopError::ShortNonceKey(31)),
        ] {
            assert_eq!(builder.build().err(), Some(error));
        }
    }

    #[test]
    fn every_mistake_is_reported() {
        let builder = Dpop::builder("api").algorithms([]).nonce_key([1; 31]);
        let error = builder.build().unwrap_err();
        let expected = [
            DpopError::InvalidOrigin("api".to_owned()),
            DpopError::NoAlgorithm,
            DpopError::ShortNonceKey(31),
        ];
        assert_eq!(error.problems(), expected);
        for problem in expected {
            assert!(error.to_string().contains(&problem.to_string()), "{error}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_and_not_lost() {
        let builder = builder().nonce_key("a secret of 32 bytes or more than").require_nonces();
        let shown = format!("{builder:?}");
        assert!(shown.contains("redacted") && !shown.contains("secret of"), "{shown}");
        let dpop = builder.build().unwrap();
        assert!(!format!("{dpop:?}").contains("secret of"));
        let nonce = dpop.nonce(0);
        let again = Dpop::builder("https://api.test");
        let again = again.nonce_key("a secret of 32 bytes or more than").build().unwrap();
        assert!(nonce.is_some());
        assert_eq!(nonce, again.nonce(0));
    }
}
