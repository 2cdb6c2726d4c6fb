//! Sessions.

use auth_accounts::model::{AccountStatus, AuditEntry, Carrier, SessionId, SessionRecord};
use auth_accounts::secret::Digest;
use auth_accounts::session::{SessionData, SessionMode, SessionSettings};
use auth_accounts::store::{AccountStore as _, DataWritten, SessionStore};
use auth_core::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::time::Duration;

use crate::support::{App, eventually};

const SID: &str = "__Host-sid";

fn feed() -> App {
    App::with(|it| it.sessions(SessionSettings::default().mode(SessionMode::Feed)))
}

/// In feed mode, and the node hears of changes.
async fn feed_that_is_heard() -> App {
    let app = feed();
    app.account("first").await;
    let browser = app.signed_in("first").await;
    eventually(|| {
        let (mut browser, app) = (browser.clone(), app.clone());
        async move {
            browser.get("/mine").await;
            let before = app.store.faults().calls("SessionStore::load");
            browser.get("/mine").await;
            app.store.faults().calls("SessionStore::load") == before
        }
    })
    .await;
    app
}

#[tokio::test]
async fn r74_an_identifier_has_256_random_bits_and_no_two_are_alike() {
    let app = App::new();
    app.account("alice").await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..50 {
        let browser = app.signed_in("alice").await;
        let secret = URL_SAFE_NO_PAD.decode(&browser.cookies[SID]).unwrap();
        assert_eq!(secret.len(), 32 + 8);
        assert!(seen.insert(secret[..32].to_vec()));
    }
}

#[tokio::test]
async fn r75_a_session_is_what_the_store_says_it_is() {
    let app = App::new();
    let alice = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    assert_eq!(browser.get("/mine").await.body, alice.as_str());
    let session = browser.get("/account").await.json()["session"].as_str().unwrap().to_owned();
    let session = SessionId::parse(&session).unwrap();
    assert!(app.store.end(&alice, &session, &AuditEntry::new(app.now(), "x")).await.unwrap());
    assert_eq!(browser.get("/mine").await.status, 401);
}

#[tokio::test]
async fn r76_an_identifier_that_the_server_has_not_made_is_not_adopted() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.browser();
    let chosen = URL_SAFE_NO_PAD.encode([7; 40]);
    browser.cookies.insert(SID.to_owned(), chosen.clone());
    assert_eq!(browser.get("/mine").await.status, 401);
    assert_eq!(browser.sign_in("alice").await.status, 200);
    assert_ne!(browser.cookies[SID], chosen);
    browser.cookies.insert(SID.to_owned(), chosen);
    assert_eq!(browser.get("/mine").await.status, 401);
}

#[tokio::test]
async fn a_wrong_tag_is_refused_without_asking_the_store() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let mut secret = URL_SAFE_NO_PAD.decode(&browser.cookies[SID]).unwrap();
    secret[39] ^= 1;
    browser.cookies.insert(SID.to_owned(), URL_SAFE_NO_PAD.encode(&secret));
    app.store.faults().reset();
    assert_eq!(browser.get("/mine").await.status, 401);
    let mut program = app.program();
    program.token = Some(format!("ses_{}", URL_SAFE_NO_PAD.encode(&secret)));
    assert_eq!(program.get("/mine").await.status, 401);
    assert_eq!(app.store.faults().total(), 0);
}

#[tokio::test]
async fn r77_every_authentication_makes_a_new_identifier_and_voids_the_old_one() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let mut old = browser.clone();
    let session = browser.get("/account").await.json()["session"].clone();
    app.clock.advance(60);
    browser.sign_in("alice").await;
    assert_ne!(browser.cookies[SID], old.cookies[SID]);
    assert_eq!(old.get("/mine").await.status, 401, "no grace");
    let now = browser.get("/account").await.json();
    assert_eq!(now["session"], session, "the session stays the same");
    assert_eq!(now["factors"][0]["age"], 0);
    let all = browser.get("/account/sessions").await.json();
    assert_eq!(all.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_sign_in_as_another_user_ends_the_session_of_the_browser() {
    let app = App::new();
    app.account("alice").await;
    let bob = app.account("bob").await;
    let mut browser = app.signed_in("alice").await;
    let mut old = browser.clone();
    browser.sign_in("bob").await;
    assert_eq!(browser.get("/mine").await.body, bob.as_str());
    assert_eq!(old.get("/mine").await.status, 401);
}

#[tokio::test]
async fn r78_a_session_ends_when_it_is_unused_and_when_its_time_is_over() {
    let app = App::new();
    app.account("alice").await;
    let mut idle = app.signed_in("alice").await;
    let mut used = app.signed_in("alice").await;
    app.clock.advance(3599);
    assert_eq!(used.get("/mine").await.status, 200);
    app.accounts.flush().await.unwrap();
    app.clock.advance(1);
    assert_eq!(idle.get("/mine").await.status, 401, "at the boundary it is over");
    for _ in 1..24 {
        app.clock.advance(3500);
        assert_eq!(used.get("/mine").await.status, 200);
        app.accounts.flush().await.unwrap();
    }
    let passed = 3600 + 23 * 3500;
    app.clock.advance(24 * 3600 - passed - 1);
    assert_eq!(used.get("/mine").await.status, 200);
    app.accounts.flush().await.unwrap();
    app.clock.advance(1);
    assert_eq!(used.get("/mine").await.status, 401, "however it is used");
}

#[tokio::test]
async fn r78_a_session_that_is_remembered_ends_after_thirty_days() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.browser();
    let body = serde_json::json!({
        "username": "alice", "password": crate::support::PASSWORD, "remember": true
    });
    let answer = browser.post("/account/sign-in", body).await;
    let cookie = answer.all("set-cookie").remove(0);
    assert!(cookie.contains("; Max-Age=2592000"), "{cookie}");
    for _ in 0..5 {
        app.clock.advance(6 * 24 * 3600 - 1);
        let status = browser.get("/mine").await.status;
        assert_eq!(status, 200);
        app.accounts.flush().await.unwrap();
    }
    app.clock.advance(5);
    assert_eq!(browser.get("/mine").await.status, 401);
}

#[tokio::test]
async fn a_use_is_written_in_batches_and_never_by_the_request() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    app.clock.advance(59);
    browser.get("/mine").await;
    app.accounts.flush().await.unwrap();
    assert_eq!(app.store.faults().calls("SessionStore::touch"), 0, "it is too soon");
    app.clock.advance(1);
    for _ in 0..10 {
        browser.get("/mine").await;
    }
    assert_eq!(app.store.faults().calls("SessionStore::touch"), 0);
    app.accounts.flush().await.unwrap();
    app.accounts.flush().await.unwrap();
    assert_eq!(app.store.faults().calls("SessionStore::touch"), 1);
    let seen = browser.get("/account/sessions").await.json()[0]["seen_at"].as_u64();
    assert_eq!(seen, Some(app.now()));
}

#[tokio::test]
async fn a_use_that_cannot_be_written_rejects_no_caller() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    app.clock.advance(600);
    app.store.faults().fail_on(&["SessionStore::touch"]);
    assert_eq!(browser.get("/mine").await.status, 200);
    assert!(app.accounts.flush().await.is_err());
    assert_eq!(browser.get("/mine").await.status, 200);
    app.store.faults().fail_on(&[]);
    app.accounts.flush().await.unwrap();
    let seen = browser.get("/account/sessions").await.json()[0]["seen_at"].as_u64();
    assert_eq!(seen, Some(app.now()));
}

#[tokio::test]
async fn r79_a_sign_out_is_felt_on_every_node() {
    let app = App::new();
    app.account("alice").await;
    let other = app.another_node(|it| it);
    let mut browser = app.signed_in("alice").await;
    let mut elsewhere = browser.at(&other);
    assert_eq!(elsewhere.get("/mine").await.status, 200);
    assert_eq!(browser.post("/account/sign-out", Value::Null).await.status, 204);
    assert_eq!(elsewhere.get("/mine").await.status, 401);
}

#[tokio::test]
async fn r79_in_feed_mode_a_sign_out_is_felt_here_at_once_and_elsewhere_when_it_is_heard() {
    let app = feed_that_is_heard().await;
    let other =
        app.another_node(|it| it.sessions(SessionSettings::default().mode(SessionMode::Feed)));
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let mut old = browser.clone();
    assert_eq!(browser.get("/mine").await.status, 200);
    let elsewhere = browser.at(&other);
    // Until the other node has it in its cache.
    eventually(|| {
        let (mut elsewhere, app) = (elsewhere.clone(), app.clone());
        async move {
            elsewhere.get("/mine").await;
            let before = app.store.faults().calls("SessionStore::load");
            elsewhere.get("/mine").await;
            app.store.faults().calls("SessionStore::load") == before
        }
    })
    .await;
    assert_eq!(browser.post("/account/sign-out", Value::Null).await.status, 204);
    assert_eq!(old.get("/mine").await.status, 401, "here at once");
    eventually(|| {
        let mut elsewhere = elsewhere.clone();
        async move { elsewhere.get("/mine").await.status == 401 }
    })
    .await;
}

#[tokio::test]
async fn r79_a_get_signs_no_user_out() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    for path in ["/account/sign-out", "/account/sign-out/everywhere"] {
        assert_eq!(browser.get(path).await.status, 405);
        assert_eq!(browser.get("/mine").await.status, 200);
    }
}

#[tokio::test]
async fn r80_locking_or_deleting_an_account_ends_its_sessions() {
    for mode in [SessionMode::Strict, SessionMode::Feed] {
        let app = App::with(|it| it.sessions(SessionSettings::default().mode(mode)));
        let alice = app.account("alice").await;
        let bob = app.account("bob").await;
        let mut locked = app.signed_in("alice").await;
        let mut deleted = app.signed_in("bob").await;
        assert_eq!(
            (locked.get("/mine").await.status, deleted.get("/mine").await.status),
            (200, 200)
        );
        let audit = AuditEntry::new(app.now(), "x");
        assert!(app.store.set_status(&alice, AccountStatus::Locked, &audit).await.unwrap());
        assert!(app.store.delete(&bob, &audit).await.unwrap());
        for browser in [&locked, &deleted] {
            eventually(|| {
                let mut browser = browser.clone();
                async move { browser.get("/mine").await.status == 401 }
            })
            .await;
        }
        assert!(app.store.set_status(&alice, AccountStatus::Active, &audit).await.unwrap());
        assert_eq!(locked.get("/mine").await.status, 401, "nothing brings it back");
    }
}

#[tokio::test]
async fn r80_everywhere_ends_all_sessions_of_an_account_and_no_others() {
    let app = App::new();
    app.account("alice").await;
    app.account("bob").await;
    let (mut one, mut two) = (app.signed_in("alice").await, app.signed_in("alice").await);
    let mut program = app.program();
    program.sign_in_for_token("alice").await;
    let mut bob = app.signed_in("bob").await;
    assert_eq!(one.clone().post("/account/sign-out/everywhere", Value::Null).await.status, 204);
    for client in [&mut one, &mut two, &mut program] {
        assert_eq!(client.get("/mine").await.status, 401);
    }
    assert_eq!(bob.get("/mine").await.status, 200);
}

#[tokio::test]
async fn r56_an_owner_sees_and_ends_sessions_after_a_fresh_sign_in() {
    let app = App::new();
    app.account("alice").await;
    let mut one = app.signed_in("alice").await.with_header("user-agent", "Browser\t1");
    let mut two = app.browser().with_header("user-agent", "Phone 2");
    two.sign_in("alice").await;
    let all = one.get("/account/sessions").await.json();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 2);
    let other = all.iter().find(|it| it["current"] == false).unwrap();
    assert_eq!(other["device"], "Phone 2");
    let path = format!("/account/sessions/{}", other["id"].as_str().unwrap());
    app.clock.advance(601);
    assert_eq!(one.delete(&path).await.status, 401, "it is too long ago");
    one.sign_in("alice").await;
    assert_eq!(one.delete(&path).await.status, 204);
    assert_eq!(two.get("/mine").await.status, 401);
    assert_eq!(one.delete(&path).await.status, 404);
    assert_eq!(one.delete("/account/sessions/x").await.status, 404);
}

#[tokio::test]
async fn no_user_ends_the_session_of_another_account() {
    let app = App::new();
    app.account("alice").await;
    app.account("bob").await;
    let mut alice = app.signed_in("alice").await;
    let mut bob = app.signed_in("bob").await;
    let session = alice.get("/account").await.json()["session"].as_str().unwrap().to_owned();
    assert_eq!(bob.delete(&format!("/account/sessions/{session}")).await.status, 404);
    assert_eq!(alice.get("/mine").await.status, 200);
}

#[tokio::test]
async fn r81_a_running_request_never_revives_an_ended_session() {
    let app = App::new();
    let alice = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    // The use of the running request waits to be written, and so does its data.
    app.clock.advance(120);
    assert_eq!(browser.get("/mine").await.status, 200);
    let session = browser.get("/account").await.json()["session"].as_str().unwrap().to_owned();
    let session = SessionId::parse(&session).unwrap();
    let mut late = browser.clone();
    browser.post("/account/sign-out", Value::Null).await;
    app.accounts.flush().await.unwrap();
    let written = app.store.set_data(&session, "cart", b"apples", None, app.now()).await.unwrap();
    assert_eq!(written, DataWritten::Gone);
    assert_eq!(late.get("/mine").await.status, 401);
    assert_eq!(app.store.list(&alice, app.now()).await.unwrap(), []);
}

#[tokio::test]
async fn r82_the_store_keeps_a_digest_and_the_trail_no_secret() {
    let app = App::new();
    let alice = app.account("alice").await;
    let browser = app.signed_in("alice").await;
    let secret = URL_SAFE_NO_PAD.decode(&browser.cookies[SID]).unwrap();
    let stored = app.store.list(&alice, app.now()).await.unwrap().remove(0);
    assert_eq!(stored.digest, Digest::of(&[b"session", &secret[..32]]));
    let trail = serde_json::to_string(&app.events().await).unwrap();
    assert!(!trail.contains(&browser.cookies[SID]), "{trail}");
    assert!(trail.contains(stored.id.as_str()));
}

#[tokio::test]
async fn r85_a_failure_of_the_store_is_503_and_never_a_guest() {
    for mode in [SessionMode::Strict, SessionMode::Feed] {
        let app = App::with(|it| it.sessions(SessionSettings::default().mode(mode)));
        app.account("alice").await;
        let mut browser = app.signed_in("alice").await;
        app.store.faults().fail(true);
        for path in ["/mine", "/anybody", "/account", "/account/sessions"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, 503, "{path}: {}", answer.body);
            assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
        }
        for path in ["/account/sign-in", "/account/sign-out", "/account/sign-out/everywhere"] {
            let body = serde_json::json!({ "username": "alice", "password": "x" });
            let answer = browser.post(path, body).await;
            assert_eq!(answer.status, 503, "{path}: {}", answer.body);
            assert_eq!(answer.all("set-cookie"), [""; 0]);
        }
        app.store.faults().fail(false);
        assert_eq!(browser.get("/mine").await.status, 200, "it recovers by itself");
    }
}

#[tokio::test]
async fn r112_a_sign_in_whose_session_was_not_stored_is_none() {
    let app = App::new();
    app.account("alice").await;
    for lost in [false, true] {
        app.store.faults().fail_on(&["SessionStore::create"]);
        app.store.faults().lose_answers(lost);
        let mut browser = app.browser();
        let answer = browser.sign_in("alice").await;
        assert_eq!(answer.status, 503);
        assert!(browser.cookies.is_empty());
        app.store.faults().fail_on(&[]);
        app.store.faults().lose_answers(false);
    }
}

#[tokio::test]
async fn strict_mode_reads_the_store_once() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let mut program = app.program();
    program.sign_in_for_token("alice").await;
    for client in [&mut browser, &mut program] {
        // The assignments are kept from then on.
        client.get("/mine").await;
        app.store.faults().reset();
        assert_eq!(client.get("/mine").await.status, 200);
        assert_eq!(app.store.faults().calls("SessionStore::load"), 1);
        assert_eq!(app.store.faults().total(), 1);
    }
}

#[tokio::test]
async fn feed_mode_reads_nothing_for_what_it_knows() {
    let app = feed_that_is_heard().await;
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    assert_eq!(browser.get("/mine").await.status, 200);
    app.store.faults().reset();
    for _ in 0..10 {
        assert_eq!(browser.get("/mine").await.status, 200);
    }
    assert_eq!(app.store.faults().total(), 0);
}

#[tokio::test]
async fn feed_mode_rejects_when_nothing_is_heard_for_too_long() {
    let app = feed_that_is_heard().await;
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    assert_eq!(browser.get("/mine").await.status, 200);
    app.store.faults().fail_on(&["ChangeStore::changes_after"]);
    // Whatever question was on its way is answered by then.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    app.clock.advance(30);
    assert_eq!(browser.get("/mine").await.status, 200);
    app.clock.advance(2);
    let answer = browser.get("/mine").await;
    assert_eq!((answer.status, browser.get("/anybody").await.status), (503, 503));
    app.store.faults().fail_on(&[]);
    eventually(|| {
        let mut browser = browser.clone();
        async move { browser.get("/mine").await.status == 200 }
    })
    .await;
}

#[tokio::test]
async fn an_account_has_at_most_so_many_sessions() {
    let app = App::with(|it| it.sessions(SessionSettings::default().at_most_per_account(2)));
    app.account("alice").await;
    let mut first = app.signed_in("alice").await;
    app.clock.advance(1);
    let mut second = app.signed_in("alice").await;
    app.clock.advance(1);
    let mut third = app.signed_in("alice").await;
    let statuses = [first.get("/mine").await, second.get("/mine").await, third.get("/mine").await];
    assert_eq!(statuses.map(|it| it.status), [401, 200, 200]);
    assert!(app.events().await.iter().any(|it| it.event == "session_displaced"));
}

#[tokio::test]
async fn data_of_a_session_has_versions_and_goes_with_it() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let session = browser.get("/account").await.json()["session"].as_str().unwrap().to_owned();
    let caller = |method| {
        let caller = auth_core::testing::identity("x").issuer(crate::support::ORIGIN);
        caller.method(method).session_id(session.as_str()).build()
    };
    assert!(app.accounts.session_data(&caller(Method::Bearer)).is_none());
    let data = app.accounts.session_data(&caller(Method::Session)).unwrap();
    assert_eq!(data.get("cart").await.unwrap(), None);
    assert_eq!(data.set("cart", b"1", None).await.unwrap(), DataWritten::Done { version: 1 });
    assert_eq!(data.set("cart", b"2", None).await.unwrap(), DataWritten::Changed);
    assert_eq!(data.set("cart", b"2", Some(1)).await.unwrap(), DataWritten::Done { version: 2 });
    let read = data.get("cart").await.unwrap().unwrap();
    assert_eq!((read.value.as_slice(), read.version), (&b"2"[..], 2));
    assert!(data.set("cart", &vec![0; SessionData::MAX_VALUE + 1], Some(2)).await.is_err());
    assert!(data.set(&"x".repeat(65), b"", None).await.is_err());
    // It stays when the session gets another secret, and goes when the session ends.
    browser.sign_in("alice").await;
    assert!(data.get("cart").await.unwrap().is_some());
    browser.post("/account/sign-out", Value::Null).await;
    assert_eq!(data.get("cart").await.unwrap(), None);
    assert_eq!(data.set("cart", b"3", Some(2)).await.unwrap(), DataWritten::Gone);
}

#[test]
fn the_access_map_shows_the_mode_and_the_longest_times() {
    for (mode, word) in [(SessionMode::Strict, "strict"), (SessionMode::Feed, "feed")] {
        let app = App::with(|it| it.sessions(SessionSettings::default().mode(mode)));
        let builder = auth_core::Authenticator::builder().vocabulary::<(crate::support::Role,)>();
        let authenticator = app.accounts.schemes(builder).build().unwrap();
        let map = auth_core::Router::<()>::new().access_map().with_authenticator(&authenticator);
        let credentials = &map.model().credentials;
        let said: Vec<_> = credentials.validity.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [format!("session: {word}, idle 7d, absolute 30d"), format!("api-key: {word}")]
        );
        let origins = credentials.trusted_origins.clone().unwrap();
        assert_eq!(origins, [crate::support::ORIGIN]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_swept_away_however_much_it_is() {
    let app = App::new();
    let alice = app.account("alice").await;
    let began = app.now();
    for number in 0..2_500_u64 {
        let session = SessionRecord {
            digest: Digest::of(&[&number.to_be_bytes()]),
            id: SessionId::random(),
            account: alice.clone(),
            epoch: 0,
            carrier: Carrier::Token,
            factors: Vec::new(),
            started_at: began,
            authenticated_at: began,
            seen_at: began,
            idle_seconds: 60,
            ends_at: began + 60,
            device: String::new(),
        };
        let audit = AuditEntry::new(began, "sign_in");
        SessionStore::create(&app.store, &session, &audit).await.unwrap();
    }
    app.clock.advance(60);
    // From the first question to the store on.
    app.signed_in("alice").await;
    tokio::time::sleep(Duration::from_secs(62)).await;
    assert_eq!(app.store.sweep_sessions(app.now(), 10_000).await.unwrap(), 0);
}
