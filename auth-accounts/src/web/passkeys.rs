//! New passkeys.

use auth_core::routing::post;
use auth_core::{Router, requires};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::factors::{demand_fresh_factor, factor_name, in_new_epoch};
use super::input::{Fields, Input};
use super::{Me, Problem, no_store, session};
use crate::accounts::Accounts;
use crate::factor::passkey::{Asked, PasskeyError, Passkeys, Registration};
use crate::factor::wire_name;
use crate::model::{AuditOutcome, FactorKind};
use crate::sign_in::Client;

/// What a passkey is called whose owner says nothing.
const NAME: &str = "Passkey";

pub(super) fn routes() -> Router<Accounts> {
    Router::new().route("/passkeys/challenge", post(challenge)).route("/passkeys", post(add))
}

/// The passkeys of this application, if its origin can have some.
pub(super) fn passkeys(accounts: &Accounts) -> Result<&Passkeys, Problem> {
    accounts.0.passkeys.as_ref().ok_or_else(|| {
        let detail = "the origin of the application has no domain: there are no passkeys";
        Problem::new(StatusCode::NOT_FOUND, "passkeys_off", detail)
    })
}

/// Asks for a new passkey: the options for `navigator.credentials.create()`.
#[requires(method = Session, max_age = "10m")]
async fn challenge(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
) -> Result<Response, Problem> {
    demand_fresh_factor(&accounts, &me).await?;
    let account = accounts.ask(accounts.0.stores.accounts.load(&me.account)).await?;
    let account = account.ok_or_else(session::session_is_over)?;
    let asked = Asked::Session(&me.account, &me.session);
    let passkeys = passkeys(&accounts)?;
    accounts.count_passkey_challenge(&asked, &client).await?;
    let options = accounts.enrol_passkey(passkeys, &account, asked).await?;
    Ok(no_store(Json(json!({ "publicKey": options }))))
}

/// What `toJSON()` gives, by itself or beside a name.
#[derive(Deserialize)]
#[serde(untagged)]
enum New {
    Named {
        credential: Registration,
        #[serde(default)]
        name: Option<String>,
    },
    Bare {
        #[serde(flatten)]
        credential: Registration,
        #[serde(default)]
        name: Option<String>,
    },
}

impl Fields for New {
    const EXPECTED: &'static str =
        "`credential`: what `PublicKeyCredential.toJSON()` gives, `name` (optional): text";
}

/// Adds the passkey that was made for a challenge of this session.
#[requires(method = Session, max_age = "10m")]
async fn add(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    input: Input<New>,
) -> Result<Response, Problem> {
    demand_fresh_factor(&accounts, &me).await?;
    let (New::Named { credential, name } | New::Bare { credential, name }) = input.fields;
    let name = factor_name(name.filter(|it| !it.is_empty()), NAME)?;
    let passkeys = passkeys(&accounts)?;
    let refused = async |reason: &str| {
        let entry = client.entry(accounts.now(), "factor_added").outcome(AuditOutcome::Refused);
        let entry = entry.by(&me.account).about(&me.account).with("reason", reason);
        let entry = entry.with("kind", wire_name(FactorKind::Passkey));
        accounts.ask(accounts.0.stores.audit.append(&entry)).await
    };
    if let Err(too_many) = accounts.count_factor(&me.account, Some(&me.digest)).await? {
        refused("too_many_attempts").await?;
        return Err(Problem::too_many(too_many, accounts.now()));
    }
    let asked = Asked::Session(&me.account, &me.session);
    let added = accounts.add_passkey(passkeys, &me.account, asked, &credential, &name).await;
    match &added {
        Err(PasskeyError::Invalid) => refused("invalid_passkey").await?,
        Err(PasskeyError::Taken) => refused("credential_taken").await?,
        _ => {}
    }
    let proved = added?;
    let body = json!({ "id": proved.id, "kind": wire_name(proved.kind), "name": name });
    in_new_epoch(&accounts, &me, Some(proved), Json(body).into_response()).await
}

impl From<PasskeyError> for Problem {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::TooMany => {
                let detail = "the account has as many factors as it may have: remove one first";
                Self::new(StatusCode::CONFLICT, "too_many_factors", detail)
            }
            PasskeyError::Invalid => {
                let detail =
                    "the passkey is not valid here, or its challenge is over: ask for another";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_passkey", detail)
            }
            PasskeyError::Taken => {
                let detail = "an account has this passkey already";
                Self::new(StatusCode::CONFLICT, "credential_taken", detail)
            }
            PasskeyError::Store(error) => error.into(),
        }
    }
}
