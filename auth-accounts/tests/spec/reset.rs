//! Changing a password, and a new one for one that was forgotten.

use auth_accounts::delivery::{Message, Notice};
use auth_accounts::model::{AccountStatus, AuditEntry, Email, SessionId};
use auth_accounts::password::PasswordError;
use auth_accounts::secret::SecretText;
use auth_accounts::sign_in::{Client, PasswordChangeError, SignInError, TokenError};
use auth_accounts::store::{AccountStore as _, OneTimeKind, OneTimeStore as _};
use serde_json::json;

use crate::password_support::{ANOTHER, Mailbox, NOW, PASSWORD, World, next_message, token_of};
use crate::support::App;

async fn token(world: &mut World, name: &str) -> SecretText {
    world.accounts.request_reset(name, &Client::default()).await.unwrap();
    let (_, message) = world.message().await;
    assert!(matches!(message, Message::PasswordReset { .. }), "{message:?}");
    token_of(&message)
}

async fn confirm(world: &World, token: &SecretText, new: &str) -> Result<(), TokenError> {
    world.accounts.confirm_reset(token, &new.into(), &Client::default()).await
}

#[tokio::test]
async fn r46_a_token_sets_a_password_once() {
    let mut world = World::new();
    let before = world.has_account("alice").await;
    let token = token(&mut world, "Alice").await;
    assert_eq!(confirm(&world, &token, ANOTHER).await, Ok(()));
    let after = world.account("alice").await;
    assert_eq!(after.epoch, before.epoch + 1, "all sessions end");
    assert!(world.check("alice", ANOTHER).await.is_ok());
    assert_eq!(world.check("alice", PASSWORD).await, Err(SignInError::Refused));
    assert!(matches!(world.message().await.1, Message::Notice(Notice::PasswordChanged)));
    assert_eq!(confirm(&world, &token, "yet another password").await, Err(TokenError::Invalid));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r43_r46_of_those_who_use_a_token_at_once_one_wins() {
    let mut world = World::new();
    world.has_account("alice").await;
    let token = token(&mut world, "alice").await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..6 {
        let (accounts, token) = (world.accounts.clone(), token.clone());
        tasks.spawn(async move {
            let new = SecretText::new(format!("words of number {number} of all"));
            accounts.confirm_reset(&token, &new, &Client::default()).await
        });
    }
    let done = tasks.join_all().await;
    assert_eq!(done.iter().filter(|it| it.is_ok()).count(), 1, "{done:?}");
    assert_eq!(world.account("alice").await.epoch, 1);
}

#[tokio::test]
async fn r46_a_token_has_256_bits_and_only_its_digest_is_stored() {
    let mut world = World::new();
    world.has_account("alice").await;
    let token = token(&mut world, "alice").await;
    assert_eq!(token.expose().len(), 43);
    assert!(token.expose().bytes().all(|it| it.is_ascii_alphanumeric()));
    let plain = auth_accounts::secret::Digest::of(&[token.expose().as_bytes()]);
    let found = world.store.peek(OneTimeKind::PasswordReset, &plain, NOW).await;
    assert_eq!(found, Ok(None), "the kind is part of the digest");
}

#[tokio::test]
async fn r46_a_token_is_valid_for_an_hour() {
    let mut world = World::new();
    world.has_account("alice").await;
    let early = token(&mut world, "alice").await;
    world.clock.advance(3_599);
    assert_eq!(confirm(&world, &early, ANOTHER).await, Ok(()));
    world.message().await;
    let late = token(&mut world, "alice").await;
    world.clock.advance(3_600);
    assert_eq!(confirm(&world, &late, PASSWORD).await, Err(TokenError::Invalid));
}

#[tokio::test]
async fn r46_a_token_is_void_after_the_password_or_the_address_was_changed() {
    let mut world = World::new();
    let alice = world.has_account("alice").await;
    let (first, second) = (token(&mut world, "alice").await, token(&mut world, "alice").await);
    assert_eq!(confirm(&world, &first, ANOTHER).await, Ok(()));
    world.message().await;
    assert_eq!(confirm(&world, &second, PASSWORD).await, Err(TokenError::Invalid));

    let third = token(&mut world, "alice").await;
    let (email, entry) = (Email::parse("new@mail.test"), AuditEntry::new(NOW, "test"));
    world.store.set_email(&alice.id, email.as_ref(), None, &entry).await.unwrap();
    assert_eq!(confirm(&world, &third, PASSWORD).await, Err(TokenError::Invalid));
}

#[tokio::test]
async fn a_password_that_cannot_be_chosen_does_not_use_the_token_up() {
    let mut world = World::new();
    world.has_account("alice").await;
    let token = token(&mut world, "alice").await;
    let too_short = PasswordError::TooShort { at_least: 15 };
    assert_eq!(confirm(&world, &token, "short").await, Err(TokenError::Password(too_short)));
    assert_eq!(confirm(&world, &token, ANOTHER).await, Ok(()));
}

#[tokio::test]
async fn r17_a_reset_is_answered_alike_for_every_name() {
    let mut world = World::new();
    world.has_account("alice").await;
    let locked = world.has_account("locked").await;
    let entry = AuditEntry::new(NOW, "test");
    world.store.set_status(&locked.id, AccountStatus::Locked, &entry).await.unwrap();
    for name in ["nobody", "locked", "not a name"] {
        world.store.faults().start_sequence();
        let answer = world.accounts.request_reset(name, &Client::default()).await;
        assert_eq!(
            world.store.faults().end_sequence(),
            Vec::<&str>::new(),
            "nothing before the answer"
        );
        assert_eq!(answer, Ok(()));
        world.no_message().await;
    }
    assert_eq!(world.accounts.request_reset("alice", &Client::default()).await, Ok(()));
    assert_eq!(world.message().await.0, "alice@mail.test");
}

#[tokio::test]
async fn a_verified_address_finds_its_account_and_another_one_does_not() {
    let mut world = World::new();
    let alice = world.has_account("alice").await;
    let client = Client::default();
    world.accounts.request_reset("alice@mail.test", &client).await.unwrap();
    world.no_message().await;
    let entry = AuditEntry::new(NOW, "test");
    world.store.set_email(&alice.id, alice.email.as_ref(), Some(NOW), &entry).await.unwrap();
    token(&mut world, "ALICE@mail.test").await;
}

#[tokio::test]
async fn a_mailbox_is_not_filled() {
    let mut world = World::new();
    world.has_account("alice").await;
    for _ in 0..5 {
        token(&mut world, "alice").await;
    }
    world.accounts.request_reset("alice", &Client::default()).await.unwrap();
    world.no_message().await;
}

#[tokio::test]
async fn r20_a_new_password_lets_its_owner_in_at_once() {
    let mut world = World::new();
    world.has_account("alice").await;
    for _ in 0..11 {
        let _ = world.check("alice", ANOTHER).await;
    }
    assert!(matches!(
        world.check("alice", PASSWORD).await,
        Err(SignInError::TooManyAttempts { .. })
    ));
    let token = token(&mut world, "alice").await;
    assert_eq!(confirm(&world, &token, ANOTHER).await, Ok(()));
    assert!(world.check("alice", ANOTHER).await.is_ok());
}

#[tokio::test]
async fn r8_a_password_is_changed_by_who_knows_the_one_before() {
    let mut world = World::new();
    let alice = world.has_account("alice").await;
    let session = SessionId::random();
    let change = async |current: &str, new: &str| {
        let client = Client::default();
        world
            .accounts
            .change_password(&alice.id, &session, &current.into(), &new.into(), &client)
            .await
    };
    assert_eq!(change(ANOTHER, ANOTHER).await, Err(PasswordChangeError::WrongPassword));
    let too_short = PasswordError::TooShort { at_least: 15 };
    assert_eq!(change(PASSWORD, "short").await, Err(too_short.into()));
    assert_eq!(change(PASSWORD, ANOTHER).await, Ok(1), "the epoch ends all other sessions");
    assert_eq!(change(PASSWORD, ANOTHER).await, Err(PasswordChangeError::WrongPassword));
    assert!(world.check("alice", ANOTHER).await.is_ok());
    for _ in 0..9 {
        assert_eq!(change(PASSWORD, ANOTHER).await, Err(PasswordChangeError::WrongPassword));
    }
    let limited = change(ANOTHER, PASSWORD).await;
    let limited =
        matches!(limited, Err(PasswordChangeError::NotNow(SignInError::TooManyAttempts { .. })));
    assert!(limited, "a stolen session is no way to guess the password");
    assert!(world.check("alice", ANOTHER).await.is_ok(), "and takes nothing from its owner");
}

#[tokio::test]
async fn r8_r77_over_http_a_change_ends_all_other_sessions_and_renews_this_one() {
    let app = App::new();
    app.account("alice").await;
    let mut alice = app.signed_in("alice").await;
    let mut elsewhere = app.signed_in("alice").await;
    let stolen = alice.clone();
    let wrong = json!({"current": ANOTHER, "new": ANOTHER});
    let answer = alice.post("/account/password", wrong).await;
    assert_eq!((answer.status, &answer.json()["code"]), (403, &json!("wrong_password")));
    let change = json!({"current": PASSWORD, "new": ANOTHER});
    assert_eq!(app.browser().post("/account/password", change.clone()).await.status, 401);
    let done = alice.post("/account/password", change).await;
    assert_eq!((done.status, done.body.as_str()), (204, ""));
    assert_eq!(alice.get("/mine").await.status, 200);
    assert_eq!(elsewhere.get("/mine").await.status, 401);
    assert_eq!(stolen.clone().get("/mine").await.status, 401, "the secret before is void");
    assert_eq!(app.browser().sign_in("alice").await.status, 401);
    let body = json!({"username": "alice", "password": ANOTHER});
    assert_eq!(app.browser().post("/account/sign-in", body).await.status, 200);
    let event = app.events().await.into_iter().find(|it| it.event == "password_changed").unwrap();
    assert_eq!((event.actor.is_some(), event.actor), (true, event.account));
}

#[tokio::test]
async fn r46_r47_over_http_a_reset_signs_no_user_in_and_ends_all_sessions() {
    let (mailbox, mut messages) = Mailbox::new();
    let app = App::with(|builder| builder.delivery(mailbox));
    let mut program = app.program();
    let body = json!({"username": "alice", "password": PASSWORD, "email": "alice@mail.test"});
    assert_eq!(program.post("/account/sign-up", body).await.status, 201);
    next_message(&mut messages).await;
    let mut alice = app.signed_in("alice").await;
    let mut answers = Vec::new();
    for name in ["nobody", "alice"] {
        let asked = program.post("/account/password/reset", json!({ "username": name })).await;
        answers.push((asked.status, asked.body, asked.headers));
    }
    assert_eq!((answers[0].0, answers[0].1.as_str()), (202, ""));
    assert_eq!(answers[0], answers[1]);
    let token = token_of(&next_message(&mut messages).await.1);
    let confirm = json!({"token": token.expose(), "new": ANOTHER});
    let mut browser = app.browser();
    let done = browser.post("/account/password/reset/confirm", confirm.clone()).await;
    assert_eq!((done.status, done.all("set-cookie")), (204, Vec::new()));
    assert_eq!(browser.get("/mine").await.status, 401);
    assert_eq!(alice.get("/mine").await.status, 401);
    let twice = browser.post("/account/password/reset/confirm", confirm).await;
    assert_eq!((twice.status, &twice.json()["code"]), (400, &json!("invalid_token")));
}
