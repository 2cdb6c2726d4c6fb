//! Requests to the token and revocation endpoints (RFC 6749, RFC 7009).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{DpopKey, IdentityProvider};

/// The parameters of a request.
pub type Form<'a> = Vec<(&'a str, &'a str)>;

/// What the token endpoint gives.
#[derive(Clone, Debug, Deserialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// `Bearer` or `DPoP`.
    pub token_type: String,
    /// Its lifetime in seconds.
    pub expires_in: u64,
}

impl IdentityProvider {
    /// A token for the client `machine`, a clerk, with the scopes `read` and `write`.
    ///
    /// # Panics
    /// If the provider rejects.
    pub async fn machine_token(&self, resource: &str) -> String {
        self.client_credentials("machine", resource, None).await.access_token
    }

    /// A token for a client itself (RFC 6749 §4.4), bound to a key if one is given.
    ///
    /// # Panics
    /// If the provider rejects.
    pub async fn client_credentials(
        &self,
        client: &str,
        resource: &str,
        key: Option<&DpopKey>,
    ) -> TokenResponse {
        let form = vec![
            ("grant_type", "client_credentials"),
            ("resource", resource),
            ("scope", "read write"),
        ];
        self.token(&form, Some(&basic(client, &format!("{client}-secret"))), key).await
    }

    /// Revokes an opaque token of the client `machine`.
    ///
    /// # Panics
    /// If the provider rejects.
    pub async fn revoke(&self, token: &str) {
        let request = self.http.post(format!("{}/token/revocation", self.issuer));
        let request = request.header("authorization", basic("machine", "machine-secret"));
        let answer = request.form(&[("token", token)]).send().await.expect("an answer");
        assert!(answer.status().is_success(), "revocation: {}", answer.status());
    }

    pub(super) async fn token(
        &self,
        form: &Form<'_>,
        authorization: Option<&str>,
        key: Option<&DpopKey>,
    ) -> TokenResponse {
        let url = format!("{}/token", self.issuer);
        let mut request = self.http.post(&url).form(form);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        if let Some(key) = key {
            request = request.header("dpop", key.proof("POST", &url, None, None));
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let body = answer.text().await.expect("a body");
        assert!(status.is_success(), "the token endpoint: {status} {body}");
        serde_json::from_str(&body).expect("a token response")
    }
}

/// The value of `Authorization` for a client: both halves form-encoded (RFC 6749 §2.3.1).
#[must_use]
pub fn basic(client: &str, secret: &str) -> String {
    let pair = format!("{}:{}", form_encoded(client), form_encoded(secret));
    format!("Basic {}", STANDARD.encode(pair))
}

fn form_encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"*-._".contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}
