//! The one source of time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time, so that tests own it.
///
/// Everything in this crate that depends on time asks a `Clock`; nothing calls
/// [`SystemTime::now`] by itself.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The seconds since 1970-01-01T00:00:00Z, leap seconds not counted (a `NumericDate` of
    /// [RFC 7519 §2](https://www.rfc-editor.org/rfc/rfc7519#section-2)).
    fn now(&self) -> u64;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> u64 {
        (**self).now()
    }
}

/// The time of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that asks the operating system"
        )]
        let now = SystemTime::now();
        // A clock before 1970 is broken. Answering 0 would bring every expired token back to
        // life; the end of time expires all of them.
        now.duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
    }
}

/// A clock that does not move until it is set. Clones share the same time.
///
/// ```
/// use auth_core::time::{Clock, FixedClock};
///
/// let clock = FixedClock::new(1_800_000_000);
/// let shared = clock.clone();
/// clock.advance(60);
/// assert_eq!(shared.now(), 1_800_000_060);
/// ```
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicU64>);

impl FixedClock {
    /// A clock that shows `now`, in seconds since 1970.
    #[must_use]
    pub fn new(now: u64) -> Self {
        Self(Arc::new(AtomicU64::new(now)))
    }

    /// Sets the time, in seconds since 1970, for all clones.
    pub fn set(&self, now: u64) {
        self.0.store(now, Ordering::SeqCst);
    }

    /// Moves the time forward by `seconds`, for all clones. It stops at the end of time.
    pub fn advance(&self, seconds: u64) {
        let forward = |now: u64| Some(now.saturating_add(seconds));
        // The closure never answers `None`, so there is no error to handle.
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, forward);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_shows_a_time_after_this_was_written() {
        assert!(SystemClock.now() > 1_700_000_000);
    }

    #[test]
    fn a_fixed_clock_is_shared_and_does_not_overflow() {
        let clock = FixedClock::new(5);
        let other = clock.clone();
        clock.set(u64::MAX - 1);
        other.advance(10);
        assert_eq!(clock.now(), u64::MAX);
    }
}
