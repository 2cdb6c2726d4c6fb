//! Why a token was rejected.

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::jose::JwsError;
use crate::keys::KeysUnavailable;

/// Why a token was rejected: for the log and the audit event, not for the caller.
///
/// A caller learns `invalid_token` and no more
/// ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)), since the difference
/// between a bad signature and an unknown key helps only who is probing. Nothing in here comes
/// from the token, a key or a secret, so it may be logged as it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Longer than the configured limit.
    #[error("the token is longer than the limit")]
    TooLarge,
    /// Not three segments of strict base64url, or not strict JSON objects in them.
    #[error("{}", JwsError::Malformed)]
    Malformed,
    /// `alg` is unknown, `none`, or not on the allow list.
    #[error("{}", JwsError::UnsupportedAlgorithm)]
    UnsupportedAlgorithm,
    /// The header demands an extension (`crit`, `b64`) that is not implemented.
    #[error("{}", JwsError::UnsupportedCriticalHeader)]
    UnsupportedCriticalHeader,
    /// No key fits the `kid` and `alg` of the header.
    #[error("{}", JwsError::UnknownKey)]
    UnknownKey,
    /// The token names no key, and more keys of its algorithm are there than are tried for one token.
    /// A token that names its key (`kid`) is not concerned.
    #[error("{}", JwsError::TooManyKeys)]
    TooManyKeys,
    /// The signature is not one of the key.
    #[error("{}", JwsError::BadSignature)]
    BadSignature,
    /// A signed JWT of another kind: an ID token, a logout token, a DPoP proof.
    #[error("the token is not an access token")]
    WrongType,
    /// A required claim is missing.
    #[error("the claim `{0}` is missing")]
    MissingClaim(&'static str),
    /// A claim has the wrong type or is out of range.
    #[error("the claim `{0}` has the wrong type or is out of range")]
    InvalidClaim(&'static str),
    /// `exp` is reached.
    #[error("the token has expired")]
    Expired,
    /// `exp` is further away than a token may live: `max_lifetime` of the verifier, 100 years unless
    /// set.
    #[error(
        "the token lives longer than `.max_lifetime(..)` of its verifier allows{hint}",
        hint = if *.in_milliseconds { "; `exp` seems to be in milliseconds, expected seconds" } else { "" }
    )]
    LifetimeTooLong {
        /// Whether `exp` would be a likely date if it were in milliseconds: the most frequent
        /// reason. RFC 7519 §2 has dates in seconds.
        in_milliseconds: bool,
    },
    /// `nbf` is not reached.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` lies in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// `iss` is not the configured issuer.
    #[error("the token is of another issuer")]
    IssuerMismatch,
    /// `aud` does not name this service.
    #[error("the token is for another audience")]
    AudienceMismatch,
    /// The token is bound to a key (`cnf`) and was presented as if it were not
    /// ([RFC 9449 §7.2](https://www.rfc-editor.org/rfc/rfc9449#section-7.2)).
    #[error("the token is sender-constrained and was presented as a plain bearer token")]
    SenderConstrained,
    /// The token is not bound to a key of its sender, but was presented with the proof of one
    /// ([RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
    #[error("the token is not bound to the key that the sender proved to hold")]
    BindingMismatch,
    /// The token, its subject or its session was revoked.
    #[error("the token was revoked")]
    Revoked,
    /// The issuer says that the token is not active
    /// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)).
    #[error("the issuer says that the token is not active")]
    Inactive,
    /// The claims are not of the form that the application reads.
    #[error("the claims do not have the form that the application reads")]
    ClaimsMismatch,
    /// It cannot be determined now whether the token is valid: keys, an introspection endpoint
    /// or a store cannot be reached. The answer is 503, never 401: the token may be valid.
    #[error("keys or a store cannot be reached; try again in {retry_after} seconds")]
    Unavailable {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
}

crate::wording::debug_in_words!(VerifyError);

impl VerifyError {
    /// A stable name of the reason, for metrics and audit events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
            Self::UnsupportedCriticalHeader => "critical_header",
            Self::UnknownKey => "unknown_key",
            Self::TooManyKeys => "too_many_keys",
            Self::BadSignature => "signature",
            Self::WrongType => "wrong_type",
            Self::MissingClaim(_) => "missing_claim",
            Self::InvalidClaim(_) => "invalid_claim",
            Self::Expired => "expired",
            Self::LifetimeTooLong { .. } => "lifetime_too_long",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::IssuerMismatch => "issuer",
            Self::AudienceMismatch => "audience",
            Self::SenderConstrained => "sender_constrained",
            Self::BindingMismatch => "not_bound",
            Self::Revoked => "revoked",
            Self::Inactive => "inactive",
            Self::ClaimsMismatch => "unexpected_claims",
            Self::Unavailable { .. } => "unavailable",
        }
    }
}

impl From<JwsError> for VerifyError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Malformed => Self::Malformed,
            JwsError::UnsupportedAlgorithm => Self::UnsupportedAlgorithm,
            JwsError::UnsupportedCriticalHeader => Self::UnsupportedCriticalHeader,
            JwsError::UnknownKey => Self::UnknownKey,
            JwsError::TooManyKeys => Self::TooManyKeys,
            JwsError::BadSignature => Self::BadSignature,
        }
    }
}

impl From<KeysUnavailable> for VerifyError {
    fn from(KeysUnavailable { retry_after }: KeysUnavailable) -> Self {
        Self::Unavailable { retry_after }
    }
}

/// As its [code](VerifyError::code).
impl Serialize for VerifyError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
