use async_trait::async_trait;

use super::StoreError;
use crate::secret::Digest;

/// How many attempts are allowed in how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many in a window.
    pub attempts: u32,
    /// How long a window is, in seconds, from its first attempt.
    pub window_seconds: u64,
}

/// What an attempt may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Go on.
    Allowed {
        /// How many more are allowed in this window.
        left: u32,
    },
    /// Nothing: there were too many.
    Refused {
        /// When the window ends, in seconds since 1970.
        until: u64,
    },
}

/// Counters of attempts.
#[async_trait]
pub trait AttemptStore: Send + Sync + 'static {
    /// Counts an attempt, before it is made. A refused one does not make the window longer. When the
    /// clock was set back behind the start of the window, the window goes on.
    async fn hit(&self, key: &Digest, limit: Limit, now: u64) -> Result<Attempt, StoreError>;

    /// Forgets the attempts: one has succeeded.
    async fn forgive(&self, key: &Digest) -> Result<(), StoreError>;

    /// Removes counters whose window has ended by this time, at most so many; how many.
    async fn sweep_attempts(&self, now: u64, limit: u32) -> Result<u64, StoreError>;
}
