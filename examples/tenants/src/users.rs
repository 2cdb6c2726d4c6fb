//! The users of the application: who calls, as its own database knows them.

use auth_core::{Claims, CurrentUser, FromIdentity, Identity, Router, requires, routing};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::access::Scope;
use crate::error::ApiError;
use crate::store::Store;

pub fn routes() -> Router<App> {
    Router::new().route("/signup", routing::post(sign_up)).route("/me", routing::get(me))
}

/// A row of the table of users. As `CurrentUser<User>` it is loaded once per request, however many
/// checks and handlers ask for it.
#[derive(Clone, Debug, Serialize)]
pub struct User {
    pub id: i64,
    pub email: String,
}

impl FromIdentity for User {
    type State = Store;
    type Rejection = ApiError;

    async fn from_identity(identity: &Identity, store: &Store) -> Result<Self, ApiError> {
        let user = store.user(identity.issuer(), identity.subject()).await?;
        user.ok_or(ApiError::NoAccount)
    }
}

/// What this application reads of a token.
#[derive(Debug, Deserialize)]
struct Contact {
    email: String,
}

/// Makes an account for any caller with a valid token, with the e-mail address in it.
#[requires(scope = Write)]
async fn sign_up(
    caller: Identity,
    Claims(contact): Claims<Contact>,
    State(store): State<Store>,
) -> Result<(StatusCode, Json<User>), ApiError> {
    let user = store.sign_up(caller.issuer(), caller.subject(), &contact.email).await?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// Who am I here?
#[requires(scope = Read)]
async fn me(CurrentUser(user): CurrentUser<User>) -> Json<User> {
    Json(user)
}
