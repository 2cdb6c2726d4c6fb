//! Rejections as responses.

use std::fmt;
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::request::Parts;

use super::{Answers, Offer};
use crate::authenticator::{Accepted, Authenticator, ErrorDetail};
use crate::error::{AuthError, Misconfigured};

/// What a guard or an [`Identity`](crate::Identity) extractor answers instead of letting the
/// request through.
pub struct Rejection {
    error: Option<AuthError>,
    response: Box<Response>,
}

impl Rejection {
    /// A rejection in the words of the authenticator's configuration.
    pub(super) fn new(
        error: AuthError,
        authenticator: &Authenticator,
        request: &Parts,
        accepted: &Accepted,
    ) -> Self {
        let answers = authenticator.answers();
        let finding = (answers.error_detail == ErrorDetail::Full)
            .then(|| authenticator.finding_for(&error, request, accepted))
            .flatten();
        let response = Box::new(answers.answer_with(
            &error,
            finding.as_ref(),
            accepted.offer(),
            &request.headers,
        ));
        Self { error: Some(error), response }
    }

    /// The answer of a check, or to a caller whom the application cannot load. It stands as it is:
    /// nothing is added to it.
    pub(super) fn of_check(response: Response) -> Self {
        Self { error: None, response: Box::new(response) }
    }

    /// Why the request was rejected; none if the application answered it, in a
    /// check or when it [loaded](crate::FromIdentity) its user.
    #[must_use]
    pub const fn error(&self) -> Option<&AuthError> {
        self.error.as_ref()
    }
}

impl From<AuthError> for Rejection {
    fn from(error: AuthError) -> Self {
        let response = Box::new(error.clone().into_response());
        Self { error: Some(error), response }
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

/// A rejection that was answered without the configuration of an authenticator, in the extensions of
/// its response. `Router::protect`'s layer completes the challenge.
#[derive(Clone)]
pub(super) struct Unconfigured(pub(super) AuthError);

/// The answer of a function under `#[requires]` inside of a handler, and of an application's error
/// type that wraps an [`AuthError`].
///
/// The body is that of [`ErrorDetail::Minimal`](crate::ErrorDetail::Minimal). Inside of a
/// protected router the challenge is completed with the realm and the resource metadata of its
/// authenticator.
impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        static UNCONFIGURED: LazyLock<Answers> = LazyLock::new(Answers::default);
        // Completed on its way out, with what is accepted where the request had come to.
        static OFFER: LazyLock<Offer> = LazyLock::new(|| Offer::new(true, false, Vec::new()));
        let mut response = UNCONFIGURED.answer(&self, &OFFER, &HeaderMap::new());
        if !matches!(self, Self::Misconfigured(Misconfigured::NoAuthenticator)) {
            response.extensions_mut().insert(Unconfigured(self));
        }
        response
    }
}
