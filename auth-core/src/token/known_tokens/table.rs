//! A table of fixed size for what is known by a token: read without a lock, never grown.
//!
//! A bucket has eight ways, so an entry has eight places and no other. What a reader finds it
//! checks again (hash, token, whether it is still good): a table that threads left in an odd state
//! forgets something, it never mistakes it.

use zeroize::Zeroizing;

use crate::sync::atomic::Ordering::{Relaxed, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicU64};
use crate::sync::{Arc, Slot};

/// What is good for a while.
///
/// An [`Authentication`](crate::Authentication) by a token is good as long as the token would be accepted if
/// it were verified again: until `exp` with the leeway of its verifier, and as long as keys and configuration
/// are those that it was verified with.
pub trait Perishable {
    /// Whether it may still be served at this time, in seconds since 1970.
    fn is_good(&self, now: u64) -> bool;
}

/// How many places a token has.
pub(crate) const WAYS: usize = 8;

/// What is known by a token.
struct Known<V> {
    hash: u64,
    /// Wiped when the entry is dropped.
    token: Zeroizing<Box<[u8]>>,
    value: V,
    /// When it came in, counted in entries.
    born: u64,
    /// Seen again since the last time that all of its bucket had been.
    used: AtomicBool,
}

struct Way<V> {
    /// The hash of what is in the slot, so that a look-up reads few slots. Only a hint.
    hint: AtomicU64,
    slot: Slot<Known<V>>,
}

impl<V> Default for Way<V> {
    fn default() -> Self {
        Self { hint: AtomicU64::new(0), slot: Slot::default() }
    }
}

impl<V> Way<V> {
    /// Empties the way if what is there is of this kind.
    fn clear_if(&self, is_due: impl Fn(&Known<V>) -> bool) {
        if let Some(known) = &*self.slot.load()
            && is_due(known)
        {
            self.slot.clear(known);
        }
    }
}

/// Two lines of a processor's cache.
#[repr(align(64))]
struct Bucket<V>([Way<V>; WAYS]);

pub(crate) struct Table<V> {
    buckets: Box<[Bucket<V>]>,
    /// How many entries came in so far.
    births: AtomicU64,
}

impl<V: Perishable> Table<V> {
    /// A table for so many entries, rounded up to whole buckets.
    pub(crate) fn new(entries: usize) -> Self {
        let bucket = || Bucket(std::array::from_fn(|_| Way::default()));
        let buckets = entries.div_ceil(WAYS).max(1);
        Self { buckets: (0..buckets).map(|_| bucket()).collect(), births: AtomicU64::new(0) }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.buckets.len().saturating_mul(WAYS)
    }

    /// What `take` takes of what is known by this token, if it is still good. `hash` is of the whole
    /// token.
    pub(crate) fn get<T>(
        &self,
        hash: u64,
        token: &[u8],
        now: u64,
        take: impl FnOnce(&V) -> T,
    ) -> Option<T> {
        for way in self.ways(hash) {
            if way.hint.load(SeqCst) != hash {
                continue;
            }
            let found = way.slot.load();
            let Some(known) = &*found else { continue };
            if !known.is_of(hash, token) {
                continue;
            }
            if !known.value.is_good(now) {
                way.slot.clear(known);
                continue;
            }
            // Written once and not with every hit, or threads would pass the line to and fro.
            if !known.used.load(Relaxed) {
                known.used.store(true, Relaxed);
            }
            return Some(take(&known.value));
        }
        None
    }

    /// Keeps what is known by this token, in the place of the least useful of its bucket.
    ///
    /// What is no longer good does not come in: it may have perished while it was on its way.
    /// An entry of a later way that perishes is seen by [`get`](Self::get).
    pub(crate) fn put(&self, hash: u64, token: &[u8], value: V, now: u64) {
        if !value.is_good(now) {
            return;
        }
        let born = self.births.fetch_add(1, Relaxed);
        if let Some(way) = self.place(hash, token, now) {
            let token = Zeroizing::new(Box::from(token));
            way.slot.store(Arc::new(Known {
                hash,
                token,
                value,
                born,
                used: AtomicBool::new(false),
            }));
            way.hint.store(hash, SeqCst);
        }
        self.sweep(born, now);
    }

    /// Forgets a token.
    pub(crate) fn remove(&self, hash: u64, token: &[u8]) {
        for way in self.ways(hash) {
            way.clear_if(|known| known.is_of(hash, token));
        }
    }

    /// The places that a token of this hash has.
    fn ways(&self, hash: u64) -> &[Way<V>] {
        let buckets = self.buckets.len() as u128;
        let place = usize::try_from((u128::from(hash) * buckets) >> 64).unwrap_or(0);
        self.buckets.get(place).map_or(&[], |bucket| &bucket.0)
    }

    /// Where a token goes: over itself, or where nothing good is, or over the oldest of those that
    /// no one asked for again. Two threads may choose the same place; then one entry is lost.
    fn place(&self, hash: u64, token: &[u8], now: u64) -> Option<&Way<V>> {
        let mut free = None;
        let mut least: Option<((bool, u64), &Way<V>)> = None;
        for way in self.ways(hash) {
            let found = way.slot.load();
            match &*found {
                Some(known) if known.is_of(hash, token) => return Some(way),
                Some(known) if known.value.is_good(now) => {
                    let rank = (known.used.load(Relaxed), known.born);
                    if least.is_none_or(|(least, _)| rank < least) {
                        least = Some((rank, way));
                    }
                }
                _ => free = free.or(Some(way)),
            }
        }
        if free.is_some() {
            return free;
        }
        let ((used, _), way) = least?;
        if used {
            for way in self.ways(hash) {
                if let Some(known) = &*way.slot.load() {
                    known.used.store(false, Relaxed);
                }
            }
        }
        Some(way)
    }

    /// Empties what has perished in one bucket, another one for each entry that comes in: nothing
    /// stays for good only because no one asks for it.
    fn sweep(&self, born: u64, now: u64) {
        let place = usize::try_from(born % self.buckets.len() as u64).unwrap_or(0);
        let ways = self.buckets.get(place).map_or(&[][..], |bucket| &bucket.0);
        for way in ways {
            way.clear_if(|known| !known.value.is_good(now));
        }
    }

    /// How many entries there are, good or not.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let ways = self.buckets.iter().flat_map(|bucket| &bucket.0);
        ways.filter(|way| way.slot.load().is_some()).count()
    }
}

impl<V> Known<V> {
    /// Whether it is of this token. The tokens are compared only if their keyed hashes agree, so
    /// the time that takes tells nothing to someone who does not hold the token.
    fn is_of(&self, hash: u64, token: &[u8]) -> bool {
        self.hash == hash && **self.token == *token
    }
}
