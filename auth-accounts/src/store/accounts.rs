use async_trait::async_trait;

use super::StoreError;
use crate::model::{
    Account, AccountId, AccountState, AccountStatus, AuditEntry, Email, LoginKey, PasswordHash,
    SessionId,
};

/// Which sessions of an account were ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedSessions<'a> {
    /// This one.
    One(&'a SessionId),
    /// All but this one; `None`: all.
    Others(Option<&'a SessionId>),
}

/// Whether an account was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It was.
    Created,
    /// Another account has this name.
    Taken,
}

/// Why a password is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChange {
    /// It is another password: the epoch is counted up, which ends all sessions of other epochs.
    Changed {
        /// When, in seconds since 1970.
        at: u64,
    },
    /// The same password under newer parameters: nothing else changes.
    Rehashed,
}

/// Whether a password was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordWritten {
    /// It was; the account is in this epoch now.
    Done {
        /// The epoch.
        epoch: u64,
    },
    /// The account has another hash by now, or is gone: nothing was changed.
    Changed,
}

/// Accounts.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// The account with this name.
    async fn find(&self, login: &LoginKey) -> Result<Option<Account>, StoreError>;

    /// The account with this verified e-mail address, compared without regard to ASCII case. If there
    /// are several, the oldest.
    async fn find_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError>;

    /// The account.
    async fn load(&self, id: &AccountId) -> Result<Option<Account>, StoreError>;

    /// What decides whether the credentials of an account are valid. `None`: there is no such account.
    async fn state(&self, id: &AccountId) -> Result<Option<AccountState>, StoreError>;

    /// Adds an account, unless its name is taken.
    async fn create(&self, account: &Account, audit: &AuditEntry) -> Result<Created, StoreError>;

    /// Sets the password, if the account still has the hash that the caller saw (`None`: it had none).
    ///
    /// Another password, another status, and the removal of the account revoke what its user has allowed
    /// clients of an authorization server, if they are kept in the same store.
    async fn set_password(
        &self,
        id: &AccountId,
        seen: Option<&PasswordHash>,
        new: &PasswordHash,
        change: PasswordChange,
        audit: &AuditEntry,
    ) -> Result<PasswordWritten, StoreError>;

    /// Sets the status, and counts the epoch up. False: there is no such account, or it has this
    /// status already.
    async fn set_status(
        &self,
        id: &AccountId,
        status: AccountStatus,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// Sets the e-mail address, and when it was verified. False: there is no such account.
    async fn set_email(
        &self,
        id: &AccountId,
        email: Option<&Email>,
        verified_at: Option<u64>,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// Counts the epoch up, which ends all sessions of the account; the new epoch. `None`: there is no
    /// such account.
    ///
    /// `keep` is the session that the caller puts into the new epoch. With it, what was allowed to clients
    /// of an authorization server outside of it is revoked, but for what has the scope `offline_access`; without
    /// it, the user is signed out everywhere, and all is revoked, if they are kept in the same store.
    async fn bump_epoch(
        &self,
        id: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<Option<u64>, StoreError>;

    /// Revokes what was allowed to clients of an authorization server in these sessions, but for what has the scope
    /// `offline_access`: the sessions are kept in another store, which ends them. Nothing is done if grants are not
    /// kept in this store.
    async fn sessions_ended(
        &self,
        _id: &AccountId,
        _ended: EndedSessions<'_>,
        _now: u64,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    /// Removes the account with all that belongs to it: sessions, factors, keys, assignments. False:
    /// there is no such account.
    async fn delete(&self, id: &AccountId, audit: &AuditEntry) -> Result<bool, StoreError>;

    /// Accounts whose name or address contains this text without regard to ASCII case, in the order
    /// of their ids, after this one, at most so many.
    async fn search(
        &self,
        text: &str,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError>;
}
