//! Why a request that was let in cannot be answered.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("not found")]
    NotFound,
    #[error("you have no account here yet: POST /signup")]
    NoAccount,
    #[error("no such role")]
    NoSuchRole,
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NoAccount => StatusCode::FORBIDDEN,
            Self::NoSuchRole => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Database(error) => {
                tracing::error!(%error, "the database does not answer");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        (status, self.to_string()).into_response()
    }
}
