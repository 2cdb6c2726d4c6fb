//! A line of the log that anyone could cause thousands of times.

use std::sync::atomic::{AtomicU64, Ordering};

/// How long is kept quiet after a line, in seconds.
const PAUSE: u64 = 10;

/// Says when it is time for another line of one kind.
#[derive(Debug, Default)]
pub(crate) struct LogThrottle(AtomicU64);

impl LogThrottle {
    /// The first line is due at once.
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Whether a line is due at this time, in seconds since 1970; then none is for a while.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        let next = |due: u64| (now >= due).then(|| now.saturating_add(PAUSE));
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_in_ten_seconds() {
        let throttle = LogThrottle::default();
        let due: Vec<u64> = (100..130).filter(|now| throttle.is_due(*now)).collect();
        assert_eq!(due, [100, 110, 120]);
        assert!(LogThrottle::default().is_due(0));
    }
}
