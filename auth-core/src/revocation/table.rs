//! What is revoked of one kind: read without a lock, changed by one writer at a time.
//!
//! An entry is filed under a keyed digest of what it names: the list holds no name of anyone, and
//! entries are small and alike, so that copying a shard to change it is cheap.

use crate::sync::atomic::Ordering::SeqCst;
use crate::sync::atomic::{AtomicU64, AtomicUsize};
use crate::sync::{Arc, Slot};

/// How many parts a table has. Only one of them is copied with each change.
pub(crate) const SHARDS: usize = 64;

/// What an entry is filed under. Equal names have equal digests, so nothing revoked is missed; that
/// two names share one is as likely as to guess a key.
pub(crate) type Digest = u128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) digest: Digest,
    /// The last `iat` that is revoked; a token without `iat` is revoked in any case.
    pub(crate) issued_until: u64,
    /// From when on it need not be kept, because every token that it is about has expired.
    pub(crate) forget_at: u64,
}

impl Entry {
    /// Whether it need not be kept. A clock at the end of time is one that does not know the time:
    /// nothing is forgotten by it.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        self.forget_at <= now && now < u64::MAX
    }
}

pub(crate) struct RevocationTable {
    shards: [Slot<Vec<Entry>>; SHARDS],
    /// Never less than there are entries to be seen, so that 0 means: nothing is revoked.
    len: AtomicUsize,
    /// The latest `forget_at` of all entries that were forgotten.
    forgotten: AtomicU64,
}

/// It is held by code that changes a table, and there is one of it: behind the writer's lock.
#[derive(Debug)]
pub(crate) struct Writer(());

impl Writer {
    pub(crate) const fn new() -> Self {
        Self(())
    }
}

impl Default for RevocationTable {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Slot::default()),
            len: AtomicUsize::new(0),
            forgotten: AtomicU64::new(0),
        }
    }
}

impl RevocationTable {
    pub(crate) fn len(&self) -> usize {
        self.len.load(SeqCst)
    }

    /// Whether a token that was issued then is revoked by the entry under this digest.
    ///
    /// `forget_at` is when the entry about this token could be forgotten at the earliest. If one
    /// that was due then was forgotten, it might have been this token's: the token lives longer
    /// than was foreseen, or the clock was ahead. It is rejected.
    pub(crate) fn revokes(
        &self,
        digest: impl FnOnce() -> Digest,
        issued_at: Option<u64>,
        forget_at: u64,
    ) -> bool {
        if self.len() > 0 {
            let digest = digest();
            let shard = self.shard(digest).load();
            if let Some(entry) = shard.as_ref().and_then(|entries| find(entries, digest))
                && issued_at.is_none_or(|issued_at| issued_at <= entry.issued_until)
            {
                return true;
            }
        }
        // After the entries: who no longer finds one sees here that it was forgotten.
        forget_at <= self.forgotten.load(SeqCst)
    }

    pub(crate) fn contains(&self, digest: Digest) -> bool {
        let shard = self.shard(digest).load();
        shard.as_ref().is_some_and(|entries| find(entries, digest).is_some())
    }

    /// Adds an entry, or extends the one that is there. Readers see it when this returns.
    pub(crate) fn add(&self, new: Entry, now: u64, writer: &mut Writer) {
        let slot = self.shard(new.digest);
        let mut entries = self.kept(slot, now, writer);
        match entries.binary_search_by_key(&new.digest, |entry| entry.digest) {
            Ok(place) => {
                if let Some(entry) = entries.get_mut(place) {
                    entry.issued_until = entry.issued_until.max(new.issued_until);
                    entry.forget_at = entry.forget_at.max(new.forget_at);
                }
            }
            Err(place) => entries.insert(place, new),
        }
        self.publish(slot, entries);
    }

    /// Notes that an entry is not kept.
    pub(crate) fn forget(&self, entry: Entry, _: &mut Writer) {
        self.forgotten.fetch_max(entry.forget_at, SeqCst);
    }

    /// Forgets every entry that need not be kept.
    pub(crate) fn sweep(&self, now: u64, writer: &mut Writer) {
        for slot in &self.shards {
            let is_due = |entry: &Entry| entry.is_due(now);
            if slot.load().as_ref().is_some_and(|entries| entries.iter().any(is_due)) {
                let entries = self.kept(slot, now, writer);
                self.publish(slot, entries);
            }
        }
    }

    /// A copy of the entries of a shard that have to be kept. What is not is noted as forgotten,
    /// before anyone misses it.
    fn kept(&self, slot: &Slot<Vec<Entry>>, now: u64, writer: &mut Writer) -> Vec<Entry> {
        let found = slot.load();
        let entries = found.as_ref().map_or(&[][..], |entries| entries.as_slice());
        let mut kept = Vec::with_capacity(entries.len().saturating_add(1));
        for entry in entries {
            if entry.is_due(now) {
                self.forget(*entry, writer);
            } else {
                kept.push(*entry);
            }
        }
        kept
    }

    fn publish(&self, slot: &Slot<Vec<Entry>>, entries: Vec<Entry>) {
        let before = slot.load().as_ref().map_or(0, |entries| entries.len());
        let after = entries.len();
        self.len.fetch_add(after.saturating_sub(before), SeqCst);
        slot.store(Arc::new(entries));
        self.len.fetch_sub(before.saturating_sub(after), SeqCst);
    }

    fn shard(&self, digest: Digest) -> &Slot<Vec<Entry>> {
        let [first, .., _] = &self.shards;
        let place = usize::try_from(digest % SHARDS as u128).unwrap_or(0);
        self.shards.get(place).unwrap_or(first)
    }
}

fn find(entries: &[Entry], digest: Digest) -> Option<&Entry> {
    let place = entries.binary_search_by_key(&digest, |entry| entry.digest).ok()?;
    entries.get(place)
}
