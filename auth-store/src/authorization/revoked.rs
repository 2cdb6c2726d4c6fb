//! What was revoked, for those who verify tokens.

use super::GrantId;

/// What was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// A grant: everything that was issued for it.
    Grant {
        /// Which.
        id: GrantId,
        /// When, in seconds since 1970.
        at: u64,
    },
    /// One access token, by its `jti`.
    Token {
        /// Which.
        token_id: String,
        /// When it expires, in seconds since 1970.
        expires_at: u64,
    },
}

/// What was revoked after a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedBatch {
    /// Which numbering this is: with another one everything is read again.
    pub generation: u64,
    /// What was revoked, in the order of positions.
    pub revoked: Vec<Revoked>,
    /// Where to go on: what is before it was read, or is needed by none any more.
    pub position: u64,
    /// Whether that was all there was.
    pub complete: bool,
}
