//! What was verified a moment ago, and whether it would be verified again.

use std::fmt;

use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};

/// The state of keys or of a configuration, as a number that grows with every change.
///
/// A change is published first, and then [`Epoch::advance`] is called; a verification takes the [`Stamp`]
/// first and then looks at the keys. So a stamp that is still current
/// was taken from the keys that are in force: what was verified with older ones never counts as
/// current, however the two interleave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Epoch(Arc<AtomicU64>);

impl Epoch {
    /// Ends what was stamped before.
    pub(crate) fn advance(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn stamp(&self) -> Stamp {
        let taken = self.0.load(Ordering::SeqCst);
        Stamp { taken, epoch: Self(Arc::clone(&self.0)), also: Vec::new() }
    }
}

/// A moment of an [`Epoch`].
#[derive(Clone)]
pub(crate) struct Stamp {
    epoch: Epoch,
    taken: u64,
    also: Vec<Stamp>,
}

impl Stamp {
    /// Current only as long as another stamp is, too.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.also.push(other);
        self
    }

    /// Whether nothing has changed since.
    pub(crate) fn is_current(&self) -> bool {
        self.epoch.0.load(Ordering::SeqCst) == self.taken && self.also.iter().all(Self::is_current)
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stamp").field(&self.taken).finish()
    }
}
