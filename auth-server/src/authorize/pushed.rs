//! Pushed authorization requests
//! ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)).

use std::sync::Arc;

use auth_accounts::secret::{Digest, random_bytes};
use auth_accounts::store::{Created, OneTimeKind, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{Parameters, Via};
use crate::client::Client;
use crate::server::AuthorizationServer;
use crate::wire::{Form, OAuthError, OAuthErrorCode};

/// The beginning of every `request_uri` of a pushed request.
pub(super) const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The response to a client that has pushed a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PushedRequest {
    pub(crate) request_uri: String,
    /// In seconds.
    pub(crate) expires_in: u64,
}

/// A pushed request as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    client_id: String,
    parameters: Parameters,
}

impl AuthorizationServer {
    /// Checks and stores the authorization request of a client that has authenticated. `jkt` is the
    /// thumbprint of the key of its DPoP proof
    /// ([RFC 9449 §10.1](https://www.rfc-editor.org/rfc/rfc9449#section-10.1)).
    pub(crate) async fn push_request(
        &self,
        client: &Arc<Client>,
        form: &Form,
        jkt: Option<&str>,
    ) -> Result<PushedRequest, OAuthError> {
        let mut parameters = Parameters::read(form)?;
        if parameters.get("request_uri").is_some() {
            return Err(OAuthError::invalid_request(
                "a pushed request must not have a `request_uri`",
            ));
        }
        if parameters.get("client_id").is_some_and(|it| it != client.id) {
            return Err(OAuthError::invalid_request("`client_id` is that of another client"));
        }
        if parameters.get("client_id").is_none() {
            parameters.set("client_id", &client.id);
        }
        if let Some(jkt) = jkt {
            if parameters.get("dpop_jkt").is_some_and(|it| it != jkt) {
                let text = "`dpop_jkt` is not the thumbprint of the key of the proof";
                return Err(OAuthError::new(OAuthErrorCode::InvalidDpopProof, text));
            }
            if parameters.get("dpop_jkt").is_none() {
                parameters.set("dpop_jkt", jkt);
            }
        }
        self.read_request(&parameters, client, Via::Pushed)?;
        let stored = Stored { client_id: client.id.clone(), parameters };
        let stored = serde_json::to_vec(&stored)
            .map_err(|_| OAuthError::invalid_request("the request cannot be stored"))?;
        let secret = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        let request_uri = format!("{PREFIX}{secret}");
        let (now, expires_in) = (self.now(), self.0.lifetimes.pushed_request);
        let (kind, digest) = (OneTimeKind::PushedRequest, digest(&request_uri));
        let end = now.saturating_add(expires_in);
        match self.0.one_time.put(kind, &digest, None, &stored, end, now).await? {
            Created::Created => Ok(PushedRequest { request_uri, expires_in }),
            // 256 random bits do not repeat.
            Created::Taken => Err(StoreError::NotUnderstood("a pushed request is there").into()),
        }
    }

    /// Takes the request that this client has pushed. `None`: it is unknown, was used already, or belongs to
    /// another client.
    pub(crate) async fn take_pushed_request(
        &self,
        client_id: &str,
        request_uri: &str,
    ) -> Result<Option<Parameters>, StoreError> {
        if !request_uri.starts_with(PREFIX) {
            return Ok(None);
        }
        let (now, digest) = (self.now(), digest(request_uri));
        let (kind, one_time) = (OneTimeKind::PushedRequest, &self.0.one_time);
        // A request in the name of another client must not use it up.
        let Some(stored) = one_time.peek(kind, &digest, now).await? else { return Ok(None) };
        let understood = |_| StoreError::NotUnderstood("a pushed request of another version");
        let stored: Stored = serde_json::from_slice(&stored).map_err(understood)?;
        if stored.client_id != client_id {
            return Ok(None);
        }
        let taken = one_time.take(kind, &digest, now).await?;
        Ok(taken.map(|_| stored.parameters))
    }
}

fn digest(request_uri: &str) -> Digest {
    Digest::of(&[b"pushed-request", request_uri.as_bytes()])
}
