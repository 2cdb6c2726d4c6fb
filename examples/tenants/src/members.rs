//! Who holds which role in a tenant. A change counts with the next request.

use auth_core::authenticator::AssignmentCache;
use auth_core::vocabulary::Authority;
use auth_core::{Router, requires, routing};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::App;
use crate::access::{Permission, Role, Scope};
use crate::error::ApiError;
use crate::store::Store;

pub fn routes() -> Router<App> {
    Router::new().route("/members/{user}", routing::put(assign).delete(dismiss))
}

#[derive(Debug, Deserialize)]
struct Assignment {
    role: String,
}

/// Gives a user a role in a tenant, instead of the one they had.
#[requires(permission = MembersAssign, scope = Write)]
async fn assign(
    Path((tenant, user)): Path<(String, i64)>,
    State(store): State<Store>,
    State(kept): State<AssignmentCache>,
    Json(Assignment { role }): Json<Assignment>,
) -> Result<StatusCode, ApiError> {
    // Only names that the program knows get into the database.
    if Role::TABLE.find(&role).is_none() {
        return Err(ApiError::NoSuchRole);
    }
    change(&store, &kept, &tenant, user, Some(&role)).await
}

/// Takes a user's role in a tenant away.
#[requires(permission = MembersAssign, scope = Write)]
async fn dismiss(
    Path((tenant, user)): Path<(String, i64)>,
    State(store): State<Store>,
    State(kept): State<AssignmentCache>,
) -> Result<StatusCode, ApiError> {
    change(&store, &kept, &tenant, user, None).await
}

/// First the database, then what was kept of it: the other way round, a request in between would
/// keep the old role for another half minute.
async fn change(
    store: &Store,
    kept: &AssignmentCache,
    tenant: &str,
    user: i64,
    role: Option<&str>,
) -> Result<StatusCode, ApiError> {
    let account = store.account(user).await?.ok_or(ApiError::NotFound)?;
    store.assign(tenant, user, role).await?;
    kept.forget(&account.issuer, &account.subject);
    Ok(StatusCode::NO_CONTENT)
}
