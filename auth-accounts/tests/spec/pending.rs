//! Sign-ins that wait for their second factor.

use auth_accounts::model::{AccountId, AuditEntry, AuditOutcome};
use auth_accounts::store::AccountStore as _;
use serde_json::{Value, json};

use crate::support::{Answer, App, Client};
use crate::totp::Phone;

/// An account that has a second factor, and what shows its codes.
async fn with_totp(app: &App, name: &str) -> (AccountId, Phone) {
    let account = app.account(name).await;
    let phone = Phone::enrol(&mut app.signed_in(name).await).await;
    app.clock.advance(30);
    (account, phone)
}

/// Proves the second factor by the code of now.
async fn finish(client: &mut Client, phone: &Phone) -> Answer {
    let code = phone.code(client.app.now());
    client.post("/account/sign-in/totp", json!({ "code": code })).await
}

/// A browser and a program that wait for their second factor.
async fn half_way(app: &App) -> [Client; 2] {
    with_totp(app, "alice").await;
    let (mut browser, mut program) = (app.browser(), app.program());
    let by_cookie = browser.sign_in("alice").await;
    assert_eq!(by_cookie.json(), json!({ "status": "second_factor", "factors": ["totp"] }));
    assert_eq!(by_cookie.header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-pending"]);
    let by_token = program.sign_in_for_token("alice").await.json();
    assert_eq!(by_token["status"], "second_factor");
    assert!(program.token.as_ref().unwrap().starts_with("pnd_"));
    [browser, program]
}

#[tokio::test]
async fn r51_a_half_finished_sign_in_meets_no_requirement() {
    let app = App::new();
    for mut client in half_way(&app).await {
        for path in ["/mine", "/account", "/account/sessions"] {
            assert_eq!(client.get(path).await.status, 401, "{path}");
        }
        for path in ["/mine", "/account/sign-out", "/account/sign-out/everywhere"] {
            assert_eq!(client.post(path, Value::Null).await.status, 401, "{path}");
        }
        assert_ne!(client.get("/anybody").await.body, "");
        // Nor does its secret in the place of that of a session.
        let secret = match (client.cookies.remove("__Host-pending"), client.token.take()) {
            (Some(cookie), _) => cookie,
            (_, token) => token.unwrap().strip_prefix("pnd_").unwrap().to_owned(),
        };
        client.token = Some(format!("ses_{secret}"));
        assert_eq!(client.get("/mine").await.status, 401);
        client.token = None;
        client.cookies.insert("__Host-sid".to_owned(), secret);
        assert_eq!(client.get("/mine").await.status, 401);
    }
}

#[tokio::test]
async fn r51_a_half_finished_sign_in_leaves_a_session_as_it_is() {
    let app = App::new();
    let bob = app.account("bob").await;
    with_totp(&app, "alice").await;
    let mut browser = app.signed_in("bob").await;
    assert_eq!(browser.sign_in("alice").await.json()["status"], "second_factor");
    assert_eq!(browser.get("/mine").await.body, bob.as_str());
}

#[tokio::test]
async fn the_trail_tells_that_a_second_factor_was_asked_for() {
    let app = App::new();
    half_way(&app).await;
    let before = app.events().await;
    assert_eq!(before.iter().filter(|it| it.event == "second_factor_asked").count(), 2);
    let session_of_the_enrolment = before.iter().filter(|it| it.event == "sign_in").count();
    assert_eq!(session_of_the_enrolment, 1);
}

#[tokio::test]
async fn r51_the_trail_of_a_wrong_second_factor_names_it_and_the_account() {
    let app = App::new();
    let [mut browser, _] = half_way(&app).await;
    let answer = browser.post("/account/sign-in/totp", json!({ "code": "000000" })).await;
    assert_eq!(answer.status, 401);
    let events = app.events().await;
    let refused = events.iter().find(|it| it.event == "second_factor").unwrap();
    assert_eq!(
        (refused.outcome, &refused.detail["factor"]),
        (AuditOutcome::Refused, &"totp".into())
    );
    assert!(refused.account.is_some());
}

#[tokio::test]
async fn r52_a_sign_in_is_finished_once() {
    let app = App::new();
    let (_, phone) = with_totp(&app, "alice").await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let mut again = browser.clone();
    assert_eq!(finish(&mut browser, &phone).await.status, 200);
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-device", "__Host-sid"]);
    app.clock.advance(30);
    assert_eq!(finish(&mut again, &phone).await.status, 401, "with another good code");
    assert!(!again.cookies.contains_key("__Host-sid"));
}

#[tokio::test]
async fn r52_a_sign_in_waits_ten_minutes_at_most() {
    let app = App::new();
    let (_, phone) = with_totp(&app, "alice").await;
    let (mut in_time, mut late) = (app.browser(), app.browser());
    in_time.sign_in("alice").await;
    late.sign_in("alice").await;
    app.clock.advance(599);
    assert_eq!(finish(&mut in_time, &phone).await.status, 200);
    app.clock.advance(1);
    assert_eq!(finish(&mut late, &phone).await.status, 401);
}

#[tokio::test]
async fn r52_the_second_step_belongs_to_the_account_of_the_first() {
    let app = App::new();
    let (_, of_alice) = with_totp(&app, "alice").await;
    let (bob, of_bob) = with_totp(&app, "bob").await;
    let mut browser = app.browser();
    browser.sign_in("bob").await;
    assert_eq!(finish(&mut browser, &of_alice).await.status, 401);
    assert_eq!(finish(&mut browser, &of_bob).await.status, 200);
    assert_eq!(browser.get("/mine").await.body, bob.as_str());
}

#[tokio::test]
async fn r52_a_change_of_the_account_ends_what_is_half_done() {
    let app = App::new();
    let (alice, phone) = with_totp(&app, "alice").await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    app.store
        .bump_epoch(&alice, None, &AuditEntry::new(app.now(), "password_changed"))
        .await
        .unwrap();
    assert_eq!(finish(&mut browser, &phone).await.status, 401);
}

#[tokio::test]
async fn r52_after_five_wrong_codes_a_sign_in_has_to_begin_anew() {
    let app = App::new();
    let (_, phone) = with_totp(&app, "alice").await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    for _ in 0..5 {
        let answer = browser.post("/account/sign-in/totp", json!({ "code": "000000" })).await;
        assert_eq!(answer.status, 401);
    }
    let answer = finish(&mut browser, &phone).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
    let refused = app.events().await.pop().unwrap();
    assert_eq!(refused.event, "second_factor");
    assert_eq!(refused.detail["reason"], "too_many_attempts");
    let mut anew = app.browser();
    anew.sign_in("alice").await;
    assert_eq!(finish(&mut anew, &phone).await.status, 200);
}

#[tokio::test]
async fn r52_the_second_step_may_come_to_another_node() {
    let app = App::new();
    let other = app.another_node(|it| it);
    let (alice, phone) = with_totp(&app, "alice").await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let mut elsewhere = browser.at(&other);
    assert_eq!(finish(&mut elsewhere, &phone).await.status, 200);
    assert_eq!(elsewhere.at(&app).get("/mine").await.body, alice.as_str());
}

#[tokio::test]
async fn r92_the_second_step_by_cookie_comes_from_a_trusted_origin() {
    let app = App::new();
    let (_, phone) = with_totp(&app, "alice").await;
    let (mut browser, mut program) = (app.browser(), app.program());
    browser.sign_in("alice").await;
    program.sign_in_for_token("alice").await;
    let stranger = browser.clone().with_header("sec-fetch-site", "cross-site");
    let mut silent = browser.clone();
    silent.headers.clear();
    for mut client in [stranger, silent] {
        let answer = finish(&mut client, &phone).await;
        assert_eq!((answer.status, &answer.json()["code"]), (403, &"cross_site_request".into()));
    }
    assert_eq!(finish(&mut program, &phone).await.status, 200, "a token needs no header");
}

#[tokio::test]
async fn r77_a_sign_in_within_a_session_proves_factors_anew_and_replaces_its_secret() {
    let app = App::new();
    let (_, phone) = with_totp(&app, "alice").await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    finish(&mut browser, &phone).await;
    let before = browser.get("/account").await.json();
    let mut old = browser.clone();
    app.clock.advance(1_000);
    browser.sign_in("alice").await;
    assert_eq!(browser.get("/account").await.json()["factors"][0]["age"], 1_000, "not yet");
    assert_eq!(finish(&mut browser, &phone).await.status, 200);
    let after = browser.get("/account").await.json();
    assert_eq!(after["session"], before["session"]);
    for factor in after["factors"].as_array().unwrap() {
        assert_eq!(factor["age"], 0, "{factor}");
    }
    assert_eq!(old.get("/mine").await.status, 401);
}

#[tokio::test]
async fn r85_a_second_step_without_the_store_is_503() {
    let app = App::new();
    let (_, phone) = with_totp(&app, "alice").await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    for method in ["OneTimeStore::peek", "OneTimeStore::take", "AttemptStore::hit"] {
        app.store.faults().fail_on(&[method]);
        let answer = finish(&mut browser, &phone).await;
        assert_eq!((answer.status, answer.all("set-cookie").len()), (503, 0), "{method}");
        app.clock.advance(30);
    }
}

#[tokio::test]
async fn r57_requirements_know_which_factors_were_proved_and_when() {
    let app = App::new();
    app.account("bob").await;
    let (_, phone) = with_totp(&app, "alice").await;
    let mut bob = app.signed_in("bob").await;
    let answer = bob.get("/careful").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["code"], "insufficient_user_authentication");
    let mut alice = app.browser();
    alice.sign_in("alice").await;
    finish(&mut alice, &phone).await;
    assert_eq!(alice.get("/careful").await.status, 200);
    assert_eq!(alice.post("/pay", Value::Null).await.status, 200);
    app.clock.advance(301);
    assert_eq!(alice.get("/careful").await.status, 200);
    let answer = alice.post("/pay", Value::Null).await;
    assert_eq!((answer.status, &answer.json()["factors"][0]["within"]), (401, &300.into()));
    assert_eq!(answer.json()["start"], "/account/sign-in");
    alice.sign_in("alice").await;
    finish(&mut alice, &phone).await;
    assert_eq!(alice.post("/pay", Value::Null).await.status, 200, "the remedy helps");
}
