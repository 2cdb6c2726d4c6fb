//! Secrets shared with the issuer.

use std::collections::HashSet;
use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::key_set::{KeySet, VerifyingKey};
use super::published_key::is_published_key;

/// So many bytes differ in any random secret, be it written in digits.
const MIN_DISTINCT: usize = 6;

/// A secret that issuer and verifier share, for one HMAC algorithm.
///
/// Anyone who verifies with it can sign too: prefer public keys. It never comes from a key set, and
/// its bytes are wiped from memory when it is dropped.
///
/// ```
/// use auth_core::jose::{Algorithm, HmacSecret};
///
/// let random = *b"\x8c\x1f\xe0\x5a\x33\xd9\x47\xb2\x06\xc8\x7e\x91\x2d\xf4\x60\xab\x15\x9b\xd3\x78\x4e\xa0\xc7\x02\x6f\xb8\x5d\xe1\x34\x99\x0a\xf6";
/// let secret = HmacSecret::new(Algorithm::HS256, random)?;
/// assert_eq!(format!("{secret:?}"), "HmacSecret(HS256, redacted)");
/// assert!(HmacSecret::new(Algorithm::HS256, "too short").is_err());
/// # Ok::<(), auth_core::jose::HmacSecretError>(())
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
    /// The bytes are a key or a certificate in one of the forms in which those are handed around. The
    /// public ones everyone knows.
    #[error(
        "the secret is a key or certificate (PEM, DER, JWK, SSH, or one of them in base64 or hex), expected secret random bytes\nhelp: a public key goes to `.keys(Jwks::from_pem(pem, Algorithm::RS256, None)?)`, with the algorithm of its tokens"
    )]
    IsAKey,
    /// The bytes are all alike, or nearly so.
    #[error(
        "the secret has {distinct} different bytes only, expected secret random bytes\nhelp: for example `openssl rand -base64 64`"
    )]
    NotRandom {
        /// How many bytes of it differ.
        distinct: usize,
    },
}

crate::wording::debug_in_words!(HmacSecretError);

impl HmacSecret {
    /// A secret for `algorithm`: at least as many bytes as its hash has (32, 48 or 64).
    ///
    /// # Errors
    /// If the algorithm is not one of HMAC; if the secret is too short; if it is a key or a certificate
    /// in PEM, DER, JWK, the form of SSH or the point of a curve, as it is or in base64 or hex: those
    /// are how a public key gets mistaken for a secret; if fewer than six of its bytes differ, as in a
    /// buffer of zeros that no one filled.
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
        if is_published_key(secret) {
            return Err(HmacSecretError::IsAKey);
        }
        let distinct = secret.iter().collect::<HashSet<_>>().len();
        if distinct < MIN_DISTINCT {
            return Err(HmacSecretError::NotRandom { distinct });
        }
        Ok(Self { algorithm, bytes: Zeroizing::new(secret.to_vec()), kid: None })
    }

    /// Restricts the secret to tokens that name this `kid`, or none. Without it, the secret is used
    /// for any `kid`.
    #[must_use]
    pub fn key_id(mut self, kid: impl Into<Box<str>>) -> Self {
        self.kid = Some(kid.into());
        self
    }
}

impl From<HmacSecret> for KeySet {
    fn from(secret: HmacSecret) -> Self {
        let HmacSecret { algorithm, bytes, kid } = secret;
        Self::new(VerifyingKey::secret(bytes, algorithm, kid).into_iter().collect())
    }
}

impl fmt::Debug for HmacSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HmacSecret({}, redacted)", self.algorithm)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

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
    fn bytes_that_are_alike_are_not_a_secret() {
        let refused = |secret: &[u8]| HmacSecret::new(Algorithm::HS256, secret).err();
        for (secret, distinct) in [
            (vec![0; 64], 1),
            (vec![0xff; 32], 1),
            (b"x".repeat(40), 1),
            (b"secret".repeat(8), 5),
            ([&[0; 60][..], b"\x01\x02\x03\x04"].concat(), 5),
        ] {
            let expected = Some(HmacSecretError::NotRandom { distinct });
            assert_eq!(refused(&secret), expected, "{secret:?}");
        }
        // Digits of a random secret.
        assert_eq!(refused(b"19028374650192837465564738291065"), None);
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
        // The keys of RFC 8410 §10.1 and RFC 7515 §A.3.1, as they are and in base64.
        let ed25519 = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
        let p256 = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==";
        for text in [ed25519, p256] {
            let der = STANDARD.decode(text).unwrap();
            for secret in [der.as_slice(), text.as_bytes()] {
                let refused = HmacSecret::new(Algorithm::HS256, secret).err();
                assert_eq!(refused, Some(HmacSecretError::IsAKey), "{text}");
            }
        }
    }
}
