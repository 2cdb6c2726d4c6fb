use async_trait::async_trait;
use auth_accounts::model::{
    AccountId, AccountState, ApiKeyId, ApiKeyRecord, AuditEntry, ChangeKind, StoredApiKey,
};
use auth_accounts::secret::Digest;
use auth_accounts::store::{ApiKeyStore, Created, StoreError};

use super::dialect::{Dialect, Sql};
use super::row::Row;
use super::statement::sql;
use super::store::SqlStore;

macro_rules! select {
    ($more:literal) => {
        concat!(
            "SELECT k.id, k.owner, k.name, k.ring_key, k.digest, k.previous_digest,
                k.previous_until, k.scopes, k.roles, k.networks, k.created_at, k.expires_at,
                k.revoked_at, k.last_used_at",
            $more
        )
    };
}

pub(super) const LOAD: &str = select!(
    ", a.status AS account_status, a.epoch AS account_epoch
    FROM auth_api_key k JOIN auth_account a ON a.id = k.owner WHERE k.id = $1"
);

pub(super) const OF_OWNER: &str =
    select!(" FROM auth_api_key k WHERE k.owner = $1 ORDER BY k.created_at DESC, k.id");

pub(super) const ALL: &str = select!(
    " FROM auth_api_key k WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1)
        AND k.id > $2 ORDER BY k.id LIMIT $3"
);

const ADD: &str = "INSERT INTO auth_api_key (id, owner, name, ring_key, digest, previous_digest,
        previous_until, scopes, roles, networks, created_at, expires_at, revoked_at, last_used_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT DO NOTHING RETURNING id";

const ROTATE: &str = "UPDATE auth_api_key SET previous_digest = digest, previous_until = $5,
        ring_key = $3, digest = $4
    WHERE id = $1 AND owner = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $6)
    RETURNING id";

const REVOKE: &str = "UPDATE auth_api_key SET revoked_at = $3
    WHERE id = $1 AND owner = $2 AND revoked_at IS NULL RETURNING id";

pub(super) const TOUCH: &str = "UPDATE auth_api_key SET last_used_at = $2
    WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";

#[async_trait]
impl<D: Dialect> ApiKeyStore for SqlStore<D> {
    async fn add_key(&self, key: &ApiKeyRecord, audit: &AuditEntry) -> Result<Created, StoreError> {
        let (previous_digest, previous_until) = key.previous.unzip();
        let add = sql(ADD)
            .text(key.id.as_str())
            .text(key.owner.as_str())
            .long_text(&key.name)
            .text(&key.ring_key)
            .digest(&key.digest)
            .short_bytes_or_null(previous_digest.as_ref().map(|it| &it.as_bytes()[..]))
            .number_or_null(previous_until)
            .json(&key.scopes)
            .json(&key.roles)
            .json(&key.networks)
            .number(key.created_at)
            .number_or_null(key.expires_at)
            .number_or_null(key.revoked_at)
            .number_or_null(key.last_used_at);
        let mut write = self.begin().await?;
        if write.row(add).await?.is_none() {
            return Ok(Created::Taken);
        }
        write.finish(&[], audit).await?;
        Ok(Created::Created)
    }

    async fn key(&self, id: &ApiKeyId) -> Result<Option<StoredApiKey>, StoreError> {
        let Some(row) = self.read_row(sql(LOAD).text(id.as_str())).await? else {
            return Ok(None);
        };
        let status = row.variant("account_status")?;
        let owner = AccountState { status, epoch: row.number("account_epoch")? };
        Ok(Some(StoredApiKey { record: key(&row)?, owner: Some(owner) }))
    }

    async fn rotate_key(
        &self,
        owner: &AccountId,
        id: &ApiKeyId,
        (ring_key, digest): (&str, &Digest),
        previous_until: u64,
        now: u64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let rotate = sql(ROTATE)
            .text(id.as_str())
            .text(owner.as_str())
            .text(ring_key)
            .digest(digest)
            .number(previous_until)
            .now(now);
        let mut write = self.begin().await?;
        if write.row(rotate).await?.is_none() {
            return Ok(false);
        }
        write.finish(&[ChangeKind::ApiKey(id.clone())], audit).await?;
        Ok(true)
    }

    async fn revoke_key(
        &self,
        owner: &AccountId,
        id: &ApiKeyId,
        now: u64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let mut write = self.begin().await?;
        let revoke = sql(REVOKE).text(id.as_str()).text(owner.as_str()).number(now);
        if write.row(revoke).await?.is_none() {
            return Ok(false);
        }
        write.finish(&[ChangeKind::ApiKey(id.clone())], audit).await?;
        Ok(true)
    }

    async fn keys(&self, owner: &AccountId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        self.read(sql(OF_OWNER).text(owner.as_str())).await?.iter().map(key).collect()
    }

    async fn all_keys(
        &self,
        now: u64,
        after: Option<&ApiKeyId>,
        limit: u32,
    ) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let all =
            sql(ALL).now(now).text(after.map_or("", ApiKeyId::as_str)).number(u64::from(limit));
        self.read(all).await?.iter().map(key).collect()
    }

    async fn touch_keys(&self, seen: &[(ApiKeyId, u64)]) -> Result<(), StoreError> {
        if seen.is_empty() {
            return Ok(());
        }
        // In one order, so that two nodes that touch the same keys do not wait for each other.
        let mut seen = seen.to_vec();
        seen.sort_unstable();
        let mut write = self.begin().await?;
        write.perform(D::RELAX).await?;
        for (id, at) in seen {
            write.rows(sql(TOUCH).text(id.as_str()).now(at)).await?;
        }
        write.commit().await
    }
}

fn key<DB: Sql>(row: &Row<DB>) -> Result<ApiKeyRecord, StoreError> {
    let previous = row.digest_or_null("previous_digest")?;
    Ok(ApiKeyRecord {
        id: row.id("id")?,
        owner: row.id("owner")?,
        name: row.text("name")?,
        ring_key: row.text("ring_key")?,
        digest: row.digest("digest")?,
        previous: previous.zip(row.number_or_null("previous_until")?),
        scopes: row.json("scopes")?,
        roles: row.json("roles")?,
        created_at: row.number("created_at")?,
        expires_at: row.number_or_null("expires_at")?,
        revoked_at: row.number_or_null("revoked_at")?,
        last_used_at: row.number_or_null("last_used_at")?,
        networks: row.json("networks")?,
    })
}
