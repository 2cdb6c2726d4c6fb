//! What can be used once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use auth_accounts::model::AccountId;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, OneTimeKind, OneTimeStore, StoreError};

use super::ends::Ends;
use super::{MemoryStore, at_most, count, room, short};

type Key = (OneTimeKind, Digest);

#[derive(Default)]
pub(super) struct OneTime {
    entries: HashMap<Key, Entry>,
    by_account: BTreeMap<AccountId, BTreeSet<Key>>,
    /// By when they expire.
    by_end: Ends<Key>,
}

struct Entry {
    value: Vec<u8>,
    account: Option<AccountId>,
    expires_at: u64,
}

impl OneTime {
    fn add(&mut self, key: Key, entry: Entry) {
        if let Some(account) = &entry.account {
            self.by_account.entry(account.clone()).or_default().insert(key);
        }
        self.by_end.set(entry.expires_at, key);
        self.entries.insert(key, entry);
    }

    fn remove(&mut self, key: &Key) -> Option<Vec<u8>> {
        let entry = self.entries.remove(key)?;
        self.by_end.remove(entry.expires_at, *key);
        if let Some(account) = &entry.account
            && let Some(keys) = self.by_account.get_mut(account)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.by_account.remove(account);
            }
        }
        Some(entry.value)
    }

    fn of(&self, account: &AccountId) -> Vec<Key> {
        self.by_account.get(account).into_iter().flatten().copied().collect()
    }

    pub(super) fn remove_account(&mut self, account: &AccountId) {
        for key in self.of(account) {
            self.remove(&key);
        }
    }

    fn sweep(&mut self, now: u64, limit: usize) -> usize {
        let expired = self.by_end.over(now, limit);
        for key in &expired {
            self.remove(key);
        }
        expired.len()
    }
}

#[async_trait]
impl OneTimeStore for MemoryStore {
    async fn put(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        account: Option<&AccountId>,
        value: &[u8],
        expires_at: u64,
        now: u64,
    ) -> Result<Created, StoreError> {
        self.run("OneTimeStore::put", |state| {
            short(&[(value, "a one-time value")])?;
            let key = (kind, *digest);
            let table = &mut state.one_time;
            if table.entries.get(&key).is_some_and(|held| now < held.expires_at) {
                return Ok(Created::Taken);
            }
            table.remove(&key);
            if table.entries.len() >= state.limit {
                table.sweep(now, super::SWEPT_WHEN_FULL);
            }
            room(table.entries.len(), 1, state.limit, "one-time values")?;
            let entry = Entry { value: value.to_vec(), account: account.cloned(), expires_at };
            table.add(key, entry);
            Ok(Created::Created)
        })
        .await
    }

    async fn peek(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.run("OneTimeStore::peek", |state| {
            let held = state.one_time.entries.get(&(kind, *digest));
            Ok(held.filter(|held| now < held.expires_at).map(|held| held.value.clone()))
        })
        .await
    }

    async fn take(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.run("OneTimeStore::take", |state| {
            let key = (kind, *digest);
            let table = &mut state.one_time;
            if table.entries.get(&key).is_none_or(|held| held.expires_at <= now) {
                return Ok(None);
            }
            Ok(table.remove(&key))
        })
        .await
    }

    async fn clear(&self, kind: OneTimeKind, account: &AccountId) -> Result<u64, StoreError> {
        self.run("OneTimeStore::clear", |state| {
            let table = &mut state.one_time;
            let keys: Vec<Key> =
                table.of(account).into_iter().filter(|(other, _)| *other == kind).collect();
            for key in &keys {
                table.remove(key);
            }
            Ok(count(keys.len()))
        })
        .await
    }

    async fn sweep_one_time(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.run("OneTimeStore::sweep_one_time", |state| {
            Ok(count(state.one_time.sweep(now, at_most(limit))))
        })
        .await
    }
}
