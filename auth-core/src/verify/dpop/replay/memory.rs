//! Used proofs in the memory of this process.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use super::sync::{Mutex, PoisonError};
use super::{ProofUse, ReplayStore, ReplayStoreError, ReplayVerdict};

/// Remembers used proofs in the memory of this process, within bounds.
///
/// A proof takes about 80 bytes, however long its `jti`, and only until it would be refused as too
/// old anyway. When `capacity` proofs are remembered, further ones are refused with 503: to forget
/// one early would be to accept it twice. So that one authenticated caller cannot fill the store and
/// keep all others out, a quarter of it is the most for one sender (issuer and subject of the access
/// token, whatever keys it uses); whoever can have tokens of many subjects can still fill it, and
/// limiting the rate of requests is up to what stands in front.
///
/// It knows nothing of other processes, and forgets when this one ends. Where that matters, require
/// nonces (with the random key of each process, an older proof is refused after a restart) or share
/// a [`ReplayStore`].
///
/// ```
/// use auth_core::verify::{Dpop, MemoryReplayStore};
///
/// let dpop = Dpop::builder("https://api.example.com")
///     .replay_store(MemoryReplayStore::with_capacity(100_000))
///     .build()?;
/// # Ok::<(), auth_core::verify::DpopError>(())
/// ```
pub struct MemoryReplayStore {
    capacity: usize,
    most_for_one: usize,
    used: Mutex<Used>,
}

/// Half of a SHA-256: enough that nobody finds two that are the same.
type Short = [u8; 16];

/// The proofs that would still be accepted if they were not in here.
#[derive(Default)]
struct Used {
    ids: HashSet<Short>,
    /// How many of them are of each sender.
    senders: HashMap<Short, usize>,
    /// Id and sender by the last second in which the proof is accepted.
    until: BTreeMap<u64, Vec<(Short, Short)>>,
    /// What was accepted up to here and no longer is forgotten: the latest time that was seen.
    forgotten_before: u64,
}

impl MemoryReplayStore {
    /// How many proofs a store remembers unless told otherwise: about 40 MB.
    pub const DEFAULT_CAPACITY: usize = 512 * 1024;

    /// A store for so many proofs, at least one, of which a quarter is the most for one sender.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        let most_for_one = capacity.div_ceil(4);
        Self { capacity, most_for_one, used: Mutex::new(Used::default()) }
    }

    /// How many proofs of one sender are remembered at most, instead of a quarter of all.
    #[must_use]
    pub fn most_for_one_sender(mut self, proofs: usize) -> Self {
        self.most_for_one = proofs.clamp(1, self.capacity);
        self
    }

    /// How many proofs are remembered now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).ids.len()
    }

    /// Whether no proof is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// [`ReplayStore::record`], which never has to wait here.
    fn record_now(&self, proof: &ProofUse) -> Result<ReplayVerdict, ReplayStoreError> {
        let (id, sender) = (short(proof.id()), short(proof.sender()));
        // What a panic in here would leave behind is a proof too many that is remembered.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget(proof.now());
        // A clock that went back: whether this one was used before is already forgotten.
        if proof.last_valid() < used.forgotten_before || used.ids.contains(&id) {
            return Ok(ReplayVerdict::Replayed);
        }
        if used.ids.len() >= self.capacity {
            return Err(ReplayStoreError::Full);
        }
        if used.senders.get(&sender).is_some_and(|count| *count >= self.most_for_one) {
            return Err(ReplayStoreError::SenderFull);
        }
        used.ids.insert(id);
        *used.senders.entry(sender).or_default() += 1;
        used.until.entry(proof.last_valid()).or_default().push((id, sender));
        Ok(ReplayVerdict::First)
    }
}

impl Default for MemoryReplayStore {
    fn default() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }
}

impl Used {
    /// Forgets what is refused as too old from now on.
    fn forget(&mut self, now: u64) {
        if now <= self.forgotten_before {
            return;
        }
        self.forgotten_before = now;
        while let Some(oldest) = self.until.first_entry() {
            if *oldest.key() >= now {
                break;
            }
            for (id, sender) in oldest.remove() {
                self.ids.remove(&id);
                if let Some(count) = self.senders.get_mut(&sender) {
                    *count -= 1;
                    if *count == 0 {
                        self.senders.remove(&sender);
                    }
                }
            }
        }
    }
}

fn short(hash: &[u8; 32]) -> Short {
    let mut short = Short::default();
    for (place, byte) in short.iter_mut().zip(hash) {
        *place = *byte;
    }
    short
}

impl ReplayStore for MemoryReplayStore {
    async fn record(&self, proof: &ProofUse) -> Result<ReplayVerdict, ReplayStoreError> {
        self.record_now(proof)
    }
}

impl fmt::Debug for MemoryReplayStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplayStore")
            .field("capacity", &self.capacity)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const WINDOW: u64 = 60;

    fn used(proof: u8, sender: u8, now: u64, issued: u64) -> ProofUse {
        let last_valid = issued + WINDOW;
        ProofUse { id: [proof; 32], sender: [sender; 32], now, last_valid }
    }

    #[test]
    fn a_proof_is_used_once_for_as_long_as_it_is_accepted() {
        let store = MemoryReplayStore::default();
        let record = |now| store.record_now(&used(1, 1, now, 1000));
        assert_eq!(record(1000), Ok(ReplayVerdict::First));
        assert_eq!(record(1000), Ok(ReplayVerdict::Replayed));
        assert_eq!(record(1060), Ok(ReplayVerdict::Replayed), "the last second");
        assert_eq!(store.len(), 1);
        assert_eq!(store.record_now(&used(2, 1, 1061, 1061)), Ok(ReplayVerdict::First));
        assert_eq!(store.len(), 1, "the first one is forgotten");
        assert_eq!(record(1000), Ok(ReplayVerdict::Replayed), "although the clock went back");
    }

    #[test]
    fn a_full_store_refuses_and_recovers() {
        let store = MemoryReplayStore::with_capacity(4).most_for_one_sender(3);
        for proof in 0..3 {
            assert_eq!(store.record_now(&used(proof, 1, 0, 0)), Ok(ReplayVerdict::First));
        }
        assert_eq!(store.record_now(&used(3, 1, 0, 0)), Err(ReplayStoreError::SenderFull));
        assert_eq!(store.record_now(&used(0, 1, 0, 0)), Ok(ReplayVerdict::Replayed));
        assert_eq!(store.record_now(&used(4, 2, 0, 0)), Ok(ReplayVerdict::First));
        assert_eq!(store.record_now(&used(5, 2, 0, 0)), Err(ReplayStoreError::Full));
        assert_eq!(store.record_now(&used(5, 2, 61, 61)), Ok(ReplayVerdict::First));
        let inner = store.used.lock().unwrap();
        assert_eq!((inner.ids.len(), inner.senders.len(), inner.until.len()), (1, 1, 1));
    }

    #[test]
    fn the_smallest_store_holds_one() {
        let store = MemoryReplayStore::with_capacity(0).most_for_one_sender(0);
        assert_eq!(store.record_now(&used(0, 0, 0, 0)), Ok(ReplayVerdict::First));
        assert_eq!(store.record_now(&used(1, 1, 0, 0)), Err(ReplayStoreError::Full));
    }

    proptest! {
        /// Against a list that forgets nothing: within its window no proof is used twice, and what
        /// is refused for another reason is refused because the store is full.
        #[test]
        fn no_proof_is_accepted_twice(
            steps in proptest::collection::vec((0_u8..12, 0_u8..3, 0_u64..40, any::<bool>()), 1..60),
            capacity in 1_usize..10,
        ) {
            let store = MemoryReplayStore::with_capacity(capacity);
            let mut now = 1_000;
            let mut accepted: HashMap<u8, u64> = HashMap::new();
            for (proof, sender, seconds, ahead) in steps {
                now += seconds;
                let issued = if ahead { now + WINDOW } else { now - seconds.min(WINDOW) };
                let seen = accepted.get(&proof).is_some_and(|last| *last >= now);
                match store.record_now(&used(proof, sender, now, issued)) {
                    Ok(ReplayVerdict::First) => {
                        prop_assert!(!seen);
                        accepted.insert(proof, issued + WINDOW);
                    }
                    Ok(ReplayVerdict::Replayed) => prop_assert!(seen),
                    Err(_) => {
                        let alive = accepted.values().filter(|last| **last >= now).count();
                        prop_assert!(!seen && alive >= capacity.div_ceil(4));
                    }
                }
                let alive = accepted.values().filter(|last| **last >= now).count();
                prop_assert_eq!(store.len(), alive);
                prop_assert!(alive <= capacity);
            }
        }
    }
}
