//! Signing up, and verifying an address.

use auth_accounts::delivery::Message;
use auth_accounts::model::AuditOutcome;
use auth_accounts::password::PasswordError;
use auth_accounts::secret::SecretText;
use auth_accounts::sign_in::{Client, SignUpError, TokenError};
use serde_json::json;

use crate::password_support::{ANOTHER, Mailbox, NOW, PASSWORD, World, next_message, token_of};
use crate::support::App;

async fn sign_up(
    world: &World,
    name: &str,
    password: &str,
    email: Option<&str>,
) -> Result<(), SignUpError> {
    world.accounts.sign_up(name, &password.into(), email, &Client::default()).await
}

#[tokio::test]
async fn who_signs_up_has_an_account_and_is_asked_to_verify_the_address() {
    let mut world = World::new();
    sign_up(&world, "Alice", PASSWORD, Some("alice@mail.test")).await.unwrap();
    let alice = world.account("alice").await;
    assert_eq!((alice.username.as_str(), alice.email_verified_at), ("Alice", None));
    let (to, message) = world.message().await;
    assert_eq!(to, "alice@mail.test");
    let token = token_of(&message);
    world.accounts.verify_email(&token, &Client::default()).await.unwrap();
    assert_eq!(world.account("alice").await.email_verified_at, Some(NOW));
    let again = world.accounts.verify_email(&token, &Client::default()).await;
    assert_eq!(again, Err(TokenError::Invalid), "once");
}

#[tokio::test]
async fn r2_r6_r7_a_password_that_cannot_be_chosen_is_named() {
    let world = World::new();
    for (password, expected) in [
        ("short", PasswordError::TooShort { at_least: 15 }),
        ("fourteen chars", PasswordError::TooShort { at_least: 15 }),
        ("passwordpassword", PasswordError::Common),
        ("1q2w3e4r5t6y7u8i9o0p", PasswordError::Common),
        ("notes-alice-example-2026", PasswordError::TooShort { at_least: 15 }),
        ("a tab is a\tcontrol character", PasswordError::ControlCharacter),
    ] {
        let refused = sign_up(&world, "alice", password, None).await;
        assert_eq!(refused, Err(SignUpError::Password(expected)), "{password}");
    }
    assert_eq!(
        sign_up(&world, "alice", &"x y".repeat(400), None).await,
        Err(PasswordError::TooLong.into())
    );
    for password in ["only lower case letters", "3819 5520 7734 1206"] {
        assert_eq!(sign_up(&world, "bob", password, None).await, Ok(()), "{password}");
    }
}

#[tokio::test]
async fn a_name_or_address_that_cannot_be_one_is_refused() {
    let world = World::new();
    for name in ["", "a b", "a:b", "a\0", &"x".repeat(300)] {
        assert_eq!(sign_up(&world, name, PASSWORD, None).await, Err(SignUpError::Username));
    }
    for email in ["", "a", "a@b@c", "a@b\r\nBcc: c@d.test"] {
        assert_eq!(sign_up(&world, "a", PASSWORD, Some(email)).await, Err(SignUpError::Email));
    }
}

#[tokio::test]
async fn r17_a_name_that_is_taken_is_answered_like_a_free_one_and_its_owner_is_told() {
    let mut world = World::new();
    let alice = world.has_account("alice").await;
    let mut questions = Vec::new();
    for name in ["bob", "ALICE"] {
        world.store.faults().start_sequence();
        let answer = sign_up(&world, name, ANOTHER, Some("new@mail.test")).await;
        // What is asked in the background, nobody waits for.
        let asked = world.store.faults().end_sequence();
        assert_eq!(answer, Ok(()));
        questions.push(asked.into_iter().next());
        let (to, message) = world.message().await;
        if name == "bob" {
            assert!(matches!(message, Message::EmailVerification { .. }));
            assert_eq!(to, "new@mail.test");
        } else {
            assert!(matches!(message, Message::AlreadySignedUp));
            assert_eq!(to, "alice@mail.test");
        }
    }
    assert_eq!(questions, [Some("AccountStore::create"); 2]);
    assert_eq!(world.account("alice").await, alice, "nothing was changed");
    let record = world.last_audit().await;
    assert_eq!(
        (record.entry.event.as_str(), record.entry.outcome),
        ("sign_up", AuditOutcome::Refused)
    );
    assert!(world.check("alice", ANOTHER).await.is_err());
}

#[tokio::test]
async fn r19_of_those_who_sign_up_with_the_same_name_one_gets_it() {
    let world = World::new();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let accounts = world.accounts.clone();
        tasks.spawn(async move {
            let password = SecretText::new(format!("words of number {number} of all"));
            accounts.sign_up("alice", &password, None, &Client::default()).await
        });
    }
    assert!(tasks.join_all().await.iter().all(Result::is_ok));
    let mut right = 0;
    for number in 0..8 {
        let password = format!("words of number {number} of all");
        right += usize::from(world.check("alice", &password).await.is_ok());
    }
    assert_eq!(right, 1);
}

#[tokio::test]
async fn r48_links_lead_to_the_configured_origin() {
    let mut world = World::with(|builder| builder.mounted_at("/me/"));
    sign_up(&world, "alice", PASSWORD, Some("alice@mail.test")).await.unwrap();
    let (_, message) = world.message().await;
    let Message::EmailVerification { link, .. } = &message else { panic!("{message:?}") };
    let expected = "https://notes.example.com/me/email/verify?token=";
    assert!(link.expose().starts_with(expected));
}

#[tokio::test]
async fn a_token_of_another_kind_or_after_its_time_verifies_nothing() {
    let mut world = World::new();
    sign_up(&world, "alice", PASSWORD, Some("alice@mail.test")).await.unwrap();
    let token = token_of(&world.message().await.1);
    let client = Client::default();
    let reset = world.accounts.confirm_reset(&token, &ANOTHER.into(), &client).await;
    assert_eq!(reset, Err(TokenError::Invalid));
    world.clock.advance(24 * 3_600);
    assert_eq!(world.accounts.verify_email(&token, &client).await, Err(TokenError::Invalid));
}

#[tokio::test]
async fn over_http_somebody_signs_up_signs_in_and_verifies_the_address() {
    let (mailbox, mut messages) = Mailbox::new();
    let app = App::with(|builder| builder.delivery(mailbox));
    let body = json!({"username": "alice", "password": PASSWORD, "email": "alice@mail.test"});
    let mut program = app.program();
    let signed_up = program.post("/account/sign-up", body.clone()).await;
    assert_eq!((signed_up.status, signed_up.json()), (201, json!({"status": "signed_up"})));
    assert_eq!(signed_up.header("cache-control").as_deref(), Some("no-store"));
    let token = token_of(&next_message(&mut messages).await.1);

    // Nothing in the answer says that the name is taken.
    let again = program.post("/account/sign-up", body).await;
    assert_eq!((again.status, &again.body), (201, &signed_up.body));
    assert_eq!(again.headers, signed_up.headers);

    let mut browser = app.browser();
    let form = "username=bob&password=correct+horse+battery+staple&email=";
    assert_eq!(browser.form("/account/sign-up", form).await.status, 201);
    assert_eq!(browser.sign_in("bob").await.status, 200);
    let mut alice = app.signed_in("alice").await;
    assert_eq!(alice.get("/account").await.json()["email_verified"], false);
    let verify = json!({ "token": token.expose() });
    assert_eq!(app.program().post("/account/email/verify", verify.clone()).await.status, 204);
    assert_eq!(alice.get("/account").await.json()["email_verified"], true);
    let twice = app.program().post("/account/email/verify", verify).await;
    assert_eq!((twice.status, &twice.json()["code"]), (400, &json!("invalid_token")));
    assert_eq!(app.program().get("/account/email/verify?token=x").await.status, 405, "R49");
}

#[tokio::test]
async fn over_http_what_cannot_be_chosen_is_named() {
    let app = App::new();
    let mut program = app.program();
    for (body, status, code) in [
        (json!({"username": "a b", "password": PASSWORD}), 422, "invalid_username"),
        (json!({"username": "a", "password": "short"}), 422, "password_too_short"),
        (json!({"username": "a", "password": "passwordpassword"}), 422, "password_too_common"),
        (json!({"username": "a", "password": PASSWORD, "email": "x"}), 422, "invalid_email"),
        (json!({"username": "a"}), 422, "invalid_fields"),
    ] {
        let answer = program.post("/account/sign-up", body).await;
        assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)));
        assert_eq!(answer.header("content-type").as_deref(), Some("application/problem+json"));
    }
}

#[tokio::test]
async fn r96_no_stranger_s_page_signs_anybody_up_or_asks_for_a_reset() {
    let app = App::new();
    for path in ["sign-up", "password/reset", "password/reset/confirm", "email/verify"] {
        let mut page = app.browser().with_header("sec-fetch-site", "cross-site");
        let answer = page.post(&format!("/account/{path}"), json!({})).await;
        assert_eq!(answer.status, 403, "{path}");
    }
}
