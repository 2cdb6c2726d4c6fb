//! Sessions that are kept apart from the accounts, in a store that has neither their state nor a trail
//! nor a feed.

use std::sync::Arc;

use async_trait::async_trait;
use auth_accounts::model::{AccountId, AuditEntry, SessionId, SessionRecord, StoredSession};
use auth_accounts::secret::Digest;
use auth_accounts::session::{SessionMode, SessionSettings};
use auth_accounts::store::{
    AccountStore, AuditStore as _, DataWritten, SessionStore, StoreError, Stores,
};
use auth_core::time::FixedClock;
use auth_store::memory::MemoryStore;
use serde_json::Value;

use crate::support::{App, START, eventually};

/// A store of sessions alone.
struct Apart(MemoryStore);

#[async_trait]
impl SessionStore for Apart {
    async fn create(&self, session: &SessionRecord, audit: &AuditEntry) -> Result<(), StoreError> {
        SessionStore::create(&self.0, session, audit).await
    }

    async fn load(&self, digest: &Digest, now: u64) -> Result<Option<StoredSession>, StoreError> {
        let found = SessionStore::load(&self.0, digest, now).await?;
        Ok(found.map(|it| StoredSession { account: None, ..it }))
    }

    async fn touch(&self, seen: &[(Digest, u64)]) -> Result<(), StoreError> {
        self.0.touch(seen).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        new: &SessionRecord,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.0.rotate(old, new, audit).await
    }

    async fn end(
        &self,
        account: &AccountId,
        session: &SessionId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.0.end(account, session, audit).await
    }

    async fn end_others(
        &self,
        account: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<u64, StoreError> {
        self.0.end_others(account, keep, audit).await
    }

    async fn list(&self, account: &AccountId, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        self.0.list(account, now).await
    }

    async fn data(
        &self,
        session: &SessionId,
        key: &str,
    ) -> Result<Option<(Vec<u8>, u64)>, StoreError> {
        self.0.data(session, key).await
    }

    async fn set_data(
        &self,
        session: &SessionId,
        key: &str,
        value: &[u8],
        seen: Option<u64>,
        now: u64,
    ) -> Result<DataWritten, StoreError> {
        self.0.set_data(session, key, value, seen, now).await
    }

    async fn sweep_sessions(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.0.sweep_sessions(now, limit).await
    }
}

/// Accounts in one store, sessions in another, and two nodes on both.
async fn nodes(mode: SessionMode) -> (MemoryStore, [App; 2], AccountId) {
    let (sessions, clock) = (MemoryStore::new(), FixedClock::new(START));
    let store = MemoryStore::new();
    let node = || {
        let mut stores = Stores::all_in(store.clone());
        stores.sessions = Arc::new(Apart(sessions.clone()));
        stores.sessions_are_apart = true;
        App::in_stores(stores, store.clone(), clock.clone(), |it| {
            it.sessions(SessionSettings::default().mode(mode))
        })
    };
    let nodes = [node(), node()];
    let alice = nodes[0].account("alice").await;
    // The store in memory wants to know whose the sessions are.
    let account = AccountStore::load(&store, &alice).await.unwrap().unwrap();
    sessions.create_account(&account).await;
    (sessions, nodes, alice)
}

trait WithAccounts {
    async fn create_account(&self, account: &auth_accounts::model::Account);
}

impl WithAccounts for MemoryStore {
    async fn create_account(&self, account: &auth_accounts::model::Account) {
        AccountStore::create(self, account, &AuditEntry::new(START, "sign_up")).await.unwrap();
    }
}

#[tokio::test]
async fn the_state_of_the_account_is_asked_where_it_is() {
    let (_, [app, _], alice) = nodes(SessionMode::Strict).await;
    let mut browser = app.signed_in("alice").await;
    assert_eq!(browser.get("/mine").await.status, 200);
    app.store.bump_epoch(&alice, &AuditEntry::new(START, "x")).await.unwrap();
    assert_eq!(browser.get("/mine").await.status, 401);
}

#[tokio::test]
async fn r79_a_sign_out_is_announced_to_the_other_nodes() {
    let (_, [app, other], _) = nodes(SessionMode::Feed).await;
    let mut browser = app.signed_in("alice").await;
    let elsewhere = browser.at(&other);
    // Until the other node answers from what it keeps.
    eventually(|| {
        let (mut elsewhere, other) = (elsewhere.clone(), other.clone());
        async move {
            elsewhere.get("/mine").await;
            let before = other.store.faults().calls("AccountStore::state");
            elsewhere.get("/mine").await;
            other.store.faults().calls("AccountStore::state") == before
        }
    })
    .await;
    assert_eq!(browser.post("/account/sign-out", Value::Null).await.status, 204);
    eventually(|| {
        let mut elsewhere = elsewhere.clone();
        async move { elsewhere.get("/mine").await.status == 401 }
    })
    .await;
}

#[tokio::test]
async fn r111_what_is_done_to_a_session_is_in_the_trail() {
    let (_, [app, _], alice) = nodes(SessionMode::Strict).await;
    let mut browser = app.signed_in("alice").await;
    browser.sign_in("alice").await;
    browser.post("/account/sign-out", Value::Null).await;
    let records = app.store.records(0, Some(&alice), 100).await.unwrap();
    let events: Vec<_> = records.iter().map(|it| it.entry.event.as_str()).collect();
    assert_eq!(events, ["sign_in", "sign_in", "sign_out"]);
}

#[tokio::test]
async fn r112_a_sign_in_that_the_trail_does_not_have_is_none() {
    let (_, [app, _], _) = nodes(SessionMode::Strict).await;
    app.store.faults().fail_on(&["AuditStore::append"]);
    let mut browser = app.browser();
    assert_eq!(browser.sign_in("alice").await.status, 503);
    assert!(browser.cookies.is_empty());
}
