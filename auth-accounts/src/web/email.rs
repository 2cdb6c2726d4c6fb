//! Whether an address receives mail.

use auth_core::routing::post;
use auth_core::{Router, public};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::input::{Fields, Input};
use super::{Problem, SameOrigin, no_store};
use crate::accounts::Accounts;
use crate::secret::SecretText;
use crate::sign_in::Client;

pub(super) fn routes() -> Router<Accounts> {
    Router::new().route("/email/verify", post(verify))
}

#[derive(Deserialize)]
struct Verify {
    token: SecretText,
}

impl Fields for Verify {
    const EXPECTED: &'static str = "`token`: text";
}

/// The token of a message shows that the address receives mail.
#[public(reason = "the token says who may")]
async fn verify(
    State(accounts): State<Accounts>,
    _: SameOrigin,
    client: Client,
    input: Input<Verify>,
) -> Result<Response, Problem> {
    accounts.verify_email(&input.fields.token, &client).await?;
    Ok(no_store(StatusCode::NO_CONTENT))
}
