//! When records end.

use std::collections::BTreeSet;

/// Keys of records, by the times at which the records end.
pub(super) struct Ends<K>(BTreeSet<(u64, K)>);

impl<K> Default for Ends<K> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<K: Ord + Clone> Ends<K> {
    pub(super) fn set(&mut self, at: u64, key: K) {
        self.0.insert((at, key));
    }

    pub(super) fn remove(&mut self, at: u64, key: K) {
        self.0.remove(&(at, key));
    }

    /// The keys of the records that have ended by this time, the earliest first, at most so many.
    pub(super) fn over(&self, now: u64, limit: usize) -> Vec<K> {
        let over = self.0.iter().take_while(|(end, _)| *end <= now).take(limit);
        over.map(|(_, key)| key.clone()).collect()
    }
}
