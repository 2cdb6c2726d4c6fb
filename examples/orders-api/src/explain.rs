//! What becomes of a token, step by step: for developers who set the service up.

use auth_core::{Authenticator, Router, public, routing};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse as _, Response};

/// Where a token is explained.
pub const PATH: &str = "/docs/explain";

/// A route that explains the token in the body of a request. It tells how the service is configured,
/// so it is there only with `--explain`.
pub fn routes<S: Clone + Send + Sync + 'static>(authenticator: Authenticator) -> Router<S> {
    Router::new().route(PATH, routing::post(explain)).with_state(authenticator)
}

/// Every step of the verification of a token: a text, or JSON for a program that accepts it.
#[public(reason = "for development: there only with `--explain`")]
async fn explain(
    State(authenticator): State<Authenticator>,
    headers: HeaderMap,
    token: String,
) -> Response {
    let report = authenticator.diagnose(&token).await;
    if headers.get(ACCEPT).is_some_and(|accept| accept == "application/json") {
        Json(report).into_response()
    } else {
        report.to_string().into_response()
    }
}
