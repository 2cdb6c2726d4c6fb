//! What only administrators see.

use auth_core::{Router, requires, routing};
use axum::Json;
use axum::extract::State;

use crate::access::{Role, Scope};
#[cfg(feature = "documents")]
use crate::documents::StoreErrors;
use crate::error::ApiError;
use crate::store::{Entry, Store};

pub fn routes() -> Router<Store> {
    Router::new().route("/audit", routing::get(audit_trail))
}

/// The same routes in the OpenAPI document.
#[cfg(feature = "documents")]
#[derive(utoipa::OpenApi)]
#[openapi(paths(audit_trail))]
pub struct Document;

/// Everything that was done to orders, newest first.
#[cfg_attr(feature = "documents", utoipa::path(get, path = "/audit", responses((status = 200, description = "The trail.", body = [Entry]), StoreErrors)))]
#[requires(role = "admin", scope = "read")]
async fn audit_trail(State(store): State<Store>) -> Result<Json<Vec<Entry>>, ApiError> {
    Ok(Json(store.audit_trail().await?))
}
