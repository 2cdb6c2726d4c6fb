//! API keys.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use async_trait::async_trait;
use auth_accounts::model::{
    AccountId, ApiKeyId, ApiKeyRecord, AuditEntry, ChangeKind, StoredApiKey,
};
use auth_accounts::secret::Digest;
use auth_accounts::store::{ApiKeyStore, Created, StoreError};

use super::{MemoryStore, at_most, room, short};

#[derive(Default)]
pub(super) struct ApiKeys {
    by_id: BTreeMap<ApiKeyId, ApiKeyRecord>,
    by_owner: HashMap<AccountId, BTreeSet<ApiKeyId>>,
}

impl ApiKeys {
    pub(super) fn remove_account(&mut self, owner: &AccountId) {
        for id in self.by_owner.remove(owner).unwrap_or_default() {
            self.by_id.remove(&id);
        }
    }

    fn of_owner(&mut self, owner: &AccountId, id: &ApiKeyId) -> Option<&mut ApiKeyRecord> {
        self.by_id.get_mut(id).filter(|key| key.owner == *owner)
    }
}

fn is_valid(key: &ApiKeyRecord, now: u64) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|end| now < end)
}

fn check(key: &ApiKeyRecord) -> Result<(), StoreError> {
    short(&[(key.name.as_bytes(), "the name of an API key")])?;
    let lists = [&key.scopes, &key.roles, &key.networks];
    let json = serde_json::to_vec(&lists).unwrap_or_default();
    short(&[(&json, "the rights of an API key")])
}

#[async_trait]
impl ApiKeyStore for MemoryStore {
    async fn add_key(&self, key: &ApiKeyRecord, audit: &AuditEntry) -> Result<Created, StoreError> {
        self.run("ApiKeyStore::add_key", |state| {
            check(key)?;
            if state.accounts.get(&key.owner).is_none() {
                return Err(StoreError::Conflict("there is no such account"));
            }
            if state.api_keys.by_id.contains_key(&key.id) {
                return Ok(Created::Taken);
            }
            room(state.api_keys.by_id.len(), 1, state.limit, "API keys")?;
            state.can_record(audit)?;
            let keys = &mut state.api_keys;
            keys.by_owner.entry(key.owner.clone()).or_default().insert(key.id.clone());
            keys.by_id.insert(key.id.clone(), key.clone());
            state.record(audit, None);
            Ok(Created::Created)
        })
        .await
    }

    async fn key(&self, id: &ApiKeyId) -> Result<Option<StoredApiKey>, StoreError> {
        self.run("ApiKeyStore::key", |state| {
            let record = state.api_keys.by_id.get(id);
            Ok(record.map(|record| StoredApiKey {
                record: record.clone(),
                owner: state.accounts.state(&record.owner),
            }))
        })
        .await
    }

    async fn rotate_key(
        &self,
        owner: &AccountId,
        id: &ApiKeyId,
        (ring_key, digest): (&str, &Digest),
        previous_until: u64,
        now: u64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("ApiKeyStore::rotate_key", |state| {
            short(&[(ring_key.as_bytes(), "the name of a key")])?;
            state.can_record(audit)?;
            let key = state.api_keys.of_owner(owner, id);
            let Some(key) = key.filter(|key| is_valid(key, now)) else { return Ok(false) };
            key.previous = Some((key.digest, previous_until));
            key.digest = *digest;
            ring_key.clone_into(&mut key.ring_key);
            state.record(audit, [ChangeKind::ApiKey(id.clone())]);
            Ok(true)
        })
        .await
    }

    async fn revoke_key(
        &self,
        owner: &AccountId,
        id: &ApiKeyId,
        now: u64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("ApiKeyStore::revoke_key", |state| {
            state.can_record(audit)?;
            let key = state.api_keys.of_owner(owner, id);
            let Some(key) = key.filter(|key| key.revoked_at.is_none()) else { return Ok(false) };
            key.revoked_at = Some(now);
            state.record(audit, [ChangeKind::ApiKey(id.clone())]);
            Ok(true)
        })
        .await
    }

    async fn keys(&self, owner: &AccountId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        self.run("ApiKeyStore::keys", |state| {
            let ids = state.api_keys.by_owner.get(owner).into_iter().flatten();
            let mut keys: Vec<ApiKeyRecord> =
                ids.filter_map(|id| state.api_keys.by_id.get(id)).cloned().collect();
            keys.sort_by_key(|key| std::cmp::Reverse(key.created_at));
            Ok(keys)
        })
        .await
    }

    async fn all_keys(
        &self,
        now: u64,
        after: Option<&ApiKeyId>,
        limit: u32,
    ) -> Result<Vec<ApiKeyRecord>, StoreError> {
        self.run("ApiKeyStore::all_keys", |state| {
            let start = after.map_or(Bound::Unbounded, Bound::Excluded);
            let keys = state.api_keys.by_id.range::<ApiKeyId, _>((start, Bound::Unbounded));
            let valid = keys.map(|(_, key)| key).filter(|key| is_valid(key, now));
            Ok(valid.take(at_most(limit)).cloned().collect())
        })
        .await
    }

    async fn touch_keys(&self, seen: &[(ApiKeyId, u64)]) -> Result<(), StoreError> {
        self.run("ApiKeyStore::touch_keys", |state| {
            for (id, used_at) in seen {
                if let Some(key) = state.api_keys.by_id.get_mut(id) {
                    key.last_used_at = key.last_used_at.max(Some(*used_at));
                }
            }
            Ok(())
        })
        .await
    }
}
