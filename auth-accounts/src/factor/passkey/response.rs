//! What the browser sends back: the JSON that `PublicKeyCredential.toJSON()` gives
//! ([WebAuthn §5.1](https://www.w3.org/TR/webauthn-3/#sctn-public-key-credential-json)).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::attestation::attested;
use super::authenticator_data::{is_of_sign_in, sign_count};
use super::client_data::{ClientData, Kind};
use super::stored::Transport;

/// Bytes in base64url without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text).map(Self).map_err(|_| serde::de::Error::custom("no base64url"))
    }
}

impl Bytes {
    fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }
}

/// The one type of credentials that there is.
#[derive(Clone, Copy, Debug, Deserialize)]
enum CredentialType {
    #[serde(rename = "public-key")]
    PublicKey,
}

/// `RegistrationResponseJSON`. What else is in it repeats this, or is of extensions that were not asked
/// for.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Registration {
    id: Bytes,
    #[serde(rename = "rawId")]
    raw_id: Bytes,
    #[serde(rename = "type")]
    _type: CredentialType,
    response: Attestation,
}

#[derive(Clone, Debug, Deserialize)]
struct Attestation {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    #[serde(rename = "attestationObject")]
    object: Bytes,
    #[serde(default)]
    transports: Option<Vec<String>>,
}

/// `AuthenticationResponseJSON`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Assertion {
    id: Bytes,
    #[serde(rename = "rawId")]
    raw_id: Bytes,
    #[serde(rename = "type")]
    _type: CredentialType,
    response: Signed,
}

#[derive(Clone, Debug, Deserialize)]
struct Signed {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    #[serde(rename = "authenticatorData")]
    authenticator_data: Bytes,
    signature: Bytes,
    #[serde(default, rename = "userHandle")]
    user_handle: Option<Bytes>,
}

impl Registration {
    /// Which credential was made.
    pub(super) fn credential_id(&self) -> &[u8] {
        &self.raw_id.0
    }

    /// The counter that it begins with.
    pub(super) fn sign_count(&self) -> Option<u32> {
        sign_count(attested(&self.response.object.0)?)
    }

    /// The challenge that it answers, if all of its form is right and it comes from one of these
    /// origins.
    pub(super) fn challenge(&self, origins: &[String]) -> Option<Vec<u8>> {
        let Attestation { client_data, object, .. } = &self.response;
        let is_whole = self.id == self.raw_id && attested(&object.0).is_some();
        let client_data = is_whole.then(|| ClientData::read(&client_data.0))??;
        client_data.challenge_of(Kind::Create, origins)
    }

    /// How the authenticator can be reached: as hints for the next time.
    pub(super) fn transports(&self) -> Vec<Transport> {
        let named = self.response.transports.as_deref().unwrap_or_default();
        Transport::ALL
            .into_iter()
            .filter(|it| named.iter().any(|name| name == it.as_str()))
            .collect()
    }

    /// The same for `webauthn-rs`.
    pub(super) fn for_library(&self) -> Option<RegisterPublicKeyCredential> {
        let Attestation { client_data, object, .. } = &self.response;
        from_json(json!({
            "id": self.id.text(),
            "rawId": self.raw_id.text(),
            "type": "public-key",
            "response": {
                "clientDataJSON": client_data.text(),
                "attestationObject": object.text(),
            },
        }))
    }
}

impl Assertion {
    /// Which credential was used.
    pub(crate) fn credential_id(&self) -> &[u8] {
        &self.raw_id.0
    }

    /// Whose credential it is, as the authenticator knows them.
    pub(super) fn user_handle(&self) -> Option<&[u8]> {
        self.response.user_handle.as_ref().map(|it| it.0.as_slice())
    }

    /// The challenge that it answers, if all of its form is right and it comes from one of these
    /// origins.
    pub(super) fn challenge(&self, origins: &[String]) -> Option<Vec<u8>> {
        let Signed { client_data, authenticator_data, .. } = &self.response;
        let is_whole = self.id == self.raw_id && is_of_sign_in(&authenticator_data.0);
        let client_data = is_whole.then(|| ClientData::read(&client_data.0))??;
        client_data.challenge_of(Kind::Get, origins)
    }

    /// The same for `webauthn-rs`.
    pub(super) fn for_library(&self) -> Option<PublicKeyCredential> {
        let response = &self.response;
        from_json(json!({
            "id": self.id.text(),
            "rawId": self.raw_id.text(),
            "type": "public-key",
            "response": {
                "clientDataJSON": response.client_data.text(),
                "authenticatorData": response.authenticator_data.text(),
                "signature": response.signature.text(),
                "userHandle": response.user_handle.as_ref().map(Bytes::text),
            },
        }))
    }
}

fn from_json<T: serde::de::DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}
