//! Signing up.

use auth_core::routing::post;
use auth_core::{Router, public};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::input::{Fields, Input, optional};
use super::{Problem, SameOrigin, no_store};
use crate::accounts::Accounts;
use crate::secret::SecretText;
use crate::sign_in::{Client, SignUpError};

pub(super) fn routes() -> Router<Accounts> {
    Router::new().route("/sign-up", post(sign_up))
}

#[derive(Deserialize)]
struct SignUp {
    username: String,
    password: SecretText,
    #[serde(default, deserialize_with = "optional")]
    email: Option<String>,
}

impl Fields for SignUp {
    const EXPECTED: &'static str = "`username`: text, `password`: text, `email` (optional): text";
}

/// Makes an account. The answer is the same for a name that is taken.
#[public(reason = "who signs up has no account yet")]
async fn sign_up(
    State(accounts): State<Accounts>,
    _: SameOrigin,
    client: Client,
    input: Input<SignUp>,
) -> Result<Response, Problem> {
    let SignUp { username, password, email } = input.fields;
    accounts.sign_up(&username, &password, email.as_deref(), &client).await?;
    Ok(no_store((StatusCode::CREATED, Json(json!({ "status": "signed_up" })))))
}

impl From<SignUpError> for Problem {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::NotNow(error) => error.into(),
            error => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error.to_string()),
        }
    }
}
