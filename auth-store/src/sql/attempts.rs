use async_trait::async_trait;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Attempt, AttemptStore, Limit, StoreError};

use super::dialect::Dialect;
use super::statement::sql;
use super::store::SqlStore;

/// Counts, if there is one left: a window goes on until its end, and while the clock is behind it.
pub(super) const HIT: &str = "INSERT INTO auth_attempt AS a (digest, count, begins_at, ends_at)
    VALUES ($1, 1, $2, $2 + $3)
    ON CONFLICT (digest) DO UPDATE SET
        count = CASE WHEN a.begins_at + $3 > $2 THEN a.count + 1 ELSE 1 END,
        begins_at = CASE WHEN a.begins_at + $3 > $2 THEN a.begins_at ELSE $2 END,
        ends_at = CASE WHEN a.begins_at + $3 > $2 THEN a.begins_at + $3 ELSE $2 + $3 END
        WHERE a.count < $4 OR a.begins_at + $3 <= $2
    RETURNING count";

pub(super) const BEGIN: &str = "SELECT begins_at FROM auth_attempt WHERE digest = $1";

pub(super) const SWEEP: &str = "DELETE FROM auth_attempt WHERE digest IN
        (SELECT digest FROM auth_attempt WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2)
    RETURNING count";

#[async_trait]
impl<D: Dialect> AttemptStore for SqlStore<D> {
    async fn hit(&self, key: &Digest, limit: Limit, now: u64) -> Result<Attempt, StoreError> {
        let allowed = u64::from(limit.attempts);
        // The database adds them.
        now.checked_add(limit.window_seconds)
            .and_then(|end| i64::try_from(end).ok())
            .ok_or(StoreError::TooLong("a window of attempts"))?;
        let hit = sql(HIT).digest(key).number(now).number(limit.window_seconds).number(allowed);
        let row = if allowed == 0 { None } else { self.write(hit).await?.pop() };
        if let Some(row) = row {
            let left = allowed.saturating_sub(row.number("count")?);
            return Ok(Attempt::Allowed { left: u32::try_from(left).unwrap_or(u32::MAX) });
        }
        let begin = self.read_row(sql(BEGIN).digest(key)).await?;
        let begin = begin.map_or(Ok(now), |row| row.number("begins_at"))?;
        Ok(Attempt::Refused { until: begin.saturating_add(limit.window_seconds) })
    }

    async fn forgive(&self, key: &Digest) -> Result<(), StoreError> {
        let forgive = sql("DELETE FROM auth_attempt WHERE digest = $1");
        self.write(forgive.digest(key)).await.map(drop)
    }

    async fn sweep_attempts(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        let swept = self.write(sql(SWEEP).now(now).number(u64::from(limit))).await?;
        Ok(swept.len() as u64)
    }
}
