use async_trait::async_trait;
use auth_accounts::model::{
    AccountId, AccountState, AuditEntry, ChangeKind, ProvedFactor, SessionId, SessionRecord,
    StoredSession,
};
use auth_accounts::secret::Digest;
use auth_accounts::store::{DataWritten, EndedSessions, SessionStore, StoreError};

use super::dialect::{Dialect, Sql};
use super::row::Row;
use super::statement::{Statement, sql};
use super::store::SqlStore;
use crate::account_end::AccountEnd;

macro_rules! select {
    ($more:literal) => {
        concat!(
            "SELECT s.digest, s.id, s.account, s.epoch, s.carrier, s.factors, s.started_at,
                s.authenticated_at, s.seen_at, s.idle_seconds, s.ends_at, s.device, ",
            $more
        )
    };
}

pub(super) const LOAD: &str = select!(
    "a.status AS account_status, a.epoch AS account_epoch
    FROM auth_session s JOIN auth_account a ON a.id = s.account
    WHERE s.digest = $1 AND s.over_at > $2"
);

pub(super) const LIST: &str = select!(
    "s.over_at FROM auth_session s WHERE s.account = $1 AND s.over_at > $2
    ORDER BY s.started_at DESC, s.id"
);

const CREATE: &str = "INSERT INTO auth_session (digest, id, account, epoch, carrier, factors,
        started_at, authenticated_at, seen_at, idle_seconds, ends_at, device, over_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// What is over by the last number is not touched: nothing revives it. The sum cannot be too large.
pub(super) const TOUCH: &str = "UPDATE auth_session SET seen_at = $2,
        over_at = CASE WHEN idle_seconds < ends_at - $2 THEN $2 + idle_seconds ELSE ends_at END
    WHERE digest = $1 AND seen_at < $2 AND over_at > $2";

pub(super) const FIND: &str = "SELECT id FROM auth_session WHERE digest = $1 AND over_at > $2";

const ROTATE: &str = "UPDATE auth_session SET digest = $1, id = $2, account = $3, epoch = $4,
        carrier = $5, factors = $6, started_at = $7, authenticated_at = $8, seen_at = $9,
        idle_seconds = $10, ends_at = $11, device = $12, over_at = $13
    WHERE digest = $14 RETURNING id";

const END: &str = "DELETE FROM auth_session WHERE id = $1 AND account = $2 RETURNING id";

const END_OTHERS: &str = "DELETE FROM auth_session WHERE account = $1 AND id <> $2 RETURNING id";

const IS_GOING_ON: &str = "SELECT id FROM auth_session WHERE id = $1 AND over_at > $2";

const FIRST_DATA: &str = "INSERT INTO auth_session_data (session, name, value, version)
    SELECT id, $2, $3, 1 FROM auth_session WHERE id = $1 AND over_at > $4
    ON CONFLICT DO NOTHING RETURNING version";

const NEXT_DATA: &str = "UPDATE auth_session_data SET value = $3, version = version + 1
    WHERE session = $1 AND name = $2 AND version = $5
        AND EXISTS (SELECT 1 FROM auth_session WHERE id = $1 AND over_at > $4)
    RETURNING version";

pub(super) const SWEEP: &str = "DELETE FROM auth_session WHERE digest IN
        (SELECT digest FROM auth_session WHERE over_at <= $1 ORDER BY over_at LIMIT $2)
    RETURNING id";

#[async_trait]
impl<D: Dialect> SessionStore for SqlStore<D> {
    async fn create(&self, session: &SessionRecord, audit: &AuditEntry) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        write.rows(record(CREATE, session)).await?;
        write.finish(&[], audit).await
    }

    async fn load(&self, digest: &Digest, now: u64) -> Result<Option<StoredSession>, StoreError> {
        let Some(row) = self.read_row(sql(LOAD).digest(digest).now(now)).await? else {
            return Ok(None);
        };
        let status = row.variant("account_status")?;
        let account = AccountState { status, epoch: row.number("account_epoch")? };
        Ok(Some(StoredSession { record: session(&row)?, account: Some(account) }))
    }

    async fn touch(&self, seen: &[(Digest, u64)]) -> Result<(), StoreError> {
        if seen.is_empty() {
            return Ok(());
        }
        // In one order, so that two nodes that touch the same sessions do not wait for each other.
        let mut seen = seen.to_vec();
        seen.sort_unstable();
        let mut write = self.begin().await?;
        write.perform(D::RELAX).await?;
        for (digest, at) in seen {
            write.rows(sql(TOUCH).digest(&digest).now(at)).await?;
        }
        write.commit().await
    }

    async fn rotate(
        &self,
        old: &Digest,
        new: &SessionRecord,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let mut write = self.begin().await?;
        let Some(found) = write.row(sql(FIND).digest(old).now(audit.at)).await? else {
            return Ok(false);
        };
        let old_id: SessionId = found.id("id")?;
        if old_id != new.id {
            let data = sql("DELETE FROM auth_session_data WHERE session = $1");
            write.rows(data.text(old_id.as_str())).await?;
        }
        // A quicker caller has left nothing under the old digest.
        if write.row(record(ROTATE, new).digest(old)).await?.is_none() {
            return Ok(false);
        }
        write.finish(&[ChangeKind::Session(old_id)], audit).await?;
        Ok(true)
    }

    async fn end(
        &self,
        account: &AccountId,
        session: &SessionId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let mut write = self.begin().await?;
        // A grant that is made in the session meanwhile is there before it ends, or is made after its end.
        write.lock_account(account).await?;
        let end = sql(END).text(session.as_str()).text(account.as_str());
        if write.row(end).await?.is_none() {
            return Ok(false);
        }
        write
            .end_grants(account, AccountEnd::Sessions(EndedSessions::One(session)), audit.at)
            .await?;
        write.finish(&[ChangeKind::Session(session.clone())], audit).await?;
        Ok(true)
    }

    async fn end_others(
        &self,
        account: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<u64, StoreError> {
        let mut write = self.begin().await?;
        write.lock_account(account).await?;
        let end = sql(END_OTHERS).text(account.as_str()).text(keep.map_or("", SessionId::as_str));
        let ended = write.rows(end).await?;
        let ended = ended.iter().map(|row| row.id("id").map(ChangeKind::Session));
        let ended = ended.collect::<Result<Vec<_>, _>>()?;
        if !ended.is_empty() {
            write
                .end_grants(account, AccountEnd::Sessions(EndedSessions::Others(keep)), audit.at)
                .await?;
            write.finish(&ended, audit).await?;
        }
        Ok(ended.len() as u64)
    }

    async fn list(&self, account: &AccountId, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        let rows = self.read(sql(LIST).text(account.as_str()).now(now)).await?;
        rows.iter().map(session).collect()
    }

    async fn data(
        &self,
        session: &SessionId,
        key: &str,
    ) -> Result<Option<(Vec<u8>, u64)>, StoreError> {
        let find =
            sql("SELECT value, version FROM auth_session_data WHERE session = $1 AND name = $2");
        let row = self.read_row(find.text(session.as_str()).text(key)).await?;
        row.map(|row| Ok((row.bytes("value")?, row.number("version")?))).transpose()
    }

    async fn set_data(
        &self,
        session: &SessionId,
        key: &str,
        value: &[u8],
        seen: Option<u64>,
        now: u64,
    ) -> Result<DataWritten, StoreError> {
        let statement = if seen.is_some() { NEXT_DATA } else { FIRST_DATA };
        let set = sql(statement).text(session.as_str()).text(key).bytes(value).now(now);
        let set = if seen.is_some() { set.number_or_null(seen) } else { set };
        let mut write = self.begin().await?;
        match write.row(set).await {
            Ok(Some(row)) => {
                let version = row.number("version")?;
                write.commit().await?;
                return Ok(DataWritten::Done { version });
            }
            Ok(None) => {}
            // It was ended meanwhile.
            Err(error) if error.is_orphan() => return Ok(DataWritten::Gone),
            Err(error) => return Err(error.into()),
        }
        let session = sql(IS_GOING_ON).text(session.as_str()).now(now);
        let is_going_on = write.row(session).await?.is_some();
        Ok(if is_going_on { DataWritten::Changed } else { DataWritten::Gone })
    }

    async fn sweep_sessions(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        let swept = self.write(sql(SWEEP).now(now).number(u64::from(limit))).await?;
        Ok(swept.len() as u64)
    }
}

fn record(statement: &'static str, session: &SessionRecord) -> Statement {
    let over_at = session.ends_at.min(session.seen_at.saturating_add(session.idle_seconds));
    sql(statement)
        .digest(&session.digest)
        .text(session.id.as_str())
        .text(session.account.as_str())
        .number(session.epoch)
        .variant(session.carrier)
        .json(&session.factors)
        .number(session.started_at)
        .number(session.authenticated_at)
        .number(session.seen_at)
        .number(session.idle_seconds)
        .number(session.ends_at)
        .long_text(&session.device)
        .number(over_at)
}

fn session<DB: Sql>(row: &Row<DB>) -> Result<SessionRecord, StoreError> {
    // A factor of a kind that this version does not know counts as not proved.
    let factors: Vec<serde_json::Value> = row.json("factors")?;
    let factors = factors.into_iter().filter_map(|it| serde_json::from_value(it).ok());
    Ok(SessionRecord {
        digest: row.digest("digest")?,
        id: row.id("id")?,
        account: row.id("account")?,
        epoch: row.number("epoch")?,
        carrier: row.variant("carrier")?,
        factors: factors.collect::<Vec<ProvedFactor>>(),
        started_at: row.number("started_at")?,
        authenticated_at: row.number("authenticated_at")?,
        seen_at: row.number("seen_at")?,
        idle_seconds: row.number("idle_seconds")?,
        ends_at: row.number("ends_at")?,
        device: row.text("device")?,
    })
}
