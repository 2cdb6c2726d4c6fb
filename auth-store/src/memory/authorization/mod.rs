//! The tables of an authorization server.

mod clients;
mod consents;
mod devices;
mod grants;
mod keys;
mod revoked;
mod rotation;
mod tokens;

use async_trait::async_trait;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, StoreError};

use super::{MemoryStore, WAIT_FOR_CHANGE, at_most, count};
use crate::authorization::{
    AuthorizationCode, AuthorizationStore, CodeRedemption, Consent, DeviceDecision, DevicePoll,
    DeviceRequest, Grant, GrantId, GrantSelector, OpaqueToken, Redeemed, RefreshToken,
    RegisteredClient, RevocationReason, RevokedBatch, Rotated, Rotation, SigningKeyRecord,
    StoredCode, StoredOpaqueToken, StoredRefreshToken,
};

/// The tables of an authorization server.
#[derive(Default)]
pub(super) struct Authorization {
    grants: grants::Grants,
    codes: tokens::Codes,
    refresh_tokens: tokens::RefreshTokens,
    opaque_tokens: tokens::OpaqueTokens,
    revoked: revoked::Feed,
    consents: consents::Consents,
    clients: clients::Clients,
    keys: Vec<SigningKeyRecord>,
    devices: devices::Devices,
}

impl Authorization {
    /// The position of the last revocation.
    pub(super) const fn end(&self) -> u64 {
        self.revoked.end()
    }
}

#[async_trait]
impl AuthorizationStore for MemoryStore {
    async fn authorize(
        &self,
        grant: &Grant,
        code: &AuthorizationCode,
        consents: &[Consent],
    ) -> Result<(), StoreError> {
        self.run("AuthorizationStore::authorize", |state| {
            state.authorization.authorize(grant, code, consents, state.limit)
        })
        .await
    }

    async fn find_code(&self, code: &Digest) -> Result<Option<StoredCode>, StoreError> {
        self.run("AuthorizationStore::find_code", |state| Ok(state.authorization.stored_code(code)))
            .await
    }

    async fn redeem_code(&self, redemption: &CodeRedemption) -> Result<Redeemed, StoreError> {
        self.run("AuthorizationStore::redeem_code", |state| {
            state.authorization.redeem(redemption, state.limit)
        })
        .await
    }

    async fn find_refresh_token(
        &self,
        token: &Digest,
    ) -> Result<Option<StoredRefreshToken>, StoreError> {
        self.run("AuthorizationStore::find_refresh_token", |state| {
            Ok(state.authorization.stored_refresh_token(token))
        })
        .await
    }

    async fn rotate_refresh_token(&self, rotation: &Rotation) -> Result<Rotated, StoreError> {
        self.run("AuthorizationStore::rotate_refresh_token", |state| {
            state.authorization.rotate(rotation, state.limit)
        })
        .await
    }

    async fn begin_grant(
        &self,
        device_code: &Digest,
        grant: &GrantId,
        refresh_token: Option<&RefreshToken>,
        access_token: Option<&OpaqueToken>,
        now: u64,
    ) -> Result<bool, StoreError> {
        self.run("AuthorizationStore::begin_grant", |state| {
            let tables = &mut state.authorization;
            let tokens = (refresh_token, access_token);
            tables.begin_grant(device_code, grant, tokens, now, state.limit)
        })
        .await
    }

    async fn find_grant(&self, grant: &GrantId) -> Result<Option<Grant>, StoreError> {
        self.run("AuthorizationStore::find_grant", |state| {
            Ok(state.authorization.grants.get(grant).cloned())
        })
        .await
    }

    async fn list_grants(
        &self,
        which: &GrantSelector,
        now: u64,
        limit: u32,
    ) -> Result<Vec<Grant>, StoreError> {
        self.run("AuthorizationStore::list_grants", |state| {
            Ok(state.authorization.grants.list(which, now, at_most(limit)))
        })
        .await
    }

    async fn revoke_grant(
        &self,
        grant: &GrantId,
        reason: RevocationReason,
        now: u64,
    ) -> Result<bool, StoreError> {
        self.run("AuthorizationStore::revoke_grant", |state| {
            Ok(state.authorization.revoke(grant, reason, now, state.limit))
        })
        .await
    }

    async fn revoke_grants(
        &self,
        which: &GrantSelector,
        reason: RevocationReason,
        now: u64,
    ) -> Result<u64, StoreError> {
        self.run("AuthorizationStore::revoke_grants", |state| {
            Ok(state.authorization.revoke_all(which, reason, now, state.limit))
        })
        .await
    }

    async fn keep_opaque_token(&self, token: &OpaqueToken) -> Result<(), StoreError> {
        self.run("AuthorizationStore::keep_opaque_token", |state| {
            if token.grant.is_some() {
                return Err(StoreError::Conflict("the token is one of a grant"));
            }
            state.authorization.opaque_tokens.check(token, state.limit)?;
            state.authorization.opaque_tokens.add(token);
            Ok(())
        })
        .await
    }

    async fn find_opaque_token(
        &self,
        token: &Digest,
    ) -> Result<Option<StoredOpaqueToken>, StoreError> {
        self.run("AuthorizationStore::find_opaque_token", |state| {
            Ok(state.authorization.stored_opaque_token(token))
        })
        .await
    }

    async fn remove_opaque_token(&self, token: &Digest) -> Result<bool, StoreError> {
        self.run("AuthorizationStore::remove_opaque_token", |state| {
            Ok(state.authorization.remove_opaque_token(token))
        })
        .await
    }

    async fn revoke_token(
        &self,
        token_id: &str,
        expires_at: u64,
        now: u64,
    ) -> Result<(), StoreError> {
        self.run("AuthorizationStore::revoke_token", |state| {
            super::short(&[(token_id.as_bytes(), "the id of a token")])?;
            state.authorization.revoked.token(token_id, expires_at, now, state.limit);
            Ok(())
        })
        .await
    }

    async fn token_is_revoked(&self, token_id: &str, now: u64) -> Result<bool, StoreError> {
        self.run("AuthorizationStore::token_is_revoked", |state| {
            Ok(state.authorization.revoked.has_token(token_id, now))
        })
        .await
    }

    async fn revoked_after(&self, position: u64, limit: u32) -> Result<RevokedBatch, StoreError> {
        let look = || self.look_at_feed("AuthorizationStore::revoked_after", position, limit);
        let mut changed = std::pin::pin!(self.0.changed.notified());
        // From here on, so that none is missed that comes after the look.
        changed.as_mut().enable();
        let batch = look().await?;
        if !batch.revoked.is_empty() || !batch.complete || position == 0 {
            return Ok(batch);
        }
        match tokio::time::timeout(WAIT_FOR_CHANGE, changed).await {
            Ok(()) => look().await,
            Err(_) => Ok(batch),
        }
    }

    async fn revoked_so_far(&self, position: u64, limit: u32) -> Result<RevokedBatch, StoreError> {
        self.look_at_feed("AuthorizationStore::revoked_so_far", position, limit).await
    }

    async fn consents(&self, subject: &str, client_id: &str) -> Result<Vec<Consent>, StoreError> {
        self.run("AuthorizationStore::consents", |state| {
            Ok(state.authorization.consents.of(subject, client_id))
        })
        .await
    }

    async fn withdraw_consents(
        &self,
        subject: &str,
        client_id: &str,
        now: u64,
    ) -> Result<u64, StoreError> {
        self.run("AuthorizationStore::withdraw_consents", |state| {
            Ok(state.authorization.withdraw_consents(subject, client_id, now, state.limit))
        })
        .await
    }

    async fn register_client(&self, client: &RegisteredClient) -> Result<Created, StoreError> {
        self.run("AuthorizationStore::register_client", |state| {
            state.authorization.clients.register(client, state.limit)
        })
        .await
    }

    async fn find_client(&self, client_id: &str) -> Result<Option<RegisteredClient>, StoreError> {
        self.run("AuthorizationStore::find_client", |state| {
            Ok(state.authorization.clients.get(client_id).cloned())
        })
        .await
    }

    async fn update_client(
        &self,
        client_id: &str,
        before: &str,
        metadata: &str,
    ) -> Result<bool, StoreError> {
        self.run("AuthorizationStore::update_client", |state| {
            state.authorization.clients.update(client_id, before, metadata)
        })
        .await
    }

    async fn touch_client(
        &self,
        client_id: &str,
        now: u64,
        expires_at: u64,
    ) -> Result<(), StoreError> {
        self.run("AuthorizationStore::touch_client", |state| {
            state.authorization.clients.touch(client_id, now, expires_at);
            Ok(())
        })
        .await
    }

    async fn remove_client(&self, client_id: &str, now: u64) -> Result<bool, StoreError> {
        self.run("AuthorizationStore::remove_client", |state| {
            Ok(state.authorization.remove_client(client_id, now, state.limit))
        })
        .await
    }

    async fn list_clients(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RegisteredClient>, StoreError> {
        self.run("AuthorizationStore::list_clients", |state| {
            Ok(state.authorization.clients.list(after, at_most(limit)))
        })
        .await
    }

    async fn count_clients(&self) -> Result<u64, StoreError> {
        self.run("AuthorizationStore::count_clients", |state| {
            Ok(count(state.authorization.clients.len()))
        })
        .await
    }

    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>, StoreError> {
        self.run("AuthorizationStore::signing_keys", |state| Ok(state.authorization.keys.clone()))
            .await
    }

    async fn add_signing_key(
        &self,
        key: &SigningKeyRecord,
        after: Option<&str>,
    ) -> Result<Created, StoreError> {
        self.run("AuthorizationStore::add_signing_key", |state| {
            state.authorization.add_key(key, after, state.limit)
        })
        .await
    }

    async fn remove_signing_key(&self, kid: &str) -> Result<bool, StoreError> {
        self.run("AuthorizationStore::remove_signing_key", |state| {
            Ok(state.authorization.remove_key(kid))
        })
        .await
    }

    async fn begin_device_request(
        &self,
        request: &DeviceRequest,
        now: u64,
    ) -> Result<Created, StoreError> {
        self.run("AuthorizationStore::begin_device_request", |state| {
            state.authorization.begin_device(request, now, state.limit)
        })
        .await
    }

    async fn find_device_request(
        &self,
        user_code: &Digest,
        now: u64,
    ) -> Result<Option<DeviceRequest>, StoreError> {
        self.run("AuthorizationStore::find_device_request", |state| {
            Ok(state.authorization.devices.waiting(user_code, now).cloned())
        })
        .await
    }

    async fn decide_device_request(
        &self,
        user_code: &Digest,
        decision: &DeviceDecision,
        now: u64,
    ) -> Result<bool, StoreError> {
        self.run("AuthorizationStore::decide_device_request", |state| {
            state.authorization.decide_device(user_code, decision, now, state.limit)
        })
        .await
    }

    async fn poll_device_request(
        &self,
        device_code: &Digest,
        client_id: &str,
        now: u64,
    ) -> Result<DevicePoll, StoreError> {
        self.run("AuthorizationStore::poll_device_request", |state| {
            Ok(state.authorization.poll_device(device_code, client_id, now))
        })
        .await
    }

    async fn sweep_authorization(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.run("AuthorizationStore::sweep_authorization", |state| {
            Ok(count(state.authorization.sweep(now, at_most(limit))))
        })
        .await
    }
}

impl MemoryStore {
    async fn look_at_feed(
        &self,
        method: &'static str,
        position: u64,
        limit: u32,
    ) -> Result<RevokedBatch, StoreError> {
        self.run(method, |state| {
            let generation = state.feed.generation();
            Ok(state.authorization.revoked.after(position, at_most(limit), generation))
        })
        .await
    }
}

impl Authorization {
    fn sweep(&mut self, now: u64, limit: usize) -> usize {
        [
            self.sweep_codes(now, limit),
            self.sweep_opaque_tokens(now, limit),
            self.sweep_grants(now, limit),
            self.sweep_clients(now, limit),
            self.sweep_devices(now, limit),
            self.revoked.sweep(now, limit),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }
}
