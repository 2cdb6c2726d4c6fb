//! The audit trail.

use async_trait::async_trait;
use auth_accounts::model::{AccountId, AuditEntry, AuditRecord};
use auth_accounts::store::{AuditStore, StoreError};

use super::{MemoryStore, at_most};

#[derive(Default)]
pub(super) struct Trail(Vec<AuditRecord>);

impl Trail {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn append(&mut self, entry: &AuditEntry) {
        let previous = self.0.last().map(|record| (record.position, record.hash));
        self.0.push(AuditRecord::after(previous, entry.clone()));
    }
}

#[async_trait]
impl AuditStore for MemoryStore {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.run("AuditStore::append", |state| {
            state.can_record(entry)?;
            state.record(entry, None);
            Ok(())
        })
        .await
    }

    async fn records(
        &self,
        after: u64,
        account: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        self.run("AuditStore::records", |state| {
            // The record at position 1 is the first of the list.
            let start = usize::try_from(after).unwrap_or(usize::MAX);
            let found = state
                .audit
                .0
                .iter()
                .skip(start)
                .filter(|record| account.is_none() || record.entry.account.as_ref() == account);
            Ok(found.take(at_most(limit)).cloned().collect())
        })
        .await
    }
}
