//! `auth_core`'s `sync` with the types of `shuttle`, which tries the interleavings.

use std::ops::Deref;

use shuttle::sync::RwLock;
pub(crate) use shuttle::sync::{Arc, Mutex, PoisonError, atomic};

/// The place for a shared value, behind a lock: what is under test is in which order values are
/// published and seen.
#[derive(Debug)]
pub(crate) struct Slot<T>(RwLock<Option<Arc<T>>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(RwLock::new(None))
    }
}

/// What was there.
pub(crate) struct Loaded<T>(Option<Arc<T>>);

impl<T> Deref for Loaded<T> {
    type Target = Option<Arc<T>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> Slot<T> {
    pub(crate) fn load(&self) -> Loaded<T> {
        Loaded(self.0.read().unwrap().clone())
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        *self.0.write().unwrap() = Some(value);
    }

    pub(crate) fn clear(&self, seen: &Arc<T>) {
        let mut value = self.0.write().unwrap();
        if value.as_ref().is_some_and(|value| Arc::ptr_eq(value, seen)) {
            *value = None;
        }
    }
}
