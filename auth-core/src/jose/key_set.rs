//! Keys that are ready to verify, and which of them a token gets.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::algorithm::{Algorithm, AlgorithmSet};
use super::backend::{CryptoBackend, Verifier};
use super::error::JwsError;
use super::public_key::{KeyError, PublicKey};

/// How many keys are tried for one token that names none; a bound keeps an attacker's token cheap.
pub(crate) const MAX_CANDIDATES: usize = 16;
/// How many keys may share a `kid`, and so are tried for a token that names it.
pub(crate) const MAX_OF_ONE_KID: usize = 4;

/// One key: parsed once, bound to its algorithms.
pub(crate) struct VerifyingKey {
    kid: Option<Box<str>>,
    bytes: KeyBytes,
    verifiers: Vec<(Algorithm, Verifier)>,
}

/// What a key is made of: to bind it to another library, or to publish it.
enum KeyBytes {
    Public(PublicKey),
    Secret(Zeroizing<Vec<u8>>),
}

impl KeyBytes {
    fn verifier(&self, backend: CryptoBackend, algorithm: Algorithm) -> Option<Verifier> {
        match self {
            Self::Public(key) => Verifier::public(backend, algorithm, key),
            Self::Secret(secret) => Verifier::secret(backend, algorithm, secret),
        }
    }
}

impl VerifyingKey {
    /// A key that verifies `algorithms` and nothing else.
    pub(crate) fn public(
        key: PublicKey,
        algorithms: AlgorithmSet,
        kid: Option<&str>,
    ) -> Result<Self, KeyError> {
        let refused = match key {
            PublicKey::Rsa { .. } => KeyError::Invalid("n"),
            PublicKey::Ec { .. } | PublicKey::Ed25519(_) => KeyError::Point,
        };
        Self::new(KeyBytes::Public(key), algorithms, kid.map(Into::into)).ok_or(refused)
    }

    /// A key that shares a secret with the issuer.
    pub(crate) fn secret(
        secret: Zeroizing<Vec<u8>>,
        algorithm: Algorithm,
        kid: Option<Box<str>>,
    ) -> Option<Self> {
        Self::new(KeyBytes::Secret(secret), AlgorithmSet::only(algorithm), kid)
    }

    fn new(bytes: KeyBytes, algorithms: AlgorithmSet, kid: Option<Box<str>>) -> Option<Self> {
        let verifiers = algorithms
            .iter()
            .map(|algorithm| Some((algorithm, bytes.verifier(CryptoBackend::DEFAULT, algorithm)?)))
            .collect::<Option<Vec<_>>>()?;
        Some(Self { kid, bytes, verifiers })
    }

    /// The same key for another library. None if it takes the key for none of its algorithms.
    fn bound_to(&self, backend: CryptoBackend) -> Option<Self> {
        let bytes = match &self.bytes {
            KeyBytes::Public(key) => KeyBytes::Public(key.clone()),
            KeyBytes::Secret(secret) => KeyBytes::Secret(secret.clone()),
        };
        let algorithms = self.verifiers.iter().map(|(algorithm, _)| *algorithm);
        let verifiers: Vec<_> = algorithms
            .filter_map(|algorithm| Some((algorithm, bytes.verifier(backend, algorithm)?)))
            .collect();
        (!verifiers.is_empty()).then(|| Self { kid: self.kid.clone(), bytes, verifiers })
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    fn verifier(&self, algorithm: Algorithm) -> Option<&Verifier> {
        self.verifiers.iter().find(|(own, _)| *own == algorithm).map(|(_, verifier)| verifier)
    }

    pub(crate) fn can_verify(&self, allowed: AlgorithmSet) -> bool {
        self.verifiers
            .iter()
            .any(|(algorithm, verifier)| allowed.contains(*algorithm) && verifier.is_usable())
    }
}

/// Keys that a [`JwtVerifier`](crate::JwtVerifier) accepts. Made from a [`Jwks`](crate::Jwks) or
/// an [`HmacSecret`](super::HmacSecret). A clone shares the keys.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: Vec<Arc<VerifyingKey>>,
}

impl KeySet {
    /// No keys at all.
    pub(crate) const NONE: &'static Self = &Self { keys: Vec::new() };

    pub(crate) fn new(keys: Vec<VerifyingKey>) -> Self {
        Self { keys: keys.into_iter().map(Arc::new).collect() }
    }

    /// Adds other keys.
    pub fn add(&mut self, keys: impl Into<Self>) {
        self.keys.extend(keys.into().keys);
    }

    /// The same keys for another library. A key that it does not take is left out.
    pub(crate) fn bound_to(&self, backend: CryptoBackend) -> Self {
        Self::new(self.keys.iter().filter_map(|key| key.bound_to(backend)).collect())
    }

    /// The public keys with their names and algorithms. No secret is one of them.
    pub(crate) fn public_keys(
        &self,
    ) -> impl Iterator<Item = (&PublicKey, Option<&str>, AlgorithmSet)> {
        self.keys.iter().filter_map(|key| match &key.bytes {
            KeyBytes::Public(public) => {
                let algorithms = key.verifiers.iter().map(|(algorithm, _)| *algorithm).collect();
                Some((public, key.kid(), algorithms))
            }
            KeyBytes::Secret(_) => None,
        })
    }

    pub(crate) fn can_verify(&self, allowed: AlgorithmSet) -> bool {
        self.keys.iter().any(|key| key.can_verify(allowed))
    }

    /// The algorithms that there is a key for.
    pub(crate) fn algorithms(&self) -> AlgorithmSet {
        let verifiers = self.keys.iter().flat_map(|key| &key.verifiers);
        verifiers.map(|(algorithm, _)| *algorithm).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Each key by its name, if it has one, and the algorithms that it verifies: for people.
    pub(crate) fn described(&self) -> Vec<(Option<String>, AlgorithmSet)> {
        let algorithms = |key: &VerifyingKey| key.verifiers.iter().map(|(one, _)| *one).collect();
        self.keys.iter().map(|key| (key.kid().map(str::to_owned), algorithms(key))).collect()
    }

    /// The name of each key, if it has one.
    pub(crate) fn kids(&self) -> impl Iterator<Item = Option<&str>> {
        self.keys.iter().map(|key| key.kid())
    }

    /// Whether a key of this algorithm has exactly this name.
    pub(crate) fn names(&self, algorithm: Algorithm, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid() == Some(kid) && key.verifier(algorithm).is_some())
    }

    /// A `kid` that more keys of one algorithm share than are tried for a token: no token that
    /// names it would ever be accepted.
    pub(crate) fn crowded_kid(&self) -> Option<&str> {
        self.keys.iter().filter_map(|key| key.kid()).find(|kid| {
            Algorithm::ALL.iter().any(|algorithm| {
                let same = |key: &&Arc<VerifyingKey>| {
                    key.kid() == Some(*kid) && key.verifier(*algorithm).is_some()
                };
                self.keys.iter().filter(same).count() > MAX_OF_ONE_KID
            })
        })
    }

    /// Algorithms with more keys than are tried for a token that names none of them.
    pub(crate) fn crowded_algorithms(&self) -> impl Iterator<Item = (Algorithm, usize)> {
        Algorithm::ALL.iter().filter_map(|algorithm| {
            let keys = self.keys.iter().filter(|key| key.verifier(*algorithm).is_some()).count();
            (keys > MAX_CANDIDATES).then_some((*algorithm, keys))
        })
    }

    /// Says in the log which tokens of a key set will be rejected, even with a valid signature.
    pub(crate) fn warn_of_crowds(&self, issuer: &str) {
        for (algorithm, keys) in self.crowded_algorithms() {
            tracing::warn!(
                issuer,
                %algorithm,
                keys,
                tried = MAX_CANDIDATES,
                "more keys of one algorithm than are tried: tokens of it without `kid` are rejected"
            );
        }
    }

    /// The keys to try for a token with this `alg` and `kid`, if there are any and not too many.
    ///
    /// A `kid` selects by exact comparison. Keys that have no `kid` (a PEM file, a secret) come
    /// into question when no key has the one asked for: nothing contradicts them. A token without
    /// `kid` may be of any key of its algorithm (RFC 7515 §4.1.4 leaves `kid` optional).
    pub(crate) fn candidates(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<Candidates<'_>, JwsError> {
        let exact = |key: &VerifyingKey| kid.is_none() || key.kid() == kid;
        let unnamed = |key: &VerifyingKey| key.kid().is_none();
        let candidates = self
            .collect(algorithm, exact)
            .or_else(|| self.collect(algorithm, unnamed))
            .ok_or(JwsError::UnknownKey)?;
        if candidates.count > MAX_CANDIDATES {
            return Err(JwsError::TooManyKeys);
        }
        Ok(candidates)
    }

    fn collect(
        &self,
        algorithm: Algorithm,
        wanted: impl Fn(&VerifyingKey) -> bool,
    ) -> Option<Candidates<'_>> {
        let mut found = Candidates { verifiers: [None; MAX_CANDIDATES], count: 0 };
        let fitting =
            self.keys.iter().filter(|key| wanted(key)).filter_map(|key| key.verifier(algorithm));
        for verifier in fitting {
            if let Some(slot) = found.verifiers.get_mut(found.count) {
                *slot = Some(verifier);
            }
            found.count += 1;
        }
        (found.count > 0).then_some(found)
    }
}

/// The few keys to try, on the stack.
pub(crate) struct Candidates<'a> {
    verifiers: [Option<&'a Verifier>; MAX_CANDIDATES],
    count: usize,
}

impl Candidates<'_> {
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifiers.iter().flatten().any(|verifier| verifier.verify(message, signature))
    }
}

/// Shows how many keys there are, and nothing of them.
impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("keys", &self.keys.len()).finish()
    }
}
