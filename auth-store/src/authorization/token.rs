//! Opaque access tokens. Signed ones are not stored.

use auth_accounts::secret::Digest;

use super::{Grant, GrantId};

/// An opaque access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpaqueToken {
    /// The digest of the token.
    pub digest: Digest,
    /// Its grant; `None` for a token of the client credentials grant.
    pub grant: Option<GrantId>,
    /// Its resource (`aud`).
    pub resource: String,
    /// When it expires, in seconds since 1970.
    pub expires_at: u64,
    /// The introspection response ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)), as a
    /// JSON object.
    pub claims: String,
}

/// An opaque token as a store finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOpaqueToken {
    /// The token.
    pub token: OpaqueToken,
    /// Its grant, if it has one.
    pub grant: Option<Grant>,
}
