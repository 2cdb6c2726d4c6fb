//! The extractor of handlers that take no credential and must not be called by the page of a stranger.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::extract::{self, Extractor};
use super::request_auth::RequestAuth;
use crate::error::{AuthError, BadRequest};
use crate::response::Rejection;
use crate::scheme::CrossSite;

/// The request is not [cross-site](crate::scheme::TrustedOrigins), by the origins of
/// [`AuthenticatorBuilder::trusted_origins`](crate::authenticator::AuthenticatorBuilder::trusted_origins).
///
/// For a handler under `#[public]` that lets a browser keep something of its answer, such as a
/// sign-in, a sign-up or the reset of a password. Guards ask by themselves where a credential is one
/// that browsers send on their own. A request that is cross-site is answered with 403
/// `cross_site_request`, in the words of the authenticator, and noted in its audit log.
///
/// ```
/// use auth_core::web::NotCrossSite;
/// use auth_core::{Router, public, routing::post};
///
/// #[public(reason = "sign-in")]
/// async fn sign_in(_: NotCrossSite) -> &'static str {
///     "signed in"
/// }
///
/// let routes: Router = Router::new().route("/sign-in", post(sign_in));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NotCrossSite;

impl<S: Send + Sync> FromRequestParts<S> for NotCrossSite {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let by = Extractor("NotCrossSite");
        let authenticator = RequestAuth::of(parts, &by)?.authenticator();
        match authenticator.check_origin(parts) {
            Ok(()) => Ok(Self),
            Err(reason) => {
                authenticator.note_cross_site(reason);
                Err(extract::refuse(parts, &by, reason.into()))
            }
        }
    }
}

impl From<CrossSite> for AuthError {
    fn from(_: CrossSite) -> Self {
        Self::BadRequest(BadRequest::CrossSite)
    }
}
