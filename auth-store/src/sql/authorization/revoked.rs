//! The feed of revocations.

use std::sync::LazyLock;

use auth_accounts::store::StoreError;

use super::super::dialect::{Dialect, Sql};
use super::super::row::Row;
use super::super::statement::sql;
use super::super::step::{Step, Steps};
use super::super::store::SqlStore;
use crate::authorization::{GrantId, Revoked, RevokedBatch};

macro_rules! after {
    () => {
        "SELECT position, kind, subject, at, expires_at
            FROM auth_revocation WHERE position > $1 ORDER BY position LIMIT $2"
    };
}

pub(in crate::sql) const OF_TOKEN: &str = "SELECT position FROM auth_revocation
    WHERE kind = 'token' AND subject = $1 AND expires_at > $2 LIMIT 1";

/// What was revoked, with the state of the feed in each row, in one statement: requests wait for it. A row
/// without a position if there is nothing.
const BATCH: &str = concat!(
    "SELECT auth_feed.generation, auth_revocation_feed.position AS last,
        r.position, r.kind, r.subject, r.at, r.expires_at
    FROM auth_feed CROSS JOIN auth_revocation_feed LEFT JOIN (",
    after!(),
    ") AS r ON 1 = 1 ORDER BY r.position"
);

/// The part of [`BATCH`] that is to use an index.
#[cfg(test)]
pub(in crate::sql) const AFTER: &str = after!();

/// Gives out so many positions. The row is locked from here on until the transaction ends, so that no
/// later position is visible before these.
const NEXT: &str = "UPDATE auth_revocation_feed SET position = position + $1 RETURNING position";

/// Adds one. Of all that one statement adds, kind and time are the same.
const INSERT: &str = "INSERT INTO auth_revocation (kind, at, position, subject, expires_at)
    VALUES ($1, $2, $3, $4, $5)";

/// How many are added by one statement where there are as many: a user may have thousands of grants.
const MANY: usize = 50;

/// Adds so many.
static INSERT_MANY: LazyLock<String> = LazyLock::new(|| {
    let row = |row: usize| {
        let [position, subject, expires_at] = [3, 4, 5].map(|it| row.saturating_mul(3) + it);
        format!("($1, $2, ${position}, ${subject}, ${expires_at})")
    };
    let rows: Vec<String> = (0..MANY).map(row).collect();
    format!(
        "INSERT INTO auth_revocation (kind, at, position, subject, expires_at) VALUES {}",
        rows.join(", ")
    )
});

/// Adds revoked grants to the feed, with the times at which they end.
pub(super) async fn append_grants<D: Dialect>(
    step: &mut Step<'_, D>,
    grants: &[(GrantId, u64)],
    now: u64,
) -> Result<(), StoreError> {
    let revoked: Vec<_> = grants.iter().map(|(id, end)| (id.as_str(), *end)).collect();
    append(step, "grant", &revoked, now).await
}

async fn append<D: Dialect>(
    step: &mut Step<'_, D>,
    kind: &str,
    revoked: &[(&str, u64)],
    now: u64,
) -> Result<(), StoreError> {
    if revoked.is_empty() {
        return Ok(());
    }
    let last = step.row(sql(NEXT).number(revoked.len() as u64)).await?;
    let last = last.ok_or(StoreError::NotUnderstood("a feed without a position"))?;
    let mut position = last.number("position")?.saturating_sub(revoked.len() as u64);
    for some in revoked.chunks(MANY) {
        let (statement, at_once) =
            if some.len() == MANY { (INSERT_MANY.as_str(), MANY) } else { (INSERT, 1) };
        for rows in some.chunks(at_once) {
            let mut insert = sql(statement).text(kind).number(now);
            for (subject, expires_at) in rows {
                position = position.saturating_add(1);
                insert = insert.number(position).text(subject).number(*expires_at);
            }
            step.rows(insert).await?;
        }
    }
    step.announce().await
}

/// One access token.
pub(super) struct RevokeToken {
    pub(super) token_id: String,
    pub(super) expires_at: u64,
    pub(super) now: u64,
}

impl<D: Dialect> Steps<D> for RevokeToken {
    type Answer = ();

    async fn run(&self, step: &mut Step<'_, D>) -> Result<(), StoreError> {
        append(step, "token", &[(&self.token_id, self.expires_at)], self.now).await
    }
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn revoked_batch_or_wait(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<RevokedBatch, StoreError> {
        let mut alarm = std::pin::pin!(self.dialect.alarm().notified());
        // Before the database is asked, so that nothing is missed in between.
        alarm.as_mut().enable();
        let batch = self.revoked_batch(position, limit).await?;
        let is_news = !batch.revoked.is_empty() || batch.position != position || !batch.complete;
        let wait = super::super::changes::WAIT;
        if is_news || position == 0 || tokio::time::timeout(wait, alarm).await.is_err() {
            return Ok(batch);
        }
        self.revoked_batch(position, limit).await
    }

    pub(super) async fn revoked_batch(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<RevokedBatch, StoreError> {
        let limit = u64::from(limit);
        let rows = self.read(sql(BATCH).number(after).number(limit)).await?;
        let state = rows.last().ok_or(StoreError::NotUnderstood("a feed without a generation"))?;
        let (generation, last) = (state.number("generation")?, state.number("last")?);
        // A reader that has seen a position that does not exist saw it in another database.
        if after > last {
            let generation = generation | 1;
            return Ok(RevokedBatch {
                generation,
                revoked: Vec::new(),
                position: last,
                complete: true,
            });
        }
        let position = state.number_or_null("position")?;
        let rows = if position.is_some() { &*rows } else { &[] };
        let position = position.unwrap_or(after);
        let revoked = rows.iter().map(revoked).collect::<Result<Vec<_>, _>>()?;
        // Of those that were swept nothing is to be had, so fewer than were asked for are all.
        let complete = position >= last || (revoked.len() as u64) < limit;
        let position = if complete { position.max(last) } else { position };
        Ok(RevokedBatch { generation, revoked, position, complete })
    }
}

fn revoked<DB: Sql>(row: &Row<DB>) -> Result<Revoked, StoreError> {
    match row.text("kind")?.as_str() {
        "grant" => Ok(Revoked::Grant { id: row.id("subject")?, at: row.number("at")? }),
        "token" => Ok(Revoked::Token {
            token_id: row.text("subject")?,
            expires_at: row.number("expires_at")?,
        }),
        _ => Err(StoreError::NotUnderstood("a kind of revocation")),
    }
}
