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
use crate::sign_in::{Client, VerifyError, Visit};

pub(super) fn routes() -> Router<Accounts> {
    Router::new().route("/email/verify", post(verify))
}

#[derive(Deserialize)]
struct Verify {
    token: SecretText,
    #[serde(default)]
    password: Option<SecretText>,
}

impl Fields for Verify {
    const EXPECTED: &'static str = "`token`: text, `password` (optional): text";
}

/// The token of a message shows that the address receives mail. A browser has to prove the account, too, by its
/// session or by the password: the account may have been made by an attacker who named the address of another
/// person, and that person opens the link.
#[public(reason = "the token says who may")]
async fn verify(
    State(accounts): State<Accounts>,
    origin: SameOrigin,
    visit: Visit,
    client: Client,
    input: Input<Verify>,
) -> Result<Response, Problem> {
    let Verify { token, password } = input.fields;
    let session = visit.current.as_ref().map(|it| &it.account);
    // A user has copied the token into a program: that is not a click on a link.
    if origin == SameOrigin::Shown || session.is_some() || password.is_some() {
        accounts.demand_owner(&token, session, password.as_ref(), &client).await?;
    }
    accounts.verify_email(&token, &client).await?;
    Ok(no_store(StatusCode::NO_CONTENT))
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::NotTheOwner => {
                let detail = "sign in to the account that the address is to belong to, or send its \
                              `password`, too";
                Self::new(StatusCode::UNAUTHORIZED, "not_your_account", detail)
            }
            VerifyError::Token(error) => error.into(),
        }
    }
}
