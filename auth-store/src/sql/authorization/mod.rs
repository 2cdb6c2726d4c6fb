//! What an authorization server keeps.
//!
//! Every step that decides about a grant locks its row first: a redemption, a rotation, a revocation. So a
//! revocation wins over a concurrent rotation. Positions of the feed are given out last, by a row that is locked
//! until the transaction ends, so that they become visible in their order.

pub(super) mod accounts;
pub(super) mod clients;
pub(super) mod codes;
pub(super) mod consents;
pub(super) mod devices;
pub(super) mod grants;
pub(super) mod keys;
pub(super) mod once;
pub(super) mod refresh_tokens;
pub(super) mod revoked;
pub(super) mod sweep;
pub(super) mod tokens;

use async_trait::async_trait;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, StoreError};

use super::dialect::Dialect;
use super::statement::{Statement, sql};
use super::store::SqlStore;
use crate::authorization::{
    AuthorizationCode, AuthorizationStore, CodeRedemption, Consent, DeviceDecision, DevicePoll,
    DeviceRequest, Grant, GrantId, GrantSelector, OpaqueToken, Redeemed, RefreshToken,
    RegisteredClient, RevocationReason, RevokedBatch, Rotated, Rotation, SigningKeyRecord,
    StoredCode, StoredOpaqueToken, StoredRefreshToken,
};

/// A statement that locks the row that it reads, in the words of a database that locks rows, and of one
/// that does not.
#[derive(Clone, Copy)]
pub(super) struct Locking {
    pub(super) plain: &'static str,
    pub(super) for_update: &'static str,
}

impl Locking {
    fn statement<D: Dialect>(self) -> Statement {
        sql(if D::LOCKS_ROWS { self.for_update } else { self.plain })
    }
}

macro_rules! locking {
    ($sql:expr) => {
        crate::sql::authorization::Locking { plain: $sql, for_update: concat!($sql, " FOR UPDATE") }
    };
}
pub(super) use locking;

#[async_trait]
impl<D: Dialect> AuthorizationStore for SqlStore<D> {
    async fn authorize(
        &self,
        grant: &Grant,
        code: &AuthorizationCode,
        consents: &[Consent],
    ) -> Result<(), StoreError> {
        if code.grant != grant.id {
            return Err(StoreError::Conflict("the code is one of another grant"));
        }
        let authorize = grants::Authorize {
            grant: grant.clone(),
            code: code.clone(),
            consents: consents.to_vec(),
        };
        self.step(authorize).await
    }

    async fn find_code(&self, code: &Digest) -> Result<Option<StoredCode>, StoreError> {
        let row = self.read_row(sql(codes::FIND).digest(code)).await?;
        row.map(|row| codes::stored(&row)).transpose()
    }

    async fn redeem_code(&self, redemption: &CodeRedemption) -> Result<Redeemed, StoreError> {
        self.step(redemption.clone()).await
    }

    async fn find_refresh_token(
        &self,
        token: &Digest,
    ) -> Result<Option<StoredRefreshToken>, StoreError> {
        let row = self.read_row(sql(refresh_tokens::FIND).digest(token)).await?;
        row.map(|row| refresh_tokens::stored(&row)).transpose()
    }

    async fn rotate_refresh_token(&self, rotation: &Rotation) -> Result<Rotated, StoreError> {
        self.step(rotation.clone()).await
    }

    async fn begin_grant(
        &self,
        device_code: &Digest,
        grant: &GrantId,
        refresh_token: Option<&RefreshToken>,
        access_token: Option<&OpaqueToken>,
        now: u64,
    ) -> Result<bool, StoreError> {
        let begin = tokens::BeginGrant {
            device_code: *device_code,
            grant: grant.clone(),
            refresh_token: refresh_token.cloned(),
            access_token: access_token.cloned(),
            now,
        };
        self.step(begin).await
    }

    async fn find_grant(&self, grant: &GrantId) -> Result<Option<Grant>, StoreError> {
        let row = self.read_row(sql(grants::FIND).text(grant.as_str())).await?;
        row.map(|row| grants::grant(&row)).transpose()
    }

    async fn list_grants(
        &self,
        which: &GrantSelector,
        now: u64,
        limit: u32,
    ) -> Result<Vec<Grant>, StoreError> {
        let list = grants::list(which).now(now).number(u64::from(limit));
        self.read(list).await?.iter().map(grants::grant).collect()
    }

    async fn revoke_grant(
        &self,
        grant: &GrantId,
        reason: RevocationReason,
        now: u64,
    ) -> Result<bool, StoreError> {
        self.step(grants::RevokeGrant { grant: grant.clone(), reason, now }).await
    }

    async fn revoke_grants(
        &self,
        which: &GrantSelector,
        reason: RevocationReason,
        now: u64,
    ) -> Result<u64, StoreError> {
        self.step(grants::RevokeGrants { which: which.clone(), reason, now }).await
    }

    async fn keep_opaque_token(&self, token: &OpaqueToken) -> Result<(), StoreError> {
        if token.grant.is_some() {
            return Err(StoreError::Conflict("the token is one of a grant"));
        }
        self.write(tokens::insert_opaque(token)).await.map(drop)
    }

    async fn find_opaque_token(
        &self,
        token: &Digest,
    ) -> Result<Option<StoredOpaqueToken>, StoreError> {
        let row = self.read_row(sql(tokens::FIND_OPAQUE).digest(token)).await?;
        row.map(|row| tokens::stored(&row)).transpose()
    }

    async fn remove_opaque_token(&self, token: &Digest) -> Result<bool, StoreError> {
        let removed = self.write(sql(tokens::REMOVE_OPAQUE).digest(token)).await?;
        Ok(!removed.is_empty())
    }

    async fn revoke_token(
        &self,
        token_id: &str,
        expires_at: u64,
        now: u64,
    ) -> Result<(), StoreError> {
        self.step(revoked::RevokeToken { token_id: token_id.to_owned(), expires_at, now }).await
    }

    async fn token_is_revoked(&self, token_id: &str, now: u64) -> Result<bool, StoreError> {
        let row = self.read_row(sql(revoked::OF_TOKEN).text(token_id).number(now)).await?;
        Ok(row.is_some())
    }

    async fn revoked_after(&self, position: u64, limit: u32) -> Result<RevokedBatch, StoreError> {
        self.revoked_batch_or_wait(position, limit).await
    }

    async fn revoked_so_far(&self, position: u64, limit: u32) -> Result<RevokedBatch, StoreError> {
        self.revoked_batch(position, limit).await
    }

    async fn consents(&self, subject: &str, client_id: &str) -> Result<Vec<Consent>, StoreError> {
        let rows = self.read(sql(consents::OF).text(subject).text(client_id)).await?;
        rows.iter().map(consents::consent).collect()
    }

    async fn withdraw_consents(
        &self,
        subject: &str,
        client_id: &str,
        now: u64,
    ) -> Result<u64, StoreError> {
        let (subject, client_id) = (subject.to_owned(), client_id.to_owned());
        self.step(consents::Withdraw { subject, client_id, now }).await
    }

    async fn register_client(&self, client: &RegisteredClient) -> Result<Created, StoreError> {
        Ok(created(&self.write(clients::insert(client)).await?))
    }

    async fn find_client(&self, client_id: &str) -> Result<Option<RegisteredClient>, StoreError> {
        let row = self.read_row(sql(clients::FIND).text(client_id)).await?;
        row.map(|row| clients::client(&row)).transpose()
    }

    async fn update_client(
        &self,
        client_id: &str,
        before: &str,
        metadata: &str,
    ) -> Result<bool, StoreError> {
        let update = sql(clients::UPDATE).text(client_id).long_text(before).long_text(metadata);
        Ok(!self.write(update).await?.is_empty())
    }

    async fn touch_client(
        &self,
        client_id: &str,
        now: u64,
        expires_at: u64,
    ) -> Result<(), StoreError> {
        let client_id = client_id.to_owned();
        self.step(clients::Touch { client_id, now, expires_at }).await
    }

    async fn remove_client(&self, client_id: &str, now: u64) -> Result<bool, StoreError> {
        self.step(clients::Remove { client_id: client_id.to_owned(), now }).await
    }

    async fn list_clients(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RegisteredClient>, StoreError> {
        let list = sql(clients::LIST).text(after.unwrap_or_default()).number(u64::from(limit));
        self.read(list).await?.iter().map(clients::client).collect()
    }

    async fn count_clients(&self) -> Result<u64, StoreError> {
        let row = self.read_row(sql(clients::COUNT)).await?;
        row.map_or(Ok(0), |row| row.number("clients"))
    }

    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>, StoreError> {
        self.read(sql(keys::ALL)).await?.iter().map(keys::key).collect()
    }

    async fn add_signing_key(
        &self,
        key: &SigningKeyRecord,
        after: Option<&str>,
    ) -> Result<Created, StoreError> {
        self.step(keys::Add { key: key.clone(), after: after.map(ToOwned::to_owned) }).await
    }

    async fn remove_signing_key(&self, kid: &str) -> Result<bool, StoreError> {
        Ok(!self.write(sql(keys::REMOVE).text(kid)).await?.is_empty())
    }

    async fn begin_device_request(
        &self,
        request: &DeviceRequest,
        now: u64,
    ) -> Result<Created, StoreError> {
        self.step(devices::Begin { request: request.clone(), now }).await
    }

    async fn find_device_request(
        &self,
        user_code: &Digest,
        now: u64,
    ) -> Result<Option<DeviceRequest>, StoreError> {
        let row = self.read_row(sql(devices::FIND_WAITING).digest(user_code).now(now)).await?;
        row.map(|row| devices::request(&row)).transpose()
    }

    async fn decide_device_request(
        &self,
        user_code: &Digest,
        decision: &DeviceDecision,
        now: u64,
    ) -> Result<bool, StoreError> {
        let decision = decision.clone();
        self.step(devices::Decide { user_code: *user_code, decision, now }).await
    }

    async fn poll_device_request(
        &self,
        device_code: &Digest,
        client_id: &str,
        now: u64,
    ) -> Result<DevicePoll, StoreError> {
        let client_id = client_id.to_owned();
        self.step(devices::Poll { device_code: *device_code, client_id, now }).await
    }

    async fn sweep_authorization(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.sweep_all(now, limit).await
    }
}

/// Whether a statement that adds a row unless there is one has added it.
fn created<Row>(rows: &[Row]) -> Created {
    if rows.is_empty() { Created::Taken } else { Created::Created }
}
