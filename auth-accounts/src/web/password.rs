//! Changing a password, and a new one for one that was forgotten.

use auth_core::routing::post;
use auth_core::{Router, public, requires};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::input::{Fields, Input};
use super::{Me, Problem, SameOrigin, no_store, session};
use crate::accounts::Accounts;
use crate::model::{FactorKind, ProvedFactor};
use crate::secret::SecretText;
use crate::session::Rotation;
use crate::sign_in::{Client, PasswordChangeError, TokenError};

pub(super) fn routes() -> Router<Accounts> {
    Router::new()
        .route("/password", post(change))
        .route("/password/reset", post(reset))
        .route("/password/reset/confirm", post(confirm))
}

#[derive(Deserialize)]
struct Change {
    current: SecretText,
    new: SecretText,
}

impl Fields for Change {
    const EXPECTED: &'static str = "`current`: text, `new`: text";
}

/// Another password. All other sessions end, and this one gets another secret.
#[requires(method = Session)]
async fn change(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    input: Input<Change>,
) -> Result<Response, Problem> {
    let Change { current, new } = input.fields;
    let epoch = accounts.change_password(&me.account, &me.session, &current, &new, &client).await?;
    let at = accounts.now();
    let proved = ProvedFactor { kind: FactorKind::Password, at, id: None, user_verified: false };
    let (factor, epoch, devices) = (Some(proved), Some(epoch), &me.devices);
    let rotation = Rotation { factor, epoch, devices, event: "session_renewed" };
    let done = no_store(StatusCode::NO_CONTENT);
    // If the session is over by now, the password is changed all the same.
    Ok(match accounts.rotate_session(&me.digest, rotation).await? {
        Some(renewed) => session::renewed(&accounts, &renewed, done),
        None => done,
    })
}

#[derive(Deserialize)]
struct Reset {
    username: String,
}

impl Fields for Reset {
    const EXPECTED: &'static str = "`username`: text";
}

/// Sends a token to an owner who has forgotten the password. The answer is the same for every name.
#[public(reason = "a user without the password cannot sign in")]
async fn reset(
    State(accounts): State<Accounts>,
    _: SameOrigin,
    client: Client,
    input: Input<Reset>,
) -> Result<Response, Problem> {
    accounts.request_reset(&input.fields.username, &client).await?;
    Ok(no_store(StatusCode::ACCEPTED))
}

#[derive(Deserialize)]
struct Confirm {
    token: SecretText,
    new: SecretText,
}

impl Fields for Confirm {
    const EXPECTED: &'static str = "`token`: text, `new`: text";
}

/// A new password by the token of a message. It signs no user in.
#[public(reason = "the token says who may")]
async fn confirm(
    State(accounts): State<Accounts>,
    _: SameOrigin,
    client: Client,
    input: Input<Confirm>,
) -> Result<Response, Problem> {
    let Confirm { token, new } = input.fields;
    accounts.confirm_reset(&token, &new, &client).await?;
    Ok(no_store(StatusCode::NO_CONTENT).into_response())
}

impl From<PasswordChangeError> for Problem {
    fn from(error: PasswordChangeError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            PasswordChangeError::NotNow(error) => error.into(),
            PasswordChangeError::WrongPassword => Self::new(StatusCode::FORBIDDEN, code, detail),
            PasswordChangeError::Password(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
            }
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            TokenError::NotNow(error) => error.into(),
            TokenError::Invalid => Self::new(StatusCode::BAD_REQUEST, code, detail),
            TokenError::Password(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail),
        }
    }
}
