use std::time::Duration;

use async_trait::async_trait;
use auth_accounts::model::{Change, ChangeBatch, ChangeKind};
use auth_accounts::store::{ChangeStore, StoreError};

use super::dialect::{Dialect, Sql};
use super::row::Row;
use super::statement::{Statement, sql};
use super::store::SqlStore;

/// How many changes are kept: a node that has missed more begins again.
const KEPT: u64 = 1_000_000;

/// How long a node waits for a change of which it gets no notification.
pub(super) const WAIT: Duration = Duration::from_secs(1);

pub(super) const LAST: &str = "SELECT position FROM auth_change ORDER BY position DESC LIMIT 1";

pub(super) const AFTER: &str = "SELECT position, kind, subject FROM auth_change WHERE position > $1 ORDER BY position LIMIT $2";

const STATE: &str = "SELECT generation, (SELECT max(position) FROM auth_change) AS last
    FROM auth_feed";

pub(super) fn insert(position: u64, kind: &ChangeKind) -> Result<Statement, StoreError> {
    let (kind, subject) = match kind {
        ChangeKind::Session(id) => ("session", id.as_str()),
        ChangeKind::Account(id) => ("account", id.as_str()),
        ChangeKind::ApiKey(id) => ("api_key", id.as_str()),
        ChangeKind::Assignments(id) => ("assignments", id.as_str()),
        _ => return Err(StoreError::NotUnderstood("a kind of change")),
    };
    let insert = sql("INSERT INTO auth_change (position, kind, subject) VALUES ($1, $2, $3)");
    Ok(insert.number(position).text(kind).text(subject))
}

/// Removes the change that is one too many, now that there is this one.
pub(super) fn forget(position: u64) -> Statement {
    let forget = sql("DELETE FROM auth_change WHERE position = $1");
    forget.number(position.saturating_sub(KEPT))
}

#[async_trait]
impl<D: Dialect> ChangeStore for SqlStore<D> {
    async fn changes_after(&self, position: u64, limit: u32) -> Result<ChangeBatch, StoreError> {
        let mut alarm = std::pin::pin!(self.dialect.alarm().notified());
        // Before the database is asked, so that nothing is missed in between.
        alarm.as_mut().enable();
        let batch = self.batch(position, limit).await?;
        let is_news = !batch.changes.is_empty() || batch.position != position || !batch.complete;
        if is_news || tokio::time::timeout(WAIT, alarm).await.is_err() {
            return Ok(batch);
        }
        self.batch(position, limit).await
    }

    async fn announce(&self, changes: &[ChangeKind]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.begin().await?.announce(changes).await
    }
}

impl<D: Dialect> SqlStore<D> {
    async fn batch(&self, after: u64, limit: u32) -> Result<ChangeBatch, StoreError> {
        let state = self.read_row(sql(STATE)).await?;
        let state = state.ok_or(StoreError::NotUnderstood("a feed without a generation"))?;
        let generation = state.number("generation")?;
        let last = state.number_or_null("last")?.unwrap_or(0);
        let rows = self.read(sql(AFTER).number(after).number(u64::from(limit))).await?;
        let changes = rows.iter().map(change).collect::<Result<Vec<_>, _>>()?;

        // A node that has seen a position that there is not saw it in another database.
        if after > last {
            let generation = generation | 1;
            return Ok(ChangeBatch { generation, changes, position: last, complete: true });
        }
        // Positions have no gaps: before a gap there were changes that are kept no longer.
        let has_missed = changes.first().is_some_and(|it| it.position > after.saturating_add(1));
        let generation = if has_missed { generation | 1 } else { generation };
        let position = changes.last().map_or(after, |it| it.position);
        Ok(ChangeBatch { generation, changes, position, complete: position >= last })
    }
}

fn change<DB: Sql>(row: &Row<DB>) -> Result<Change, StoreError> {
    let kind = match row.text("kind")?.as_str() {
        "session" => ChangeKind::Session(row.id("subject")?),
        "account" => ChangeKind::Account(row.id("subject")?),
        "api_key" => ChangeKind::ApiKey(row.id("subject")?),
        "assignments" => ChangeKind::Assignments(row.id("subject")?),
        _ => return Err(StoreError::NotUnderstood("a kind of change")),
    };
    Ok(Change { position: row.number("position")?, kind })
}
