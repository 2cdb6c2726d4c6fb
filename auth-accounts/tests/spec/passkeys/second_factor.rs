//! A passkey after a password.

use auth_accounts::delivery::Notice;
use auth_accounts::factor::FactorSettings;
use auth_accounts::model::AuditOutcome;
use serde_json::{Value, json};

use super::device::Device;
use super::{alice, assert_in, assert_refused, creation, enrol, present, present_twisted, request};
use crate::factors::{Sent, with_mail};
use crate::support::{App, Client};
use crate::totp::Phone;

/// A browser in which Alice has given her password.
async fn half_way(app: &App) -> Client {
    let mut browser = app.browser();
    let answer = browser.sign_in("alice").await.json();
    assert_eq!(answer["status"], "second_factor");
    browser
}

#[tokio::test]
async fn a_passkey_ends_the_sign_in() {
    let (app, id, mut device) = alice().await;
    let mut browser = app.browser();
    let begun = browser.sign_in("alice").await.json();
    assert_eq!(begun, json!({ "status": "second_factor", "factors": ["passkey"] }));
    let answer = present(&mut browser, &mut device).await;
    assert_in(&answer, "the second step");
    assert_eq!(browser.get("/mine").await.body, id.as_str());
    let me = browser.get("/account").await.json();
    let kinds: Vec<_> = me["factors"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert_eq!(kinds, ["password", "passkey"]);
    assert!(!browser.cookies.contains_key("__Host-pending"));
}

#[tokio::test]
async fn a_program_ends_its_sign_in_with_a_passkey() {
    let (app, id, mut device) = alice().await;
    let mut program = app.program();
    program.sign_in_for_token("alice").await;
    let options = request(&mut program).await;
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
    let body = device.get(&options, |_| ());
    let answer = program.post("/account/sign-in/passkey", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    program.token = answer.json()["access_token"].as_str().map(str::to_owned);
    assert_eq!(program.get("/mine").await.body, id.as_str());
    program.token = Some(format!("pnd_{}", "x".repeat(54)));
    for path in ["/account/sign-in/passkey/challenge", "/account/sign-in/passkey"] {
        let body = device.get(&options, |_| ());
        let answer = program.post(path, body).await;
        assert_eq!((answer.status, &answer.json()["code"]), (401, &"no_pending_sign_in".into()));
    }
}

#[tokio::test]
async fn it_names_the_passkeys_of_its_account_and_how_they_are_reached() {
    let (app, _, device) = alice().await;
    let mut browser = half_way(&app).await;
    let options = request(&mut browser).await;
    let expected = json!([{
        "type": "public-key",
        "id": super::device::base64url(&device.id),
        "transports": ["hybrid", "internal"],
    }]);
    assert_eq!(options["allowCredentials"], expected);
}

#[tokio::test]
async fn r67_it_is_one_of_the_account_that_waits() {
    let (app, _, mut device) = alice().await;
    app.account("bob").await;
    let mut of_bob = Device::new();
    enrol(&mut app.signed_in("bob").await, &mut of_bob).await;
    let mut browser = half_way(&app).await;
    assert_refused(&present(&mut browser, &mut of_bob).await, "Bob's passkey");
    let answer = present_twisted(&mut browser, &mut of_bob, |it| it.id = device.id.clone()).await;
    assert_refused(&answer, "Bob's key as Alice's");
    let user = of_bob.user.clone();
    let answer = present_twisted(&mut browser, &mut device, |it| it.user = user).await;
    assert_refused(&answer, "Alice's passkey that says it is Bob's");
    assert!(browser.get("/mine").await.status == 401);
    // The name is known: an authenticator need not say it.
    let answer = present_twisted(&mut browser, &mut device, |it| it.user = None).await;
    assert_in(&answer, "Alice's passkey");
}

#[tokio::test]
async fn r67_a_passkey_that_was_added_since_was_not_asked_for() {
    let (app, _, mut device) = alice().await;
    let mut waiting = half_way(&app).await;
    let options = request(&mut waiting).await;
    let mut signed_in = app.browser();
    present(&mut signed_in, &mut device).await;
    let mut new = Device::new();
    enrol(&mut signed_in, &mut new).await;
    let body = new.get(&options, |_| ());
    let answer = waiting.post("/account/sign-in/passkey", body).await;
    assert_eq!(answer.status, 401, "the factors have changed: what waited is over");
}

#[tokio::test]
async fn r52_a_sign_in_that_waits_is_tried_five_times() {
    let (app, _, mut device) = alice().await;
    let mut browser = half_way(&app).await;
    for attempt in 0..6 {
        let answer = present_twisted(&mut browser, &mut device, |it| it.rp_id.push('x')).await;
        assert_eq!(answer.status, if attempt < 5 { 401 } else { 429 }, "{attempt}");
    }
    assert_eq!(present(&mut browser, &mut device).await.status, 429);
}

#[tokio::test]
async fn r22_r109_a_wrong_passkey_after_a_right_password_is_noted_for_its_owner() {
    let (app, mailbox, id) = with_mail(FactorSettings::default()).await;
    let mut device = Device::new();
    enrol(&mut app.signed_in("alice").await, &mut device).await;
    let mut browser = half_way(&app).await;
    present_twisted(&mut browser, &mut device, |it| it.rp_id.push('x')).await;
    mailbox.has(&Sent::Notice(Notice::SecondFactorFailed)).await;
    let events = app.events().await;
    let refused = events.iter().rfind(|it| it.event == "second_factor").unwrap();
    assert_eq!((refused.outcome, &refused.account), (AuditOutcome::Refused, &Some(id)));
    assert_eq!(refused.detail["factor"], "passkey");
}

#[tokio::test]
async fn r92_the_cookie_of_a_sign_in_that_waits_comes_from_a_page_of_the_application() {
    let (app, _, mut device) = alice().await;
    let waiting = half_way(&app).await;
    let mut silent = Client { headers: Vec::new(), ..waiting.clone() };
    let answer = silent.post("/account/sign-in/passkey/challenge", Value::Null).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let mut strange = waiting.clone().with_header("sec-fetch-site", "cross-site");
    let answer = strange.post("/account/sign-in/passkey/challenge", Value::Null).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let mut own = waiting;
    let options = request(&mut own).await;
    let body = device.get(&options, |_| ());
    for client in [&mut silent, &mut strange] {
        let answer = client.post("/account/sign-in/passkey", body.clone()).await;
        assert_eq!((answer.status, answer.all("set-cookie").len()), (403, 0));
    }
    assert_in(&own.post("/account/sign-in/passkey", body).await, "from a page of the application");
}

#[tokio::test]
async fn where_no_passkey_is_waited_for_the_authenticator_finds_one() {
    let (app, id, mut device) = alice().await;
    app.account("bob").await;
    let mut phone = app.signed_in("bob").await;
    Phone::enrol(&mut phone).await;
    // Bob's password was entered, and Alice takes over with her passkey.
    let mut browser = app.browser();
    assert_eq!(browser.sign_in("bob").await.json()["factors"], json!(["totp"]));
    assert_eq!(request(&mut browser).await["allowCredentials"], json!([]));
    assert_in(&present(&mut browser, &mut device).await, "Alice");
    assert_eq!(browser.get("/mine").await.body, id.as_str());
}

#[tokio::test]
async fn r53_r56_a_passkey_that_is_held_is_proved_before_factors_change() {
    let (app, _, mut device) = alice().await;
    app.clock.advance(601);
    let mut browser = app.browser();
    present(&mut browser, &mut device).await;
    creation(&mut browser).await;
    let id = browser.get("/account/factors").await.json()[0]["id"].as_str().unwrap().to_owned();
    app.clock.advance(601);
    let path = format!("/account/factors/{id}");
    assert_eq!(browser.delete(&path).await.status, 401, "the proof is old");
    present(&mut browser, &mut device).await;
    assert_eq!(browser.delete(&path).await.status, 204);
    assert_refused(&present(&mut app.browser(), &mut device).await, "it was removed");
    assert_eq!(app.browser().sign_in("alice").await.json()["status"], "signed_in");
}

#[tokio::test]
async fn a_sign_in_that_waits_asks_for_twenty_challenges() {
    let (app, ..) = alice().await;
    let mut browser = half_way(&app).await;
    for _ in 0..20 {
        request(&mut browser).await;
    }
    let answer = browser.post("/account/sign-in/passkey/challenge", Value::Null).await;
    assert_eq!((answer.status, &answer.json()["code"]), (429, &"too_many_attempts".into()));
    request(&mut half_way(&app).await).await;
}
