//! Nothing of passwords and tokens gets out: not into the log, not into answers, not into the audit
//! trail.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use auth_accounts::delivery::Message;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::password_support::{Mailbox, PASSWORD, next_message, token_of};
use crate::support::App;

/// Keeps all that is logged, of every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Line(&mut self.0.lock().unwrap()));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

const WRONG: &str = "wr0ng-Zebra-8842-typed";
const NEW: &str = "n3w-Giraffe-7713-chosen";
const NAME: &str = "s3cret-Okapi-5521-as-name";

#[tokio::test]
async fn r14_r110_nothing_of_passwords_and_tokens_gets_out() {
    let log = Log::default();
    // Where the tests run in one process, another one may have been first.
    let is_heard = tracing::subscriber::set_global_default(log.clone()).is_ok();
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
    let log = log.0.lock().unwrap().clone();
    assert!(trail.contains("password_reset") && !answers.is_empty());
    assert!(!is_heard || log.contains("the store of the accounts failed"));
    for secret in &secrets {
        for (place, text) in [("trail", &trail), ("log", &log), ("answers", &answers)] {
            assert!(!text.contains(secret.as_str()), "{secret} is in the {place}: {text}");
        }
    }
}
