use async_trait::async_trait;

use super::StoreError;
use crate::model::{ChangeBatch, ChangeKind};

/// The feed of changes, which every node follows.
#[async_trait]
pub trait ChangeStore: Send + Sync + 'static {
    /// The changes after this position, at most so many. It may wait up to a second for one to come.
    async fn changes_after(&self, position: u64, limit: u32) -> Result<ChangeBatch, StoreError>;

    /// Appends changes that another store has made: sessions that are kept elsewhere.
    async fn announce(&self, changes: &[ChangeKind]) -> Result<(), StoreError>;
}
