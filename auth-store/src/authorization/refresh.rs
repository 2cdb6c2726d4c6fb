//! Refresh tokens and their rotation.

use std::fmt;

use auth_accounts::secret::Digest;

use super::{Grant, GrantId, OpaqueToken};

/// A refresh token: one of a chain, of which the last one is good.
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
    /// When it expires if it is not used, in seconds since 1970. Not later than its grant.
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

/// A refresh token that its client presents to get the next one: its client, key and scope were checked.
#[derive(Clone)]
pub struct Rotation {
    /// The digest of the token that is presented.
    pub presented: Digest,
    /// The token that takes its place, if this is the first use.
    pub successor: RefreshToken,
    /// The successor, sealed so that it opens with the presented token alone.
    pub sealed_successor: Vec<u8>,
    /// The access token, if it is an opaque one.
    pub access_token: Option<OpaqueToken>,
    /// For how many seconds after its first use a token still leads to the same successor; 0: not at all.
    pub retry_window: u64,
    /// The time, in seconds since 1970.
    pub now: u64,
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation").field("successor", &self.successor).finish_non_exhaustive()
    }
}

/// What came of a rotation.
#[derive(Clone, PartialEq, Eq)]
pub enum Rotated {
    /// It was the first use: the successor is stored. Of those who rotate a token at once, one gets this.
    First,
    /// It was spent within the retry window, its successor is unspent: here it is, sealed. An opaque
    /// access token of the rotation is stored.
    Retried {
        /// The `sealed_successor` of the first use.
        sealed_successor: Vec<u8>,
    },
    /// It was spent before, and neither the window nor its successor allow another use: the grant has been
    /// revoked by this call. With a retry window of 0, uses that run beside the first end here, too.
    Reused,
    /// There is no such token, it was not spent and has expired, or its grant is revoked or over: nothing
    /// was stored.
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
