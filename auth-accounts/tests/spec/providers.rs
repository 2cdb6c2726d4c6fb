//! Sign-ins at an identity provider: how their sessions and those here belong together.

use auth_accounts::model::{AccountId, AccountStatus, AuditEntry};
use auth_accounts::sign_in::{ProviderSession, ProviderSignIn};
use auth_accounts::store::AccountStore as _;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::support::{App, Client, START};
use crate::totp::Phone;

const HOUR: u64 = 3_600;

/// What a browser is answered that comes back from the provider, for a token.
async fn come_back(app: &App, account: &AccountId, sign_in: ProviderSignIn) -> (u16, Value) {
    let (mut parts, ()) = Request::get("/callback?code=1").body(()).unwrap().into_parts();
    let sign_in = sign_in.for_token();
    let answer = app.accounts.sign_in_by_provider(&mut parts, account, sign_in).await;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn signed_in(app: &App, account: &AccountId, sign_in: ProviderSignIn) -> Client {
    let (status, body) = come_back(app, account, sign_in).await;
    assert_eq!((status, &body["status"]), (200, &json!("signed_in")), "{body}");
    let mut program = app.program();
    program.token = Some(body["access_token"].as_str().unwrap().to_owned());
    program
}

#[tokio::test]
async fn r84_a_session_ends_with_the_one_at_the_provider_if_it_is_said() {
    let app = App::new();
    let alice = app.account("alice").await;
    let session = ProviderSession::EndsAt(START + 2 * HOUR);
    let mut bound = signed_in(&app, &alice, ProviderSignIn::new(START, session)).await;
    let independent = ProviderSignIn::new(START, ProviderSession::Independent);
    let mut independent = signed_in(&app, &alice, independent).await;
    assert_eq!(bound.get("/account").await.json()["ends_at"], START + 2 * HOUR);
    // Used all the time: what ends it is the provider.
    for _ in 0..5 {
        app.clock.advance(HOUR * 2 / 5 - 1);
        for client in [&mut bound, &mut independent] {
            assert_eq!(client.get("/mine").await.status, 200);
        }
        app.accounts.flush().await.unwrap();
    }
    app.clock.advance(5);
    assert_eq!(bound.get("/mine").await.status, 401);
    assert_eq!(independent.get("/mine").await.status, 200);
}

#[tokio::test]
async fn r84_a_session_never_lasts_longer_than_its_own_ends() {
    let app = App::new();
    let alice = app.account("alice").await;
    let session = ProviderSession::EndsAt(START + 100 * 24 * HOUR);
    let mut client = signed_in(&app, &alice, ProviderSignIn::new(START, session)).await;
    assert_eq!(client.get("/account").await.json()["ends_at"], START + 24 * HOUR);
    app.clock.advance(HOUR);
    assert_eq!(client.get("/mine").await.status, 401, "it was not used for an hour");
    // One that is over there begins none here.
    for end in [0, app.now() - 1, app.now()] {
        let over = ProviderSignIn::new(START, ProviderSession::EndsAt(end));
        assert_eq!(come_back(&app, &alice, over).await.0, 401, "{end}");
    }
}

#[tokio::test]
async fn r84_what_was_proved_at_the_provider_is_as_old_as_it_is_there() {
    let app = App::new();
    let alice = app.account("alice").await;
    let fresh = ProviderSignIn::new(START, ProviderSession::Independent);
    let mut fresh = signed_in(&app, &alice, fresh).await;
    let me = fresh.get("/account").await.json();
    assert_eq!((&me["factors"][0]["kind"], &me["mfa"]), (&json!("federated"), &json!(false)));
    assert_eq!(fresh.post("/account/totp", Value::Null).await.status, 200);
    // Signed in there since yesterday: enough to read, and not to change what signs in.
    let since = ProviderSignIn::new(START - 20 * HOUR, ProviderSession::Independent);
    let mut stale = signed_in(&app, &alice, since).await;
    assert_eq!(stale.get("/account").await.json()["authenticated_at"], START - 20 * HOUR);
    assert_eq!(stale.get("/mine").await.status, 200);
    for path in ["/account/totp", "/account/sign-out/everywhere"] {
        assert_eq!(stale.post(path, Value::Null).await.status, 401, "{path}");
    }
    // Nor does a time to come make it fresher.
    let ahead = ProviderSignIn::new(START + 20 * HOUR, ProviderSession::Independent);
    let mut ahead = signed_in(&app, &alice, ahead).await;
    assert_eq!(ahead.get("/account").await.json()["authenticated_at"], START);
}

#[tokio::test]
async fn r84_a_second_factor_here_is_asked_for_and_the_end_stays() {
    let app = App::new();
    let alice = app.account("alice").await;
    let phone = Phone::enrol(&mut app.signed_in("alice").await).await;
    app.clock.advance(30);
    let sign_in = ProviderSignIn::new(START, ProviderSession::EndsAt(START + 2 * HOUR));
    let (status, begun) = come_back(&app, &alice, sign_in).await;
    assert_eq!((status, &begun["status"]), (200, &json!("second_factor")));
    let mut program = app.program();
    program.token = begun["pending_token"].as_str().map(str::to_owned);
    let code = json!({ "code": phone.code(app.now()) });
    let ended = program.post("/account/sign-in/totp", code).await.json();
    program.token = ended["access_token"].as_str().map(str::to_owned);
    let me = program.get("/account").await.json();
    assert_eq!(me["ends_at"], START + 2 * HOUR);
    assert_eq!(me["authenticated_at"], START);
}

#[tokio::test]
async fn no_user_is_signed_in_by_a_provider_who_cannot_sign_in() {
    let app = App::new();
    let sign_in = ProviderSignIn::new(START, ProviderSession::Independent);
    assert_eq!(come_back(&app, &AccountId::random(), sign_in).await.0, 401);
    let service = app.accounts.create_service_account(&AccountId::random(), "reports").await;
    assert_eq!(come_back(&app, &service.unwrap(), sign_in).await.0, 401);
    let alice = app.account("alice").await;
    let entry = AuditEntry::new(START, "account_locked");
    app.store.set_status(&alice, AccountStatus::Locked, &entry).await.unwrap();
    assert_eq!(come_back(&app, &alice, sign_in).await.0, 401);
    app.store.faults().fail(true);
    assert_eq!(come_back(&app, &alice, sign_in).await.0, 503);
}
