//! A passkey as the only factor: the authenticator says whose it is.

use auth_accounts::model::{AccountStatus, AuditEntry, AuditOutcome, FactorKind};
use auth_accounts::store::{AccountStore as _, FactorStore as _, Stores};
use auth_core::time::FixedClock;
use auth_store::memory::MemoryStore;
use auth_store::sqlite::SqliteStore;
use serde_json::{Value, json};

use super::device::{BACKED_UP, Device, ELIGIBLE, base64url, bytes};
use super::{
    alice, alice_with, assert_in, assert_refused, enrol, factors, present, present_twisted, request,
};
use crate::support::{App, ORIGIN, START};
use crate::totp::Phone;

#[tokio::test]
async fn a_passkey_signs_in_without_a_name_or_a_password() {
    let (app, id, mut device) = alice().await;
    let mut browser = app.browser();
    assert_in(&present(&mut browser, &mut device).await, "alone");
    assert_eq!(browser.get("/mine").await.body, id.as_str());
    assert!(browser.cookies.contains_key("__Host-device"), "the device is known from now on");
}

#[tokio::test]
async fn it_is_enough_beside_other_factors() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let mut device = Device::new();
    enrol(&mut browser, &mut device).await;
    Phone::enrol(&mut browser).await;
    let mut browser = app.browser();
    assert_in(&present(&mut browser, &mut device).await, "two factors in one");
    assert_eq!(browser.get("/mine").await.body, id.as_str());
    let asked = app.browser().sign_in("alice").await.json();
    assert_eq!(asked["factors"], json!(["totp", "passkey"]), "a password is not");
}

#[tokio::test]
async fn a_program_gets_a_token_for_it() {
    let (app, id, mut device) = alice().await;
    let mut program = app.program();
    let options = request(&mut program).await;
    let mut body = device.get(&options, |_| ());
    body["token"] = true.into();
    let answer = program.post("/account/sign-in/passkey", body).await;
    assert_eq!((answer.status, answer.all("set-cookie").len()), (200, 0), "{answer:?}");
    program.token = answer.json()["access_token"].as_str().map(str::to_owned);
    assert_eq!(program.get("/mine").await.body, id.as_str());
}

#[tokio::test]
async fn it_is_remembered_if_its_owner_says_so() {
    let (app, _, mut device) = alice().await;
    let mut browser = app.browser();
    for remember in [false, true] {
        let options = request(&mut browser).await;
        let body = json!({ "credential": device.get(&options, |_| ()), "remember": remember });
        let answer = browser.post("/account/sign-in/passkey", body).await;
        let lines = answer.all("set-cookie");
        let session = lines.iter().find(|it| it.starts_with("__Host-sid")).unwrap();
        assert_eq!(session.contains("Max-Age"), remember, "{session}");
    }
}

#[tokio::test]
async fn r57_r63_it_counts_as_two_factors_at_the_time_it_was_proved() {
    let (app, id, mut device) = alice().await;
    app.clock.advance(3_600);
    let mut browser = app.browser();
    present(&mut browser, &mut device).await;
    let factor = factors(&app, &id).await.remove(0);
    let me = browser.get("/account").await.json();
    let expected = json!([{ "kind": "passkey", "at": app.now(), "age": 0, "id": factor.id }]);
    assert_eq!((&me["factors"], &me["mfa"]), (&expected, &true.into()));
    assert_eq!(browser.get("/careful").await.status, 200, "an endpoint that asks for two");
    assert_eq!(browser.post("/pay", Value::Null).await.status, 401, "one that asks for a code");
    assert_eq!(factor.last_used_at, Some(app.now()));
    let events = app.events().await;
    let signed_in = events.iter().rfind(|it| it.event == "sign_in").unwrap();
    assert_eq!((signed_in.outcome, &signed_in.account), (AuditOutcome::Done, &Some(id)));
    let proved = &signed_in.detail["factors"][0];
    assert_eq!((&proved["kind"], &proved["user_verified"]), (&"passkey".into(), &true.into()));
}

#[tokio::test]
async fn r77_a_session_gets_another_secret_when_a_passkey_is_proved_in_it() {
    let (app, id, mut device) = alice().await;
    let mut browser = app.browser();
    assert_in(&present(&mut browser, &mut device).await, "once");
    let before = browser.cookies["__Host-sid"].clone();
    assert_in(&present(&mut browser, &mut device).await, "once more");
    assert_ne!(browser.cookies["__Host-sid"], before);
    assert_eq!(browser.get("/account/sessions").await.json().as_array().unwrap().len(), 2);
    assert_eq!(browser.get("/mine").await.body, id.as_str());
    browser.cookies.insert("__Host-sid".to_owned(), before);
    assert_eq!(browser.get("/mine").await.status, 401);
}

#[tokio::test]
async fn r96_no_page_of_another_origin_signs_in_with_a_passkey() {
    let (app, _, mut device) = alice().await;
    let mut browser = app.browser();
    let options = request(&mut browser).await;
    let body = device.get(&options, |_| ());
    for headers in [
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("origin", "https://evil.example.org")],
        vec![],
    ] {
        let mut client = app.program();
        for (name, value) in headers {
            client = client.with_header(name, value);
        }
        let answer = client.post("/account/sign-in/passkey", body.clone()).await;
        assert_eq!((answer.status, answer.all("set-cookie").len()), (403, 0), "{answer:?}");
    }
    let mut stranger = app.program().with_header("origin", "https://evil.example.org");
    assert_eq!(stranger.post("/account/sign-in/passkey/challenge", Value::Null).await.status, 403);
    let mut own = app.program().with_header("origin", ORIGIN);
    assert_in(&own.post("/account/sign-in/passkey", body).await, "none of them used the challenge");
}

#[tokio::test]
async fn r64_eligibility_for_backup_never_changes() {
    for (before, after, why) in [
        (0, ELIGIBLE, "it became eligible"),
        (0, ELIGIBLE | BACKED_UP, "it became eligible and was backed up"),
        (0, BACKED_UP, "it is backed up, and cannot be"),
        (ELIGIBLE, 0, "it is eligible no more"),
        (ELIGIBLE, BACKED_UP, "it is backed up and eligible no more"),
    ] {
        let mut device = Device::new();
        device.flags |= before;
        let (app, _, mut device) = alice_with(device).await;
        let answer = present_twisted(&mut app.browser(), &mut device, |it| {
            it.flags = it.flags & !before | after;
        })
        .await;
        assert_refused(&answer, why);
        assert_in(&present(&mut app.browser(), &mut device).await, "as it was");
    }
}

#[tokio::test]
async fn r64_a_backup_can_be_made_and_lost() {
    let mut device = Device::new();
    device.flags |= ELIGIBLE;
    let (app, _, mut device) = alice_with(device).await;
    for flags in [BACKED_UP, 0, BACKED_UP] {
        let answer = present_twisted(&mut app.browser(), &mut device, |it| it.flags |= flags).await;
        assert_in(&answer, "its state is its own");
    }
}

#[tokio::test]
async fn r67_who_it_is_is_said_by_the_passkey_and_fits_its_account() {
    let (app, _, mut device) = alice().await;
    let bob = app.account("bob").await;
    let mut of_bob = Device::new();
    enrol(&mut app.signed_in("bob").await, &mut of_bob).await;
    for (user, why) in [
        (None, "no handle"),
        (of_bob.user.clone(), "Bob"),
        (Some(Vec::new()), "an empty handle"),
        (Some(bob.as_str().as_bytes().to_vec()), "an identifier"),
        (device.user.clone().map(|it| [it, vec![0]].concat()), "something longer"),
    ] {
        let answer = present_twisted(&mut app.browser(), &mut device, |it| it.user = user).await;
        assert_refused(&answer, why);
    }
    // A device of Alice's that says it is Bob's.
    let answer =
        present_twisted(&mut app.browser(), &mut device, |it| it.id = of_bob.id.clone()).await;
    assert_refused(&answer, "Alice's key for Bob's passkey");
    let answer = present_twisted(&mut app.browser(), &mut device, |it| {
        it.id = of_bob.id.clone();
        it.user = of_bob.user.clone();
    })
    .await;
    assert_refused(&answer, "Alice's key for Bob's passkey and Bob's name");
    assert_in(&present(&mut app.browser(), &mut device).await, "Alice herself");
}

#[tokio::test]
async fn r67_a_handle_says_nothing_of_its_owner() {
    let (app, id, device) = alice().await;
    let user = device.user.unwrap();
    assert_eq!(user.len(), 16);
    let text = format!("{id} alice");
    assert!(!text.as_bytes().windows(4).any(|part| user.windows(4).any(|it| it == part)));
    let of_another = super::creation(&mut app.signed_in_as_new("bob").await).await;
    assert_ne!(bytes(&of_another["user"]["id"]), user);
}

#[tokio::test]
async fn r73_a_stranger_learns_of_no_credential() {
    let (app, _, mut device) = alice().await;
    let mut browser = app.browser();
    let mut shown = request(&mut browser).await;
    shown["challenge"] = Value::Null;
    let expected = json!({
        "challenge": null,
        "timeout": 300_000,
        "rpId": "notes.example.com",
        "allowCredentials": [],
        "userVerification": "required",
    });
    assert_eq!(shown, expected);
    // The endpoint takes no name: the answer to any name is the same.
    let mut named = browser
        .post("/account/sign-in/passkey/challenge", json!({ "username": "alice" }))
        .await
        .json()["publicKey"]
        .clone();
    named["challenge"] = Value::Null;
    assert_eq!(named, expected);
    // An account whose passkey this is, and a passkey of no account: one answer.
    let unknown = present(&mut browser, &mut Device::unknown_of(&device)).await;
    let wrong =
        present_twisted(&mut browser, &mut device, |it| it.rp_id = "example.org".to_owned()).await;
    assert_refused(&unknown, "unknown");
    assert_eq!((unknown.body, unknown.headers), (wrong.body, wrong.headers));
}

#[tokio::test]
async fn r16_a_locked_account_is_refused_like_a_wrong_passkey() {
    let (app, id, mut device) = alice().await;
    let unknown = present(&mut app.browser(), &mut Device::unknown_of(&device)).await;
    let audit = AuditEntry::new(app.now(), "locked");
    app.store.set_status(&id, AccountStatus::Locked, &audit).await.unwrap();
    let locked = present(&mut app.browser(), &mut device).await;
    assert_refused(&locked, "locked");
    assert_eq!((locked.body, locked.headers), (unknown.body, unknown.headers));
}

#[tokio::test]
async fn r18_attempts_at_a_passkey_are_counted_whether_there_is_one() {
    let (app, _, mut device) = alice().await;
    let mut known = app.browser();
    assert_in(&present(&mut known, &mut device).await, "known from now on");
    let unknown = Device::unknown_of(&device);
    for device in [device.clone(), unknown] {
        for attempt in 0..11 {
            let mut device = device.clone();
            let answer = present_twisted(&mut app.browser(), &mut device, |it| {
                it.rp_id = "example.org".to_owned();
            })
            .await;
            let expected = if attempt < 10 { 401 } else { 429 };
            assert_eq!(answer.status, expected, "{attempt}");
        }
    }
    assert_eq!(present(&mut app.browser(), &mut device).await.status, 429);
    assert_in(&present(&mut known, &mut device).await, "r20: strangers lock no owner out");
    app.clock.advance(15 * 60);
    assert_in(&present(&mut app.browser(), &mut device).await, "later");
}

#[tokio::test]
async fn r85_without_the_store_no_passkey_signs_in() {
    for lost in [
        "OneTimeStore::take",
        "FactorStore::passkey",
        "AttemptStore::hit",
        "AccountStore::load",
        "FactorStore::accept_counter",
        "SessionStore::create",
    ] {
        let (app, _, mut device) = alice().await;
        let mut browser = app.browser();
        let options = request(&mut browser).await;
        let body = device.get(&options, |_| ());
        app.store.faults().fail_on(&[lost]);
        let answer = browser.post("/account/sign-in/passkey", body).await;
        assert_eq!((answer.status, answer.all("set-cookie").len()), (503, 0), "{lost}");
        app.store.faults().reset();
    }
}

#[tokio::test]
async fn r109_every_attempt_with_a_passkey_is_in_the_trail_with_its_reason() {
    let (app, id, mut device) = alice().await;
    let unknown = Device::unknown_of(&device);
    present(&mut app.browser(), &mut unknown.clone()).await;
    present_twisted(&mut app.browser(), &mut device, |it| it.user = None).await;
    let events = app.events().await;
    let refused: Vec<_> = events
        .iter()
        .filter(|it| it.event == "sign_in" && it.outcome == AuditOutcome::Refused)
        .map(|it| (it.detail["method"].as_str(), it.detail["reason"].as_str(), it.account.clone()))
        .collect();
    let (method, unknown_passkey, no_user) =
        (Some("passkey"), Some("unknown_passkey"), Some("no_user"));
    assert_eq!(refused, [(method, unknown_passkey, None), (method, no_user, Some(id))]);
    let trail = serde_json::to_string(&events).unwrap();
    assert!(!trail.contains(&base64url(&device.id)), "no identifier of a credential");
}

#[tokio::test]
async fn a_passkey_is_sealed_in_the_store() {
    let (app, id, _) = alice().await;
    let factor = factors(&app, &id).await.remove(0);
    assert_eq!(factor.kind, FactorKind::Passkey);
    let text = String::from_utf8_lossy(&factor.sealed.bytes).into_owned();
    assert!(!text.contains("cred"), "the key is sealed: another cannot be put in its place");
    assert!(app.store.passkey(factor.credential_id.as_ref().unwrap()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_database_keeps_passkeys_and_challenges_as_they_are() {
    let store = SqliteStore::open("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    let stores = Stores::all_in(store);
    let app = App::in_stores(stores, MemoryStore::new(), FixedClock::new(START), |it| it);
    let mut browser = app.browser();
    let owner = json!({ "username": "alice", "password": "violet harbour lantern 42" });
    assert_eq!(browser.post("/account/sign-up", owner.clone()).await.status, 201);
    assert_eq!(browser.post("/account/sign-in", owner).await.status, 200);
    let mut device = Device::counting();
    enrol(&mut browser, &mut device).await;
    for _ in 0..2 {
        assert_in(&present(&mut app.browser(), &mut device).await, "its counter goes up");
    }
    let before = present_twisted(&mut app.browser(), &mut device, |it| it.count = 2).await;
    assert_refused(&before, "its counter was there before");
    let me = browser.get("/account/factors").await.json();
    assert_eq!((&me[0]["kind"], &me[0]["last_used_at"]), (&"passkey".into(), &START.into()));
}
