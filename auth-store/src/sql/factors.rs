use async_trait::async_trait;
use auth_accounts::model::{AccountId, AuditEntry, FactorId, FactorRecord};
use auth_accounts::secret::{Digest, Sealed};
use auth_accounts::store::{FactorAdded, FactorStore, StoreError};

use super::accounts;
use super::dialect::{Dialect, Sql};
use super::row::Row;
use super::statement::sql;
use super::store::SqlStore;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account, kind, name, sealed_by, sealed, last_step, credential_id,
                sign_count, created_at, last_used_at FROM auth_factor ",
            $rest
        )
    };
}

pub(super) const OF_ACCOUNT: &str = select!("WHERE account = $1 ORDER BY created_at, id");

pub(super) const PASSKEY: &str = select!("WHERE credential_id = $1");

const ADD: &str = "INSERT INTO auth_factor (id, account, kind, name, sealed_by, sealed, last_step,
        credential_id, sign_count, created_at, last_used_at)
    SELECT $1, id, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM auth_account WHERE id = $2
    ON CONFLICT (credential_id) DO NOTHING RETURNING id";

pub(super) const ACCEPT_STEP: &str = "UPDATE auth_factor SET last_step = $2, last_used_at = $3
    WHERE id = $1 AND (last_step IS NULL OR last_step < $2) RETURNING id";

const ACCEPT_COUNTER: &str = "UPDATE auth_factor
    SET sign_count = $3, sealed_by = $4, sealed = $5, last_used_at = $6
    WHERE id = $1 AND sign_count = $2 RETURNING id";

pub(super) const TAKE_RECOVERY_CODE: &str =
    "DELETE FROM auth_recovery_code WHERE account = $1 AND digest = $2 RETURNING account";

#[async_trait]
impl<D: Dialect> FactorStore for SqlStore<D> {
    async fn factors(&self, account: &AccountId) -> Result<Vec<FactorRecord>, StoreError> {
        let rows = self.read(sql(OF_ACCOUNT).text(account.as_str())).await?;
        rows.iter().map(factor).collect()
    }

    async fn passkey(&self, credential_id: &[u8]) -> Result<Option<FactorRecord>, StoreError> {
        let find = sql(PASSKEY).short_bytes_or_null(Some(credential_id));
        self.read_row(find).await?.as_ref().map(factor).transpose()
    }

    async fn add_factor(
        &self,
        factor: &FactorRecord,
        audit: &AuditEntry,
    ) -> Result<FactorAdded, StoreError> {
        let add = sql(ADD)
            .text(factor.id.as_str())
            .text(factor.account.as_str())
            .variant(factor.kind)
            .long_text(&factor.name)
            .text(&factor.sealed.key)
            .bytes(&factor.sealed.bytes)
            .number_or_null(factor.last_step)
            .short_bytes_or_null(factor.credential_id.as_deref())
            .number(u64::from(factor.sign_count))
            .number(factor.created_at)
            .number_or_null(factor.last_used_at);
        let mut write = self.begin().await?;
        match write.row(add).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                let account = write.row(sql(accounts::STATE).text(factor.account.as_str())).await?;
                let is_there = account.is_some();
                return Ok(if is_there {
                    FactorAdded::CredentialTaken
                } else {
                    FactorAdded::NoAccount
                });
            }
            // It was removed meanwhile.
            Err(error) if error.is_orphan() => return Ok(FactorAdded::NoAccount),
            Err(error) => return Err(error.into()),
        }
        write.finish(&[], audit).await?;
        Ok(FactorAdded::Done)
    }

    async fn remove_factor(
        &self,
        account: &AccountId,
        factor: &FactorId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let remove = sql("DELETE FROM auth_factor WHERE id = $1 AND account = $2 RETURNING id");
        let mut write = self.begin().await?;
        if write.row(remove.text(factor.as_str()).text(account.as_str())).await?.is_none() {
            return Ok(false);
        }
        write.finish(&[], audit).await?;
        Ok(true)
    }

    async fn accept_step(
        &self,
        factor: &FactorId,
        step: u64,
        now: u64,
    ) -> Result<bool, StoreError> {
        let accept = sql(ACCEPT_STEP).text(factor.as_str()).number(step).number(now);
        Ok(!self.write(accept).await?.is_empty())
    }

    async fn accept_counter(
        &self,
        factor: &FactorId,
        seen: u32,
        new: u32,
        sealed: &Sealed,
        now: u64,
    ) -> Result<bool, StoreError> {
        let accept = sql(ACCEPT_COUNTER)
            .text(factor.as_str())
            .number(u64::from(seen))
            .number(u64::from(new))
            .text(&sealed.key)
            .bytes(&sealed.bytes)
            .number(now);
        Ok(!self.write(accept).await?.is_empty())
    }

    async fn replace_recovery_codes(
        &self,
        account: &AccountId,
        codes: &[Digest],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        if write.row(sql(accounts::LOCK).text(account.as_str())).await?.is_none() {
            return Err(StoreError::Conflict("there is no such account"));
        }
        let clear = sql("DELETE FROM auth_recovery_code WHERE account = $1");
        write.rows(clear.text(account.as_str())).await?;
        for code in codes {
            let add = sql("INSERT INTO auth_recovery_code (account, digest) VALUES ($1, $2)
                 ON CONFLICT DO NOTHING");
            write.rows(add.text(account.as_str()).digest(code)).await?;
        }
        write.finish(&[], audit).await
    }

    async fn take_recovery_code(
        &self,
        account: &AccountId,
        code: &Digest,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let take = sql(TAKE_RECOVERY_CODE).text(account.as_str()).digest(code);
        let mut write = self.begin().await?;
        if write.row(take).await?.is_none() {
            return Ok(false);
        }
        write.finish(&[], audit).await?;
        Ok(true)
    }

    async fn recovery_codes_left(&self, account: &AccountId) -> Result<u64, StoreError> {
        let count = sql("SELECT count(*) AS codes FROM auth_recovery_code WHERE account = $1");
        let row = self.read_row(count.text(account.as_str())).await?;
        row.map_or(Ok(0), |row| row.number("codes"))
    }
}

/// A factor of a kind that this version does not know is an error: an account that has one must not
/// look as if it had none.
fn factor<DB: Sql>(row: &Row<DB>) -> Result<FactorRecord, StoreError> {
    let sign_count = u32::try_from(row.number("sign_count")?);
    Ok(FactorRecord {
        id: row.id("id")?,
        account: row.id("account")?,
        kind: row.variant("kind")?,
        name: row.text("name")?,
        sealed: Sealed { key: row.text("sealed_by")?, bytes: row.bytes("sealed")? },
        last_step: row.number_or_null("last_step")?,
        credential_id: row.bytes_or_null("credential_id")?,
        sign_count: sign_count.map_err(|_| StoreError::NotUnderstood("sign_count"))?,
        created_at: row.number("created_at")?,
        last_used_at: row.number_or_null("last_used_at")?,
    })
}
