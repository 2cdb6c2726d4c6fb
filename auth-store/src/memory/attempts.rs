//! Counters of attempts.

use std::collections::HashMap;

use async_trait::async_trait;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Attempt, AttemptStore, Limit, StoreError};

use super::ends::Ends;
use super::{MemoryStore, at_most, count, room};

#[derive(Default)]
pub(super) struct Attempts {
    by_key: HashMap<Digest, Window>,
    /// By when their windows end.
    by_end: Ends<Digest>,
}

#[derive(Clone, Copy)]
struct Window {
    start: u64,
    end: u64,
    attempts: u32,
}

impl Attempts {
    fn set(&mut self, key: &Digest, window: Window) {
        self.remove(key);
        self.by_end.set(window.end, *key);
        self.by_key.insert(*key, window);
    }

    fn remove(&mut self, key: &Digest) {
        if let Some(window) = self.by_key.remove(key) {
            self.by_end.remove(window.end, *key);
        }
    }

    fn sweep(&mut self, now: u64, limit: usize) -> usize {
        let ended = self.by_end.over(now, limit);
        for key in &ended {
            self.remove(key);
        }
        ended.len()
    }
}

#[async_trait]
impl AttemptStore for MemoryStore {
    async fn hit(&self, key: &Digest, limit: Limit, now: u64) -> Result<Attempt, StoreError> {
        self.run("AttemptStore::hit", |state| {
            let table = &mut state.attempts;
            let held = table.by_key.get(key).copied();
            let running = held.filter(|it| now < it.start.saturating_add(limit.window_seconds));
            let start = running.map_or(now, |window| window.start);
            let end = start.saturating_add(limit.window_seconds);
            let before = running.map_or(0, |window| window.attempts);
            if before >= limit.attempts {
                return Ok(Attempt::Refused { until: end });
            }
            if held.is_none() {
                if table.by_key.len() >= state.limit {
                    table.sweep(now, super::SWEPT_WHEN_FULL);
                }
                room(table.by_key.len(), 1, state.limit, "counters of attempts")?;
            }
            let attempts = before.saturating_add(1);
            table.set(key, Window { start, end, attempts });
            Ok(Attempt::Allowed { left: limit.attempts.saturating_sub(attempts) })
        })
        .await
    }

    async fn forgive(&self, key: &Digest) -> Result<(), StoreError> {
        self.run("AttemptStore::forgive", |state| {
            state.attempts.remove(key);
            Ok(())
        })
        .await
    }

    async fn sweep_attempts(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.run("AttemptStore::sweep_attempts", |state| {
            Ok(count(state.attempts.sweep(now, at_most(limit))))
        })
        .await
    }
}
