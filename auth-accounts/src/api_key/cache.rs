//! The keys that a node keeps in feed mode, as long as it hears of changes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use auth_core::identity::KnownAuthentication;

use crate::model::{ApiKeyId, ApiKeyRecord, ChangeKind};
use crate::secret::Digest;

/// A key whose secret was right, and whose owner was active.
#[derive(Debug)]
pub(super) struct KeptKey {
    /// The digest of the key as it was presented.
    pub(super) presented: Digest,
    pub(super) record: ApiKeyRecord,
    /// What is said of its callers.
    pub(super) said: KnownAuthentication,
    /// When the secret that was presented ends, if it has been replaced.
    pub(super) ends_at: Option<u64>,
    /// When a use of it was last noted.
    pub(super) noted_at: AtomicU64,
}

impl KeptKey {
    /// Whether no use of it was noted at this time. Of many in a second one is.
    pub(super) fn is_to_be_noted(&self, now: u64) -> bool {
        self.noted_at.load(Ordering::Relaxed) != now
            && self.noted_at.swap(now, Ordering::Relaxed) != now
    }
}

/// What a node keeps. It is used only while the node follows the feed of changes.
#[derive(Debug)]
pub(super) struct KeyCache {
    most: usize,
    kept: RwLock<HashMap<ApiKeyId, Arc<KeptKey>>>,
    /// Counted up by every change: what was read before one is not kept after it.
    version: AtomicU64,
}

impl KeyCache {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: RwLock::default(), version: AtomicU64::new(0) }
    }

    /// The key with this id, if it was presented in the same form before.
    pub(super) fn get(&self, id: &ApiKeyId, presented: &Digest) -> Option<Arc<KeptKey>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.get(id).filter(|it| it.presented.matches(presented)).cloned()
    }

    /// To be asked before the store is, and handed to [`keep`](Self::keep).
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Keeps a key that was read since this version, unless something has changed. Where there is no
    /// room, another one goes, whichever comes first.
    pub(super) fn keep(&self, key: Arc<KeptKey>, since: u64) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if self.version() != since {
            return;
        }
        if kept.len() >= self.most && !kept.contains_key(&key.record.id) {
            let Some(other) = kept.keys().next().cloned() else { return };
            kept.remove(&other);
        }
        kept.insert(key.record.id.clone(), key);
    }

    /// Forgets what a change is about.
    pub(super) fn forget(&self, change: &ChangeKind) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        match change {
            ChangeKind::ApiKey(id) => drop(kept.remove(id)),
            ChangeKind::Account(id) => kept.retain(|_, key| key.record.owner != *id),
            ChangeKind::Session(_) | ChangeKind::Assignments(_) => return,
        }
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    /// Forgets everything: the store is another one.
    pub(super) fn forget_all(&self) {
        self.kept.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.version.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use auth_core::{Authentication, Method};

    use super::*;
    use crate::model::AccountId;

    fn key(owner: &AccountId) -> Arc<KeptKey> {
        let id = ApiKeyId::random();
        Arc::new(KeptKey {
            presented: Digest::of(&[id.as_str().as_bytes()]),
            record: ApiKeyRecord {
                id,
                owner: owner.clone(),
                name: String::new(),
                ring_key: String::new(),
                digest: Digest::ZERO,
                previous: None,
                scopes: Vec::new(),
                roles: Vec::new(),
                created_at: 0,
                expires_at: None,
                revoked_at: None,
                last_used_at: None,
                networks: Vec::new(),
            },
            said: Authentication::vouched_by_scheme(
                Method::ApiKey,
                "https://a.test",
                owner.as_str(),
            )
            .build_known(),
            ends_at: None,
            noted_at: AtomicU64::new(0),
        })
    }

    fn is_kept(cache: &KeyCache, key: &KeptKey) -> bool {
        cache.get(&key.record.id, &key.presented).is_some()
    }

    #[test]
    fn a_key_is_found_by_all_of_it() {
        let cache = KeyCache::new(10);
        let key = key(&AccountId::random());
        cache.keep(key.clone(), cache.version());
        assert!(is_kept(&cache, &key));
        assert!(cache.get(&key.record.id, &Digest::of(&[b"another secret"])).is_none());
    }

    #[test]
    fn r108_a_change_forgets_the_key_and_what_was_read_before_it() {
        let cache = KeyCache::new(10);
        let (alice, bob) = (AccountId::random(), AccountId::random());
        let keys = [key(&alice), key(&alice), key(&bob)];
        let before = cache.version();
        for key in &keys {
            cache.keep(key.clone(), before);
        }
        let kept = || keys.each_ref().map(|key| is_kept(&cache, key));
        cache.forget(&ChangeKind::ApiKey(keys[0].record.id.clone()));
        assert_eq!(kept(), [false, true, true]);
        cache.keep(keys[0].clone(), before);
        assert_eq!(kept(), [false, true, true], "read before the change");
        cache.forget(&ChangeKind::Account(alice));
        assert_eq!(kept(), [false, false, true]);
        cache.forget_all();
        assert_eq!(kept(), [false; 3]);
    }

    #[test]
    fn nothing_grows() {
        let cache = KeyCache::new(3);
        for _ in 0..50 {
            cache.keep(key(&AccountId::random()), cache.version());
        }
        assert_eq!(cache.kept.read().unwrap().len(), 3);
    }
}
