//! Consents.

use auth_accounts::secret::Digest;

/// A remembered consent: one for each user, client and resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The user (`sub`).
    pub subject: String,
    /// The client.
    pub client_id: String,
    /// The resource; empty for the scopes of OpenID Connect.
    pub resource: String,
    /// The scopes.
    pub scopes: Vec<String>,
    /// The digest of the metadata of the client at that time. If it changes, the user is asked again.
    pub metadata_digest: Digest,
    /// When it was given, in seconds since 1970.
    pub given_at: u64,
}
