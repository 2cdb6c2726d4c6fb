//! Why a proof was rejected.

use thiserror::Error;

use crate::jose::{JwsError, KeyError};

/// Why a DPoP proof was rejected: for the log and the audit event, not for the caller.
///
/// A caller learns `invalid_dpop_proof` and no more
/// ([RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)). Nothing in here comes from
/// the proof or the token, so it may be logged as it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum DpopProofError {
    /// The request has no `DPoP` header.
    #[error("the request carries no DPoP proof")]
    Missing,
    /// The request has more than one `DPoP` header
    /// ([§4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3), check 1).
    #[error("the request carries more than one DPoP proof")]
    Repeated,
    /// Longer than 16 KiB.
    #[error("the DPoP proof is longer than 16 KiB")]
    TooLarge,
    /// Not one compact JWS of strict JSON objects.
    #[error("the DPoP proof is not a well-formed compact JWS of JSON objects")]
    Malformed,
    /// `typ` is not `dpop+jwt`.
    #[error("the DPoP proof is a JWT of another type, expected `dpop+jwt`")]
    WrongType,
    /// `alg` is unknown, symmetric, `none`, or not on the list of this server.
    #[error("the algorithm of the DPoP proof is not accepted")]
    UnsupportedAlgorithm,
    /// The header demands an extension (`crit`, `b64`) that is not implemented.
    #[error("the DPoP proof demands an extension that is not understood")]
    Critical,
    /// The header has no member `jwk`.
    #[error("the DPoP proof does not carry its key")]
    NoKey,
    /// The member `jwk` is no public key that can be relied on.
    #[error("the key of the DPoP proof cannot be used: {0}")]
    Key(KeyError),
    /// The signature is not one of the key.
    #[error("the signature of the DPoP proof is wrong")]
    Signature,
    /// A required claim is missing.
    #[error("the claim `{0}` of the DPoP proof is missing")]
    MissingClaim(&'static str),
    /// A claim has the wrong type or is out of range.
    #[error("the claim `{0}` of the DPoP proof has the wrong type or is out of range")]
    InvalidClaim(&'static str),
    /// `htm` is not the method of the request.
    #[error("the DPoP proof is for another method")]
    Method,
    /// `htu` is not the address of the request.
    #[error("the DPoP proof is for another address")]
    Target,
    /// `iat` lies further back than the window.
    #[error("the DPoP proof is too old")]
    TooOld,
    /// `iat` lies further ahead than the window.
    #[error("the DPoP proof was made in the future")]
    InFuture,
    /// `ath` is not the hash of the access token.
    #[error("the DPoP proof is for another access token")]
    OtherToken,
    /// The proof was used before.
    #[error("the DPoP proof was used before")]
    Replayed,
}

crate::wording::debug_in_words!(DpopProofError);

impl DpopProofError {
    /// A stable name of the reason, for metrics and audit events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "proof_missing",
            Self::Repeated => "proof_repeated",
            Self::TooLarge => "proof_too_large",
            Self::Malformed => "proof_malformed",
            Self::WrongType => "proof_wrong_type",
            Self::UnsupportedAlgorithm => "proof_unsupported_algorithm",
            Self::Critical => "proof_critical_header",
            Self::NoKey => "proof_no_key",
            Self::Key(_) => "proof_key",
            Self::Signature => "proof_signature",
            Self::MissingClaim(_) => "proof_missing_claim",
            Self::InvalidClaim(_) => "proof_invalid_claim",
            Self::Method => "proof_method",
            Self::Target => "proof_target",
            Self::TooOld => "proof_too_old",
            Self::InFuture => "proof_in_future",
            Self::OtherToken => "proof_other_token",
            Self::Replayed => "proof_replayed",
        }
    }

    /// What is likely to help.
    pub(crate) const fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::Missing => {
                "each request under `Authorization: DPoP` needs a header `DPoP` with a proof made for it"
            }
            Self::Repeated => "a client or a proxy on the way adds a second header `DPoP`",
            Self::Method => "`htm` has to be the method of the request, in upper case",
            Self::Target => {
                "`htu` has to be the address that `Dpop::builder(..)` is told, with the path of the request and without its query: behind a proxy, the address that clients use"
            }
            Self::TooOld | Self::InFuture => {
                "a proof is made anew for each request; if it was, the clocks of client and service differ"
            }
            Self::OtherToken => {
                "`ath` has to be the SHA-256 of the very token in `Authorization`, in base64url"
            }
            Self::Replayed => "a proof is made anew for each request, also when one is sent again",
            Self::WrongType => "is it the access token? It belongs into `Authorization`",
            _ => return None,
        })
    }

    /// What is wrong with it as a JWS.
    pub(super) const fn of_jws(error: JwsError) -> Self {
        match error {
            JwsError::UnsupportedAlgorithm => Self::UnsupportedAlgorithm,
            JwsError::UnsupportedCriticalHeader => Self::Critical,
            JwsError::BadSignature => Self::Signature,
            _ => Self::Malformed,
        }
    }
}
