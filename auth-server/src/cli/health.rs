//! Whether the program lives, and whether it can do its work.

use std::sync::Arc;
use std::time::Duration;

use auth_core::routing::get;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::store::AuthorizationStore;
use crate::wire::no_store;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Database(Arc<dyn AuthorizationStore>);

/// `GET /health/live` answers 200 as long as the program runs; `GET /health/ready` answers 200 if the
/// database does, and 503 otherwise.
pub(super) fn health(store: Arc<dyn AuthorizationStore>) -> auth_core::Router {
    auth_core::Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(Database(store))
}

#[auth_core::public(reason = "says nothing but that the program runs")]
async fn live() -> Response {
    no_store(Json(json!({ "status": "live" })))
}

#[auth_core::public(reason = "says nothing but whether the database answers")]
async fn ready(State(Database(store)): State<Database>) -> Response {
    let answer = tokio::time::timeout(PATIENCE, store.signing_keys()).await;
    if matches!(answer, Ok(Ok(_))) {
        return no_store(Json(json!({ "status": "ready" })));
    }
    tracing::error!("not ready: the database does not answer");
    let status = StatusCode::SERVICE_UNAVAILABLE;
    no_store((status, Json(json!({ "status": "not_ready" }))).into_response())
}
