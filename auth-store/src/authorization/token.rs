//! Opaque access tokens. Signed ones have no row.

use auth_accounts::secret::Digest;

use super::{Grant, GrantId};

/// An access token that says nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpaqueToken {
    /// The digest of the token.
    pub digest: Digest,
    /// The grant that it is of; `None` for a client's own token.
    pub grant: Option<GrantId>,
    /// The resource that it is for (`aud`).
    pub resource: String,
    /// When it expires, in seconds since 1970.
    pub expires_at: u64,
    /// What introspection answers ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)), as
    /// a JSON object.
    pub claims: String,
}

/// An opaque token as a store finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOpaqueToken {
    /// The token.
    pub token: OpaqueToken,
    /// Its grant, if it is of one.
    pub grant: Option<Grant>,
}
