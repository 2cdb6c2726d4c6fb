//! The sessions that a node keeps in feed mode, as long as it hears of changes.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::model::{AccountId, AccountState, ChangeKind, SessionId, SessionRecord};
use crate::secret::Digest;

/// A session as it was read, and when this node saw it last.
pub(crate) struct Kept {
    pub(crate) record: SessionRecord,
    pub(crate) state: AccountState,
    seen_at: AtomicU64,
}

impl Kept {
    pub(crate) fn new(record: SessionRecord, state: AccountState) -> Self {
        Self { seen_at: AtomicU64::new(record.seen_at), record, state }
    }

    pub(crate) fn seen_at(&self) -> u64 {
        self.seen_at.load(Ordering::Relaxed)
    }

    /// It was used at this time, which is about to be written.
    pub(crate) fn see(&self, now: u64) {
        self.seen_at.fetch_max(now, Ordering::Relaxed);
    }

    /// Whether it was unused for too long, as far as this node knows: others may know better.
    pub(crate) fn seems_idle(&self, now: u64) -> bool {
        now >= self.seen_at().saturating_add(self.record.idle_seconds)
    }
}

/// Whether the feed of changes was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hearing {
    /// All that had happened is known: what is kept is as it is in the store.
    Current,
    /// Not yet: the store has to be asked.
    Starting,
    /// Nothing was heard for too long: nothing can be said.
    Lost,
}

/// What a node keeps.
pub(crate) struct Cache {
    most: usize,
    max_silence: u64,
    kept: RwLock<Shelf>,
    /// Counted up by every change: what was read before one is not kept after it.
    version: AtomicU64,
    /// When the feed was last heard in full, in seconds since 1970, and 1 added; 0: never.
    heard: AtomicU64,
    /// When hearing began, in the same form.
    began: AtomicU64,
}

#[derive(Default)]
struct Shelf {
    by_digest: HashMap<Digest, Arc<Kept>>,
    by_session: HashMap<SessionId, Digest>,
    by_account: HashMap<AccountId, HashSet<Digest>>,
    /// In which order they came: the oldest leaves first. Those that have left are skipped.
    order: VecDeque<Digest>,
}

impl Cache {
    pub(crate) fn new(most: usize, max_silence: u64) -> Self {
        Self {
            most,
            max_silence,
            kept: RwLock::default(),
            version: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            began: AtomicU64::new(0),
        }
    }

    /// Whether what is kept can be believed at this time.
    pub(crate) fn hearing(&self, now: u64) -> Hearing {
        let now = now.saturating_add(1);
        let heard = self.heard.load(Ordering::Acquire);
        let silent_since = if heard == 0 {
            // The first who asks begins to wait.
            let began = self.began.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire);
            began.map_or_else(|earlier| earlier, |_| now)
        } else {
            heard
        };
        match now.checked_sub(silent_since) {
            Some(silence) if silence > self.max_silence => Hearing::Lost,
            Some(_) if heard != 0 => Hearing::Current,
            // The clock was set back: how long nothing was heard is not known.
            Some(_) | None => Hearing::Starting,
        }
    }

    /// The feed was heard up to its end at this time.
    pub(crate) fn heard(&self, now: u64) {
        self.heard.store(now.saturating_add(1), Ordering::Release);
    }

    pub(crate) fn get(&self, digest: &Digest) -> Option<Arc<Kept>> {
        self.read().by_digest.get(digest).cloned()
    }

    /// To be asked before the store is, and handed to [`keep`](Self::keep).
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Keeps a session that was read since this version, unless something has changed: it may be what
    /// was read.
    pub(crate) fn keep(&self, kept: Arc<Kept>, since: u64) {
        let mut all = self.write();
        if self.version.load(Ordering::Acquire) == since {
            all.add(kept, self.most);
        }
    }

    /// Forgets what a change is about.
    pub(crate) fn forget(&self, change: &ChangeKind) {
        let mut all = self.write();
        match change {
            ChangeKind::Session(id) => {
                if let Some(digest) = all.by_session.get(id).copied() {
                    all.remove(&digest);
                }
            }
            ChangeKind::Account(id) => {
                for digest in all.by_account.remove(id).unwrap_or_default() {
                    all.remove(&digest);
                }
            }
            _ => return,
        }
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    /// Forgets everything, and waits for the feed to be heard anew: the store is another one.
    pub(crate) fn forget_all(&self) {
        *self.write() = Shelf::default();
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    fn read(&self) -> RwLockReadGuard<'_, Shelf> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shelf> {
        self.kept.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn add(&mut self, kept: Arc<Kept>, most: usize) {
        let digest = kept.record.digest;
        if let Some(replaced) = self.by_session.get(&kept.record.id).copied() {
            self.remove(&replaced);
        }
        while self.by_digest.len() >= most {
            let Some(oldest) = self.order.pop_front() else { break };
            self.remove(&oldest);
        }
        // Those that were forgotten are in the order still: it must not grow without end.
        if self.order.len() >= most.saturating_mul(2) {
            let by_digest = &self.by_digest;
            self.order.retain(|digest| by_digest.contains_key(digest));
        }
        self.by_session.insert(kept.record.id.clone(), digest);
        self.by_account.entry(kept.record.account.clone()).or_default().insert(digest);
        self.by_digest.insert(digest, kept);
        self.order.push_back(digest);
    }

    fn remove(&mut self, digest: &Digest) {
        let Some(kept) = self.by_digest.remove(digest) else { return };
        if self.by_session.get(&kept.record.id) == Some(digest) {
            self.by_session.remove(&kept.record.id);
        }
        if let Some(digests) = self.by_account.get_mut(&kept.record.account) {
            digests.remove(digest);
            if digests.is_empty() {
                self.by_account.remove(&kept.record.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountStatus, Carrier};

    fn session(name: &str, account: &AccountId) -> Arc<Kept> {
        let record = SessionRecord {
            digest: Digest::of(&[name.as_bytes()]),
            id: SessionId::random(),
            account: account.clone(),
            epoch: 0,
            carrier: Carrier::Cookie,
            factors: Vec::new(),
            started_at: 0,
            authenticated_at: 0,
            seen_at: 0,
            idle_seconds: 60,
            ends_at: 600,
            device: String::new(),
        };
        let state = AccountState { status: AccountStatus::Active, epoch: 0 };
        Arc::new(Kept::new(record, state))
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let cache = Cache::new(10, 30);
        let alice = AccountId::random();
        let read = session("a", &alice);
        let before = cache.version();
        cache.forget(&ChangeKind::Session(read.record.id.clone()));
        cache.keep(read.clone(), before);
        assert!(cache.get(&read.record.digest).is_none());
        cache.keep(read.clone(), cache.version());
        assert!(cache.get(&read.record.digest).is_some());
    }

    #[test]
    fn a_change_of_an_account_forgets_its_sessions_and_no_others() {
        let cache = Cache::new(10, 30);
        let (alice, bob) = (AccountId::random(), AccountId::random());
        let kept = [session("a", &alice), session("b", &alice), session("c", &bob)];
        for it in &kept {
            cache.keep(it.clone(), cache.version());
        }
        cache.forget(&ChangeKind::Account(alice));
        let is_kept = kept.each_ref().map(|it| cache.get(&it.record.digest).is_some());
        assert_eq!(is_kept, [false, false, true]);
        cache.forget(&ChangeKind::Session(kept[2].record.id.clone()));
        assert!(cache.get(&kept[2].record.digest).is_none());
        let shelf = cache.read();
        assert!(shelf.by_session.is_empty() && shelf.by_account.is_empty());
    }

    #[test]
    fn the_oldest_leaves_first_and_nothing_grows() {
        let cache = Cache::new(3, 30);
        let alice = AccountId::random();
        let all: Vec<_> = (0..50).map(|it| session(&it.to_string(), &alice)).collect();
        for it in &all {
            cache.keep(it.clone(), cache.version());
        }
        let shelf = cache.read();
        assert_eq!((shelf.by_digest.len(), shelf.by_session.len()), (3, 3));
        assert!(shelf.order.len() <= 6);
        assert!(shelf.by_digest.contains_key(&all[49].record.digest));
    }

    #[test]
    fn silence_ends_what_is_believed() {
        let cache = Cache::new(3, 30);
        assert_eq!(cache.hearing(1000), Hearing::Starting);
        assert_eq!(cache.hearing(1031), Hearing::Lost);
        cache.heard(1031);
        assert_eq!(cache.hearing(1061), Hearing::Current);
        assert_eq!(cache.hearing(1062), Hearing::Lost);
        assert_eq!(cache.hearing(1000), Hearing::Starting, "the clock was set back");
    }
}
