//! Why the service does not start, or a request that was let in is not answered.

use auth_core::authenticator::AuthenticatorError;
use auth_core::web::ProtectError;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request that was let in cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("no such note")]
    NoSuchNote,
    #[error("a note is 1 to 2000 characters of text")]
    NoText,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NoSuchNote => StatusCode::NOT_FOUND,
            Self::NoText => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Database(error) => {
                tracing::error!(%error, "the database of the notes failed");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        let body =
            json!({ "type": "about:blank", "status": status.as_u16(), "detail": self.to_string() });
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "`--database {0}` is not known: expected `sqlite::memory:`, `sqlite:FILE` or `postgres://..`"
    )]
    Database(String),
    #[error("the database cannot be used: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("the store cannot be used: {0}")]
    Store(#[from] auth_accounts::store::StoreError),
    #[error(transparent)]
    Redis(#[from] auth_store::redis::RedisError),
    #[error(transparent)]
    Accounts(#[from] auth_accounts::AccountsError),
    #[error(transparent)]
    Authenticator(#[from] AuthenticatorError),
    #[error(transparent)]
    Protect(#[from] ProtectError),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: std::net::SocketAddr, source: std::io::Error },
    #[error("the keys in {} cannot be used: {source}", path.display())]
    Keys { path: std::path::PathBuf, source: std::io::Error },
    #[error("messages cannot be written to {}: {source}", path.display())]
    Messages { path: std::path::PathBuf, source: std::io::Error },
    #[error("the tables cannot be made: {0}")]
    Schema(#[from] auth_store::SchemaError),
    #[error("the OpenAPI document cannot be made: {0}")]
    Document(String),
    #[error("the example accounts cannot be made: {0}")]
    Seed(String),
    #[error("serving failed: {0}")]
    Serve(#[from] std::io::Error),
}
