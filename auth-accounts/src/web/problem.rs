//! Why a request is not answered as it wishes: a problem
//! ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).

use auth_core::error::Unauthenticated;
use auth_core::policy::StepUp;
use auth_core::{AuthError, Rejection};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::pages::Beside;
use crate::store::StoreError;

/// A rejection of one of these endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after: Option<u64>,
    /// What has to be proved: then the answer is that of a guard.
    step_up: Option<Box<StepUp>>,
    /// What its page shows beside it.
    beside: Option<Box<Beside>>,
}

impl Problem {
    /// A problem with this stable name, and a sentence for developers: nothing of the request in it.
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, code, detail, retry_after: None, step_up: None, beside: None }
    }

    /// A caller has to prove this first. It is answered as a requirement that asks for it.
    pub(crate) fn step_up(step_up: StepUp) -> Self {
        let (code, detail) = ("insufficient_user_authentication", "prove a factor anew");
        Self {
            step_up: Some(Box::new(step_up)),
            ..Self::new(StatusCode::UNAUTHORIZED, code, detail)
        }
    }

    /// The same, with what its page shows beside it. Programs do not get it.
    pub(super) fn beside(self, beside: Beside) -> Self {
        Self { beside: Some(Box::new(beside)), ..self }
    }

    /// The same, with when to try again, in seconds from now.
    pub(crate) const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<StoreError> for Problem {
    /// Why is in the log: clients learn when to try again, or that what they have sent fits no store.
    fn from(error: StoreError) -> Self {
        if let StoreError::TooLong(what) = error {
            let detail = format!("{what} is longer or larger than what can be kept");
            return Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_long", detail);
        }
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, "unavailable", "the store cannot be reached").retry_after(1)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Some(step_up) = self.step_up {
            let lacking = Unauthenticated::InsufficientUserAuthentication(step_up);
            return Rejection::from(AuthError::from(lacking)).into_response();
        }
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        let mut response = (self.status, body.to_string()).into_response();
        if let Some(beside) = self.beside {
            response.extensions_mut().insert(*beside);
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
