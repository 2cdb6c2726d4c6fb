//! Errors when a server is built.

use auth_accounts::store::StoreError;

/// The authorization server cannot be made with these settings, or not now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Settings are missing or invalid: a sentence for each.
    #[error("the authorization server cannot be set up: {}", .0.join("; "))]
    Settings(Vec<String>),
    /// The signing keys cannot be used: why.
    #[error("the signing keys cannot be used: {0}")]
    Keys(String),
    /// The store failed while the server was built.
    #[error(transparent)]
    Store(#[from] StoreError),
}
