use async_trait::async_trait;
use auth_accounts::model::AccountId;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, OneTimeKind, OneTimeStore, StoreError};

use super::dialect::Dialect;
use super::statement::{Statement, sql};
use super::store::SqlStore;

/// What has expired is as good as gone.
const PUT: &str = "INSERT INTO auth_one_time (kind, digest, account, value, expires_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (kind, digest) DO UPDATE
        SET account = excluded.account, value = excluded.value, expires_at = excluded.expires_at
        WHERE auth_one_time.expires_at <= $6
    RETURNING kind";

pub(super) const PEEK: &str =
    "SELECT value FROM auth_one_time WHERE kind = $1 AND digest = $2 AND expires_at > $3";

pub(super) const TAKE: &str =
    "DELETE FROM auth_one_time WHERE kind = $1 AND digest = $2 AND expires_at > $3 RETURNING value";

pub(super) const CLEAR: &str =
    "DELETE FROM auth_one_time WHERE account = $1 AND kind = $2 RETURNING kind";

pub(super) const SWEEP: &str = "DELETE FROM auth_one_time WHERE (kind, digest) IN
        (SELECT kind, digest FROM auth_one_time WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
    RETURNING kind";

#[async_trait]
impl<D: Dialect> OneTimeStore for SqlStore<D> {
    async fn put(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        account: Option<&AccountId>,
        value: &[u8],
        expires_at: u64,
        now: u64,
    ) -> Result<Created, StoreError> {
        let put = sql(PUT)
            .text(kind.as_str())
            .digest(digest)
            .text_or_null(account.map(AccountId::as_str))
            .bytes(value)
            .number(expires_at)
            .now(now);
        let is_new = !self.write(put).await?.is_empty();
        Ok(if is_new { Created::Created } else { Created::Taken })
    }

    async fn peek(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.read_row(by_digest(PEEK, kind, digest, now)).await?;
        row.map(|row| row.bytes("value")).transpose()
    }

    async fn take(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.write(by_digest(TAKE, kind, digest, now)).await?.pop();
        row.map(|row| row.bytes("value")).transpose()
    }

    async fn clear(&self, kind: OneTimeKind, account: &AccountId) -> Result<u64, StoreError> {
        let clear = sql(CLEAR).text(account.as_str()).text(kind.as_str());
        Ok(self.write(clear).await?.len() as u64)
    }

    async fn sweep_one_time(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        let swept = self.write(sql(SWEEP).now(now).number(u64::from(limit))).await?;
        Ok(swept.len() as u64)
    }
}

fn by_digest(statement: &'static str, kind: OneTimeKind, digest: &Digest, now: u64) -> Statement {
    sql(statement).text(kind.as_str()).digest(digest).now(now)
}
