//! Signing keys.

use std::fmt;

/// A signing key. Which one signs follows from the times: of those of an algorithm that may sign, the one
/// with the latest `sign_at`.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// Its id: the thumbprint of the public key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    pub kid: String,
    /// Its algorithm, as in `alg`.
    pub algorithm: String,
    /// From when on it is published, in seconds since 1970.
    pub publish_at: u64,
    /// From when on it signs, in seconds since 1970.
    pub sign_at: u64,
    /// The public key, as a JWK.
    pub public_jwk: String,
    /// Which key the private one is sealed with.
    pub sealed_with: String,
    /// The private key, sealed.
    pub sealed_private_key: Vec<u8>,
}

impl fmt::Debug for SigningKeyRecord {
    /// Shows no key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeyRecord")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .field("sign_at", &self.sign_at)
            .finish_non_exhaustive()
    }
}
