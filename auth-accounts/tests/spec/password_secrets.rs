//! Nothing of passwords and tokens gets out: not into the log, not into answers, not into the audit
//! trail.

use std::fmt::Write as _;

use auth_accounts::delivery::Message;
use serde_json::json;

use crate::log::Log;
use crate::password_support::{Mailbox, PASSWORD, next_message, token_of};
use crate::support::App;

const WRONG: &str = "wr0ng-Zebra-8842-typed";
const NEW: &str = "n3w-Giraffe-7713-chosen";
const NAME: &str = "s3cret-Okapi-5521-as-name";

#[tokio::test]
async fn r14_r110_nothing_of_passwords_and_tokens_gets_out() {
    let log = Log::begin();
    let (mailbox, mut messages) = Mailbox::new();
    let app = App::with(|builder| builder.delivery(mailbox));
    let mut program = app.program();
    let mut answers = String::new();
    let mut post = async |path: &str, body: serde_json::Value| {
        let answer = program.post(&format!("/account/{path}"), body).await;
        writeln!(answers, "{} {:?} {}", answer.status, answer.headers, answer.body).unwrap();
        answer.status
    };
    let mut secrets = vec![PASSWORD.to_owned(), WRONG.to_owned(), NEW.to_owned(), NAME.to_owned()];
    let email = "alice@mail.test";
    let sign_up = json!({"username": "alice", "password": PASSWORD, "email": email});
    assert_eq!(post("sign-up", sign_up.clone()).await, 201);
    let (_, message) = next_message(&mut messages).await;
    assert_eq!(format!("{message:?}"), "EmailVerification");
    let verification = token_of(&message);
    assert_eq!(post("sign-up", sign_up).await, 201);
    assert!(matches!(next_message(&mut messages).await.1, Message::AlreadySignedUp));
    for (name, password) in [("alice", WRONG), (NAME, WRONG), (NAME, "a\0b"), (WRONG, "")] {
        let body = json!({"username": name, "password": password, "token": true});
        assert_eq!(post("sign-in", body).await, 401);
    }
    post("sign-in", json!({"username": {"x": WRONG}, "password": [NEW]})).await;
    post("sign-up", json!({"username": "bob", "password": "s3cret!"})).await;
    secrets.push("s3cret!".to_owned());
    post("password/reset", json!({ "username": NAME })).await;
    assert_eq!(post("password/reset", json!({ "username": "alice" })).await, 202);
    let reset = token_of(&next_message(&mut messages).await.1);
    let confirm = json!({"token": reset.expose(), "new": "short"});
    assert_eq!(post("password/reset/confirm", confirm).await, 422);
    let confirm = json!({"token": reset.expose(), "new": NEW});
    assert_eq!(post("password/reset/confirm", confirm.clone()).await, 204);
    assert_eq!(post("password/reset/confirm", confirm).await, 400);
    let verify = json!({ "token": verification.expose() });
    assert_eq!(post("email/verify", verify.clone()).await, 204);
    assert_eq!(post("email/verify", verify).await, 400);
    app.store.faults().fail(true);
    assert_eq!(
        post("sign-in", json!({"username": NAME, "password": WRONG, "token": true})).await,
        503
    );
    app.store.faults().fail(false);
    secrets.extend([reset.expose().to_owned(), verification.expose().to_owned()]);

    let trail = format!("{:?}", app.events().await);
    let log = log.text();
    assert!(trail.contains("password_reset") && !answers.is_empty());
    assert!(log.contains("the store of the accounts failed"));
    for secret in &secrets {
        for (place, text) in [("trail", &trail), ("log", &log), ("answers", &answers)] {
            assert!(!text.contains(secret.as_str()), "{secret} is in the {place}: {text}");
        }
    }
}
