//! Why a compact JWS is rejected.

use thiserror::Error;

/// Why a compact JWS is rejected, with any payload. Nothing in here comes from the token, a key
/// or a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum JwsError {
    /// Not three segments of strict base64url, or not strict JSON objects in them.
    #[error("the token is not a well-formed compact JWS of JSON objects")]
    Malformed,
    /// `alg` is unknown, `none`, or not on the allow list.
    #[error("the algorithm of the token is not accepted")]
    UnsupportedAlgorithm,
    /// The header demands an extension (`crit`, `b64`) that is not implemented.
    #[error("the token demands an extension that is not understood")]
    UnsupportedCriticalHeader,
    /// No key fits the `kid` and `alg` of the header.
    #[error("no key fits the header of the token")]
    UnknownKey,
    /// The token names no key, and more keys of its algorithm are there than are tried for one token.
    #[error("the token names no key, and too many keys fit its algorithm")]
    TooManyKeys,
    /// The signature is not one of the key.
    #[error("the signature of the token is wrong")]
    BadSignature,
}

crate::wording::debug_in_words!(JwsError);
