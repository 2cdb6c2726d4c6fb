//! How often passwords can be tried.

use auth_accounts::model::{AccountStatus, AuditEntry};
use auth_accounts::password::PasswordSettings;
use auth_accounts::sign_in::SignInError;
use auth_accounts::store::{AccountStore as _, Limit};
use serde_json::{Value, json};

use crate::password_support::{ANOTHER, PASSWORD, World, client_at};
use crate::support::App;

fn is_refused_for_now<T>(answer: &Result<T, SignInError>) -> bool {
    matches!(answer, Err(SignInError::TooManyAttempts { retry_after: 1.. }))
}

#[tokio::test]
async fn r18_an_account_can_be_tried_ten_times_and_then_waits() {
    let mut world = World::new();
    world.has_account("alice").await;
    for name in ["alice", "nobody"] {
        for _ in 0..10 {
            assert_eq!(world.check(name, ANOTHER).await, Err(SignInError::Refused));
        }
        let refused = world.check(name, PASSWORD).await;
        assert_eq!(refused, Err(SignInError::TooManyAttempts { retry_after: 900 }), "{name}");
        assert_eq!(world.last_audit().await.entry.detail["reason"], "too_many_attempts");
    }
    world.clock.advance(899);
    assert!(is_refused_for_now(&world.check("alice", PASSWORD).await));
    world.clock.advance(1);
    assert!(world.check("alice", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn r18_no_more_than_so_many_failures_in_a_row_however_slow() {
    let settings = PasswordSettings::default();
    let mut world =
        World::with_passwords(settings.attempts(Limit { attempts: 100, window_seconds: 1 }));
    world.has_account("alice").await;
    for _ in 0..100 {
        assert_eq!(world.check("alice", ANOTHER).await, Err(SignInError::Refused));
        world.clock.advance(3_600);
    }
    assert!(is_refused_for_now(&world.check("alice", PASSWORD).await));
}

#[tokio::test]
async fn r18_a_right_password_ends_the_row() {
    let mut world = World::new();
    world.has_account("alice").await;
    for _ in 0..5 {
        for _ in 0..9 {
            assert_eq!(world.check("alice", ANOTHER).await, Err(SignInError::Refused));
        }
        assert!(world.check("alice", PASSWORD).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r19_attempts_at_the_same_time_are_all_counted_before_they_are_checked() {
    let settings = PasswordSettings::default().queue(2, 100);
    let mut world = World::with_passwords(settings);
    world.has_account("alice").await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let accounts = world.accounts.clone();
        tasks.spawn(async move {
            let client = auth_accounts::sign_in::Client::default();
            accounts.check_password("alice", &ANOTHER.into(), &client).await
        });
    }
    let answers = tasks.join_all().await;
    let checked = answers.iter().filter(|it| **it == Err(SignInError::Refused)).count();
    assert_eq!(checked, 10);
    assert_eq!(answers.iter().filter(|it| is_refused_for_now(it)).count(), 30);
}

#[tokio::test]
async fn r19_two_nodes_count_together() {
    let mut world = World::new();
    world.has_account("alice").await;
    let other =
        auth_accounts::Accounts::builder(auth_accounts::store::Stores::all_in(world.store.clone()))
            .origin("https://notes.example.com")
            .keys(crate::password_support::keys())
            .clock(world.clock.clone())
            .build()
            .unwrap();
    let client = auth_accounts::sign_in::Client::default();
    for _ in 0..5 {
        assert_eq!(world.check("alice", ANOTHER).await, Err(SignInError::Refused));
        let there = other.check_password("alice", &ANOTHER.into(), &client).await;
        assert_eq!(there, Err(SignInError::Refused));
    }
    assert!(is_refused_for_now(&other.check_password("alice", &PASSWORD.into(), &client).await));
}

#[tokio::test]
async fn one_address_cannot_try_the_passwords_of_all_users() {
    let settings = PasswordSettings::default();
    let limit = Limit { attempts: 5, window_seconds: 60 };
    let world = World::with_passwords(settings.attempts_of_an_address(limit));
    let names: Vec<_> = (0..6).map(|number| format!("user{number}")).collect();
    let (last, first) = names.split_last().unwrap();
    for name in first {
        // Who has an IPv6 network has all of its addresses.
        let client = client_at(&format!("2001:db8::{}", name.len()));
        assert_eq!(world.check_from(name, ANOTHER, &client).await, Err(SignInError::Refused));
    }
    assert!(is_refused_for_now(&world.check_from(last, ANOTHER, &client_at("2001:db8::ff")).await));
    assert_eq!(
        world.check_from(last, ANOTHER, &client_at("2001:db8:0:1::1")).await,
        Err(SignInError::Refused)
    );
}

#[tokio::test]
async fn r16_over_http_every_mistake_is_answered_alike() {
    let app = App::new();
    app.account("alice").await;
    let locked = app.account("locked").await;
    let entry = AuditEntry::new(app.now(), "test");
    app.store.set_status(&locked, AccountStatus::Locked, &entry).await.unwrap();
    let mut answers = Vec::new();
    for (name, password) in [("alice", ANOTHER), ("nobody", PASSWORD), ("locked", PASSWORD)] {
        let body = json!({"username": name, "password": password, "token": true});
        let answer = app.program().post("/account/sign-in", body).await;
        assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("invalid_credentials")));
        answers.push((answer.body, answer.headers));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn r20_strangers_do_not_lock_out_who_has_signed_in_on_the_device_before() {
    let app = App::new();
    app.account("alice").await;
    let mut alice = app.signed_in("alice").await;
    assert_eq!(alice.post("/account/sign-out", Value::Null).await.status, 204);
    let wrong = json!({"username": "alice", "password": ANOTHER});
    let mut stranger = app.browser();
    for _ in 0..10 {
        assert_eq!(stranger.post("/account/sign-in", wrong.clone()).await.status, 401);
    }
    let refused = stranger.sign_in("alice").await;
    assert_eq!((refused.status, &refused.json()["code"]), (429, &json!("too_many_attempts")));
    assert_eq!(refused.header("retry-after").as_deref(), Some("900"));
    let known = alice.sign_in("alice").await;
    assert_eq!(known.status, 200);
    assert!(!known.all("set-cookie").iter().any(|it| it.contains("device")), "it is known already");
    // The device has its own limit, and its success gives strangers nothing back.
    assert_eq!(stranger.sign_in("alice").await.status, 429);
    for _ in 0..10 {
        assert_eq!(alice.post("/account/sign-in", wrong.clone()).await.status, 401);
    }
    assert_eq!(alice.sign_in("alice").await.status, 429);
}

#[tokio::test]
async fn r20_a_device_is_known_to_those_who_have_signed_in_on_it_alone() {
    let app = App::new();
    for name in ["alice", "bob"] {
        app.account(name).await;
    }
    let mut shared = app.signed_in("alice").await;
    assert_eq!(shared.sign_in("bob").await.status, 200);
    let mut mallory = app.browser();
    mallory.cookies.insert("__Host-device".to_owned(), "AAAA.BBBB".to_owned());
    for name in ["alice", "bob"] {
        let wrong = json!({"username": name, "password": ANOTHER});
        for _ in 0..10 {
            assert_eq!(mallory.post("/account/sign-in", wrong.clone()).await.status, 401);
        }
        assert_eq!(mallory.sign_in(name).await.status, 429, "{name}");
        assert_eq!(shared.sign_in(name).await.status, 200, "{name}");
    }
}
