//! Refusals as responses.

use axum::response::{IntoResponse, Response};

use crate::error::AuthError;

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
