//! Refusals as responses.

use std::fmt;

use axum::response::{IntoResponse, Response};

use crate::error::AuthError;

/// What a guard or an [`Identity`](crate::Identity) extractor answers instead of letting the
/// request through.
pub struct Rejection {
    error: Option<AuthError>,
    response: Box<Response>,
}

impl Rejection {
    pub(crate) fn new(error: AuthError, response: Response) -> Self {
        Self { error: Some(error), response: Box::new(response) }
    }

    /// A check's own answer. It stands as it is: nothing is added to it.
    pub(crate) fn of_check(response: Response) -> Self {
        Self { error: None, response: Box::new(response) }
    }

    /// Why the request was refused; none if a check answered it.
    #[must_use]
    pub const fn error(&self) -> Option<&AuthError> {
        self.error.as_ref()
    }
}

impl From<AuthError> for Rejection {
    fn from(error: AuthError) -> Self {
        let response = error.clone().into_response();
        Self::new(error, response)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        *self.response
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("error", &self.error)
            .field("status", &self.response.status())
            .finish()
    }
}

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
