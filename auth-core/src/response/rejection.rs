//! Rejections as responses.

use std::fmt;
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

use super::renderer::status;
use super::{Challenges, RejectionRenderer};
use crate::error::{AuthError, Misconfigured};
use crate::scheme::TokenScheme;

/// What a guard or an [`Identity`](crate::Identity) extractor answers instead of letting the
/// request through.
pub struct Rejection {
    error: Option<AuthError>,
    response: Box<Response>,
}

impl Rejection {
    /// A rejection and its answer.
    pub(crate) fn new(error: AuthError, response: Response) -> Self {
        Self { error: Some(error), response: Box::new(response) }
    }

    /// The response of a check, or to a caller whom the application cannot load. It is returned
    /// unchanged.
    pub(crate) fn of_application(response: Response) -> Self {
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

/// A rejection whose challenge names no realm yet, in the extensions of its response: it was rendered
/// without the configuration of an authenticator. [`finalize_response`] completes it.
#[derive(Clone)]
struct PendingChallenge(AuthError);

/// The answer of a function under `#[requires]` inside of a handler, and of an application's error
/// type that wraps an [`AuthError`].
///
/// The body is that of [`ErrorDetail::Minimal`](crate::response::ErrorDetail::Minimal). Inside of a
/// protected router the challenge is completed with the realm and the resource metadata of its
/// authenticator.
impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        static WITHOUT_AUTHENTICATOR: LazyLock<RejectionRenderer> =
            LazyLock::new(RejectionRenderer::default);
        static BEARER: LazyLock<Challenges> =
            LazyLock::new(|| Challenges::new(true, false, Vec::new()));
        let mut response = WITHOUT_AUTHENTICATOR.render(&self, None, &BEARER, &HeaderMap::new());
        if !matches!(self, Self::Misconfigured(Misconfigured::NoAuthenticator)) {
            response.extensions_mut().insert(PendingChallenge(self));
        }
        response
    }
}

/// What a response may need on its way out: the challenges of a rejection that was rendered without
/// an authenticator, and a nonce for the client's next DPoP proof.
///
/// `used` is the scheme of the request.
pub(crate) fn finalize_response(
    response: &mut Response,
    renderer: &RejectionRenderer,
    offered: &Challenges,
    used: Option<TokenScheme>,
    nonce_is_old: bool,
) {
    // Only where there is a challenge, under the status it belongs to: an application may have made
    // another answer of the rejection, such as a 404 that keeps quiet about it.
    if let Some(PendingChallenge(error)) = response.extensions_mut().remove()
        && response.status() == status(&error)
        && response.headers().contains_key(WWW_AUTHENTICATE)
    {
        renderer.set_challenges(&error, None, offered, used, response.headers_mut());
    }
    if nonce_is_old {
        renderer.renew_nonce(response.headers_mut());
    }
}
