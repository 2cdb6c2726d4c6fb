//! Passkeys on pages of an application: their challenges are sealed into them.

use auth_accounts::factor::FactorSettings;
use auth_accounts::secret::{KeyRing, SecretText};
use auth_accounts::sign_in::{PasskeyRequest, SignInError, SignInStep};
use auth_accounts::store::OneTimeStore as _;
use serde_json::{Value, json};

use super::device::Device;
use super::{alice, request};
use crate::browser::{keep, seen};
use crate::support::{App, Client, PASSWORD};

fn answer(device: &mut Device, asked: &PasskeyRequest) -> String {
    let options: Value = serde_json::from_str(&asked.options).unwrap();
    device.get(&options, |_| ()).to_string()
}

async fn first(client: &Client, answer: &str, state: &str) -> Result<SignInStep, SignInError> {
    client.app.accounts.sign_in_with_passkey(&seen(client).await, answer, state).await
}

async fn second(client: &Client, answer: &str, state: &str) -> Result<SignInStep, SignInError> {
    client.app.accounts.end_sign_in_with_passkey(&seen(client).await, answer, state).await
}

#[track_caller]
fn signed_in(client: &mut Client, step: Result<SignInStep, SignInError>) -> Vec<&'static str> {
    let Ok(SignInStep::SignedIn { session, cookies, .. }) = step else { panic!("{step:?}") };
    keep(client, &cookies);
    session.amr
}

#[tokio::test]
async fn a_page_asks_for_a_passkey_without_a_row_and_any_node_takes_the_answer_once() {
    let (app, id, mut device) = alice().await;
    app.store.sweep_one_time(u64::MAX, 1_000).await.unwrap();
    let asked = app.accounts.passkey_request().await.unwrap().unwrap();
    assert_eq!(app.store.sweep_one_time(u64::MAX, 1_000).await.unwrap(), 0);
    let sent = answer(&mut device, &asked);
    let other = app.another_node(|it| it);
    let mut browser = other.browser();
    let step = first(&browser, &sent, &asked.state).await;
    assert_eq!(signed_in(&mut browser, step), ["pop", "user", "mfa"]);
    assert_eq!(browser.get("/mine").await.body, id.as_str());
    let again = first(&app.browser(), &sent, &asked.state).await;
    assert_eq!(again.unwrap_err(), SignInError::Refused);
    let events = app.events().await;
    let refused = events.iter().rfind(|it| it.event == "sign_in").unwrap();
    assert_eq!(refused.detail["reason"], "no_challenge");
}

#[tokio::test]
async fn a_sealed_challenge_is_for_its_own_answer_and_for_five_minutes() {
    let (app, _, mut device) = alice().await;
    let (one, two) = (app.accounts.passkey_request().await, app.accounts.passkey_request().await);
    let (one, two) = (one.unwrap().unwrap(), two.unwrap().unwrap());
    let browser = app.browser();
    let sent = answer(&mut device, &one);
    let other_letter = |letter| if letter == 'A' { 'B' } else { 'A' };
    let letters = one.state.chars().enumerate();
    let changed: String =
        letters.map(|(at, letter)| if at == 30 { other_letter(letter) } else { letter }).collect();
    for state in [two.state.as_str(), changed.as_str(), "", "test.", "test.AAAA"] {
        assert_eq!(
            first(&browser, &sent, state).await.unwrap_err(),
            SignInError::Refused,
            "{state}"
        );
    }
    let foreign = app.another_node(|it| it.keys(KeyRing::ephemeral()));
    let foreign = foreign.accounts.passkey_request().await.unwrap().unwrap();
    let sent_to = answer(&mut device, &foreign);
    assert_eq!(first(&browser, &sent_to, &foreign.state).await.unwrap_err(), SignInError::Refused);
    // A challenge of the endpoints is not valid on a page, nor the other way round.
    let asked = request(&mut app.browser()).await;
    let of_endpoint = device.get(&asked, |_| ()).to_string();
    assert_eq!(first(&browser, &of_endpoint, &one.state).await.unwrap_err(), SignInError::Refused);
    let sent = json!({ "credential": serde_json::from_str::<Value>(&sent).unwrap() });
    assert_eq!(app.browser().post("/account/sign-in/passkey", sent).await.status, 401);
    let sent = answer(&mut device, &two);
    app.clock.advance(300);
    assert_eq!(first(&browser, &sent, &two.state).await.unwrap_err(), SignInError::Refused);
}

#[tokio::test]
async fn the_second_factor_on_a_page_is_for_the_sign_in_that_waits() {
    let (app, _, mut device) = alice().await;
    let mut browsers = Vec::new();
    for _ in 0..2 {
        let mut browser = app.browser();
        assert_eq!(app.accounts.second_passkey_request(&seen(&browser).await).await, Ok(None));
        let (password, visitor) = (SecretText::from(PASSWORD), seen(&browser).await);
        let step = app.accounts.sign_in_with_password(&visitor, "alice", &password).await.unwrap();
        let SignInStep::SecondFactor { cookies, passkey, .. } = step else { panic!("{step:?}") };
        keep(&mut browser, &cookies);
        browsers.push((browser, passkey.unwrap()));
    }
    let (two, of_two) = browsers.pop().unwrap();
    let (mut one, of_one) = browsers.pop().unwrap();
    let sent = answer(&mut device, &of_one);
    assert_eq!(second(&two, &sent, &of_one.state).await.unwrap_err(), SignInError::Refused);
    assert_eq!(first(&one, &sent, &of_one.state).await.unwrap_err(), SignInError::Refused);
    let other = second(&app.browser(), &sent, &of_one.state).await;
    assert_eq!(other.unwrap_err(), SignInError::NotBegun);
    let step = second(&one, &sent, &of_one.state).await;
    assert_eq!(signed_in(&mut one, step), ["pwd", "pop", "user", "mfa"]);
    // Asked once more, it is another challenge.
    let anew = app.accounts.second_passkey_request(&seen(&two).await).await.unwrap().unwrap();
    assert_ne!(anew.options, of_two.options);
    let (mut two, sent) = (two, answer(&mut device, &anew));
    let step = second(&two, &sent, &anew.state).await;
    signed_in(&mut two, step);
}

#[tokio::test]
async fn no_passkey_is_asked_for_where_there_are_none() {
    for app in [
        App::with(|it| it.origin("https://192.0.2.1")),
        App::with(|it| it.factors(FactorSettings::default().without_passkeys())),
    ] {
        assert_eq!(app.accounts.passkey_request().await, Ok(None));
        let answer = app.browser().post("/account/sign-in/passkey/challenge", Value::Null).await;
        assert_eq!(answer.status, 404, "{answer:?}");
        let step = first(&app.browser(), "{}", "").await;
        assert_eq!(step.unwrap_err(), SignInError::Refused);
    }
}
