//! What only administrators see.

use auth_core::{Router, requires, routing};
use axum::Json;
use axum::extract::State;

use crate::access::{Role, Scope};
use crate::error::ApiError;
use crate::store::{Entry, Store};

pub fn routes() -> Router<Store> {
    Router::new().route("/audit", routing::get(audit_trail))
}

/// Everything that was done to orders, newest first.
#[requires(role = "admin", scope = "read")]
async fn audit_trail(State(store): State<Store>) -> Result<Json<Vec<Entry>>, ApiError> {
    Ok(Json(store.audit_trail().await?))
}
