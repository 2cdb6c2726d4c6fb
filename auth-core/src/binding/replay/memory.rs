//! Used proofs in the memory of this process.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use super::sync::{Mutex, PoisonError};
use super::{ReplayCheck, ReplayStore, ReplayStoreError, UsedProof};

/// Remembers used proofs in the memory of this process, within bounds.
///
/// A proof takes about 80 bytes, however long its `jti`, and only until it would be rejected as too
/// old anyway. When `capacity` proofs are remembered, further ones are rejected with 503: to forget
/// one early would be to accept it twice. So that one authenticated caller cannot fill the store and
/// keep all others out, a quarter of it is the most for one sender (issuer and subject of the access
/// token, with all its keys). A client that can have tokens of many subjects can still fill it, and
/// limiting the rate of requests is the job of a proxy in front.
///
/// It knows nothing of other processes, and forgets when this one ends. Where that matters, require
/// nonces (with the random key of each process, an older proof is rejected after a restart) or share
/// a [`ReplayStore`].
///
/// ```
/// use auth_core::binding::{Dpop, MemoryReplayStore};
///
/// let dpop = Dpop::builder("https://api.example.com")
///     .replay_store(MemoryReplayStore::with_capacity(100_000))
///     .build()?;
/// # Ok::<(), auth_core::binding::DpopError>(())
/// ```
pub struct MemoryReplayStore {
    capacity: usize,
    most_for_one: usize,
    pub(super) used: Mutex<Used>,
}

/// So many entries are not worth making room.
const SMALL: usize = 512;

/// Half of a SHA-256: enough that no one finds two that are the same.
type Short = [u8; 16];

/// The proofs that would still be accepted if they were not in here.
#[derive(Default)]
pub(super) struct Used {
    pub(super) ids: HashSet<Short>,
    /// How many of them are of each sender.
    pub(super) senders: HashMap<Short, usize>,
    /// Id and sender by the last second in which the proof is accepted.
    pub(super) until: BTreeMap<u64, Vec<(Short, Short)>>,
    /// What was accepted up to here and no longer is forgotten: the latest time that was seen.
    forgotten_before: u64,
}

impl MemoryReplayStore {
    /// How many proofs a store remembers by default: about 40 MB.
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
    pub(super) fn record_now(&self, proof: &UsedProof) -> Result<ReplayCheck, ReplayStoreError> {
        let (id, sender) = (short(proof.id()), short(proof.sender()));
        // What a panic in here would leave behind is a proof too many that is remembered.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget(proof.now());
        // A clock that went back: whether this one was used before is already forgotten.
        if proof.last_valid() < used.forgotten_before || used.ids.contains(&id) {
            return Ok(ReplayCheck::Replayed);
        }
        if used.ids.len() >= self.capacity {
            return Err(ReplayStoreError::Full);
        }
        if used.senders.get(&sender).is_some_and(|count| *count >= self.most_for_one) {
            return Err(ReplayStoreError::SenderQuotaExceeded);
        }
        used.ids.insert(id);
        *used.senders.entry(sender).or_default() += 1;
        used.until.entry(proof.last_valid()).or_default().push((id, sender));
        Ok(ReplayCheck::Fresh)
    }
}

impl Default for MemoryReplayStore {
    fn default() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }
}

impl Used {
    /// Forgets what is rejected as too old from now on.
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
        // What a rush left behind.
        if self.ids.capacity() > SMALL && self.ids.len() < self.ids.capacity() / 8 {
            self.ids.shrink_to(SMALL);
            self.senders.shrink_to(SMALL);
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
    async fn record(&self, proof: &UsedProof) -> Result<ReplayCheck, ReplayStoreError> {
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
