//! The feed of changes.

use std::collections::VecDeque;

use async_trait::async_trait;
use auth_accounts::model::{Change, ChangeBatch, ChangeKind};
use auth_accounts::secret::random_bytes;
use auth_accounts::store::{ChangeStore, StoreError};

use super::{MemoryStore, WAIT_FOR_CHANGE, at_most};

pub(super) struct Feed {
    /// Which numbering this is. It is even: a node that has fallen behind gets the number after it.
    generation: u64,
    changes: VecDeque<Change>,
    /// The position of the last change.
    end: u64,
}

impl Feed {
    pub(super) fn new() -> Self {
        // 62 bits, so that stores with signed numbers can hold it, too.
        let generation = u64::from_be_bytes(random_bytes()) >> 2 << 1;
        Self { generation, changes: VecDeque::new(), end: 0 }
    }

    #[cfg(feature = "authorization")]
    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    /// Appends a change; beyond the limit, the oldest goes.
    pub(super) fn append(&mut self, kind: ChangeKind, limit: usize) {
        self.end = self.end.saturating_add(1);
        self.changes.push_back(Change { position: self.end, kind });
        while self.changes.len() > limit.max(1) {
            self.changes.pop_front();
        }
    }

    fn after(&self, position: u64, limit: usize) -> ChangeBatch {
        let first = self.changes.front().map_or(self.end, |change| change.position);
        let kept_after = first.saturating_sub(1);
        let missed = position < kept_after;
        let skipped = usize::try_from(position.saturating_sub(kept_after)).unwrap_or(usize::MAX);
        let changes: Vec<Change> = self.changes.iter().skip(skipped).take(limit).cloned().collect();
        let last = changes.last().map_or(position, |change| change.position);
        ChangeBatch {
            generation: if missed { self.generation | 1 } else { self.generation },
            changes,
            position: last,
            complete: last >= self.end,
        }
    }
}

#[async_trait]
impl ChangeStore for MemoryStore {
    async fn changes_after(&self, position: u64, limit: u32) -> Result<ChangeBatch, StoreError> {
        let look = || {
            self.run("ChangeStore::changes_after", |state| {
                Ok(state.feed.after(position, at_most(limit)))
            })
        };
        let mut changed = std::pin::pin!(self.0.changed.notified());
        // From here on, so that none is missed that comes after the look.
        changed.as_mut().enable();
        let batch = look().await?;
        if !batch.changes.is_empty() || !batch.complete {
            return Ok(batch);
        }
        match tokio::time::timeout(WAIT_FOR_CHANGE, changed).await {
            Ok(()) => look().await,
            Err(_) => Ok(batch),
        }
    }

    async fn announce(&self, changes: &[ChangeKind]) -> Result<(), StoreError> {
        self.run("ChangeStore::announce", |state| {
            for change in changes {
                state.feed.append(change.clone(), state.limit);
            }
            Ok(())
        })
        .await
    }
}
