//! Checking names and passwords.

use std::time::Duration;

use auth_accounts::Accounts;
use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountStatus, AuditEntry, AuditOutcome, LoginKey,
    PasswordHash,
};
use auth_accounts::password::PasswordSettings;
use auth_accounts::secret::KeyRing;
use auth_accounts::sign_in::{Client, SignInError};
use auth_accounts::store::Stores;
use auth_accounts::store::{AccountStore as _, PasswordChange, PasswordWritten};

use crate::password_support::{ANOTHER, NOW, PASSWORD, World, client_at, keys};

fn entry() -> AuditEntry {
    AuditEntry::new(NOW, "test")
}

#[tokio::test]
async fn a_name_and_its_password_are_an_account() {
    let mut world = World::new();
    let alice = world.has_account("alice").await;
    assert_eq!(world.check("alice", PASSWORD).await.unwrap().id, alice.id);
    assert_eq!(world.check("ALICE", PASSWORD).await.unwrap().id, alice.id);
    assert_eq!(world.check("alice", ANOTHER).await, Err(SignInError::Refused));
    assert_eq!(world.check("bob", PASSWORD).await, Err(SignInError::Refused));
}

#[tokio::test]
async fn r1_a_password_may_have_64_characters_of_any_kind() {
    let world = World::new();
    let password = "Ünïcödé ☃ パスワード 👨\u{200d}👩\u{200d}👧 ".repeat(3);
    assert!(password.chars().count() >= 64);
    let client = Client::default();
    world.accounts.sign_up("alice", &password.as_str().into(), None, &client).await.unwrap();
    assert!(world.check("alice", &password).await.is_ok());
}

#[tokio::test]
async fn r3_a_password_is_compared_as_it_is_to_the_last_character() {
    let world = World::new();
    let password = format!(" {} ", "long words ".repeat(15));
    let client = Client::default();
    world.accounts.sign_up("alice", &password.as_str().into(), None, &client).await.unwrap();
    assert!(world.check("alice", &password).await.is_ok());
    for other in
        [password.trim().to_owned(), password.to_uppercase(), password.chars().take(72).collect()]
    {
        assert_eq!(world.check("alice", &other).await, Err(SignInError::Refused));
    }
}

#[tokio::test]
async fn r4_the_same_characters_are_the_same_password_on_every_keyboard() {
    let world = World::new();
    let client = Client::default();
    let (composed, decomposed) =
        ("caf\u{e9} cr\u{e8}me br\u{fb}l\u{e9}e", "cafe\u{301} cre\u{300}me bru\u{302}le\u{301}e");
    world.accounts.sign_up("alice", &composed.into(), None, &client).await.unwrap();
    assert!(world.check("alice", decomposed).await.is_ok());
}

#[tokio::test]
async fn r5_a_password_that_is_too_long_is_refused_like_any_wrong_one() {
    let mut world = World::new();
    world.has_account("alice").await;
    for name in ["alice", "nobody"] {
        let long = "x".repeat(1_025);
        assert_eq!(world.check(name, &long).await, Err(SignInError::Refused));
    }
}

#[tokio::test]
async fn r10_a_password_is_hashed_anew_at_the_next_sign_in_unless_it_was_changed_meanwhile() {
    let mut world = World::with_passwords(PasswordSettings::default().cost(12_288, 3, 1));
    let before = world.has_account("alice").await;
    let newer = Accounts::builder(Stores::all_in(world.store.clone()))
        .origin("https://notes.example.com")
        .keys(keys())
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let client = Client::default();
    let answered = newer.check_password("alice", &PASSWORD.into(), &client).await.unwrap();
    let after = world.account("alice").await;
    assert_eq!(answered, after);
    assert!(after.password.as_ref().unwrap().as_str().contains("m=19456,t=2,p=1"));
    assert_eq!((after.epoch, after.password_at), (before.epoch, before.password_at));
    assert!(newer.check_password("alice", &PASSWORD.into(), &client).await.is_ok());
    assert_eq!(world.account("alice").await.password, after.password, "once");

    let change = PasswordChange::Rehashed;
    let late = world
        .store
        .set_password(
            &after.id,
            before.password.as_ref(),
            &PasswordHash::new("x"),
            change,
            &entry(),
        )
        .await;
    assert_eq!(late, Ok(PasswordWritten::Changed));
}

#[tokio::test]
async fn r10_a_hash_that_cannot_be_renewed_does_not_keep_its_owner_out() {
    let mut world = World::with_passwords(PasswordSettings::default().cost(12_288, 3, 1));
    world.has_account("alice").await;
    let newer = Accounts::builder(Stores::all_in(world.store.clone()))
        .origin("https://notes.example.com")
        .keys(keys())
        .clock(world.clock.clone())
        .build()
        .unwrap();
    world.store.faults().fail_on(&["AccountStore::set_password"]);
    let checked = newer.check_password("alice", &PASSWORD.into(), &Client::default()).await;
    assert!(checked.is_ok());
}

#[tokio::test]
async fn r11_a_stolen_store_is_worth_nothing_without_the_key() {
    let mut world = World::new();
    world.has_account("alice").await;
    let thief = Accounts::builder(Stores::all_in(world.store.clone()))
        .origin("https://notes.example.com")
        .keys(KeyRing::new([("test", [8; 32])]).unwrap())
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let checked = thief.check_password("alice", &PASSWORD.into(), &Client::default()).await;
    assert_eq!(checked, Err(SignInError::Refused));
}

#[tokio::test]
async fn r12_a_stored_hash_with_absurd_parameters_is_refused_and_not_run() {
    let mut world = World::new();
    let alice = world.has_account("alice").await;
    let absurd = "$argon2id$v=19$m=4194304,t=1000,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b0dWRWJTmaaJObG";
    let absurd = PasswordHash::new(absurd);
    let change = PasswordChange::Rehashed;
    let written = world
        .store
        .set_password(&alice.id, alice.password.as_ref(), &absurd, change, &entry())
        .await;
    assert!(matches!(written, Ok(PasswordWritten::Done { .. })));
    let checked = tokio::time::timeout(Duration::from_secs(20), world.check("alice", "password"));
    assert_eq!(checked.await.unwrap(), Err(SignInError::Refused));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_more_than_the_queue_holds_is_refused_without_a_question_to_the_store() {
    let mut world = World::with_passwords(PasswordSettings::default().queue(1, 1));
    world.has_account("alice").await;
    world.store.faults().reset();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let accounts = world.accounts.clone();
        let client = Client::default();
        tasks.spawn(
            async move { accounts.check_password("alice", &PASSWORD.into(), &client).await },
        );
    }
    let answers = tasks.join_all().await;
    let busy =
        answers.iter().filter(|it| matches!(it, Err(SignInError::Busy { retry_after: 1.. })));
    let busy = busy.count();
    let right = answers.iter().filter(|it| it.is_ok()).count();
    assert!(busy > 0 && right >= 2 && busy + right == 12, "{busy} {right}");
    assert_eq!(world.store.faults().calls("AccountStore::find"), right as u64);
    assert_eq!(world.store.faults().calls("AttemptStore::hit"), 2 * right as u64);
}

#[tokio::test]
async fn r15_there_is_no_account_before_a_user_signs_up() {
    let world = World::new();
    assert_eq!(world.store.search("", None, 10).await, Ok(Vec::new()));
}

/// What the store is asked at an attempt.
async fn questions(world: &World, name: &str, password: &str) -> Vec<&'static str> {
    world.store.faults().start_sequence();
    let refused = world.check_from(name, password, &client_at("192.0.2.1")).await;
    assert_eq!(refused, Err(SignInError::Refused), "{name}");
    world.store.faults().end_sequence()
}

#[tokio::test]
async fn r16_for_every_mistake_the_answer_and_the_questions_to_the_store_are_the_same() {
    let mut world = World::new();
    world.has_account("alice").await;
    let locked = world.has_account("locked").await;
    world.store.set_status(&locked.id, AccountStatus::Locked, &entry()).await.unwrap();
    let service = Account {
        id: AccountId::random(),
        kind: AccountKind::Service,
        login: LoginKey::prepare("robot").unwrap(),
        username: "robot".to_owned(),
        email: None,
        password: None,
        password_at: None,
        ..locked
    };
    world.store.create(&service, &entry()).await.unwrap();
    let expected = questions(&world, "alice", ANOTHER).await;
    assert_eq!(
        expected,
        [
            "AccountStore::find",
            "AttemptStore::hit",
            "AttemptStore::hit",
            "AttemptStore::hit",
            "AuditStore::append"
        ]
    );
    for (name, password) in [
        ("nobody", ANOTHER),
        ("nobody", PASSWORD),
        ("locked", PASSWORD),
        ("locked", ANOTHER),
        ("robot", PASSWORD),
        ("not a name", PASSWORD),
        ("alice", "a\0b"),
        ("alice", ""),
    ] {
        assert_eq!(questions(&world, name, password).await, expected, "{name}");
    }
}

#[tokio::test]
async fn r16_an_unknown_name_takes_as_long_as_a_wrong_password() {
    let limit = auth_accounts::store::Limit { attempts: 100, window_seconds: 60 };
    let mut world = World::with_passwords(PasswordSettings::default().attempts(limit));
    world.has_account("alice").await;
    let mut best = [f64::MAX; 2];
    // Other tests take the cores from this one: the best of each is what tells them apart, and more
    // rounds make it better.
    let is_alike = |[known, unknown]: [f64; 2]| (0.5..2.0).contains(&(known / unknown));
    for round in 0..90 {
        for (name, best) in ["alice", "nobody"].iter().zip(&mut best) {
            let began = std::time::Instant::now();
            assert_eq!(world.check(name, ANOTHER).await, Err(SignInError::Refused));
            *best = best.min(began.elapsed().as_secs_f64());
        }
        if round >= 14 && is_alike(best) {
            break;
        }
    }
    assert!(is_alike(best), "{best:?}");
    let [known, _] = best;
    assert!(known > 0.002, "a hash was run: {known}");
}

#[tokio::test]
async fn r85_r112_a_store_that_fails_lets_no_user_in() {
    let mut world = World::new();
    world.has_account("alice").await;
    for method in ["AttemptStore::hit", "AccountStore::find", "AttemptStore::forgive"] {
        world.store.faults().fail_on(&[method]);
        assert!(
            matches!(world.check("alice", PASSWORD).await, Err(SignInError::Store(_))),
            "{method}"
        );
    }
    world.store.faults().fail_on(&["AuditStore::append"]);
    for name in ["alice", "nobody"] {
        assert!(matches!(world.check(name, ANOTHER).await, Err(SignInError::Store(_))), "{name}");
    }
}

#[tokio::test]
async fn r109_r110_every_refusal_is_audited_and_no_name_is_written_that_was_typed() {
    let mut world = World::new();
    let alice = world.has_account("alice").await;
    let tried = "hunter2-typed-into-the-wrong-field";
    for (name, reason, account) in [
        ("alice", "wrong_password", Some(&alice.id)),
        ("nobody", "unknown_name", None),
        (tried, "unknown_name", None),
    ] {
        let client = client_at("192.0.2.1");
        let _ = world.check_from(name, ANOTHER, &client).await;
        let record = world.last_audit().await;
        assert_eq!(record.entry.event, "sign_in");
        assert_eq!(record.entry.outcome, AuditOutcome::Refused);
        assert_eq!(record.entry.at, NOW);
        assert_eq!(record.entry.account.as_ref(), account);
        assert_eq!(record.entry.source.as_deref(), Some("192.0.2.1"));
        assert_eq!(record.entry.detail["method"], "password");
        assert_eq!(record.entry.detail["reason"], reason);
    }
    let trail = format!("{:?}", world.audit().await);
    assert!(!trail.contains("hunter2") && !trail.contains("nobody"), "{trail}");
}
