//! Signing keys.

use std::fmt;

/// A signing key. The key of an algorithm with the latest `sign_at` that has passed signs.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// Its id: the thumbprint of the public key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    pub kid: String,
    /// Its algorithm, as in `alg`.
    pub algorithm: String,
    /// When it is published, in seconds since 1970.
    pub publish_at: u64,
    /// When it begins to sign, in seconds since 1970.
    pub sign_at: u64,
    /// The public key, as a JWK.
    pub public_jwk: String,
    /// The name of the key that seals the private key.
    pub sealed_with: String,
    /// The private key, sealed.
    pub sealed_private_key: Vec<u8>,
}

impl fmt::Debug for SigningKeyRecord {
    /// Does not show the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeyRecord")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .field("sign_at", &self.sign_at)
            .finish_non_exhaustive()
    }
}
