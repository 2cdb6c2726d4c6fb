//! Passkeys: keys that authenticators keep, as a second factor and as the only one.

mod ceremonies;
mod device;
mod enrolment;
mod manual;
mod on_pages;
mod other_program;
mod second_factor;
mod sign_in;

pub(crate) use device::Device;

use auth_accounts::model::{AccountId, FactorRecord};
use auth_accounts::store::FactorStore as _;
use device::Draft;
use serde_json::{Value, json};

use crate::support::{Answer, App, Client};

/// The options for a new passkey.
pub(crate) async fn creation(browser: &mut Client) -> Value {
    let answer = browser.post("/account/passkeys/challenge", Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["publicKey"].clone()
}

/// The options for a proof.
pub(crate) async fn request(client: &mut Client) -> Value {
    let answer = client.post("/account/sign-in/passkey/challenge", Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["publicKey"].clone()
}

/// Adds the passkey of a device, twisted, to the account that has signed in.
async fn enrol_twisted(
    browser: &mut Client,
    device: &mut Device,
    twist: impl FnOnce(&mut Draft),
) -> Answer {
    let options = creation(browser).await;
    let credential = device.create(&options, twist);
    browser.post("/account/passkeys", json!({ "credential": credential })).await
}

/// Adds the passkey of a device to the account that has signed in.
pub(crate) async fn enrol(browser: &mut Client, device: &mut Device) {
    let answer = enrol_twisted(browser, device, |_| ()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Proves the passkey of a device, twisted.
async fn present_twisted(
    client: &mut Client,
    device: &mut Device,
    twist: impl FnOnce(&mut Draft),
) -> Answer {
    let options = request(client).await;
    let credential = device.get(&options, twist);
    client.post("/account/sign-in/passkey", json!({ "credential": credential })).await
}

/// Proves the passkey of a device.
pub(crate) async fn present(client: &mut Client, device: &mut Device) -> Answer {
    present_twisted(client, device, |_| ()).await
}

/// Alice, to whom this device's passkey was added.
async fn alice_with(mut device: Device) -> (App, AccountId, Device) {
    let app = App::new();
    let id = app.account("alice").await;
    enrol(&mut app.signed_in("alice").await, &mut device).await;
    (app, id, device)
}

async fn alice() -> (App, AccountId, Device) {
    alice_with(Device::new()).await
}

#[track_caller]
fn assert_refused(answer: &Answer, why: &str) {
    let code = answer.json()["code"].clone();
    assert_eq!((answer.status, code), (401, "invalid_passkey".into()), "{why}");
    assert!(answer.all("set-cookie").is_empty(), "{why}");
}

#[track_caller]
fn assert_not_added(answer: &Answer, why: &str) {
    let code = answer.json()["code"].clone();
    assert_eq!((answer.status, code), (422, "invalid_passkey".into()), "{why}");
}

#[track_caller]
fn assert_in(answer: &Answer, why: &str) {
    let expected = json!({ "status": "signed_in" });
    assert_eq!((answer.status, answer.body.as_str()), (200, &*expected.to_string()), "{why}");
}

async fn factors(app: &App, account: &AccountId) -> Vec<FactorRecord> {
    app.store.factors(account).await.unwrap()
}
