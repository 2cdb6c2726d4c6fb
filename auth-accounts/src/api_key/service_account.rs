//! Accounts of programs.

use crate::accounts::Accounts;
use crate::model::{Account, AccountId, AccountKind, AccountStatus, AuditEntry, LoginKey};
use crate::store::{Created, StoreError};

/// Why no service account is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceAccountError {
    /// The name can be no account's.
    #[error("the name of an account has no spaces, no colon and at most 254 bytes")]
    Name,
    /// Another account has the name.
    #[error("another account has this name")]
    Taken,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Makes an account for a program. It has no password and no session: give it roles, and
    /// [make keys for it](Self::create_api_key). When it is locked, all its keys are void.
    ///
    /// `actor` asks for it, and is in the audit trail. Whether the actor may, is for the caller to decide
    /// before.
    ///
    /// # Errors
    /// If the name cannot be one or is taken, or the store fails.
    pub async fn create_service_account(
        &self,
        actor: &AccountId,
        name: &str,
    ) -> Result<AccountId, ServiceAccountError> {
        let login = LoginKey::prepare(name).ok_or(ServiceAccountError::Name)?;
        let now = self.now();
        let account = Account {
            id: AccountId::random(),
            kind: AccountKind::Service,
            login,
            username: name.to_owned(),
            email: None,
            email_verified_at: None,
            status: AccountStatus::Active,
            password: None,
            password_at: None,
            epoch: 0,
            created_at: now,
        };
        let audit = AuditEntry::new(now, "service_account_created").by(actor).about(&account.id);
        match self.ask(self.0.stores.accounts.create(&account, &audit)).await? {
            Created::Created => Ok(account.id),
            Created::Taken => Err(ServiceAccountError::Taken),
        }
    }
}
