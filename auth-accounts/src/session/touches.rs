//! When sessions were last used: written in batches, beside the requests.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::secret::Digest;

/// How many sessions may wait to be written. What is more is not: those sessions end early.
const MOST: usize = 100_000;

/// The uses that wait to be written.
pub(crate) struct Touches {
    /// How far apart two writes of one session are, in seconds.
    interval: u64,
    waiting: Mutex<HashMap<Digest, u64>>,
}

impl Touches {
    /// For sessions that may be unused for so many seconds.
    pub(crate) fn new(idle_seconds: u64) -> Self {
        Self { interval: (idle_seconds / 10).clamp(1, 60), waiting: Mutex::default() }
    }

    pub(crate) const fn interval(&self) -> u64 {
        self.interval
    }

    /// Notes a use now of a session that was last seen then. Says whether there was reason to.
    pub(crate) fn note(&self, session: Digest, seen_at: u64, now: u64) -> bool {
        if now.saturating_sub(seen_at) < self.interval {
            return false;
        }
        let mut waiting = self.lock();
        if waiting.len() >= MOST && !waiting.contains_key(&session) {
            return false;
        }
        let latest = waiting.entry(session).or_default();
        *latest = now.max(*latest);
        true
    }

    /// What is to be written, which does not wait any more.
    pub(crate) fn take(&self) -> Vec<(Digest, u64)> {
        mem::take(&mut *self.lock()).into_iter().collect()
    }

    /// What was not written waits again, unless there is something later.
    pub(crate) fn put_back(&self, unwritten: Vec<(Digest, u64)>) {
        let mut waiting = self.lock();
        for (session, at) in unwritten {
            if waiting.len() < MOST || waiting.contains_key(&session) {
                let latest = waiting.entry(session).or_default();
                *latest = at.max(*latest);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, u64>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_written_once_in_an_interval() {
        let touches = Touches::new(3600);
        assert_eq!(touches.interval(), 60);
        let session = Digest::of(&[b"a"]);
        assert!(!touches.note(session, 1000, 1059));
        for now in [1060, 1061, 1070, 1065] {
            touches.note(session, 1000, now);
        }
        assert_eq!(touches.take(), [(session, 1070)]);
        assert_eq!(touches.take(), []);
    }

    #[test]
    fn what_could_not_be_written_waits_for_the_next_time() {
        let touches = Touches::new(100);
        let session = Digest::of(&[b"a"]);
        touches.note(session, 0, 50);
        let unwritten = touches.take();
        touches.note(session, 0, 60);
        touches.put_back(unwritten);
        assert_eq!(touches.take(), [(session, 60)]);
    }
}
