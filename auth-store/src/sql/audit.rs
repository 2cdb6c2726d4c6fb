use async_trait::async_trait;
use auth_accounts::model::{AccountId, AuditEntry, AuditRecord};
use auth_accounts::store::{AuditStore, StoreError};

use super::dialect::{Dialect, Sql};
use super::row::Row;
use super::statement::{Statement, sql};
use super::store::SqlStore;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT position, at, actor, account, event, outcome, request_id, source, detail,
                previous, hash FROM auth_audit ",
            $rest
        )
    };
}

pub(super) const ALL: &str = select!("WHERE position > $1 ORDER BY position LIMIT $2");

pub(super) const OF_ACCOUNT: &str =
    select!("WHERE account = $3 AND position > $1 ORDER BY position LIMIT $2");

pub(super) const LAST: &str =
    "SELECT position, hash FROM auth_audit ORDER BY position DESC LIMIT 1";

const INSERT: &str = "INSERT INTO auth_audit (position, at, actor, account, event, outcome,
        request_id, source, detail, previous, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

pub(super) fn insert(record: &AuditRecord) -> Statement {
    let entry = &record.entry;
    sql(INSERT)
        .number(record.position)
        .number(entry.at)
        .text_or_null(entry.actor.as_ref().map(AccountId::as_str))
        .text_or_null(entry.account.as_ref().map(AccountId::as_str))
        .text(&entry.event)
        .variant(entry.outcome)
        .text_or_null(entry.request_id.as_deref())
        .text_or_null(entry.source.as_deref())
        .json(&entry.detail)
        .digest(&record.previous)
        .digest(&record.hash)
}

#[async_trait]
impl<D: Dialect> AuditStore for SqlStore<D> {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.begin().await?.finish(&[], entry).await
    }

    async fn records(
        &self,
        after: u64,
        account: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let find = if account.is_some() { OF_ACCOUNT } else { ALL };
        let find = sql(find).number(after).number(u64::from(limit));
        let find = match account {
            Some(account) => find.text(account.as_str()),
            None => find,
        };
        self.read(find).await?.iter().map(record).collect()
    }
}

fn record<DB: Sql>(row: &Row<DB>) -> Result<AuditRecord, StoreError> {
    let entry = AuditEntry {
        at: row.number("at")?,
        actor: row.id_or_null("actor")?,
        account: row.id_or_null("account")?,
        event: row.text("event")?,
        outcome: row.variant("outcome")?,
        request_id: row.text_or_null("request_id")?,
        source: row.text_or_null("source")?,
        detail: row.json("detail")?,
    };
    Ok(AuditRecord {
        position: row.number("position")?,
        previous: row.digest("previous")?,
        hash: row.digest("hash")?,
        entry,
    })
}
