//! The endpoints. What each of them asks of its caller is above it, and nowhere else.

use auth_core::revocation::{RevocationList, RevokeError};
use auth_core::routing::{delete, get, post};
use auth_core::{Identity, Router, public, requires};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::access::{Role, Scope};

/// All of them. What is revoked goes into the list that the authenticator asks.
pub fn routes(revocations: RevocationList) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/me", get(me))
        .route("/accounts", get(accounts))
        .route("/transfers", post(transfer))
        .route("/me/token", delete(log_out))
        .route("/users/{subject}/tokens", delete(lock_out))
        .with_state(revocations)
}

#[public(reason = "liveness probe")]
async fn health() -> &'static str {
    "ok"
}

/// What the token said about its bearer.
#[derive(Serialize)]
struct Profile {
    subject: String,
    issuer: String,
    client: Option<String>,
    /// How the user logged in; a machine never did.
    acr: Option<String>,
    may_transfer: bool,
}

#[requires(authenticated)]
async fn me(caller: Identity) -> Json<Profile> {
    Json(Profile {
        subject: caller.subject().to_owned(),
        issuer: caller.issuer().to_owned(),
        client: caller.client_id().map(str::to_owned),
        acr: caller.acr().map(str::to_owned),
        may_transfer: caller.has(Role::Clerk) && caller.has(Scope::Write),
    })
}

#[derive(Serialize)]
struct Account {
    iban: &'static str,
    cents: i64,
}

#[requires(role = Clerk, scope = Read)]
async fn accounts() -> Json<[Account; 2]> {
    Json([
        Account { iban: "DE02120300000000202051", cents: 120_000 },
        Account { iban: "DE02500105170137075030", cents: 4_250 },
    ])
}

#[derive(Deserialize)]
struct Transfer {
    to: String,
    cents: u32,
}

/// Money leaves the house only within five minutes of a login with a second factor (RFC 9470).
#[requires(role = Clerk, scope = Write, acr = "urn:mfa", max_age = "5m")]
async fn transfer(caller: Identity, Json(order): Json<Transfer>) -> String {
    format!("{} cents to {}, by {}", order.cents, order.to, caller.subject())
}

/// Ends the token that the request came with: the next request with it is rejected.
#[requires(authenticated)]
async fn log_out(caller: Identity, State(revocations): State<RevocationList>) -> StatusCode {
    ended(revocations.revoke(&caller))
}

/// Ends all tokens that a user holds by now. A user who logs in again gets a new token, which is valid.
#[requires(role = Admin, scope = Write)]
async fn lock_out(
    admin: Identity,
    Path(subject): Path<String>,
    State(revocations): State<RevocationList>,
) -> StatusCode {
    ended(revocations.revoke_subject(admin.issuer(), &subject))
}

/// A revocation that was not noted must not look like one.
fn ended(result: Result<(), RevokeError>) -> StatusCode {
    match result {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(error) => {
            tracing::error!(%error, "nothing was revoked");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
