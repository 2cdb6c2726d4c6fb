//! Counters of attempts.

use async_trait::async_trait;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Attempt, AttemptStore, Limit, StoreError};

use super::{RedisStore, exact, hex, script};

#[async_trait]
impl AttemptStore for RedisStore {
    async fn hit(&self, key: &Digest, limit: Limit, now: u64) -> Result<Attempt, StoreError> {
        exact(now.saturating_add(limit.window_seconds))?;
        let (is_allowed, number): (bool, u64) = self
            .run(&script::HIT, |call| {
                call.arg(hex(key)).arg(limit.attempts).arg(limit.window_seconds).arg(now);
            })
            .await?;
        if !is_allowed {
            return Ok(Attempt::Refused { until: number });
        }
        let left = u32::try_from(number).map_err(|_| StoreError::NotUnderstood("a counter"))?;
        Ok(Attempt::Allowed { left })
    }

    async fn forgive(&self, key: &Digest) -> Result<(), StoreError> {
        self.run::<i64>(&script::FORGIVE, |call| {
            call.arg(hex(key));
        })
        .await
        .map(drop)
    }

    async fn sweep_attempts(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.sweep(&script::SWEEP_ATTEMPTS, now, limit).await
    }
}
