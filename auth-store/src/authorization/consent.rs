//! What users have consented to.

use auth_accounts::secret::Digest;

/// A consent that is remembered: per user, client and resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Whose.
    pub subject: String,
    /// For which client.
    pub client_id: String,
    /// For which resource; empty for scopes of no resource.
    pub resource: String,
    /// Which scopes.
    pub scopes: Vec<String>,
    /// What the client said of itself when the user saw it: with another digest it is asked again.
    pub metadata_digest: Digest,
    /// When, in seconds since 1970.
    pub given_at: u64,
}
