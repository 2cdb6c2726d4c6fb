//! Refresh tokens and their rotation.

use std::fmt;

use auth_accounts::secret::Digest;

use super::{Grant, GrantId, OpaqueToken};

/// A refresh token: one of a chain. Only the last one is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The digest of the token.
    pub digest: Digest,
    /// The grant that it refreshes.
    pub grant: GrantId,
    /// Its place in the chain, from 1 on.
    pub number: u64,
    /// The thumbprint of the key that it is bound to
    /// ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)).
    pub jkt: Option<String>,
    /// When it expires if it is not used, in seconds since 1970; not later than its grant.
    pub expires_at: u64,
}

/// A refresh token as a store finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRefreshToken {
    /// The token.
    pub token: RefreshToken,
    /// Its grant.
    pub grant: Grant,
    /// When it was spent, in seconds since 1970, if it was.
    pub spent_at: Option<u64>,
}

/// A request to replace a refresh token, after client, key and scope were checked.
#[derive(Clone)]
pub struct Rotation {
    /// The digest of the token that is presented.
    pub presented: Digest,
    /// The successor, if this is the first use.
    pub successor: RefreshToken,
    /// The successor, sealed with the presented token.
    pub sealed_successor: Vec<u8>,
    /// The access token, if it is an opaque one.
    pub access_token: Option<OpaqueToken>,
    /// For how many seconds after its first use a token returns the same successor again; 0: never.
    pub retry_window: u64,
    /// The time, in seconds since 1970.
    pub now: u64,
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation").field("successor", &self.successor).finish_non_exhaustive()
    }
}

/// The result of a rotation.
#[derive(Clone, PartialEq, Eq)]
pub enum Rotated {
    /// The first use: the successor is stored. Of concurrent rotations, one gets this.
    First,
    /// A retry: the token was spent within the retry window, and its successor is unspent. An opaque access token
    /// of the rotation is stored.
    Retried {
        /// The `sealed_successor` of the first use.
        sealed_successor: Vec<u8>,
    },
    /// Reuse: the token was spent before, and this is not a retry. This call has revoked the grant. With a retry
    /// window of 0, concurrent uses get this, too.
    Reused,
    /// The token is unknown or has expired, or its grant is revoked or has ended: nothing was stored.
    Invalid,
}

impl fmt::Debug for Rotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "First",
            Self::Retried { .. } => "Retried",
            Self::Reused => "Reused",
            Self::Invalid => "Invalid",
        })
    }
}
