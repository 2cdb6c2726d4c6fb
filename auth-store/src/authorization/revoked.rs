//! Revocations, for verifiers of access tokens.

use super::GrantId;

/// A revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// A grant, with everything that was issued for it.
    Grant {
        /// Its id.
        id: GrantId,
        /// When it was revoked, in seconds since 1970.
        at: u64,
    },
    /// One access token.
    Token {
        /// Its `jti`.
        token_id: String,
        /// When it expires, in seconds since 1970.
        expires_at: u64,
    },
}

/// The revocations after a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedBatch {
    /// The numbering of the positions. If it changes, everything has to be read again.
    pub generation: u64,
    /// The revocations, in the order of their positions.
    pub revoked: Vec<Revoked>,
    /// The position to continue from.
    pub position: u64,
    /// Whether there are no more.
    pub complete: bool,
}
