//! How refusals are answered: one place for status, challenge, caching and body.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::{Disclosure, challenge, problem};
use crate::audit::contained;
use crate::error::{AuthError, Unavailable};

type Hook = dyn Fn(&Refusal<'_>, &HeaderMap) -> Option<RefusalBody> + Send + Sync;

/// What an authenticator was told about answers.
#[derive(Clone, Default)]
pub(crate) struct Answers {
    pub(crate) disclosure: Disclosure,
    pub(crate) realm: Option<String>,
    pub(crate) resource_metadata: Option<String>,
    hook: Option<Arc<Hook>>,
}

/// A refusal that is about to be answered, for `on_refusal`.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    error: &'a AuthError,
}

impl<'a> Refusal<'a> {
    /// Why the request is refused. Meant for the program: of a decision, show the caller no more
    /// than you mean to.
    #[must_use]
    pub const fn error(&self) -> &'a AuthError {
        self.error
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        problem::status(self.error)
    }

    /// The stable name of the refusal: the `code` of the problem.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.error.code()
    }
}

/// A body in place of the problem, from `on_refusal`.
#[derive(Debug)]
pub struct RefusalBody {
    content_type: HeaderValue,
    body: Body,
}

impl RefusalBody {
    /// A body of this media type. One that is no header value becomes `application/octet-stream`.
    #[must_use]
    pub fn new(content_type: impl AsRef<str>, body: impl Into<Body>) -> Self {
        let content_type = HeaderValue::from_str(content_type.as_ref())
            .unwrap_or(HeaderValue::from_static("application/octet-stream"));
        Self { content_type, body: body.into() }
    }
}

impl Answers {
    pub(crate) fn set_hook(
        &mut self,
        hook: impl Fn(&Refusal<'_>, &HeaderMap) -> Option<RefusalBody> + Send + Sync + 'static,
    ) {
        self.hook = Some(Arc::new(hook));
    }

    /// Whether a text may stand in a challenge.
    pub(crate) fn can_be_quoted(text: &str) -> bool {
        challenge::can_be_quoted(text)
    }

    /// The answer to a refusal of the request with these headers.
    pub(crate) fn answer(&self, error: &AuthError, request: &HeaderMap) -> Response {
        // A hook that panics costs its own words, not the answer. It is behind `&self`, so what it
        // was doing is its own affair.
        let body = self.hook.as_deref().and_then(|hook| {
            let ask = || hook(&Refusal { error }, request);
            contained("the `on_refusal` hook", AssertUnwindSafe(ask)).flatten()
        });
        let RefusalBody { content_type, body } = body.unwrap_or_else(|| RefusalBody {
            content_type: HeaderValue::from_static("application/problem+json"),
            body: problem::problem(error, self).to_string().into(),
        });
        let mut response = Response::new(body);
        *response.status_mut() = problem::status(error);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        // A refusal holds for one caller at one moment (RFC 6750 §5.3).
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.set_challenge(error, headers);
        if let AuthError::Unavailable(Unavailable::NotReachable { retry_after }) = error {
            headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        response
    }

    /// Sets the challenge of a refusal.
    pub(crate) fn set_challenge(&self, error: &AuthError, headers: &mut HeaderMap) {
        if let Some(challenge) = challenge::challenge(error, self) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers")
            .field("disclosure", &self.disclosure)
            .field("realm", &self.realm)
            .field("resource_metadata", &self.resource_metadata)
            .field("hook", &self.hook.is_some())
            .finish()
    }
}
