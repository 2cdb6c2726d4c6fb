//! An API key.

use super::{AccountId, AccountState, ApiKeyId};
use crate::secret::Digest;

/// An API key as it is kept: never the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose rights it has at most.
    pub owner: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// Which key of the ring the digests were made with.
    pub ring_key: String,
    /// The keyed digest of the whole key.
    pub digest: Digest,
    /// The digest of the key that was replaced, and until when that is valid, in seconds since 1970.
    pub previous: Option<(Digest, u64)>,
    /// The scopes that it has, by their names.
    pub scopes: Vec<String>,
    /// The roles of its owner that it may use, by their names.
    pub roles: Vec<String>,
    /// When it was made, in seconds since 1970.
    pub created_at: u64,
    /// When it expires, in seconds since 1970; `None`: never.
    pub expires_at: Option<u64>,
    /// When it was revoked, in seconds since 1970.
    pub revoked_at: Option<u64>,
    /// When it was last used, in seconds since 1970; written in batches.
    pub last_used_at: Option<u64>,
    /// The networks that it may come from, in CIDR form; empty: from anywhere.
    pub networks: Vec<String>,
}

/// An API key as a store finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApiKey {
    /// The key.
    pub record: ApiKeyRecord,
    /// Its owner, where the store of keys has accounts too; otherwise the accounts are asked.
    pub owner: Option<AccountState>,
}
