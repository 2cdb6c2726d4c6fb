//! Stores of an authorization server that do in two steps what has to be one, and what finds them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, StoreError};
use auth_store::authorization::{
    AuthorizationCode, AuthorizationStore, CodeRedemption, Consent, DeviceDecision, DevicePoll,
    DeviceRequest, Grant, GrantId, GrantSelector, OpaqueToken, Redeemed, RefreshToken,
    RegisteredClient, RevocationReason, RevokedBatch, Rotated, Rotation, SigningKeyRecord,
    StoredCode, StoredOpaqueToken, StoredRefreshToken,
};
use auth_store::conformance::{self, Nodes, Settings};
use auth_store::memory::MemoryStore;
use tokio::task::yield_now;

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It looks whether a code was redeemed, and redeems it then.
    RedeemsInTwoSteps,
    /// It looks whether a token was spent, and spends it then.
    RotatesInTwoSteps,
    /// It judges a token by a grant that it has read before: a revocation does not win.
    RemembersGrants,
    /// A retry gets a successor of its own.
    ForgetsTheSuccessor,
    /// It leaves out what was revoked.
    LeavesOut,
    /// Who asks what was revoked so far hears what there was a moment ago.
    LagsBehind,
    /// Who asks what was revoked so far waits for more.
    WaitsForMore,
    /// It looks which key is the latest, and adds the next one then.
    AddsInTwoSteps,
    /// It looks what a client said of itself, and writes then.
    UpdatesInTwoSteps,
    /// It gives a grant to every device that asks.
    GivesTwice,
}

struct Faulty {
    inner: MemoryStore,
    fault: Fault,
    seen: Mutex<HashSet<GrantId>>,
    given: Mutex<HashMap<Digest, DevicePoll>>,
    before: Mutex<Option<RevokedBatch>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl AuthorizationStore for Faulty {
    async fn authorize(
        &self,
        grant: &Grant,
        code: &AuthorizationCode,
        consents: &[Consent],
    ) -> Result<(), StoreError> {
        self.inner.authorize(grant, code, consents).await
    }

    async fn find_code(&self, code: &Digest) -> Result<Option<StoredCode>, StoreError> {
        self.inner.find_code(code).await
    }

    async fn redeem_code(&self, redemption: &CodeRedemption) -> Result<Redeemed, StoreError> {
        let is_new = self
            .inner
            .find_code(&redemption.code)
            .await?
            .is_some_and(|it| it.redeemed_at.is_none());
        yield_now().await;
        let redeemed = self.inner.redeem_code(redemption).await?;
        let is_second = self.fault == Fault::RedeemsInTwoSteps && is_new;
        Ok(if is_second { Redeemed::First } else { redeemed })
    }

    async fn find_refresh_token(
        &self,
        token: &Digest,
    ) -> Result<Option<StoredRefreshToken>, StoreError> {
        self.inner.find_refresh_token(token).await
    }

    async fn rotate_refresh_token(&self, rotation: &Rotation) -> Result<Rotated, StoreError> {
        let found = self.inner.find_refresh_token(&rotation.presented).await?;
        let is_new = found.as_ref().is_some_and(|it| it.spent_at.is_none());
        let has_seen = found.is_some_and(|it| !lock(&self.seen).insert(it.grant.id));
        yield_now().await;
        let rotated = self.inner.rotate_refresh_token(rotation).await?;
        Ok(match (self.fault, rotated) {
            (Fault::RotatesInTwoSteps, _) if is_new => Rotated::First,
            (Fault::RemembersGrants, Rotated::Invalid) if has_seen => Rotated::First,
            (Fault::ForgetsTheSuccessor, Rotated::Retried { .. }) => {
                let sealed_successor = rotation.sealed_successor.clone();
                Rotated::Retried { sealed_successor }
            }
            (_, rotated) => rotated,
        })
    }

    async fn begin_grant(
        &self,
        device_code: &Digest,
        grant: &GrantId,
        refresh_token: Option<&RefreshToken>,
        access_token: Option<&OpaqueToken>,
        now: u64,
    ) -> Result<bool, StoreError> {
        let inner = self.inner.begin_grant(device_code, grant, refresh_token, access_token, now);
        let begun = inner.await?;
        let gives_twice = self.fault == Fault::GivesTwice;
        Ok(begun || (gives_twice && lock(&self.given).contains_key(device_code)))
    }

    async fn find_grant(&self, grant: &GrantId) -> Result<Option<Grant>, StoreError> {
        self.inner.find_grant(grant).await
    }

    async fn list_grants(
        &self,
        which: &GrantSelector,
        now: u64,
        limit: u32,
    ) -> Result<Vec<Grant>, StoreError> {
        self.inner.list_grants(which, now, limit).await
    }

    async fn revoke_grant(
        &self,
        grant: &GrantId,
        reason: RevocationReason,
        now: u64,
    ) -> Result<bool, StoreError> {
        self.inner.revoke_grant(grant, reason, now).await
    }

    async fn revoke_grants(
        &self,
        which: &GrantSelector,
        reason: RevocationReason,
        now: u64,
    ) -> Result<u64, StoreError> {
        self.inner.revoke_grants(which, reason, now).await
    }

    async fn keep_opaque_token(&self, token: &OpaqueToken) -> Result<(), StoreError> {
        self.inner.keep_opaque_token(token).await
    }

    async fn find_opaque_token(
        &self,
        token: &Digest,
    ) -> Result<Option<StoredOpaqueToken>, StoreError> {
        self.inner.find_opaque_token(token).await
    }

    async fn remove_opaque_token(&self, token: &Digest) -> Result<bool, StoreError> {
        self.inner.remove_opaque_token(token).await
    }

    async fn revoke_token(
        &self,
        token_id: &str,
        expires_at: u64,
        now: u64,
    ) -> Result<(), StoreError> {
        self.inner.revoke_token(token_id, expires_at, now).await
    }

    async fn token_is_revoked(&self, token_id: &str, now: u64) -> Result<bool, StoreError> {
        self.inner.token_is_revoked(token_id, now).await
    }

    async fn revoked_after(&self, position: u64, limit: u32) -> Result<RevokedBatch, StoreError> {
        // A position was given out before what belongs to it is there.
        let mut batch = self.inner.revoked_after(position, limit).await?;
        if self.fault == Fault::LeavesOut && batch.revoked.len() > 1 {
            batch.revoked.remove(0);
        }
        Ok(batch)
    }

    async fn revoked_so_far(&self, position: u64, limit: u32) -> Result<RevokedBatch, StoreError> {
        let batch = self.inner.revoked_so_far(position, limit).await?;
        match self.fault {
            // A replica, which knows what the one before it knew.
            Fault::LagsBehind => Ok(lock(&self.before).replace(batch.clone()).unwrap_or(batch)),
            Fault::WaitsForMore => self.inner.revoked_after(position, limit).await,
            _ => Ok(batch),
        }
    }

    async fn consents(&self, subject: &str, client_id: &str) -> Result<Vec<Consent>, StoreError> {
        self.inner.consents(subject, client_id).await
    }

    async fn withdraw_consents(
        &self,
        subject: &str,
        client_id: &str,
        now: u64,
    ) -> Result<u64, StoreError> {
        self.inner.withdraw_consents(subject, client_id, now).await
    }

    async fn register_client(&self, client: &RegisteredClient) -> Result<Created, StoreError> {
        self.inner.register_client(client).await
    }

    async fn find_client(&self, client_id: &str) -> Result<Option<RegisteredClient>, StoreError> {
        self.inner.find_client(client_id).await
    }

    async fn update_client(
        &self,
        client_id: &str,
        before: &str,
        metadata: &str,
    ) -> Result<bool, StoreError> {
        let held = self.inner.find_client(client_id).await?.map(|it| it.metadata);
        yield_now().await;
        if self.fault != Fault::UpdatesInTwoSteps || held.as_deref() != Some(before) {
            return self.inner.update_client(client_id, before, metadata).await;
        }
        let held = self.inner.find_client(client_id).await?.map(|it| it.metadata);
        self.inner.update_client(client_id, &held.unwrap_or_default(), metadata).await
    }

    async fn touch_client(
        &self,
        client_id: &str,
        now: u64,
        expires_at: u64,
    ) -> Result<(), StoreError> {
        self.inner.touch_client(client_id, now, expires_at).await
    }

    async fn remove_client(&self, client_id: &str, now: u64) -> Result<bool, StoreError> {
        self.inner.remove_client(client_id, now).await
    }

    async fn list_clients(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RegisteredClient>, StoreError> {
        self.inner.list_clients(after, limit).await
    }

    async fn count_clients(&self) -> Result<u64, StoreError> {
        self.inner.count_clients().await
    }

    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>, StoreError> {
        self.inner.signing_keys().await
    }

    async fn add_signing_key(
        &self,
        key: &SigningKeyRecord,
        after: Option<&str>,
    ) -> Result<Created, StoreError> {
        let latest = async || -> Result<Option<String>, StoreError> {
            let keys = self.inner.signing_keys().await?;
            let latest = keys.into_iter().rfind(|it| it.algorithm == key.algorithm);
            Ok(latest.map(|it| it.kid))
        };
        if self.fault != Fault::AddsInTwoSteps || latest().await?.as_deref() != after {
            return self.inner.add_signing_key(key, after).await;
        }
        yield_now().await;
        self.inner.add_signing_key(key, latest().await?.as_deref()).await
    }

    async fn remove_signing_key(&self, kid: &str) -> Result<bool, StoreError> {
        self.inner.remove_signing_key(kid).await
    }

    async fn begin_device_request(
        &self,
        request: &DeviceRequest,
        now: u64,
    ) -> Result<Created, StoreError> {
        self.inner.begin_device_request(request, now).await
    }

    async fn find_device_request(
        &self,
        user_code: &Digest,
        now: u64,
    ) -> Result<Option<DeviceRequest>, StoreError> {
        self.inner.find_device_request(user_code, now).await
    }

    async fn decide_device_request(
        &self,
        user_code: &Digest,
        decision: &DeviceDecision,
        now: u64,
    ) -> Result<bool, StoreError> {
        self.inner.decide_device_request(user_code, decision, now).await
    }

    async fn poll_device_request(
        &self,
        device_code: &Digest,
        client_id: &str,
        now: u64,
    ) -> Result<DevicePoll, StoreError> {
        let polled = self.inner.poll_device_request(device_code, client_id, now).await?;
        if self.fault != Fault::GivesTwice {
            return Ok(polled);
        }
        let mut given = lock(&self.given);
        if let DevicePoll::Allowed(_) = &polled {
            given.insert(*device_code, polled.clone());
        }
        Ok(given.get(device_code).cloned().unwrap_or(polled))
    }

    async fn sweep_authorization(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.inner.sweep_authorization(now, limit).await
    }
}

/// The promises that a store with this fault does not keep.
async fn failures(fault: Fault) -> BTreeSet<String> {
    let empty = || async move {
        Nodes::one(Faulty {
            inner: MemoryStore::new(),
            fault,
            seen: Mutex::default(),
            given: Mutex::default(),
            before: Mutex::default(),
        })
    };
    let settings = Settings::default().steps(300);
    let report = conformance::check_authorization(empty, settings, |_| true).await;
    assert!(report.len() >= 60, "{report}");
    report.failures().map(|(case, _)| format!("{case:?}")).collect()
}

async fn is_found_by(fault: Fault, names: &[&str]) {
    let failures = failures(fault).await;
    for name in names {
        assert!(failures.contains(*name), "{name}: {failures:?}");
    }
}

/// In one thread, so that it fails each time, and not by chance.
#[tokio::test]
async fn a_store_that_redeems_in_two_steps_is_found() {
    is_found_by(Fault::RedeemsInTwoSteps, &["codes::one_of_many_redemptions_is_the_first"]).await;
}

#[tokio::test]
async fn a_store_that_rotates_in_two_steps_is_found() {
    let names = [
        "refresh::many_rotations_make_one_successor",
        "refresh::without_a_window_one_of_many_rotates_and_the_grant_ends",
    ];
    is_found_by(Fault::RotatesInTwoSteps, &names).await;
}

#[tokio::test]
async fn a_store_in_which_a_revocation_does_not_win_is_found() {
    let names = [
        "grants::a_revocation_ends_what_was_issued",
        "grants::a_revocation_wins_over_what_runs_beside_it",
    ];
    is_found_by(Fault::RemembersGrants, &names).await;
}

#[tokio::test]
async fn a_store_that_makes_a_second_branch_is_found() {
    let names =
        ["refresh::a_retry_gets_the_same_successor", "refresh::many_rotations_make_one_successor"];
    is_found_by(Fault::ForgetsTheSuccessor, &names).await;
}

#[tokio::test]
async fn a_feed_that_leaves_a_revocation_out_is_found() {
    let names = [
        "feed::what_was_revoked_is_returned_in_its_order",
        "feed::nothing_turns_up_behind_a_position",
    ];
    is_found_by(Fault::LeavesOut, &names).await;
}

#[tokio::test]
async fn a_store_that_does_not_say_at_once_what_was_acknowledged_is_found() {
    for fault in [Fault::LagsBehind, Fault::WaitsForMore] {
        is_found_by(fault, &["feed::what_was_acknowledged_is_returned_at_once"]).await;
    }
}

#[tokio::test]
async fn a_store_in_which_two_nodes_rotate_keys_is_found() {
    is_found_by(Fault::AddsInTwoSteps, &["keys::one_of_many_nodes_adds_a_key"]).await;
}

#[tokio::test]
async fn a_store_that_updates_in_two_steps_is_found() {
    is_found_by(Fault::UpdatesInTwoSteps, &["clients::one_of_many_updates_wins"]).await;
}

#[tokio::test]
async fn a_store_that_gives_a_grant_to_two_devices_is_found() {
    let names = ["devices::a_grant_is_given_out_once", "devices::one_of_many_polls_gets_the_grant"];
    is_found_by(Fault::GivesTwice, &names).await;
}
