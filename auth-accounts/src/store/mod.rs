//! What a store does. Each method is one atomic statement, on one node and on many: nothing here is
//! read first and written later.
//!
//! The time is handed over, in seconds since 1970; a store asks no clock. Methods that take an
//! [`AuditEntry`](crate::model::AuditEntry) write it in the transaction of the change, and append the
//! change to the feed in it: where one cannot be written, nothing is. When they found nothing to
//! change, they write neither.
//!
//! `auth-store` has stores, and a suite that shows whether another one keeps these promises.

mod accounts;
mod api_keys;
mod assignments;
mod attempts;
mod audit;
mod changes;
mod error;
mod factors;
mod one_time;
mod sessions;

use std::fmt;
use std::sync::Arc;

pub use accounts::{AccountStore, Created, EndedSessions, PasswordChange, PasswordWritten};
pub use api_keys::ApiKeyStore;
pub use assignments::{AssignmentStore, Withdrawn};
pub use attempts::{Attempt, AttemptStore, Limit};
pub use audit::AuditStore;
pub use changes::ChangeStore;
pub use error::StoreError;
pub use factors::{FactorAdded, FactorStore};
pub use one_time::{OneTimeKind, OneTimeStore};
pub use sessions::{DataWritten, SessionStore};

/// A store that keeps everything.
pub trait Store:
    AccountStore
    + AssignmentStore
    + FactorStore
    + SessionStore
    + ApiKeyStore
    + OneTimeStore
    + AttemptStore
    + AuditStore
    + ChangeStore
{
}

impl<T> Store for T where
    T: AccountStore
        + AssignmentStore
        + FactorStore
        + SessionStore
        + ApiKeyStore
        + OneTimeStore
        + AttemptStore
        + AuditStore
        + ChangeStore
{
}

/// Where everything is kept: one store, or another for what may be forgotten.
#[derive(Clone)]
#[non_exhaustive]
pub struct Stores {
    /// Accounts.
    pub accounts: Arc<dyn AccountStore>,
    /// Roles and groups.
    pub assignments: Arc<dyn AssignmentStore>,
    /// Second factors and passkeys.
    pub factors: Arc<dyn FactorStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// API keys.
    pub api_keys: Arc<dyn ApiKeyStore>,
    /// What can be used once.
    pub one_time: Arc<dyn OneTimeStore>,
    /// Counters of attempts.
    pub attempts: Arc<dyn AttemptStore>,
    /// The audit trail.
    pub audit: Arc<dyn AuditStore>,
    /// The feed of changes.
    pub changes: Arc<dyn ChangeStore>,
}

impl Stores {
    /// One store for everything.
    pub fn all_in(store: impl Store) -> Self {
        let store = Arc::new(store);
        Self {
            accounts: store.clone(),
            assignments: store.clone(),
            factors: store.clone(),
            sessions: store.clone(),
            api_keys: store.clone(),
            one_time: store.clone(),
            attempts: store.clone(),
            audit: store.clone(),
            changes: store,
        }
    }

    /// The same, with sessions, one-time secrets and attempts in this store: what may be lost without
    /// anything being undone, and is asked often.
    ///
    /// The store keeps the promises of every store: what it does with a session is in the trail and in
    /// the feed of the others. It is given both when it is made.
    #[must_use]
    pub fn short_lived_in(
        mut self,
        store: impl SessionStore + OneTimeStore + AttemptStore,
    ) -> Self {
        let store = Arc::new(store);
        self.sessions = store.clone();
        self.one_time = store.clone();
        self.attempts = store;
        self
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}
