//! Clients that registered themselves.

/// A client that registered itself ([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClient {
    /// Its id, which the server has made.
    pub client_id: String,
    /// What it says of itself, as JSON, with the digests of its secrets.
    pub metadata: String,
    /// When it registered, in seconds since 1970.
    pub registered_at: u64,
    /// When it was last used, in seconds since 1970; `None`: never.
    pub last_used_at: Option<u64>,
    /// When it is removed unless it is used, in seconds since 1970.
    pub expires_at: u64,
}
