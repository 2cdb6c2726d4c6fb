//! Secrets shared with the issuer.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::backend::Verifier;
use super::key::{KeySet, VerifyingKey};

/// A secret that issuer and verifier share, for one HMAC algorithm.
///
/// Whoever verifies with it can sign too: prefer public keys. It never comes from a key set, and
/// its bytes are wiped from memory when it is dropped.
///
/// ```
/// use auth_core::verify::{Algorithm, HmacSecret};
///
/// let secret = HmacSecret::new(Algorithm::HS256, [7; 32])?;
/// assert_eq!(format!("{secret:?}"), "HmacSecret(HS256, redacted)");
/// assert!(HmacSecret::new(Algorithm::HS256, "too short").is_err());
/// # Ok::<(), auth_core::verify::HmacSecretError>(())
/// ```
pub struct HmacSecret {
    algorithm: Algorithm,
    bytes: Zeroizing<Vec<u8>>,
    kid: Option<Box<str>>,
}

/// Why a secret is not one. Contains nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HmacSecretError {
    /// The algorithm takes a public key.
    #[error("`{0}` does not use a shared secret, expected HS256, HS384 or HS512")]
    NotHmac(Algorithm),
    /// Shorter than the hash ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
    #[error("the secret has {found} bytes, expected at least {expected} random bytes")]
    TooShort {
        /// How many bytes it has.
        found: usize,
        /// How many it needs.
        expected: usize,
    },
    /// The bytes are a published key, which everybody knows.
    #[error("the secret is a PEM or SSH key, expected random bytes nobody else knows")]
    IsAKey,
}

impl HmacSecret {
    /// A secret for `algorithm`: at least as many bytes as its hash has (32, 48 or 64).
    ///
    /// # Errors
    /// If the algorithm is not one of HMAC, the secret is too short, or it looks like a PEM or SSH
    /// key: those are how a public key gets mistaken for a secret.
    pub fn new(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, HmacSecretError> {
        let expected = match algorithm {
            Algorithm::HS256 => 32,
            Algorithm::HS384 => 48,
            Algorithm::HS512 => 64,
            other => return Err(HmacSecretError::NotHmac(other)),
        };
        let secret = secret.as_ref();
        if secret.len() < expected {
            return Err(HmacSecretError::TooShort { found: secret.len(), expected });
        }
        let start = secret.trim_ascii_start();
        if start.starts_with(b"-----BEGIN ") || start.starts_with(b"ssh-") {
            return Err(HmacSecretError::IsAKey);
        }
        Ok(Self { algorithm, bytes: Zeroizing::new(secret.to_vec()), kid: None })
    }

    /// Restricts the secret to tokens that name this `kid`, or none. Without it, the secret stands
    /// in for any `kid`.
    #[must_use]
    pub fn key_id(mut self, kid: impl Into<Box<str>>) -> Self {
        self.kid = Some(kid.into());
        self
    }
}

impl From<HmacSecret> for KeySet {
    fn from(secret: HmacSecret) -> Self {
        let keys = Verifier::hmac(secret.algorithm, &secret.bytes)
            .map(|verifier| VerifyingKey::hmac(secret.algorithm, verifier, secret.kid))
            .into_iter()
            .collect();
        Self::new(keys)
    }
}

impl fmt::Debug for HmacSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HmacSecret({}, redacted)", self.algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_as_long_as_the_hash() {
        for (algorithm, length) in
            [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)]
        {
            assert!(HmacSecret::new(algorithm, vec![1; length]).is_ok());
            assert_eq!(
                HmacSecret::new(algorithm, vec![1; length - 1]).err(),
                Some(HmacSecretError::TooShort { found: length - 1, expected: length })
            );
        }
        assert_eq!(
            HmacSecret::new(Algorithm::RS256, [1; 64]).err(),
            Some(HmacSecretError::NotHmac(Algorithm::RS256))
        );
    }

    #[test]
    fn a_public_key_is_not_a_secret() {
        for key in [
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
            "\n  -----BEGIN RSA PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ",
        ] {
            let refused = HmacSecret::new(Algorithm::HS256, key).err();
            assert_eq!(refused, Some(HmacSecretError::IsAKey));
        }
    }
}
