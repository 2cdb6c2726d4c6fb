//! The signature algorithms, by their exact names.

use std::fmt;
use std::str::FromStr;

/// A JWS signature algorithm ([RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1),
/// [RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1)).
///
/// `none` is not one of them, and no spelling of it ever parses.
///
/// ```
/// use auth_core::jose::Algorithm;
///
/// assert_eq!("RS256".parse(), Ok(Algorithm::RS256));
/// assert!("rs256".parse::<Algorithm>().is_err());
/// assert!("none".parse::<Algorithm>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512. Only the feature `aws_lc_rs` has it: with `rust_crypto` there is no
    /// usable key for it.
    ES512,
    /// Ed25519. On the wire `EdDSA`, or `Ed25519` as
    /// [RFC 9864 §2.2](https://www.rfc-editor.org/rfc/rfc9864#section-2.2) renames it.
    EdDSA,
    /// HMAC with SHA-256: only with an [`HmacSecret`](super::HmacSecret).
    HS256,
    /// HMAC with SHA-384: only with an [`HmacSecret`](super::HmacSecret).
    HS384,
    /// HMAC with SHA-512: only with an [`HmacSecret`](super::HmacSecret).
    HS512,
}

impl Algorithm {
    /// Every algorithm, in the order of the enum.
    pub const ALL: &'static [Self] = &[
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
        Self::HS256,
        Self::HS384,
        Self::HS512,
    ];

    /// The name as `alg` carries it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
        }
    }

    /// Whether signer and verifier share one secret.
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the exact name of a supported algorithm.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown signature algorithm, expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384, HS512"
)]
pub struct UnknownAlgorithm;

crate::wording::debug_in_words!(UnknownAlgorithm);

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == "Ed25519" {
            return Ok(Self::EdDSA);
        }
        Self::ALL.iter().copied().find(|algorithm| algorithm.name() == name).ok_or(UnknownAlgorithm)
    }
}

/// A set of algorithms in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AlgorithmSet(u16);

impl AlgorithmSet {
    pub(crate) const EMPTY: Self = Self(0);
    pub(crate) const RSA: Self = Self::EMPTY
        .with(Algorithm::RS256)
        .with(Algorithm::RS384)
        .with(Algorithm::RS512)
        .with(Algorithm::PS256)
        .with(Algorithm::PS384)
        .with(Algorithm::PS512);

    pub(crate) const fn with(self, algorithm: Algorithm) -> Self {
        Self(self.0 | 1 << (algorithm as u16))
    }

    pub(crate) const fn only(algorithm: Algorithm) -> Self {
        Self::EMPTY.with(algorithm)
    }

    pub(crate) const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << (algorithm as u16)) != 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.iter().copied().filter(move |algorithm| self.contains(*algorithm))
    }

    pub(crate) fn all() -> Self {
        Algorithm::ALL.iter().copied().collect()
    }
}

impl FromIterator<Algorithm> for AlgorithmSet {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        algorithms.into_iter().fold(Self::EMPTY, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_exactly_or_not_at_all() {
        for &algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
            let lower = algorithm.name().to_lowercase();
            assert_eq!(lower.parse::<Algorithm>(), Err(UnknownAlgorithm));
            let padded = format!(" {algorithm}");
            assert_eq!(padded.parse::<Algorithm>(), Err(UnknownAlgorithm));
        }
        for name in ["none", "None", "NONE", "", "RSA256", "ES521", "ES256K", "Ed448"] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: AlgorithmSet = [Algorithm::ES256, Algorithm::HS512].into_iter().collect();
        let back: Vec<_> = set.iter().collect();
        assert_eq!(back, [Algorithm::ES256, Algorithm::HS512]);
        assert_eq!(AlgorithmSet::all().iter().count(), 13);
    }
}
