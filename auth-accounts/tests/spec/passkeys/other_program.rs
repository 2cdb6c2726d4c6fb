//! Another program's client and authenticator: what they make of the options, these accounts take.

use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use passkey_types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::{Value, json};

use super::{assert_in, assert_refused};
use crate::support::{App, ORIGIN};

/// A person in front of the authenticator.
struct Owner {
    verifies: bool,
}

#[async_trait::async_trait]
impl UserValidationMethod for Owner {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        _presence: bool,
        _verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence: true, verification: self.verifies })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

async fn post(browser: &mut crate::support::Client, path: &str, body: Value) -> Value {
    let answer = browser.post(path, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[tokio::test]
async fn a_passkey_of_another_program_signs_in_alone_and_after_a_password() {
    for counts in [false, true] {
        let app = App::new();
        let id = app.account("alice").await;
        let owner = Owner { verifies: true };
        let store: Option<Passkey> = None;
        let mut authenticator =
            Authenticator::new(Aaguid::new_empty(), store, owner, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(counts);
        let mut client = Client::new(authenticator);
        let origin = webauthn_rs::prelude::Url::parse(ORIGIN).unwrap();

        let mut browser = app.signed_in("alice").await;
        let options = post(&mut browser, "/account/passkeys/challenge", Value::Null).await;
        let options: CredentialCreationOptions = serde_json::from_value(options).unwrap();
        let made = client.register(&origin, options, DefaultClientData).await.unwrap();
        let body = json!({ "credential": made, "name": "Another program" });
        post(&mut browser, "/account/passkeys", body).await;

        let path = "/account/sign-in/passkey";
        for after_password in [false, true, false] {
            let mut browser = app.browser();
            if after_password {
                browser.sign_in("alice").await;
            }
            let options = post(&mut browser, &format!("{path}/challenge"), Value::Null).await;
            let options: CredentialRequestOptions = serde_json::from_value(options).unwrap();
            let proof = client.authenticate(&origin, options, DefaultClientData).await.unwrap();
            let body = serde_json::to_value(&proof).unwrap();
            assert_in(&browser.post(path, body.clone()).await, "the first time");
            assert_eq!(browser.get("/mine").await.body, id.as_str());
            assert_refused(&app.browser().post(path, body).await, "the second time");
        }
    }
}
