//! What an administrator sees of the signing keys.

use super::SigningAlgorithm;

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// It is published, and does not sign yet.
    Next,
    /// It signs.
    Signing,
    /// It does not sign any more. It is published as long as a token that it signed may be valid.
    Retired,
}

/// A signing key, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningKeyInfo {
    /// Its id: the thumbprint of the public key.
    pub kid: String,
    /// Its algorithm.
    pub algorithm: SigningAlgorithm,
    /// From when on it signs, in seconds since 1970.
    pub sign_at: u64,
    /// Where it is in its life.
    pub state: KeyState,
}
