//! My API keys.

use std::fmt;
use std::time::Duration;

use auth_core::routing::{delete, get, post};
use auth_core::{Identity, Router, requires};
use axum::Json;
use axum::extract::{FromRequest as _, Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::factors::demand_fresh_factor;
use super::input::{Fields, Input, list};
use super::pages::Beside;
use super::{Me, Problem, no_store};
use crate::accounts::Accounts;
use crate::api_key::{ApiKeyError, IssuedApiKey, KeyLifetime, NewApiKey};
use crate::model::{ApiKeyId, ApiKeyRecord};

pub(super) fn routes() -> Router<Accounts> {
    Router::new()
        .route("/api-keys", get(keys).post(create))
        .route("/api-keys/{id}", delete(revoke))
        .route("/api-keys/{id}/rotate", post(rotate))
}

/// My keys, the newest first. None of them is shown again.
#[requires(method = Session)]
async fn keys(
    State(accounts): State<Accounts>,
    me: Me,
    caller: Identity,
) -> Result<Response, Problem> {
    let keys = accounts.api_keys(&me.account).await?;
    let mut response = no_store(Json(keys.iter().map(shown).collect::<Vec<_>>()));
    // A page lists what a key can be given.
    response.extensions_mut().insert(Beside::key_names(&caller));
    Ok(response)
}

fn shown(key: &ApiKeyRecord) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes,
        "roles": key.roles,
        "networks": key.networks,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    })
}

#[derive(Deserialize)]
struct NewKey {
    name: String,
    #[serde(default, deserialize_with = "list")]
    scopes: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    roles: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    networks: Vec<String>,
    #[serde(default, deserialize_with = "lifetime")]
    expires_in: KeyLifetime,
}

impl Fields for NewKey {
    const EXPECTED: &'static str = "`name`: text, `scopes`: list of texts, `roles` (optional): list \
                                    of texts, `networks` (optional): list of texts, `expires_in` (optional): seconds or \"never\"";
    const LISTS: &'static [&'static str] = &["scopes", "roles", "networks"];
}

/// Makes a key of mine, and shows it this once. A key makes no key.
#[requires(method = Session, max_age = "10m")]
async fn create(
    State(accounts): State<Accounts>,
    me: Me,
    caller: Identity,
    input: Input<NewKey>,
) -> Result<Response, Problem> {
    demand_fresh_factor(&accounts, &me).await?;
    let NewKey { name, scopes, roles, networks, expires_in } = input.fields;
    let new = NewApiKey { name, scopes, roles, networks, lifetime: expires_in };
    let issued = accounts.create_api_key(&me.account, &me.account, new).await;
    let issued = issued.map_err(|it| Problem::from(it).beside(Beside::key_names(&caller)))?;
    Ok(no_store((StatusCode::CREATED, Json(issued_key(&issued)))))
}

#[derive(Default, Deserialize)]
struct Rotation {
    #[serde(default, deserialize_with = "seconds")]
    overlap: Option<u64>,
}

impl Fields for Rotation {
    const EXPECTED: &'static str = "`overlap` (optional): seconds";
}

/// Puts a new key in the place of one of mine, and shows it this once.
#[requires(method = Session, max_age = "10m")]
async fn rotate(
    State(accounts): State<Accounts>,
    me: Me,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    // A client that sets nothing sends no body.
    let Rotation { overlap } = if request.headers().contains_key(CONTENT_TYPE) {
        Input::from_request(request, &accounts).await?.fields
    } else {
        Rotation::default()
    };
    demand_fresh_factor(&accounts, &me).await?;
    let id = key_id(&id)?;
    let overlap = overlap.map(Duration::from_secs);
    let issued = accounts.rotate_api_key(&me.account, &me.account, &id, overlap).await?;
    Ok(no_store(Json(issued_key(&issued))))
}

fn issued_key(issued: &IssuedApiKey) -> Value {
    json!({
        "id": issued.id,
        "key": issued.key.expose(),
        "expires_at": issued.expires_at,
    })
}

/// Revokes one of my keys: that needs no fresh factor, since it only takes rights away.
#[requires(method = Session)]
pub(super) async fn revoke(
    State(accounts): State<Accounts>,
    me: Me,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    accounts.revoke_api_key(&me.account, &me.account, &key_id(&id)?).await?;
    Ok(no_store(StatusCode::NO_CONTENT))
}

fn key_id(text: &str) -> Result<ApiKeyId, Problem> {
    ApiKeyId::parse(text).map_err(|_| ApiKeyError::NotFound.into())
}

impl From<ApiKeyError> for Problem {
    fn from(error: ApiKeyError) -> Self {
        let (status, code) = match &error {
            ApiKeyError::Store(error) => return error.clone().into(),
            ApiKeyError::Name => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_name"),
            ApiKeyError::UnknownScope(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unknown_scope"),
            ApiKeyError::UnknownRole(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unknown_role"),
            ApiKeyError::Network(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_network"),
            ApiKeyError::NoRights => (StatusCode::UNPROCESSABLE_ENTITY, "no_rights"),
            ApiKeyError::TooManyNames => (StatusCode::UNPROCESSABLE_ENTITY, "too_many_names"),
            ApiKeyError::Lifetime => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_lifetime"),
            ApiKeyError::Overlap => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_overlap"),
            ApiKeyError::TooManyKeys => (StatusCode::CONFLICT, "too_many_keys"),
            ApiKeyError::Owner => (StatusCode::FORBIDDEN, "forbidden"),
            ApiKeyError::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        };
        Self::new(status, code, error.to_string())
    }
}

/// Seconds, or `never`; a form sends digits, or nothing at all for the default.
fn lifetime<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeyLifetime, D::Error> {
    Ok(match deserializer.deserialize_any(SecondsOr("never"))? {
        Said::Nothing => KeyLifetime::Default,
        Said::Seconds(seconds) => KeyLifetime::Seconds(seconds),
        Said::Word => KeyLifetime::Never,
    })
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match deserializer.deserialize_any(SecondsOr(""))? {
        Said::Seconds(seconds) => Some(seconds),
        Said::Nothing | Said::Word => None,
    })
}

/// Reads seconds, or this word.
struct SecondsOr(&'static str);

enum Said {
    Nothing,
    Seconds(u64),
    Word,
}

impl<'de> Visitor<'de> for SecondsOr {
    type Value = Said;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds")
    }

    fn visit_u64<E>(self, seconds: u64) -> Result<Said, E> {
        Ok(Said::Seconds(seconds))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Said, E> {
        if text.is_empty() {
            return Ok(Said::Nothing);
        }
        if text == self.0 {
            return Ok(Said::Word);
        }
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| text.parse().ok()).flatten();
        number.map(Said::Seconds).ok_or_else(|| E::custom("not a number of seconds"))
    }

    fn visit_unit<E>(self) -> Result<Said, E> {
        Ok(Said::Nothing)
    }

    fn visit_none<E>(self) -> Result<Said, E> {
        Ok(Said::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Said, D::Error> {
        deserializer.deserialize_any(self)
    }
}
