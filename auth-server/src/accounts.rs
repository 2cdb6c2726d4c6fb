//! What tokens say of a user.

use async_trait::async_trait;
use auth_accounts::store::StoreError;

/// What is known of a user, for tokens and for userinfo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountClaims {
    /// The name that the user signs in with (`preferred_username`).
    pub username: Option<String>,
    /// The e-mail address (`email`).
    pub email: Option<String>,
    /// Whether it was verified (`email_verified`).
    pub email_verified: bool,
    /// The roles, by the names of the vocabulary (`roles`).
    pub roles: Vec<String>,
    /// The groups (`groups`).
    pub groups: Vec<String>,
}

/// From a subject to what tokens say of it. [`auth_accounts::Accounts`] is one.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// What is known of this subject; `None`: it is locked or gone, and gets no more tokens.
    ///
    /// # Errors
    /// If the store fails.
    async fn claims(&self, subject: &str) -> Result<Option<AccountClaims>, StoreError>;
}
