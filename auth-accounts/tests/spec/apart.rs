//! Sessions in a store that has no accounts: the state of an account is asked where it is.

use auth_accounts::model::{AccountId, AuditEntry};
use auth_accounts::session::{SessionMode, SessionSettings};
use auth_accounts::store::{AccountStore as _, AuditStore as _};
use serde_json::Value;

use crate::support::{App, START, eventually};

/// Two nodes whose sessions are found without the state of their accounts.
async fn nodes(mode: SessionMode) -> ([App; 2], AccountId) {
    let app = App::with(|it| it.sessions(SessionSettings::default().mode(mode)));
    app.store.faults().sessions_apart(true);
    let alice = app.account("alice").await;
    let other = app.another_node(|it| it.sessions(SessionSettings::default().mode(mode)));
    ([app, other], alice)
}

#[tokio::test]
async fn the_state_of_the_account_is_asked_where_it_is() {
    let ([app, _], alice) = nodes(SessionMode::Strict).await;
    let mut browser = app.signed_in("alice").await;
    assert_eq!(browser.get("/mine").await.status, 200);
    app.store.bump_epoch(&alice, None, &AuditEntry::new(START, "x")).await.unwrap();
    assert_eq!(browser.get("/mine").await.status, 401);
}

#[tokio::test]
async fn r79_a_sign_out_is_announced_to_the_other_nodes() {
    let ([app, other], _) = nodes(SessionMode::Feed).await;
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
    let ([app, _], alice) = nodes(SessionMode::Strict).await;
    let mut browser = app.signed_in("alice").await;
    browser.sign_in("alice").await;
    browser.post("/account/sign-out", Value::Null).await;
    let records = app.store.records(0, Some(&alice), 100).await.unwrap();
    let events: Vec<_> = records.iter().map(|it| it.entry.event.as_str()).collect();
    assert_eq!(events, ["sign_in", "sign_in", "sign_out"]);
}
