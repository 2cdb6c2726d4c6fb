//! The users, for the claims of tokens.

use async_trait::async_trait;
use auth_accounts::model::{AccountId, AccountStatus, AssignmentKind};
use auth_accounts::store::StoreError;

/// What tokens and userinfo say about a user.
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

/// Looks up users by their subjects. [`auth_accounts::Accounts`] implements it.
///
/// A store of `auth-store` that has both the accounts and the grants revokes the grants of an account in the
/// step in which it gets another password, is locked, is deleted or is signed out everywhere, and those of a session
/// without `offline_access` in the step in which the session is ended. Accounts that are kept elsewhere call
/// [`revoke_grants`](crate::store::AuthorizationStore::revoke_grants) then.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The claims of this subject; `None` if it is locked or deleted: it gets no more tokens.
    ///
    /// # Errors
    /// If the store fails.
    async fn claims(&self, subject: &str) -> Result<Option<AccountClaims>, StoreError>;

    /// Whether this subject may have tokens: whether there are [`claims`](Self::claims). Introspection asks it
    /// for each token of a user, so implement it by the smallest read that you have. Do not answer from a cache: the
    /// tokens of a user who is locked are invalid from then on.
    ///
    /// # Errors
    /// If the store fails.
    async fn is_active(&self, subject: &str) -> Result<bool, StoreError> {
        Ok(self.claims(subject).await?.is_some())
    }
}

/// The subject is the id of the account. A locked or deleted account gets no token.
#[async_trait]
impl Accounts for auth_accounts::Accounts {
    async fn claims(&self, subject: &str) -> Result<Option<AccountClaims>, StoreError> {
        let Ok(id) = AccountId::parse(subject) else { return Ok(None) };
        let found = self.account_with_assignments(&id).await?;
        let found = found.filter(|(account, _)| account.status == AccountStatus::Active);
        let Some((account, assignments)) = found else { return Ok(None) };
        let mut claims = AccountClaims {
            username: Some(account.username),
            email: account.email.map(|it| it.as_str().to_owned()),
            email_verified: account.email_verified_at.is_some(),
            ..AccountClaims::default()
        };
        for held in assignments {
            match held.kind {
                AssignmentKind::Role => claims.roles.push(held.name),
                AssignmentKind::Group => claims.groups.push(held.name),
                _ => {}
            }
        }
        for names in [&mut claims.roles, &mut claims.groups] {
            names.sort_unstable();
            // A rule and an administrator may have assigned the same name.
            names.dedup();
        }
        Ok(Some(claims))
    }

    async fn is_active(&self, subject: &str) -> Result<bool, StoreError> {
        let Ok(id) = AccountId::parse(subject) else { return Ok(false) };
        let state = self.stores().accounts.state(&id).await?;
        Ok(state.is_some_and(|it| it.status == AccountStatus::Active))
    }
}
