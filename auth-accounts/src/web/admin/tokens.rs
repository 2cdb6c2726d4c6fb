//! Tokens that give roles and groups: the one of the first administrator, and invitations.

use auth_core::routing::post;
use auth_core::{Router, requires};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{Fields, Input, Me, Problem, list, no_store, request, time};
use crate::accounts::Accounts;
use crate::assignment::Invitation;
use crate::model::AssignmentKind;
use crate::secret::{Digest, SecretText};
use crate::sign_in::Client;
use crate::store::Limit;

/// For how long an invitation is valid, unless it is said.
const INVITED_SECONDS: u64 = 7 * 24 * 60 * 60;

/// How often an account may try out tokens.
const TOKENS: Limit = Limit { attempts: 10, window_seconds: 60 * 60 };

/// The token of the first administrator.
pub(super) fn bootstrap_route() -> Router<Accounts> {
    Router::new().route("/admin/bootstrap", post(bootstrap))
}

/// Made by administrators.
pub(super) fn invitation_route() -> Router<Accounts> {
    Router::new().route("/admin/invitations", post(invite))
}

/// Used by the accounts that are invited.
pub(super) fn acceptance_route() -> Router<Accounts> {
    Router::new().route("/invitations/accept", post(accept_invitation))
}

#[derive(Deserialize)]
struct Token {
    token: SecretText,
}

impl Fields for Token {
    const EXPECTED: &'static str = "`token`: text";
}

/// Counts a token before it is looked at, so that wrong ones cannot fill the trail.
async fn count_token(accounts: &Accounts, me: &Me) -> Result<(), Problem> {
    let key = Digest::of(&[b"token of an administrator", me.account.as_str().as_bytes()]);
    let counted = accounts.count(&key, TOKENS).await?;
    counted.map_err(|too_many| Problem::too_many(too_many, accounts.now()))
}

/// Makes the caller the first administrator.
#[requires(method = Session, max_age = "10m")]
async fn bootstrap(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    input: Input<Token>,
) -> Result<Response, Problem> {
    count_token(&accounts, &me).await?;
    let (request_id, source) = request(&client);
    let token = &input.fields.token;
    if accounts.bootstrap(&me.account, token, request_id, source).await? {
        return Ok(no_store(StatusCode::NO_CONTENT));
    }
    let detail = "the token is not valid, or there is an administrator already";
    Err(Problem::new(StatusCode::FORBIDDEN, "invalid_token", detail))
}

#[derive(Deserialize)]
struct Invited {
    #[serde(default, deserialize_with = "list")]
    roles: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    groups: Vec<String>,
    reason: String,
    #[serde(default, deserialize_with = "time")]
    expires_at: Option<u64>,
    #[serde(default, deserialize_with = "time")]
    valid_seconds: Option<u64>,
}

impl Fields for Invited {
    const EXPECTED: &'static str = "`roles` and `groups`: lists of texts, `reason`: text, \
         `expires_at` (optional): seconds since 1970, `valid_seconds` (optional): number";
}

/// Makes a token that gives roles and groups to the account that accepts it.
#[requires(method = Session, max_age = "10m")]
async fn invite(
    State(accounts): State<Accounts>,
    me: Me,
    input: Input<Invited>,
) -> Result<Response, Problem> {
    let Invited { roles, groups, reason, expires_at, valid_seconds } = input.fields;
    let roles = roles.into_iter().map(|name| (AssignmentKind::Role, name));
    let groups = groups.into_iter().map(|name| (AssignmentKind::Group, name));
    let names = roles.chain(groups).collect();
    let invitation = Invitation { by: me.account, names, reason, expires_at };
    let token = accounts.invite(&invitation, valid_seconds.unwrap_or(INVITED_SECONDS)).await?;
    let body = Json(json!({ "token": token.expose() }));
    Ok(no_store((StatusCode::CREATED, body)))
}

/// Gives the caller what an invitation names.
#[requires(method = Session)]
async fn accept_invitation(
    State(accounts): State<Accounts>,
    me: Me,
    input: Input<Token>,
) -> Result<Response, Problem> {
    count_token(&accounts, &me).await?;
    if accounts.accept_invitation(&me.account, &input.fields.token).await? {
        return Ok(no_store(StatusCode::NO_CONTENT));
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "invalid_token", "the invitation is not valid"))
}
