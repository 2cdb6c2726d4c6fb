//! Who may change the factors of an account, and the codes that are sent.

use std::sync::{Arc, Mutex};

use auth_accounts::delivery::{Delivery, DeliveryError, Message, Notice};
use auth_accounts::factor::{DeliveredCodes, FactorSettings};
use auth_accounts::model::{AccountId, AuditEntry, Email};
use auth_accounts::password::PasswordSettings;
use auth_accounts::store::{AccountStore as _, FactorStore as _};
use serde_json::{Value, json};

use crate::password_support::PASSWORD;
use crate::support::{App, Client, eventually};
use crate::totp::Phone;

/// Keeps what was sent.
#[derive(Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<Vec<(String, Sent)>>>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sent {
    Code(String),
    Notice(Notice),
    Other,
}

#[async_trait::async_trait]
impl Delivery for Mailbox {
    async fn deliver(&self, to: &Email, message: Message) -> Result<(), DeliveryError> {
        let sent = match message {
            Message::SignInCode { code, .. } => Sent::Code(code.expose().to_owned()),
            Message::Notice(notice) => Sent::Notice(notice),
            _ => Sent::Other,
        };
        self.0.lock().unwrap().push((to.as_str().to_owned(), sent));
        Ok(())
    }
}

impl Mailbox {
    fn all(&self) -> Vec<Sent> {
        self.0.lock().unwrap().iter().map(|(_, sent)| sent.clone()).collect()
    }

    pub(crate) async fn has(&self, expected: &Sent) {
        eventually(async || self.all().contains(expected)).await;
    }

    /// The codes so far, once there are so many.
    async fn codes(&self, number: usize) -> Vec<String> {
        let codes = || {
            let sent = self.all().into_iter();
            let codes =
                sent.filter_map(|it| if let Sent::Code(code) = it { Some(code) } else { None });
            codes.collect::<Vec<_>>()
        };
        eventually(async || codes().len() >= number).await;
        codes()
    }
}

pub(crate) async fn with_mail(settings: FactorSettings) -> (App, Mailbox, AccountId) {
    let mailbox = Mailbox::default();
    let app = App::with(|builder| builder.delivery(mailbox.clone()).factors(settings));
    let id = app.account("alice").await;
    verify(&app, &id, Some(app.now())).await;
    (app, mailbox, id)
}

async fn verify(app: &App, id: &AccountId, at: Option<u64>) {
    let email = Email::parse("alice@notes.example.com").unwrap();
    let audit = AuditEntry::new(app.now(), "test");
    assert!(app.store.set_email(id, Some(&email), at, &audit).await.unwrap());
}

fn codes() -> FactorSettings {
    FactorSettings::default().delivered_codes(DeliveredCodes::SecondStep)
}

async fn half_way(app: &App) -> Client {
    let mut browser = app.browser();
    let answer = browser.sign_in("alice").await;
    assert_eq!(answer.json()["factors"], json!(["code"]));
    browser
}

async fn try_code(browser: &mut Client, code: &str) -> u16 {
    browser.post("/account/sign-in/code", json!({ "code": code })).await.status
}

fn another(code: &str) -> &'static str {
    if code == "00000000" { "11111111" } else { "00000000" }
}

#[tokio::test]
async fn r53_a_first_factor_needs_a_fresh_password() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    app.clock.advance(10 * 60);
    let refused = browser.post("/account/totp", Value::Null).await;
    assert_eq!((refused.status, &refused.json()["start"]), (401, &json!("/account/sign-in")));
    browser.sign_in("alice").await;
    assert_eq!(browser.post("/account/totp", Value::Null).await.status, 200);
}

#[tokio::test]
async fn r53_another_factor_needs_one_that_is_held_and_a_password_is_none() {
    let app = App::new();
    let id = app.account("alice").await;
    // Two sessions by password alone; in one of them a second factor is added.
    let mut found_open = app.signed_in("alice").await;
    let mut owner = app.signed_in("alice").await;
    let waiting = Phone::begin(&mut found_open).await;
    Phone::enrol(&mut owner).await;
    let factor = app.store.factors(&id).await.unwrap().remove(0).id;
    let remove = format!("/account/factors/{factor}");
    for path in ["/account/totp", "/account/recovery-codes"] {
        let answer = found_open.post(path, Value::Null).await;
        assert_eq!(answer.status, 401, "{path}");
        // A factor that is added ends all sessions that were made without it.
        assert_eq!(answer.json()["code"], "invalid_credential");
    }
    let code = json!({ "code": waiting.code(app.now()) });
    assert_eq!(found_open.post("/account/totp/confirm", code).await.status, 401);
    assert_eq!(found_open.delete(&remove).await.status, 401);
    assert_eq!(app.store.factors(&id).await.unwrap().len(), 1);
    assert_eq!(owner.post("/account/totp", Value::Null).await.status, 200);
    assert_eq!(owner.delete(&remove).await.status, 204);
}

#[tokio::test]
async fn r53_half_way_through_a_sign_in_nothing_can_be_changed() {
    let app = App::new();
    let id = app.account("alice").await;
    Phone::enrol(&mut app.signed_in("alice").await).await;
    let factor = app.store.factors(&id).await.unwrap().remove(0).id;
    let mut browser = app.browser();
    assert_eq!(browser.sign_in("alice").await.json()["status"], "second_factor");
    for path in
        ["/account/totp", "/account/totp/confirm", "/account/recovery-codes", "/account/api-keys"]
    {
        assert_eq!(browser.post(path, json!({ "code": "1" })).await.status, 401, "{path}");
    }
    assert_eq!(browser.delete(&format!("/account/factors/{factor}")).await.status, 401);
    assert_eq!(browser.get("/account/factors").await.status, 401);
}

#[tokio::test]
async fn r2_a_short_password_is_beside_a_second_factor_that_stays() {
    let beside = PasswordSettings::default().beside_a_second_factor();
    let app = App::with(|builder| builder.passwords(beside));
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let shorter = json!({ "current": PASSWORD, "new": "ei9 chars" });
    let refused = browser.post("/account/password", shorter.clone()).await;
    assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("password_too_short")));
    Phone::enrol(&mut browser).await;
    assert_eq!(browser.post("/account/password", shorter).await.status, 204);
    let factor = browser.get("/account/factors").await.json()[0]["id"].as_str().unwrap().to_owned();
    let refused = browser.delete(&format!("/account/factors/{factor}")).await;
    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("last_second_factor")));
}

#[tokio::test]
async fn r56_a_factor_is_removed_by_its_owner_who_is_notified() {
    let (app, mailbox, id) = with_mail(FactorSettings::default()).await;
    let mut browser = app.signed_in("alice").await;
    Phone::enrol(&mut browser).await;
    mailbox.has(&Sent::Notice(Notice::FactorAdded)).await;
    let listed = browser.get("/account/factors").await.json();
    assert_eq!(listed[0]["kind"], "totp");
    let factor = listed[0]["id"].as_str().unwrap().to_owned();
    app.account("bob").await;
    let mut bob = app.signed_in("bob").await;
    let path = format!("/account/factors/{factor}");
    assert_eq!(bob.delete(&path).await.status, 404, "another's");
    assert_eq!(browser.delete("/account/factors/x").await.status, 404);
    assert_eq!(browser.delete(&path).await.status, 204);
    mailbox.has(&Sent::Notice(Notice::FactorRemoved)).await;
    assert!(app.store.factors(&id).await.unwrap().is_empty());
    assert_eq!(browser.delete(&path).await.status, 404, "it is gone");
    let events: Vec<_> = app.events().await.into_iter().map(|it| it.event).collect();
    assert!(events.contains(&"factor_added".into()) && events.contains(&"factor_removed".into()));
}

#[tokio::test]
async fn r77_the_session_gets_another_secret_when_a_factor_is_added() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let before = browser.clone();
    Phone::enrol(&mut browser).await;
    assert_eq!(before.clone().get("/mine").await.status, 401);
    assert_eq!(browser.get("/mine").await.status, 200);
    assert_eq!(browser.get("/account").await.json()["mfa"], true);
}

#[tokio::test]
async fn r22_the_owner_is_notified_of_a_right_password_with_a_wrong_second_factor() {
    let (app, mailbox, _) = with_mail(FactorSettings::default()).await;
    Phone::enrol(&mut app.signed_in("alice").await).await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let answer = browser.post("/account/sign-in/totp", json!({ "code": "12345" })).await;
    assert_eq!(answer.status, 401);
    mailbox.has(&Sent::Notice(Notice::SecondFactorFailed)).await;
}

#[tokio::test]
async fn r45_a_code_is_sent_and_ends_the_sign_in_that_asked_for_it() {
    let (app, mailbox, _) = with_mail(codes()).await;
    let mut browser = half_way(&app).await;
    let code = mailbox.codes(1).await.remove(0);
    assert_eq!(code.len(), 8);
    let mut another_sign_in = half_way(&app).await;
    assert_eq!(try_code(&mut another_sign_in, &code).await, 401, "it belongs to one sign-in");
    assert_eq!(try_code(&mut browser, another(&code)).await, 401);
    assert_eq!(try_code(&mut browser, &code).await, 200);
    assert_eq!(browser.get("/mine").await.status, 200);
    assert_eq!(try_code(&mut browser, &code).await, 401, "once");
    let noted = serde_json::to_string(&app.events().await).unwrap();
    assert!(!noted.contains(&code));
}

#[tokio::test]
async fn r45_a_code_is_valid_for_ten_minutes() {
    let (app, mailbox, _) = with_mail(codes()).await;
    let mut browser = half_way(&app).await;
    let code = mailbox.codes(1).await.remove(0);
    app.clock.advance(10 * 60);
    assert_eq!(try_code(&mut browser, &code).await, 401);
}

#[tokio::test]
async fn r45_a_code_that_is_sent_anew_replaces_the_one_before_and_there_are_few() {
    let (app, mailbox, _) = with_mail(codes()).await;
    let mut browser = half_way(&app).await;
    let first = mailbox.codes(1).await.remove(0);
    let send = "/account/sign-in/code/send";
    assert_eq!(browser.post(send, Value::Null).await.status, 202);
    let second = mailbox.codes(2).await.remove(1);
    assert!(first == second || try_code(&mut browser, &first).await == 401);
    assert_eq!(try_code(&mut browser.clone(), &second).await, 200);
    let mut browser = half_way(&app).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(browser.post(send, Value::Null).await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}

#[tokio::test]
async fn r45_guesses_at_a_code_are_few() {
    let (app, mailbox, _) = with_mail(codes()).await;
    let mut browser = half_way(&app).await;
    let code = mailbox.codes(1).await.remove(0);
    for _ in 0..5 {
        assert_eq!(try_code(&mut browser, another(&code)).await, 401);
    }
    assert_eq!(try_code(&mut browser, &code).await, 429);
}

#[tokio::test]
async fn r45_a_code_by_mail_counts_as_no_factor_unless_the_application_says_so() {
    for (settings, expected) in [(codes(), false), (codes().codes_count_as_factor(true), true)] {
        let (app, mailbox, _) = with_mail(settings).await;
        let mut browser = half_way(&app).await;
        let code = mailbox.codes(1).await.remove(0);
        assert_eq!(try_code(&mut browser, &code).await, 200);
        assert_eq!(browser.get("/account").await.json()["mfa"], expected);
    }
}

#[tokio::test]
async fn r45_no_code_is_sent_unless_it_is_the_only_second_step_to_a_verified_address() {
    // Off by default.
    let (app, mailbox, id) = with_mail(FactorSettings::default()).await;
    assert_eq!(app.browser().sign_in("alice").await.json()["status"], "signed_in");
    // Not to an address that was not verified.
    let on = app.another_node(|it| it.delivery(mailbox.clone()).factors(codes()));
    verify(&on, &id, None).await;
    assert_eq!(on.browser().sign_in("alice").await.json()["status"], "signed_in");
    // Not beside a stronger factor, which it would make weaker.
    verify(&on, &id, Some(on.now())).await;
    let mut browser = app.signed_in("alice").await;
    Phone::enrol(&mut browser).await;
    let mut browser = on.browser();
    assert_eq!(browser.sign_in("alice").await.json()["factors"], json!(["totp"]));
    assert_eq!(browser.post("/account/sign-in/code/send", Value::Null).await.status, 409);
    assert_eq!(try_code(&mut browser, "00000000").await, 409);
    assert!(!mailbox.all().iter().any(|it| matches!(it, Sent::Code(_))));
}
