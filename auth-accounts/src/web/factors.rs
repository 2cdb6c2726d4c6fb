//! My second factors.

use auth_core::routing::{delete, get, post};
use auth_core::{Router, requires};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Fields, Input, optional};
use super::{Me, Problem, no_store, session};
use crate::accounts::Accounts;
use crate::factor::{ConfirmError, EnrolError, RemoveError, wire_name};
use crate::model::{FactorId, FactorKind, FactorRecord, ProvedFactor};
use crate::secret::SecretText;
use crate::session::Rotation;

/// What a factor is called whose owner says nothing.
const NAME: &str = "Authenticator";

/// How many characters a name has at most.
const NAME_LENGTH: usize = 100;

pub(super) fn routes() -> Router<Accounts> {
    Router::new()
        .route("/factors", get(factors))
        .route("/factors/{id}", delete(remove))
        .route("/totp", post(enrol_totp))
        .route("/totp/confirm", post(confirm_totp))
        .route("/recovery-codes", get(recovery_codes_left).post(replace_recovery_codes))
}

/// My second factors and passkeys, the oldest first. No secret is shown again.
#[requires(method = Session)]
async fn factors(State(accounts): State<Accounts>, me: Me) -> Result<Response, Problem> {
    let factors = accounts.factors(&me.account).await?;
    Ok(no_store(Json(factors.iter().map(shown).collect::<Vec<_>>())))
}

fn shown(factor: &FactorRecord) -> Value {
    json!({
        "id": factor.id,
        "kind": wire_name(factor.kind),
        "name": factor.name,
        "created_at": factor.created_at,
        "last_used_at": factor.last_used_at,
    })
}

/// Makes the secret of a TOTP, and shows it this once. It counts from its first code on.
#[requires(method = Session, max_age = "10m")]
async fn enrol_totp(State(accounts): State<Accounts>, me: Me) -> Result<Response, Problem> {
    demand_fresh_factor(&accounts, &me).await?;
    let account = accounts.ask(accounts.0.stores.accounts.load(&me.account)).await?;
    let account = account.ok_or_else(session::session_is_over)?;
    let enrolment = accounts.enrol_totp(&account, &me.session).await?;
    Ok(no_store(Json(json!({
        "secret": enrolment.secret.expose(),
        "uri": enrolment.uri.expose(),
        "qr": enrolment.qr.expose(),
    }))))
}

#[derive(Deserialize)]
struct FirstCode {
    code: SecretText,
    #[serde(default, deserialize_with = "optional")]
    name: Option<String>,
}

impl Fields for FirstCode {
    const EXPECTED: &'static str = "`code`: text of 6 digits, `name` (optional): text";
}

/// Activates the TOTP whose secret waits in this session.
#[requires(method = Session, max_age = "10m")]
async fn confirm_totp(
    State(accounts): State<Accounts>,
    me: Me,
    input: Input<FirstCode>,
) -> Result<Response, Problem> {
    demand_fresh_factor(&accounts, &me).await?;
    let FirstCode { code, name } = input.fields;
    let name = factor_name(name, NAME)?;
    if let Err(too_many) = accounts.count_factor(&me.account, Some(&me.digest)).await? {
        return Err(Problem::too_many(too_many, accounts.now()));
    }
    let proved = accounts.confirm_totp(&me.account, &me.session, &code, &name).await?;
    let body = json!({ "id": proved.id, "kind": wire_name(proved.kind), "name": name });
    // The session has more factors from now on, and gets a new secret: the old one may have been seen.
    in_new_epoch(&accounts, &me, Some(proved), Json(body).into_response()).await
}

/// What a factor is called: as its owner says, or by its kind.
pub(super) fn factor_name(said: Option<String>, otherwise: &str) -> Result<String, Problem> {
    let name = said.unwrap_or_else(|| otherwise.to_owned());
    if name.chars().count() > NAME_LENGTH || name.chars().any(char::is_control) {
        let detail = "a name is at most 100 characters, none of them a control character";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_name", detail));
    }
    Ok(name)
}

/// Removes one of my factors. Also the last one: its owner has proved it just now.
#[requires(method = Session, max_age = "10m")]
pub(super) async fn remove(
    State(accounts): State<Accounts>,
    me: Me,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    demand_fresh_factor(&accounts, &me).await?;
    let id = FactorId::parse(&id).map_err(|_| RemoveError::NotFound)?;
    accounts.remove_factor(&me.account, &id).await?;
    in_new_epoch(&accounts, &me, None, no_store(StatusCode::NO_CONTENT)).await
}

/// Ends all sessions but this one, which gets another secret: the others were made with other factors.
pub(super) async fn in_new_epoch(
    accounts: &Accounts,
    me: &Me,
    factor: Option<ProvedFactor>,
    response: Response,
) -> Result<Response, Problem> {
    let epoch = accounts.new_epoch(&me.account, &me.session).await?;
    let rotation = Rotation { factor, epoch, devices: &me.devices, event: "session_renewed" };
    let renewed = accounts.rotate_session(&me.digest, rotation).await;
    if !matches!(renewed, Ok(Some(_))) {
        // It is not in the new epoch, so it is over as the others are, and what was allowed in it ends, too.
        accounts.end_session(&me.account, &me.session, "session_ended").await?;
    }
    let renewed = renewed?.ok_or_else(session::session_is_over)?;
    Ok(session::renewed(accounts, &renewed, response))
}

/// How many recovery codes I have left.
#[requires(method = Session)]
async fn recovery_codes_left(
    State(accounts): State<Accounts>,
    me: Me,
) -> Result<Response, Problem> {
    let left = accounts.recovery_codes_left(&me.account).await?;
    Ok(no_store(Json(json!({ "left": left }))))
}

/// Makes new recovery codes in the place of the ones before, and shows them this once.
#[requires(method = Session, max_age = "10m")]
async fn replace_recovery_codes(
    State(accounts): State<Accounts>,
    me: Me,
) -> Result<Response, Problem> {
    demand_fresh_factor(&accounts, &me).await?;
    let held = accounts.factors(&me.account).await?;
    if !held.iter().any(|it| matches!(it.kind, FactorKind::Totp | FactorKind::Passkey)) {
        let detail = "recovery codes stand for a second factor: add one first";
        return Err(Problem::new(StatusCode::CONFLICT, "no_second_factor", detail));
    }
    let codes = accounts.replace_recovery_codes(&me.account).await?;
    let codes: Vec<&str> = codes.iter().map(SecretText::expose).collect();
    Ok(no_store(Json(json!({ "codes": codes }))))
}

/// A person who finds an open session must not be able to change what signs in.
pub(super) async fn demand_fresh_factor(accounts: &Accounts, me: &Me) -> Result<(), Problem> {
    match accounts.lacks_fresh_factor(&me.account, &me.session).await? {
        None => Ok(()),
        Some(step_up) => Err(Problem::step_up(step_up)),
    }
}

impl From<EnrolError> for Problem {
    fn from(error: EnrolError) -> Self {
        match error {
            EnrolError::TooMany => {
                let detail = "the account has as many factors as it may have: remove one first";
                Self::new(StatusCode::CONFLICT, "too_many_factors", detail)
            }
            EnrolError::Store(error) => error.into(),
        }
    }
}

impl From<ConfirmError> for Problem {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::NothingWaits => {
                let detail = "no secret waits for its first code in this session: make one";
                Self::new(StatusCode::CONFLICT, "nothing_to_confirm", detail)
            }
            ConfirmError::WrongCode => {
                let detail = "that is not the present code of the secret";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong_code", detail)
            }
            ConfirmError::Store(error) => error.into(),
        }
    }
}

impl From<RemoveError> for Problem {
    fn from(error: RemoveError) -> Self {
        match error {
            RemoveError::NotFound => {
                Self::new(StatusCode::NOT_FOUND, "not_found", "you have no such factor")
            }
            RemoveError::LastWayIn => {
                let detail = "the account has no password: this is its only way in";
                Self::new(StatusCode::CONFLICT, "last_way_in", detail)
            }
            RemoveError::LastSecondFactor => {
                let detail = "the account needs a second factor: add another one first";
                Self::new(StatusCode::CONFLICT, "last_second_factor", detail)
            }
            RemoveError::Store(error) => error.into(),
        }
    }
}
