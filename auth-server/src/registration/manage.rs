//! The endpoint of one registered client ([RFC 7592 §2](https://www.rfc-editor.org/rfc/rfc7592#section-2)).

use auth_accounts::secret::Digest;
use auth_core::public;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::record::{Record, to_text};
use super::register::{new_secret_for, read_metadata};
use super::{Registration, request};
use crate::client::secret_digest;
use crate::server::AuthorizationServer;
use crate::store::RegisteredClient;
use crate::wire::{OAuthError, OAuthErrorCode, cors, json, no_store};

/// A client whose registration access token was presented.
struct Managed<'a> {
    registration: &'a Registration,
    client: RegisteredClient,
    record: Record,
}

#[public(reason = "the endpoint checks the registration access token itself")]
pub(super) async fn read(
    State(server): State<AuthorizationServer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    cors(match server.managed(&id, &headers).await {
        Ok(Some(it)) => json(&server.registration_answer(&it.client, &it.record, None)),
        Ok(None) => request::unauthorized(),
        Err(error) => error.into_response(),
    })
}

#[public(reason = "the endpoint checks the registration access token itself")]
pub(super) async fn update(
    State(server): State<AuthorizationServer>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    cors(match server.managed(&id, &headers).await {
        Ok(Some(managed)) => match server.update(managed, &headers, body).await {
            Ok(answer) => json(&answer),
            Err(error) => error.into_response(),
        },
        Ok(None) => request::unauthorized(),
        Err(error) => error.into_response(),
    })
}

#[public(reason = "the endpoint checks the registration access token itself")]
pub(super) async fn remove(
    State(server): State<AuthorizationServer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    cors(match server.managed(&id, &headers).await {
        Ok(Some(_)) => match server.0.store.remove_client(&id, server.now()).await {
            Ok(_) => no_store(StatusCode::NO_CONTENT),
            Err(error) => OAuthError::from(error).into_response(),
        },
        Ok(None) => request::unauthorized(),
        Err(error) => error.into_response(),
    })
}

impl AuthorizationServer {
    /// The client with this id, if its registration access token is presented. A wrong token gets the same
    /// response as an unknown client.
    async fn managed(
        &self,
        id: &str,
        headers: &HeaderMap,
    ) -> Result<Option<Managed<'_>>, OAuthError> {
        let Some(registration) = &self.0.registration else { return Ok(None) };
        let Some(token) = request::bearer(headers) else { return Ok(None) };
        let presented: Digest = request::token_digest(token.expose());
        let Some(client) = self.registered(id).await? else { return Ok(None) };
        let record = Record::parse(&client.metadata)?;
        let managed = Managed { registration, client, record };
        Ok(Some(managed).filter(|it| it.record.is_managed_by(&presented)))
    }

    /// Replaces all metadata
    /// ([RFC 7592 §2.2](https://www.rfc-editor.org/rfc/rfc7592#section-2.2)).
    async fn update(
        &self,
        managed: Managed<'_>,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Map<String, Value>, OAuthError> {
        let Managed { registration, client, mut record } = managed;
        let object = request::read(headers, body).await?;
        if object.get("client_id").and_then(Value::as_str) != Some(&client.client_id) {
            return Err(OAuthError::invalid_request("client_id is not that of the registration"));
        }
        let read_only = [
            "registration_access_token",
            "registration_client_uri",
            "client_secret_expires_at",
            "client_id_issued_at",
        ];
        if let Some(name) = read_only.iter().find(|it| object.contains_key(**it)) {
            return Err(OAuthError::invalid_request(format!("{name} cannot be changed")));
        }
        if let Some(secret) = object.get("client_secret") {
            let is_its_own = record
                .secret()
                .is_some_and(|own| secret.as_str().is_some_and(|it| own.matches(it)));
            if !is_its_own {
                return Err(OAuthError::invalid_request("client_secret cannot be changed"));
            }
        }
        record.metadata = read_metadata(&object, registration)?;
        let new_secret = match (new_secret_for(&record.metadata), &record.secret) {
            (Some(_), Some(_)) => None,
            (Some(secret), None) => {
                record.secret = Some(to_text(&secret_digest(secret.expose())));
                Some(secret)
            }
            (None, _) => {
                record.secret = None;
                None
            }
        };
        let after = record.to_text()?;
        if !self.0.store.update_client(&client.client_id, &client.metadata, &after).await? {
            let code = OAuthErrorCode::TemporarilyUnavailable;
            return Err(OAuthError::new(code, "the registration was changed at the same time"));
        }
        Ok(self.registration_answer(&client, &record, new_secret.as_ref()))
    }
}
