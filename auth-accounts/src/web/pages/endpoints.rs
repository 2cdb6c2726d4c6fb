//! The pages that have no endpoint for programs, and the forms of what programs do by `DELETE`: forms
//! know `GET` and `POST` alone.

use auth_core::routing::{get, post};
use auth_core::{AuthorityKind, Identity, Router, pending, public, requires};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::ForPeople;
use super::typed::parameter;
use crate::accounts::Accounts;
use crate::factor::wire_name;
use crate::secret::SecretText;
use crate::sign_in::{Pending, Visit};
use crate::web::{Me, Problem, api_keys, factors, no_store, session};

pub(in crate::web) fn routes() -> Router<Accounts> {
    Router::new()
        .route("/sign-up", get(sign_up))
        .route("/sign-in", get(sign_in))
        .route("/sign-in/totp", get(second_step))
        .route("/sign-in/recovery-code", get(second_step))
        .route("/sign-in/code", get(second_step))
        .route("/password", get(password))
        .route("/password/reset", get(reset))
        .route("/password/reset/confirm", get(confirm_reset))
        .route("/email/verify", get(verify_email))
        .route("/sessions/{id}/end", post(session::end_session))
        .route("/factors/{id}/remove", post(factors::remove))
        .route("/api-keys/{id}/revoke", post(api_keys::revoke))
}

/// What is beside an answer, for the page alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::web) struct Beside {
    /// What the page shows that is shown again.
    pub(super) data: Value,
    /// The names that the caller can put into a key.
    pub(super) names: Vec<String>,
}

impl Beside {
    /// The permissions that the caller has: a key can have no others.
    pub(in crate::web) fn key_names(caller: &Identity) -> Self {
        let held = caller.authorities().iter(AuthorityKind::Permission);
        Self { names: held.map(|it| it.name().to_owned()).collect(), data: Value::Null }
    }

    /// The factors that a sign-in can go on with.
    pub(in crate::web) fn factors(pending: &Pending) -> Self {
        Self { data: asked_factors(pending), names: Vec::new() }
    }
}

fn asked_factors(pending: &Pending) -> Value {
    let factors: Vec<_> = pending.waiting.factors.iter().map(|it| wire_name(*it)).collect();
    json!({ "factors": factors })
}

/// The form to sign up.
#[public(reason = "who signs up has no account yet")]
async fn sign_up(_: ForPeople) -> Response {
    no_store(())
}

/// The form to sign in.
#[public(reason = "who signs in has no credential yet")]
async fn sign_in(_: ForPeople) -> Response {
    no_store(())
}

/// The form of the second step of a sign-in.
#[pending(second_factor)]
async fn second_step(_: ForPeople, pending: Pending) -> Response {
    no_store(Json(asked_factors(&pending)))
}

/// The form to change the password.
#[requires(method = Session)]
async fn password(_: ForPeople, _: Me) -> Response {
    no_store(())
}

/// The form for users who have forgotten the password.
#[public(reason = "a user without the password cannot sign in")]
async fn reset(_: ForPeople) -> Response {
    no_store(())
}

/// The page that the link of a message leads to. The token is looked at when its form is sent.
#[public(reason = "the token says who may")]
async fn confirm_reset(_: ForPeople) -> Response {
    no_store(())
}

/// The page that the link of a message leads to: it says which account the address is to belong to.
/// Nothing is verified by opening it, since mail programs open links, too.
#[public(reason = "the token says who may")]
async fn verify_email(
    State(accounts): State<Accounts>,
    _: ForPeople,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let token = parameter(query.as_deref().unwrap_or_default(), "token").map(SecretText::new);
    // Without one it is the page that says thank you.
    let Some(token) = token else { return Ok(no_store(())) };
    let account = accounts.account_to_verify(&token).await?;
    let email = account.email.as_ref().map(crate::model::Email::as_str);
    let is_signed_in = visit.current.is_some_and(|it| it.account == account.id);
    let body = json!({ "username": account.username, "email": email, "signed_in": is_signed_in });
    Ok(no_store(Json(body)))
}
