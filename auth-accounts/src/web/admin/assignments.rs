//! Assigns roles and groups by hand.

use auth_core::routing::put;
use auth_core::{Router, requires};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::{Fields, Input, Me, Problem, account_id, no_account, no_store, query, request, time};
use crate::accounts::Accounts;
use crate::assignment::{AssignmentError, ByHand};
use crate::model::{AccountId, AssignmentKind};
use crate::sign_in::Client;

pub(super) fn routes() -> Router<Accounts> {
    Router::new()
        .route("/admin/accounts/{id}/roles/{role}", put(assign_role).delete(withdraw_role))
        .route("/admin/accounts/{id}/groups/{group}", put(assign_group).delete(withdraw_group))
}

#[derive(Deserialize)]
struct Assigned {
    reason: String,
    #[serde(default, deserialize_with = "time")]
    expires_at: Option<u64>,
}

impl Fields for Assigned {
    const EXPECTED: &'static str = "`reason`: text, `expires_at` (optional): seconds since 1970";
}

#[derive(Deserialize)]
struct Withdrawal {
    reason: Option<String>,
}

/// The reason of a withdrawal without one.
const WITHDRAWN: &str = "withdrawn by an administrator";

/// Assigns a role by hand.
#[requires(method = Session, max_age = "10m")]
async fn assign_role(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path((id, role)): Path<(String, String)>,
    input: Input<Assigned>,
) -> Result<Response, Problem> {
    let change = Change { me: &me, client: &client, kind: AssignmentKind::Role, name: &role };
    change.assign(&accounts, &account_id(&id)?, &input.fields).await
}

/// Puts an account into a group by hand.
#[requires(method = Session, max_age = "10m")]
async fn assign_group(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path((id, group)): Path<(String, String)>,
    input: Input<Assigned>,
) -> Result<Response, Problem> {
    let change = Change { me: &me, client: &client, kind: AssignmentKind::Group, name: &group };
    change.assign(&accounts, &account_id(&id)?, &input.fields).await
}

/// Withdraws a role that was assigned by hand.
#[requires(method = Session, max_age = "10m")]
async fn withdraw_role(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path((id, role)): Path<(String, String)>,
    why: Result<Query<Withdrawal>, QueryRejection>,
) -> Result<Response, Problem> {
    let change = Change { me: &me, client: &client, kind: AssignmentKind::Role, name: &role };
    change.withdraw(&accounts, &account_id(&id)?, query(why)?.reason).await
}

/// Takes an account out of a group that it was put into by hand.
#[requires(method = Session, max_age = "10m")]
async fn withdraw_group(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path((id, group)): Path<(String, String)>,
    why: Result<Query<Withdrawal>, QueryRejection>,
) -> Result<Response, Problem> {
    let change = Change { me: &me, client: &client, kind: AssignmentKind::Group, name: &group };
    change.withdraw(&accounts, &account_id(&id)?, query(why)?.reason).await
}

/// What is to be changed, and by whom.
struct Change<'a> {
    me: &'a Me,
    client: &'a Client,
    kind: AssignmentKind,
    name: &'a str,
}

impl Change<'_> {
    fn by_hand<'a>(&'a self, account: &'a AccountId, reason: &'a str) -> ByHand<'a> {
        let Self { me, client, kind, name } = *self;
        let (request_id, source) = request(client);
        ByHand { actor: &me.account, account, kind, name, reason, request_id, source }
    }

    async fn assign(
        &self,
        accounts: &Accounts,
        account: &AccountId,
        Assigned { reason, expires_at }: &Assigned,
    ) -> Result<Response, Problem> {
        accounts.assign(&self.by_hand(account, reason), *expires_at).await?;
        Ok(no_store(StatusCode::NO_CONTENT))
    }

    async fn withdraw(
        &self,
        accounts: &Accounts,
        account: &AccountId,
        reason: Option<String>,
    ) -> Result<Response, Problem> {
        let reason = reason.as_deref().unwrap_or(WITHDRAWN);
        accounts.withdraw(&self.by_hand(account, reason)).await?;
        Ok(no_store(StatusCode::NO_CONTENT))
    }
}

impl From<AssignmentError> for Problem {
    fn from(error: AssignmentError) -> Self {
        let (status, code) = match error {
            AssignmentError::Store(error) => return error.into(),
            AssignmentError::MayNotAssign => (StatusCode::FORBIDDEN, "may_not_assign"),
            AssignmentError::UnknownName => (StatusCode::NOT_FOUND, "unknown_name"),
            AssignmentError::NoAccount => return no_account(),
            AssignmentError::NotHeld => (StatusCode::NOT_FOUND, "not_held"),
            AssignmentError::LastAdministrator => (StatusCode::CONFLICT, "last_administrator"),
            AssignmentError::InvalidReason => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_reason"),
            AssignmentError::EndsInThePast => {
                (StatusCode::UNPROCESSABLE_ENTITY, "ends_in_the_past")
            }
        };
        Self::new(status, code, error.to_string())
    }
}
