//! Pushed authorization requests ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)).

use std::net::SocketAddr;

use auth_accounts::secret::Digest;
use auth_accounts::store::{Attempt, Limit};
use auth_core::binding::ProvedKey;
use auth_core::public;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::read;
use crate::client::Client;
use crate::server::AuthorizationServer;
use crate::wire::{DPOP_NONCE, OAuthError, cors, json};

/// How many requests may be pushed from an address in the name of a client that does not authenticate: each
/// is kept, so that a stranger could fill the store.
const OF_STRANGERS: Limit = Limit { attempts: 600, window_seconds: 60 };

#[public(reason = "clients authenticate here by credentials of their own")]
pub(super) async fn push(State(server): State<AuthorizationServer>, request: Request) -> Response {
    cors(server.push(request).await.unwrap_or_else(OAuthError::into_response))
}

impl AuthorizationServer {
    async fn push(&self, request: Request) -> Result<Response, OAuthError> {
        let (parts, form) = read(request).await?;
        let client = self.authenticate_client(&parts, &form).await?;
        self.limit_pushes(&parts, &client).await?;
        let proved = self.check_proof(&parts)?;
        let jkt = proved.as_ref().map(ProvedKey::thumbprint);
        let pushed = self.push_request(&client, &form, jkt).await?;
        if let Some(proved) = &proved {
            self.use_proof(proved).await?;
        }
        let mut response = json(&pushed);
        *response.status_mut() = StatusCode::CREATED;
        let nonce = proved.as_ref().and_then(ProvedKey::next_nonce);
        if let Some(nonce) = nonce.and_then(|it| HeaderValue::try_from(it).ok()) {
            response.headers_mut().insert(DPOP_NONCE, nonce);
        }
        Ok(response)
    }

    /// Where the address is not known nothing is counted: one client would be kept out for what others do.
    async fn limit_pushes(&self, request: &Parts, client: &Client) -> Result<(), OAuthError> {
        let Some(peer) = request.extensions.get::<ConnectInfo<SocketAddr>>() else {
            return Ok(());
        };
        if !client.is_public() {
            return Ok(());
        }
        let address = peer.0.ip().to_canonical().to_string();
        let text = Digest::of(&[client.id.as_bytes(), address.as_bytes()]);
        let key = self.0.secrets.current_mac("pushed requests", text.as_bytes());
        let now = self.now();
        match self.0.attempts.hit(&key, OF_STRANGERS, now).await? {
            Attempt::Allowed { .. } => Ok(()),
            Attempt::Refused { until } => {
                Err(OAuthError::too_many_requests(until.saturating_sub(now)))
            }
        }
    }
}
