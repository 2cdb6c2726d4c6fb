//! The keys in force: read without a lock, replaced as a whole.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwapOption, Guard};

use super::epoch::{Epoch, Stamp};
use super::error::VerifyError;
use super::key::KeySet;

/// When to try again as long as nobody knows better, in seconds.
const RETRY_AFTER: u64 = 5;

/// The keys of one issuer, which may change while requests are verified.
pub(crate) struct LiveKeys {
    keys: ArcSwapOption<KeySet>,
    epoch: Epoch,
    retry_after: AtomicU64,
}

impl LiveKeys {
    /// Keys that are there from the start.
    pub(crate) fn fixed(keys: KeySet) -> Self {
        let this = Self::awaited();
        this.publish(keys);
        this
    }

    /// Keys that still have to be fetched: until then, nothing can be verified.
    pub(crate) fn awaited() -> Self {
        Self {
            keys: ArcSwapOption::empty(),
            epoch: Epoch::default(),
            retry_after: AtomicU64::new(RETRY_AFTER),
        }
    }

    /// Puts other keys in force. What was verified with the former ones has to be verified again.
    pub(crate) fn publish(&self, keys: KeySet) {
        self.keys.store(Some(Arc::new(keys)));
        self.epoch.advance();
    }

    /// The keys in force.
    pub(crate) fn current(&self) -> Result<CurrentKeys, VerifyError> {
        let stamp = self.epoch.stamp();
        let keys = self.keys.load();
        if keys.is_none() {
            let retry_after = self.retry_after.load(Ordering::Relaxed);
            return Err(VerifyError::Unavailable { retry_after });
        }
        Ok(CurrentKeys { keys, stamp })
    }
}

/// The keys in force at one moment.
pub(crate) struct CurrentKeys {
    keys: Guard<Option<Arc<KeySet>>>,
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
            None => f.write_str("KeySet(awaited)"),
        }
    }
}
