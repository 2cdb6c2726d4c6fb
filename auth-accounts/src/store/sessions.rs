use async_trait::async_trait;

use super::StoreError;
use crate::model::{AccountId, AuditEntry, SessionId, SessionRecord, StoredSession};
use crate::secret::Digest;

/// Whether data of a session was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataWritten {
    /// It was; it has this version now.
    Done {
        /// The version.
        version: u64,
    },
    /// It has another version by now.
    Changed,
    /// The session is over.
    Gone,
}

/// Sessions. A session that has ended is not found, and nothing revives it.
///
/// The end of a session revokes what was allowed to clients of an authorization server in it, but for what has
/// the scope `offline_access`, if they are kept in the same store. Another one says so to
/// [`sessions_ended`](super::AccountStore::sessions_ended).
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Adds a session.
    async fn create(&self, session: &SessionRecord, audit: &AuditEntry) -> Result<(), StoreError>;

    /// The session with this digest, if it is not over at this time.
    async fn load(&self, digest: &Digest, now: u64) -> Result<Option<StoredSession>, StoreError>;

    /// Notes when sessions were used, for those that there still are; a time is never set back.
    async fn touch(&self, seen: &[(Digest, u64)]) -> Result<(), StoreError>;

    /// Puts a session in the place of the one with this digest, in one step. False: that one is gone,
    /// and the new one was not added.
    async fn rotate(
        &self,
        old: &Digest,
        new: &SessionRecord,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// Ends a session of this account. False: there is no such session.
    async fn end(
        &self,
        account: &AccountId,
        session: &SessionId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// Ends all sessions of the account, but this one; how many.
    async fn end_others(
        &self,
        account: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<u64, StoreError>;

    /// The sessions of the account that are not over at this time, the newest first.
    async fn list(&self, account: &AccountId, now: u64) -> Result<Vec<SessionRecord>, StoreError>;

    /// What the application keeps with a session under this key, and its version.
    async fn data(
        &self,
        session: &SessionId,
        key: &str,
    ) -> Result<Option<(Vec<u8>, u64)>, StoreError>;

    /// Writes that, if it still has the version that the caller saw (`None`: there was nothing).
    async fn set_data(
        &self,
        session: &SessionId,
        key: &str,
        value: &[u8],
        seen: Option<u64>,
        now: u64,
    ) -> Result<DataWritten, StoreError>;

    /// Removes sessions that are over at this time, at most so many; how many.
    async fn sweep_sessions(&self, now: u64, limit: u32) -> Result<u64, StoreError>;
}
