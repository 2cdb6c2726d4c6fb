//! What threads share, in one place: a model of their interleavings (`tests/tests/models`)
//! compiles the same source files with twins of these types.

pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError, atomic};

use arc_swap::{ArcSwapOption, Guard};

/// What was in a [`Slot`], held as long as it is looked at.
pub(crate) type Loaded<T> = Guard<Option<Arc<T>>>;

/// A place for one shared value: read without a lock, replaced as a whole.
#[derive(Debug)]
pub(crate) struct Slot<T>(ArcSwapOption<T>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(ArcSwapOption::empty())
    }
}

impl<T> Slot<T> {
    /// What is there.
    pub(crate) fn load(&self) -> Loaded<T> {
        self.0.load()
    }

    /// Replaces what is there.
    pub(crate) fn store(&self, value: Arc<T>) {
        self.0.store(Some(value));
    }

    /// Empties the place, unless there is something else by now than what was seen.
    pub(crate) fn clear(&self, seen: &Arc<T>) {
        self.0.compare_and_swap(Arc::as_ptr(seen), None);
    }
}
