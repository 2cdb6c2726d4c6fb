//! Signing up, and verifying an address.

use auth_accounts::assignment::{AssignmentSettings, Rule};
use auth_accounts::delivery::Message;
use auth_accounts::model::AuditOutcome;
use auth_accounts::password::PasswordError;
use auth_accounts::secret::SecretText;
use auth_accounts::sign_in::{Client, SignUpError, TokenError};
use serde_json::json;

use crate::password_support::{
    ANOTHER, Mailbox, NOW, PASSWORD, World, client_at, next_message, token_of,
};
use crate::support::{App, Client as Caller, Role};

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
async fn r17_a_name_that_is_taken_is_answered_like_a_free_one_and_its_owner_is_notified() {
    let mut world = World::new();
    let alice = world.has_account("alice").await;
    let mut questions = Vec::new();
    for name in ["bob", "ALICE"] {
        world.store.faults().start_sequence();
        let answer = sign_up(&world, name, ANOTHER, Some("new@mail.test")).await;
        // The request does not wait for what is asked in the background.
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
async fn over_http_a_user_signs_up_signs_in_and_verifies_the_address() {
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

/// Mallory, who has signed up with the address of Victor, and the token that Victor is sent.
async fn an_address_of_another_user() -> (App, Caller, String) {
    let (mailbox, mut messages) = Mailbox::new();
    let app = App::with(|builder| {
        let rules = AssignmentSettings::new();
        let at_work = Rule::verified_domain("work.test").assigns(Role::Member);
        builder.delivery(mailbox).assignments(rules.rule(at_work))
    });
    let body = json!({"username": "mallory", "password": PASSWORD, "email": "victor@work.test"});
    assert_eq!(app.program().post("/account/sign-up", body).await.status, 201);
    let (to, message) = next_message(&mut messages).await;
    assert_eq!(to, "victor@work.test");
    let Message::EmailVerification { username, .. } = &message else { panic!("{message:?}") };
    assert_eq!(username, "mallory", "Victor can see whose account it is");
    let mallory = app.signed_in("mallory").await;
    (app, mallory, token_of(&message).expose().to_owned())
}

#[tokio::test]
async fn r17_a_stranger_does_not_get_an_address_verified_by_its_owner() {
    let (app, mut mallory, token) = an_address_of_another_user().await;
    let mut victor = app.browser().with_header("accept", "text/html");
    let page = victor.get(&format!("/account/email/verify?token={token}")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<strong>mallory</strong>"), "{}", page.body);
    // Victor presses the button; has an account of another name; guesses.
    let pressed = victor.form("/account/email/verify", &format!("token={token}")).await;
    assert_eq!(pressed.status, 401);
    app.account("victor").await;
    let mut signed_in = app.signed_in("victor").await;
    let own = signed_in.post("/account/email/verify", json!({ "token": token })).await;
    assert_eq!((own.status, &own.json()["code"]), (401, &json!("not_your_account")));
    let guess = json!({ "token": token, "password": ANOTHER });
    let guessed = app.browser().post("/account/email/verify", guess).await;
    assert_eq!((guessed.status, &guessed.json()["code"]), (401, &json!("invalid_credentials")));
    let state = mallory.get("/account").await.json();
    assert_eq!((&state["email_verified"], &state["roles"]), (&json!(false), &json!([])));
    // Mallory has the password, and not the token.
    let blind = json!({ "token": "x".repeat(43), "password": PASSWORD });
    assert_eq!(app.browser().post("/account/email/verify", blind).await.status, 400);
    let events = app.events().await;
    let refused = events.iter().filter(|it| it.event == "email_verified");
    let refused: Vec<_> = refused.map(|it| (it.outcome, it.actor.is_some())).collect();
    assert_eq!(refused, [(AuditOutcome::Refused, false), (AuditOutcome::Refused, true)]);
    // None of this has used the token up: who owns both has what the rules give.
    let both = mallory.post("/account/email/verify", json!({ "token": token })).await;
    assert_eq!(both.status, 204);
    assert_eq!(mallory.get("/account").await.json()["roles"], json!(["member"]));
}

#[tokio::test]
async fn an_owner_verifies_on_another_device_with_the_password() {
    let (app, _, token) = an_address_of_another_user().await;
    let mut phone = app.browser().with_header("accept", "text/html");
    let form = format!("token={token}&username=mallory&password=");
    let wrong = phone.form("/account/email/verify", &format!("{form}wrong")).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains(&token), "it can be sent again");
    let password = PASSWORD.replace(' ', "+");
    let right = phone.form("/account/email/verify", &format!("{form}{password}")).await;
    assert_eq!(right.status, 303);
    let thanks = phone.get(&right.header("location").unwrap()).await;
    assert!(thanks.body.contains("The address is confirmed"), "{}", thanks.body);
}

#[tokio::test]
async fn r17_a_mailbox_is_not_filled_and_the_answers_do_not_say_so() {
    let mut world = World::new();
    let client = client_at("192.0.2.7");
    for number in 0..7 {
        let (name, email) = (format!("user{number}"), format!("victor+{number}@mail.test"));
        let password = SecretText::from(PASSWORD);
        let signed_up = world.accounts.sign_up(&name, &password, Some(&email), &client);
        assert_eq!(signed_up.await, Ok(()));
    }
    for _ in 0..5 {
        world.message().await;
    }
    world.no_message().await;
    let records = world.audit().await;
    let unsent = records.iter().filter(|it| it.entry.event == "message_not_sent").count();
    assert_eq!(unsent, 2);
    // Links to reset a password are counted apart: this is still possible.
    world.accounts.request_reset("user0", &client).await.unwrap();
    assert!(matches!(world.message().await.1, Message::PasswordReset { .. }));
    world.clock.advance(3_600);
    sign_up(&world, "later", PASSWORD, Some("victor@mail.test")).await.unwrap();
    world.message().await;
}

#[tokio::test]
async fn a_client_has_only_so_many_messages_sent() {
    let mut world = World::new();
    let client = client_at("192.0.2.7");
    let mut sent = 0;
    for number in 0..61 {
        let email = format!("user{number}@mail.test");
        let name = format!("user{number}");
        let password = SecretText::from(PASSWORD);
        world.accounts.sign_up(&name, &password, Some(&email), &client).await.unwrap();
        if number < 60 {
            world.message().await;
            sent += 1;
        }
    }
    assert_eq!(sent, 60);
    world.no_message().await;
    let elsewhere = client_at("192.0.2.8");
    let email = Some("other@mail.test");
    world.accounts.sign_up("other", &PASSWORD.into(), email, &elsewhere).await.unwrap();
    world.message().await;
}
