//! How rejections are answered: one place for status, challenge, caching and body.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{ErrorDetail, Offer, challenge, problem};
use crate::audit::contained;
use crate::binding::Dpop;
use crate::error::{AuthError, Unauthenticated, Unavailable};
use crate::scheme::TokenScheme;
use crate::time::Clock;
use crate::token::Finding;

/// [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

type Hook = dyn Fn(&RejectionInfo<'_>, &HeaderMap) -> Option<RejectionBody> + Send + Sync;

/// What an authenticator was told about answers.
#[derive(Default)]
pub(crate) struct Answers {
    pub(crate) error_detail: ErrorDetail,
    pub(crate) realm: Option<String>,
    pub(crate) resource_metadata: Option<String>,
    pub(crate) dpop: Option<DpopAnswers>,
    hook: Option<Arc<Hook>>,
}

/// What answers say of DPoP.
#[derive(Clone)]
pub(crate) struct DpopAnswers {
    pub(crate) settings: Dpop,
    pub(crate) clock: Arc<dyn Clock>,
}

impl DpopAnswers {
    /// Gives the client the nonce for its next proof. An answer with a nonce is nothing for a cache,
    /// which would hand it out when it is old (RFC 9449 §8.2).
    fn give_nonce(&self, headers: &mut HeaderMap) {
        let nonce = self.settings.nonce(self.clock.now());
        // Always a header value: it is base64url.
        if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
            headers.insert(DPOP_NONCE, nonce);
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

/// A rejection that is about to be answered, for `on_rejection`.
#[derive(Clone, Copy, Debug)]
pub struct RejectionInfo<'a> {
    error: &'a AuthError,
}

impl<'a> RejectionInfo<'a> {
    /// Why the request is rejected. Meant for the program: of a decision, show the caller no more
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

    /// The stable name of the rejection: the `code` of the problem.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.error.code()
    }
}

/// A body in place of the problem, from `on_rejection`.
#[derive(Debug)]
pub struct RejectionBody {
    content_type: HeaderValue,
    body: Body,
}

impl RejectionBody {
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
        hook: impl Fn(&RejectionInfo<'_>, &HeaderMap) -> Option<RejectionBody> + Send + Sync + 'static,
    ) {
        self.hook = Some(Arc::new(hook));
    }

    /// Whether a text may be in a challenge.
    pub(crate) fn can_be_quoted(text: &str) -> bool {
        challenge::can_be_quoted(text)
    }

    /// The answer to a rejection of the request with these headers.
    pub(crate) fn answer(&self, error: &AuthError, offer: &Offer, request: &HeaderMap) -> Response {
        self.answer_with(error, None, offer, request)
    }

    /// The same with what is wrong with the credential, where that may be said: see
    /// [`ErrorDetail::Full`].
    pub(crate) fn answer_with(
        &self,
        error: &AuthError,
        finding: Option<&Finding>,
        offer: &Offer,
        request: &HeaderMap,
    ) -> Response {
        // A hook that panics costs its own words, not the answer. It is behind `&self`, so what it
        // was doing is its own affair.
        let body = self.hook.as_deref().and_then(|hook| {
            let ask = || hook(&RejectionInfo { error }, request);
            contained("the `on_rejection` hook", AssertUnwindSafe(ask)).flatten()
        });
        let RejectionBody { content_type, body } = body.unwrap_or_else(|| RejectionBody {
            content_type: HeaderValue::from_static("application/problem+json"),
            body: problem::body(error, finding, self).into(),
        });
        let mut response = Response::new(body);
        *response.status_mut() = problem::status(error);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        // A rejection holds for one caller at one moment (RFC 6750 §5.3).
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Where only one scheme is offered, it does not matter which one was used.
        let used = self.dpop.is_some().then(|| TokenScheme::of(request)).flatten();
        self.set_challenges_with(error, finding, offer, used, headers);
        if let AuthError::Unavailable(Unavailable::NotReachable { retry_after }) = error {
            headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        response
    }

    /// Sets the challenges of a rejection, and the nonce if it asks for one. `used` is the scheme of
    /// the request.
    pub(crate) fn set_challenges(
        &self,
        error: &AuthError,
        offer: &Offer,
        used: Option<TokenScheme>,
        headers: &mut HeaderMap,
    ) {
        self.set_challenges_with(error, None, offer, used, headers);
    }

    fn set_challenges_with(
        &self,
        error: &AuthError,
        finding: Option<&Finding>,
        offer: &Offer,
        used: Option<TokenScheme>,
        headers: &mut HeaderMap,
    ) {
        let mut is_first = true;
        offer.each(error, finding, self, used, |challenge| {
            // The first replaces what is there already.
            if std::mem::take(&mut is_first) {
                headers.insert(WWW_AUTHENTICATE, challenge);
            } else {
                headers.append(WWW_AUTHENTICATE, challenge);
            }
        });
        if matches!(error, AuthError::Unauthenticated(Unauthenticated::UseDpopNonce)) {
            self.renew_nonce(headers);
        }
    }

    /// Adds the nonce for the client's next proof to an answer.
    pub(crate) fn renew_nonce(&self, headers: &mut HeaderMap) {
        if let Some(dpop) = &self.dpop {
            dpop.give_nonce(headers);
        }
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers")
            .field("error_detail", &self.error_detail)
            .field("realm", &self.realm)
            .field("resource_metadata", &self.resource_metadata)
            .field("dpop", &self.dpop.as_ref().map(|dpop| &dpop.settings))
            .field("hook", &self.hook.is_some())
            .finish_non_exhaustive()
    }
}
