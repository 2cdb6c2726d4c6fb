//! What only administrators see.

use auth_core::{Router, requires, routing};
use axum::Json;
use axum::extract::State;
use utoipa::OpenApi;

use crate::access::{Role, Scope};
use crate::error::{ApiError, StoreErrors};
use crate::store::{Entry, Store};

pub fn routes() -> Router<Store> {
    Router::new().route("/audit", routing::get(audit_trail))
}

/// The same routes in the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(audit_trail))]
pub struct Document;

/// Everything that was done to orders, newest first.
#[utoipa::path(get, path = "/audit", responses((status = 200, description = "The trail.", body = [Entry]), StoreErrors))]
#[requires(role = "admin", scope = "read")]
async fn audit_trail(State(store): State<Store>) -> Result<Json<Vec<Entry>>, ApiError> {
    Ok(Json(store.audit_trail().await?))
}
