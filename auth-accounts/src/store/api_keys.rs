use async_trait::async_trait;

use super::{Created, StoreError};
use crate::model::{AccountId, ApiKeyId, ApiKeyRecord, AuditEntry, StoredApiKey};
use crate::secret::Digest;

/// API keys.
#[async_trait]
pub trait ApiKeyStore: Send + Sync + 'static {
    /// Adds a key, unless its id is taken.
    async fn add_key(&self, key: &ApiKeyRecord, audit: &AuditEntry) -> Result<Created, StoreError>;

    /// The key, also one that is expired or revoked.
    async fn key(&self, id: &ApiKeyId) -> Result<Option<StoredApiKey>, StoreError>;

    /// Puts a new secret in the place of the one of this owner's key; the one before stays valid until
    /// `previous_until` (seconds since 1970), an older one no longer. False: there is no such key that
    /// is valid at this time.
    async fn rotate_key(
        &self,
        owner: &AccountId,
        id: &ApiKeyId,
        (ring_key, digest): (&str, &Digest),
        previous_until: u64,
        now: u64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// Revokes a key of this owner. False: there is no such key, or it is revoked already.
    async fn revoke_key(
        &self,
        owner: &AccountId,
        id: &ApiKeyId,
        now: u64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// The keys of an owner, the newest first.
    async fn keys(&self, owner: &AccountId) -> Result<Vec<ApiKeyRecord>, StoreError>;

    /// All keys that are valid at this time, in the order of their ids, after this one, at most so many.
    async fn all_keys(
        &self,
        now: u64,
        after: Option<&ApiKeyId>,
        limit: u32,
    ) -> Result<Vec<ApiKeyRecord>, StoreError>;

    /// Notes when keys were used, for those that there still are; a time is never set back.
    async fn touch_keys(&self, seen: &[(ApiKeyId, u64)]) -> Result<(), StoreError>;
}
