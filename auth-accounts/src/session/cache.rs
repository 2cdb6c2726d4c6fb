//! The sessions that a node keeps in feed mode, as long as it hears of changes.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::model::{AccountId, Carrier, ChangeKind, FactorKind, SessionId, SessionRecord};
use crate::secret::Digest;

/// What requests need of a session that is valid, and when this node saw it last. There are as many of
/// them as people are signed in, so there is nothing else in it.
pub(crate) struct Kept {
    pub(crate) digest: Digest,
    pub(crate) id: SessionId,
    pub(crate) account: AccountId,
    pub(crate) carrier: Carrier,
    pub(crate) factors: Box<[Proved]>,
    pub(crate) started_at: u64,
    pub(crate) authenticated_at: u64,
    pub(crate) ends_at: u64,
    idle_seconds: u64,
    seen_at: AtomicU64,
}

/// A factor that was proved in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proved {
    pub(crate) at: u64,
    pub(crate) kind: FactorKind,
    pub(crate) user_verified: bool,
}

impl Kept {
    pub(crate) fn new(record: SessionRecord) -> Self {
        let proved = record.factors.iter();
        let proved =
            proved.map(|it| Proved { at: it.at, kind: it.kind, user_verified: it.user_verified });
        Self {
            factors: proved.collect(),
            digest: record.digest,
            id: record.id,
            account: record.account,
            carrier: record.carrier,
            started_at: record.started_at,
            authenticated_at: record.authenticated_at,
            ends_at: record.ends_at,
            idle_seconds: record.idle_seconds,
            seen_at: AtomicU64::new(record.seen_at),
        }
    }

    pub(crate) fn seen_at(&self) -> u64 {
        self.seen_at.load(Ordering::Relaxed)
    }

    /// It was used at this time, which is about to be written.
    pub(crate) fn see(&self, now: u64) {
        self.seen_at.fetch_max(now, Ordering::Relaxed);
    }

    /// Whether it was unused for too long, as far as this node knows: another node may have seen a later use.
    pub(crate) fn seems_idle(&self, now: u64) -> bool {
        now >= self.seen_at().saturating_add(self.idle_seconds)
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

/// What is kept, found by 64 bits: those of a digest, which are random, and a keyed hash of what else
/// a session is found by. Where two have the same 64 bits, the whole decides.
#[derive(Default)]
struct Shelf {
    by_digest: HashMap<u64, Arc<Kept>>,
    /// The hash of a session's id or account, and where it is. A tree, which has no empty half.
    related: BTreeSet<(u64, u64)>,
    hasher: RandomState,
    /// In which order they came: the oldest leaves first. Those that have left are skipped.
    order: VecDeque<u64>,
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

    /// Whether what is kept is complete at this time.
    pub(crate) fn hearing(&self, now: u64) -> Hearing {
        let now = now.saturating_add(1);
        let heard = self.heard.load(Ordering::Acquire);
        let silent_since = if heard == 0 {
            // The first request begins the wait.
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
        let kept = self.read().by_digest.get(&digest.first_64_bits()).cloned();
        kept.filter(|it| it.digest.matches(digest))
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
            ChangeKind::Session(id) => all.remove_related(id, |it| it.id == *id),
            ChangeKind::Account(id) => all.remove_related(id, |it| it.account == *id),
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
        let place = kept.digest.first_64_bits();
        self.remove_related(&kept.id, |it| it.id == kept.id);
        self.remove(place);
        while self.by_digest.len() >= most {
            let Some(oldest) = self.order.pop_front() else { break };
            self.remove(oldest);
        }
        // Those that were forgotten are in the order still: it must not grow without end.
        if self.order.len() >= most.saturating_mul(2) {
            let by_digest = &self.by_digest;
            self.order.retain(|place| by_digest.contains_key(place));
        }
        for hash in self.hashes(&kept) {
            self.related.insert((hash, place));
        }
        self.by_digest.insert(place, kept);
        self.order.push_back(place);
    }

    fn remove(&mut self, place: u64) {
        let Some(kept) = self.by_digest.remove(&place) else { return };
        for hash in self.hashes(&kept) {
            self.related.remove(&(hash, place));
        }
    }

    /// Removes those that are found by this and are it.
    fn remove_related(&mut self, by: &impl Hash, is_it: impl Fn(&Kept) -> bool) {
        let hash = self.hasher.hash_one(by);
        let found = self.related.range((hash, u64::MIN)..=(hash, u64::MAX));
        let found = found.map(|(_, place)| *place);
        let found = found.filter(|place| self.by_digest.get(place).is_some_and(|it| is_it(it)));
        for place in found.collect::<Vec<_>>() {
            self.remove(place);
        }
    }

    fn hashes(&self, kept: &Kept) -> [u64; 2] {
        [self.hasher.hash_one(&kept.id), self.hasher.hash_one(&kept.account)]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn session(name: &str, account: &AccountId) -> Arc<Kept> {
        with_digest(Digest::of(&[name.as_bytes()]), account)
    }

    pub(in crate::session) fn with_digest(digest: Digest, account: &AccountId) -> Arc<Kept> {
        Arc::new(Kept::new(SessionRecord {
            digest,
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
        }))
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let cache = Cache::new(10, 30);
        let alice = AccountId::random();
        let read = session("a", &alice);
        let before = cache.version();
        cache.forget(&ChangeKind::Session(read.id.clone()));
        cache.keep(read.clone(), before);
        assert!(cache.get(&read.digest).is_none());
        cache.keep(read.clone(), cache.version());
        assert!(cache.get(&read.digest).is_some());
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
        let is_kept = kept.each_ref().map(|it| cache.get(&it.digest).is_some());
        assert_eq!(is_kept, [false, false, true]);
        cache.forget(&ChangeKind::Session(kept[2].id.clone()));
        assert!(cache.get(&kept[2].digest).is_none());
        let shelf = cache.read();
        assert!(shelf.by_digest.is_empty() && shelf.related.is_empty());
    }

    #[test]
    fn a_session_with_another_secret_takes_the_place_of_the_one_before() {
        let cache = Cache::new(10, 30);
        let before = session("a", &AccountId::random());
        let after = Arc::new(Kept { id: before.id.clone(), ..take(session("b", &before.account)) });
        for it in [&before, &after] {
            cache.keep(it.clone(), cache.version());
        }
        let is_kept = [&before, &after].map(|it| cache.get(&it.digest).is_some());
        assert_eq!(is_kept, [false, true]);
    }

    fn take(kept: Arc<Kept>) -> Kept {
        Arc::into_inner(kept).unwrap()
    }

    #[test]
    fn digests_that_begin_alike_are_distinguished() {
        let cache = Cache::new(10, 30);
        let (alice, bob) = (AccountId::random(), AccountId::random());
        let digest = |last| {
            let mut bytes = [7; 32];
            bytes[31] = last;
            Digest::from_bytes(bytes)
        };
        let (one, other) = (with_digest(digest(1), &alice), with_digest(digest(2), &bob));
        cache.keep(one.clone(), cache.version());
        assert!(cache.get(&other.digest).is_none());
        // There is room for one of them: the other is asked for again.
        cache.keep(other.clone(), cache.version());
        let is_kept = [&one, &other].map(|it| cache.get(&it.digest).is_some());
        assert_eq!(is_kept, [false, true]);
        cache.forget(&ChangeKind::Account(alice));
        assert!(cache.get(&other.digest).is_some());
        cache.forget(&ChangeKind::Account(bob));
        assert!(cache.get(&other.digest).is_none());
        assert!(cache.read().related.is_empty());
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
        assert_eq!((shelf.by_digest.len(), shelf.related.len()), (3, 6));
        assert!(shelf.order.len() <= 6);
        assert!(shelf.by_digest.contains_key(&all[49].digest.first_64_bits()));
    }

    #[test]
    fn silence_ends_what_is_kept() {
        let cache = Cache::new(3, 30);
        assert_eq!(cache.hearing(1000), Hearing::Starting);
        assert_eq!(cache.hearing(1031), Hearing::Lost);
        cache.heard(1031);
        assert_eq!(cache.hearing(1061), Hearing::Current);
        assert_eq!(cache.hearing(1062), Hearing::Lost);
        assert_eq!(cache.hearing(1000), Hearing::Starting, "the clock was set back");
    }
}
