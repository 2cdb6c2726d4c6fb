//! The device authorization endpoint ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)).

use auth_accounts::secret::{Digest, SecretText};
use auth_accounts::store::{Created, Limit};
use auth_core::public;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::user_code::UserCode;
use crate::client::GrantType;
use crate::server::AuthorizationServer;
use crate::store::DeviceRequest;
use crate::token::{new_secret, read};
use crate::wire::{OAuthError, OAuthErrorCode, json};

/// How many seconds lie between two polls.
const INTERVAL: u64 = 5;
/// How often a user code is drawn again if it is in use.
const DRAWS: usize = 5;
/// How many requests of a client are accepted: each is stored.
const REQUESTS: Limit = Limit { attempts: 300, window_seconds: 60 };
/// How many of a public client from one network: anyone can make requests in its name, and one network must not use
/// up those of all devices.
const FROM_A_NETWORK: Limit = Limit { attempts: 30, window_seconds: 60 };

/// The digest under which a device code is stored.
pub(super) fn device_code_digest(code: &str) -> Digest {
    Digest::of(&[b"device-code", code.as_bytes()])
}

#[public(reason = "clients authenticate here by credentials of their own")]
pub(super) async fn device_authorization(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    match server.authorize_device(request).await {
        Ok(answer) => json(&answer),
        Err(error) => error.into_response(),
    }
}

impl AuthorizationServer {
    async fn authorize_device(&self, request: Request) -> Result<Value, OAuthError> {
        let (parts, form) = read(request).await?;
        let client = self.authenticate_client(&parts, &form).await?;
        if !client.may(GrantType::DeviceCode) {
            let text = "the client may not use this grant";
            return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, text));
        }
        let asked: Vec<&str> = form.all("resource").collect();
        let (targets, scopes) = self.wanted(&client, &asked, form.get("scope"))?;
        let now = self.now();
        if client.is_public() {
            self.count_request("requests of devices", &client.id, &parts, FROM_A_NETWORK).await?;
        }
        let key = Digest::of(&[b"device-authorization", client.id.as_bytes()]);
        self.count(&key, REQUESTS).await?;
        let device_code = new_secret();
        let resources = targets.iter().map(|it| it.uri.clone()).collect();
        let request = DeviceRequest {
            device_code: device_code_digest(device_code.expose()),
            user_code: Digest::ZERO,
            client_id: client.id.clone(),
            scopes,
            resources,
            jkt: None,
            expires_at: now.saturating_add(self.0.lifetimes.device_code),
            interval: INTERVAL,
        };
        let user_code = self.begin_device_request(request, now).await?;
        Ok(self.device_answer(&device_code, &user_code))
    }

    /// Stores the request under a user code that no other live request has.
    async fn begin_device_request(
        &self,
        mut request: DeviceRequest,
        now: u64,
    ) -> Result<UserCode, OAuthError> {
        for _ in 0..DRAWS {
            let user_code = UserCode::random();
            request.user_code = user_code.digest(&self.0.secrets);
            if self.0.store.begin_device_request(&request, now).await? == Created::Created {
                return Ok(user_code);
            }
        }
        let text = "no user code is free: try again in a moment";
        Err(OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, text))
    }

    /// [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2).
    fn device_answer(&self, device_code: &SecretText, user_code: &UserCode) -> Value {
        let page = self.0.issuer.url("/device");
        let user_code = user_code.shown();
        json!({
            "device_code": device_code.expose(),
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={user_code}"),
            "expires_in": self.0.lifetimes.device_code,
            "interval": INTERVAL,
        })
    }
}
