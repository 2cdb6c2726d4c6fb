//! The second step of a sign-in.

use auth_core::routing::post;
use auth_core::{Router, pending};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::input::{Fields, Input};
use super::pages::Beside;
use super::sign_in::{no_pending_sign_in, signed_in};
use super::{Problem, no_store};
use crate::accounts::Accounts;
use crate::factor::Sending;
use crate::model::{FactorKind, ProvedFactor};
use crate::secret::SecretText;
use crate::sign_in::{Pending, TooMany, Visit};
use crate::store::StoreError;

pub(super) fn routes() -> Router<Accounts> {
    Router::new()
        .route("/sign-in/totp", post(totp))
        .route("/sign-in/recovery-code", post(recovery_code))
        .route("/sign-in/code", post(code))
        .route("/sign-in/code/send", post(send_code))
}

#[derive(Deserialize)]
struct Code {
    code: SecretText,
}

impl Fields for Code {
    const EXPECTED: &'static str = "`code`: text";
}

/// Ends a sign-in by a code of an authenticator application.
#[pending(second_factor)]
async fn totp(
    State(accounts): State<Accounts>,
    pending: Pending,
    visit: Visit,
    input: Input<Code>,
) -> Result<Response, Problem> {
    let code = input.fields.code;
    let prove = accounts.prove_totp(&pending.waiting.account, &code);
    finish(&accounts, &pending, &visit, FactorKind::Totp, prove).await
}

/// Ends a sign-in by a recovery code, which is used up.
#[pending(second_factor)]
async fn recovery_code(
    State(accounts): State<Accounts>,
    pending: Pending,
    visit: Visit,
    input: Input<Code>,
) -> Result<Response, Problem> {
    let code = input.fields.code;
    let prove = accounts.prove_recovery_code(&pending.waiting.account, &code);
    finish(&accounts, &pending, &visit, FactorKind::Recovery, prove).await
}

/// Ends a sign-in by the code that was sent for it.
#[pending(second_factor)]
async fn code(
    State(accounts): State<Accounts>,
    pending: Pending,
    visit: Visit,
    input: Input<Code>,
) -> Result<Response, Problem> {
    let code = input.fields.code;
    let (account, digest) = (&pending.waiting.account, &pending.digest);
    let prove = accounts.prove_sign_in_code(account, digest, &code);
    finish(&accounts, &pending, &visit, FactorKind::Code, prove).await
}

/// Sends a code for the sign-in anew. The one before is void.
#[pending(second_factor)]
async fn send_code(
    State(accounts): State<Accounts>,
    pending: Pending,
) -> Result<Response, Problem> {
    demand_offered(&pending, FactorKind::Code)?;
    let account = accounts.ask(accounts.0.stores.accounts.load(&pending.waiting.account)).await?;
    let account = account.ok_or_else(no_pending_sign_in)?;
    match accounts.send_sign_in_code(&account, &pending.digest).await? {
        Sending::Sent => Ok(no_store(StatusCode::ACCEPTED)),
        Sending::NoAddress => Err(not_offered()),
        Sending::TooMany { until } => Err(Problem::too_many(TooMany { until }, accounts.now())),
    }
}

/// Counts the attempt, makes it, and signs the account in if the factor was right.
async fn finish(
    accounts: &Accounts,
    pending: &Pending,
    visit: &Visit,
    kind: FactorKind,
    prove: impl Future<Output = Result<Option<ProvedFactor>, StoreError>>,
) -> Result<Response, Problem> {
    demand_offered(pending, kind)?;
    if let Err(too_many) = accounts.count_second_factor(pending, kind, visit).await? {
        let problem = Problem::too_many(too_many, accounts.now());
        return Err(problem.beside(Beside::factors(pending)));
    }
    let Some(proved) = prove.await? else {
        accounts.second_factor_failed(pending, kind, None, visit).await?;
        let detail = "the code is wrong, or was used before";
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "wrong_code", detail);
        return Err(problem.beside(Beside::factors(pending)));
    };
    match accounts.complete(pending, proved, visit).await? {
        Some(session) => Ok(signed_in(accounts, &session)),
        None => Err(no_pending_sign_in()),
    }
}

/// What the account was not asked for does not end the sign-in.
fn demand_offered(pending: &Pending, kind: FactorKind) -> Result<(), Problem> {
    if pending.waiting.factors.contains(&kind) { Ok(()) } else { Err(not_offered()) }
}

fn not_offered() -> Problem {
    let detail = "the sign-in was not asked for this factor";
    Problem::new(StatusCode::CONFLICT, "factor_not_asked_for", detail)
}
