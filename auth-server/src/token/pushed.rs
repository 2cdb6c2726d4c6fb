//! Pushed authorization requests ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)).

use auth_accounts::store::Limit;
use auth_core::binding::ProvedKey;
use auth_core::public;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode};

use super::read;
use crate::server::AuthorizationServer;
use crate::wire::{DPOP_NONCE, OAuthError, cors, json};

/// How many requests may be pushed from one network for a public client. Each is stored, and anyone can push
/// requests in the name of such a client.
const OF_PUBLIC_CLIENTS: Limit = Limit { attempts: 600, window_seconds: 60 };

#[public(reason = "clients authenticate here by credentials of their own")]
pub(super) async fn push(State(server): State<AuthorizationServer>, request: Request) -> Response {
    cors(server.push(request).await.unwrap_or_else(OAuthError::into_response))
}

impl AuthorizationServer {
    async fn push(&self, request: Request) -> Result<Response, OAuthError> {
        let (parts, form) = read(request).await?;
        let client = self.authenticate_client(&parts, &form).await?;
        if client.is_public() {
            self.count_request("pushed requests", &client.id, &parts, OF_PUBLIC_CLIENTS).await?;
        }
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
}
