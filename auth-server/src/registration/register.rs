//! The registration endpoint ([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)).

use auth_accounts::secret::{Digest, SecretText, random_base62};
use auth_accounts::store::Created;
use auth_core::public;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::record::{ID_LENGTH, Record, UNUSED, to_text};
use super::{DynamicRegistration, Registration, request};
use crate::client::{AuthMethod, ClientMetadata, secret_digest};
use crate::keys::SigningAlgorithm;
use crate::server::AuthorizationServer;
use crate::store::RegisteredClient;
use crate::wire::{OAuthError, OAuthErrorCode, cors, no_store};

/// How many letters and digits a secret or a token has: 256 bits and more.
const SECRET_LENGTH: usize = 43;

#[public(reason = "clients register themselves, within the limits of the settings")]
pub(super) async fn register(
    State(server): State<AuthorizationServer>,
    parts: Parts,
    body: Body,
) -> Response {
    let Some(registration) = &server.0.registration else { return request::off() };
    if let Some(expected) = &registration.settings.initial_access_token {
        let presented = request::bearer(&parts.headers);
        if !presented.is_some_and(|it| expected.matches(it.expose())) {
            return cors(request::unauthorized());
        }
    }
    if let Err(error) = server.count_registration(&registration.settings, &parts).await {
        return cors(error.into_response());
    }
    match server.register(registration, &parts.headers, body).await {
        Ok(answer) => cors(no_store((StatusCode::CREATED, axum::Json(answer)))),
        Err(error) => cors(error.into_response()),
    }
}

impl AuthorizationServer {
    /// Counts a registration before it is read: by its network first, so that what is refused there uses up
    /// nothing of the others.
    async fn count_registration(
        &self,
        settings: &DynamicRegistration,
        parts: &Parts,
    ) -> Result<(), OAuthError> {
        let network = self.network_of(parts).unwrap_or_default();
        let by_network = self.0.secrets.current_mac("registrations", &network);
        let by_all = Digest::of(&[b"registrations"]);
        let limits =
            [(by_network, settings.registrations), (by_all, settings.registrations_by_all())];
        for (key, limit) in limits {
            if let Some(limit) = limit {
                self.count(&key, limit).await?;
            }
        }
        Ok(())
    }

    async fn register(
        &self,
        registration: &Registration,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Map<String, Value>, OAuthError> {
        let object = request::read(headers, body).await?;
        let metadata = read_metadata(&object, registration)?;
        if self.0.store.count_clients().await? >= registration.settings.max_clients {
            tracing::warn!("the limit of registered clients is reached");
            let code = OAuthErrorCode::TemporarilyUnavailable;
            return Err(OAuthError::new(code, "too many clients are registered: try again later"));
        }
        let now = self.now();
        let id = random_base62(ID_LENGTH);
        let secret = new_secret_for(&metadata);
        let token = SecretText::new(random_base62(SECRET_LENGTH));
        let record = Record {
            metadata,
            secret: secret.as_ref().map(|it| to_text(&secret_digest(it.expose()))),
            registration_access_token: to_text(&request::token_digest(token.expose())),
        };
        let client = RegisteredClient {
            client_id: id.clone(),
            metadata: record.to_text()?,
            registered_at: now,
            last_used_at: None,
            expires_at: now.saturating_add(UNUSED),
        };
        if self.0.store.register_client(&client).await? != Created::Created {
            let code = OAuthErrorCode::ServerError;
            return Err(OAuthError::new(code, "the id that was drawn is taken"));
        }
        tracing::info!(client_id = id, "a client has registered itself");
        let mut answer = self.registration_answer(&client, &record, secret.as_ref());
        answer.insert("registration_access_token".to_owned(), json!(token.expose()));
        Ok(answer)
    }

    /// The response to a registration ([RFC 7591
    /// §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)). It contains a secret only if this request
    /// has generated it.
    pub(super) fn registration_answer(
        &self,
        client: &RegisteredClient,
        record: &Record,
        secret: Option<&SecretText>,
    ) -> Map<String, Value> {
        let metadata = serde_json::to_value(&record.metadata).ok();
        let mut answer = match metadata {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        };
        let registered = record.metadata.id_token_signed_response_alg.as_deref();
        let algorithm = self.id_token_algorithm(registered).as_str();
        // Without a word of the client it expects `RS256`.
        if registered.unwrap_or(SigningAlgorithm::Rs256.as_str()) != algorithm {
            answer.insert("id_token_signed_response_alg".to_owned(), json!(algorithm));
        }
        let id = &client.client_id;
        answer.insert("client_id".to_owned(), json!(id));
        answer.insert("client_id_issued_at".to_owned(), json!(client.registered_at));
        let uri = self.0.issuer.url(&format!("/register/{id}"));
        answer.insert("registration_client_uri".to_owned(), json!(uri));
        if let Some(secret) = secret {
            answer.insert("client_secret".to_owned(), json!(secret.expose()));
            answer.insert("client_secret_expires_at".to_owned(), json!(0));
        }
        answer
    }
}

/// The metadata in a registration, limited by the policy.
pub(super) fn read_metadata(
    object: &Map<String, Value>,
    registration: &Registration,
) -> Result<ClientMetadata, OAuthError> {
    if object.get("software_statement").is_some_and(|it| !it.is_null()) {
        let code = OAuthErrorCode::InvalidSoftwareStatement;
        return Err(OAuthError::new(code, "software statements are not supported"));
    }
    // The default is Basic (RFC 7591 §2).
    ClientMetadata::read(object, AuthMethod::ClientSecretBasic, &registration.policy)
}

/// A secret, for a client that authenticates by one.
pub(super) fn new_secret_for(metadata: &ClientMetadata) -> Option<SecretText> {
    let has_one = matches!(
        metadata.token_endpoint_auth_method,
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost
    );
    has_one.then(|| SecretText::new(random_base62(SECRET_LENGTH)))
}
