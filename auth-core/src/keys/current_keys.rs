//! The keys in force: read without a lock, replaced as a whole.

use std::fmt;
use std::ops::Deref;

use super::unavailable::KeysUnavailable;
use crate::jose::key_set::KeySet;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Arc, Loaded, Slot};
use crate::time::RETRY_AFTER;
use crate::time::epoch::{Epoch, Stamp};

/// The keys of one issuer, which may change while requests are verified.
pub(crate) struct LiveKeys {
    keys: Slot<KeySet>,
    pub(crate) epoch: Epoch,
    pub(crate) retry_after: AtomicU64,
}

impl LiveKeys {
    /// Keys that are there from the start.
    pub(crate) fn fixed(keys: KeySet) -> Self {
        let this = Self::pending();
        this.publish(keys);
        this
    }

    /// Keys that still have to be fetched: until then, nothing can be verified.
    pub(crate) fn pending() -> Self {
        Self {
            keys: Slot::default(),
            epoch: Epoch::default(),
            retry_after: AtomicU64::new(RETRY_AFTER),
        }
    }

    /// Puts other keys in force. What was verified with the former ones has to be verified again.
    pub(crate) fn publish(&self, keys: KeySet) {
        self.keys.store(Arc::new(keys));
        self.epoch.advance();
    }

    /// The answer as long as there are no keys to use.
    pub(crate) fn unavailable(&self) -> KeysUnavailable {
        KeysUnavailable { retry_after: self.retry_after.load(Ordering::Relaxed) }
    }

    /// The keys in force.
    pub(crate) fn current(&self) -> Result<CurrentKeys, KeysUnavailable> {
        let stamp = self.epoch.stamp();
        let keys = self.keys.load();
        if keys.is_none() {
            return Err(self.unavailable());
        }
        Ok(CurrentKeys { keys, stamp })
    }
}

/// The keys in force at one moment.
pub(crate) struct CurrentKeys {
    keys: Loaded<KeySet>,
    stamp: Stamp,
}

impl CurrentKeys {
    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp.clone()
    }
}

impl Deref for CurrentKeys {
    type Target = KeySet;

    fn deref(&self) -> &KeySet {
        self.keys.as_deref().unwrap_or(KeySet::NONE)
    }
}

impl fmt::Debug for LiveKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.keys.load() {
            Some(keys) => keys.fmt(f),
            None => f.write_str("KeySet(pending)"),
        }
    }
}
