use async_trait::async_trait;

use super::StoreError;
use crate::model::{AccountId, AuditEntry, AuditRecord};

/// The audit trail. It is only appended to.
#[async_trait]
pub trait AuditStore: Send + Sync + 'static {
    /// Appends an event that changes nothing else: an attempt, a refusal.
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// The records after this position in their order, at most so many; those of one account, if it is
    /// named.
    async fn records(
        &self,
        after: u64,
        account: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError>;
}
