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
/// let random = *b"\x8c\x1f\xe0\x5a\x33\xd9\x47\xb2\x06\xc8\x7e\x91\x2d\xf4\x60\xab\x15\x9b\xd3\x78\x4e\xa0\xc7\x02\x6f\xb8\x5d\xe1\x34\x99\x0a\xf6";
/// let secret = HmacSecret::new(Algorithm::HS256, random)?;
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
#[derive(Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HmacSecretError {
    /// The algorithm takes a public key.
    #[error(
        "`{0}` does not use a shared secret, expected HS256, HS384 or HS512\nhelp: its public key goes to `.keys(Jwks::from_json(..)?)` or `.keys(Jwks::from_pem(..)?)`"
    )]
    NotHmac(Algorithm),
    /// Shorter than the hash ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
    #[error(
        "the secret has {found} bytes, expected at least {expected} random bytes\nhelp: `openssl rand -base64 {expected}` makes one; issuer and service use the same bytes, so if the issuer decodes the base64 first, decode it here too"
    )]
    TooShort {
        /// How many bytes it has.
        found: usize,
        /// How many it needs.
        expected: usize,
    },
    /// The bytes are a published key, which everybody knows.
    #[error(
        "the secret is a PEM, DER, JWK or SSH key, expected random bytes nobody else knows\nhelp: a public key goes to `.keys(Jwks::from_pem(pem, Algorithm::RS256, None)?)`, with the algorithm of its tokens"
    )]
    IsAKey,
}

crate::error::debug_in_words!(HmacSecretError);

impl HmacSecret {
    /// A secret for `algorithm`: at least as many bytes as its hash has (32, 48 or 64).
    ///
    /// # Errors
    /// If the algorithm is not one of HMAC, the secret is too short, or it looks like a key in PEM,
    /// DER, JWK or the form of SSH: those are how a public key gets mistaken for a secret.
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
        if is_a_key(secret) {
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

/// Whether the bytes are a key in a form in which public keys are handed around.
fn is_a_key(secret: &[u8]) -> bool {
    let text = secret.strip_prefix("\u{feff}".as_bytes()).unwrap_or(secret).trim_ascii_start();
    // PEM and the form of SSH2; OpenSSH with and without a hardware key; DER in base64.
    let starts: [&[u8]; 6] = [b"-----BEGIN", b"---- BEGIN", b"ssh-", b"ecdsa-", b"sk-", b"MII"];
    // A `SEQUENCE` as long as the whole: the DER of every key of RSA.
    let is_der = matches!(secret, [0x30, 0x82, high, low, rest @ ..]
        if rest.len() == usize::from(u16::from_be_bytes([*high, *low])));
    let is_jwk = text.starts_with(b"{") && text.windows(5).any(|part| part == b"\"kty\"");
    is_der || is_jwk || starts.iter().any(|start| text.starts_with(start))
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

    fn random(length: u8) -> Vec<u8> {
        (0..length).map(|place| place.wrapping_mul(167)).collect()
    }

    #[test]
    fn a_secret_is_as_long_as_the_hash() {
        for (algorithm, length) in
            [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)]
        {
            assert!(HmacSecret::new(algorithm, random(length)).is_ok());
            assert_eq!(
                HmacSecret::new(algorithm, random(length - 1)).err(),
                Some(HmacSecretError::TooShort {
                    found: usize::from(length) - 1,
                    expected: length.into()
                })
            );
        }
        assert_eq!(
            HmacSecret::new(Algorithm::RS256, random(64)).err(),
            Some(HmacSecretError::NotHmac(Algorithm::RS256))
        );
    }

    #[test]
    fn a_public_key_is_not_a_secret() {
        for key in [
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
            "\n  -----BEGIN RSA PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ",
            "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA",
            "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2g",
            "---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2EAAAADAQABAAABAQ",
            "{ \"e\":\"AQAB\", \"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmb\"}",
            "\u{feff}-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
            "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA",
        ] {
            let refused = HmacSecret::new(Algorithm::HS256, key).err();
            assert_eq!(refused, Some(HmacSecretError::IsAKey));
        }
        let mut der = random(64);
        der.splice(..4, [0x30, 0x82, 0, 60]);
        let refused = HmacSecret::new(Algorithm::HS256, der).err();
        assert_eq!(refused, Some(HmacSecretError::IsAKey));
    }
}
