//! The caller of a handler under `#[pending]`: someone whose sign-in is half finished.

use std::fmt;

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::endpoint_guard::EndpointGuard;
use super::extract::{self, Extractor};
use super::request_auth::{Purpose, RequestAuth};
use crate::error::{AuthError, Misconfigured};
use crate::identity::{Authentication, Identity};
use crate::policy::Method;
use crate::response::Rejection;

/// Someone whose sign-in is half finished: the password was right, and a second factor is still to
/// come.
///
/// It comes from the scheme that was given to
/// [`AuthenticatorBuilder::pending`](crate::authenticator::AuthenticatorBuilder::pending), and only
/// to handlers under [`#[pending]`](macro@crate::pending): any other answers 500. It is no
/// [`Identity`] and turns into none, so nothing that asks for a caller takes it for one.
///
/// ```
/// use auth_core::{PendingSignIn, Router, pending, routing::post};
///
/// #[pending(second_factor)]
/// async fn enter_code(sign_in: PendingSignIn, code: String) -> String {
///     format!("{} entered {} digits", sign_in.subject(), code.len())
/// }
///
/// let routes: Router = Router::new().route("/sign-in/code", post(enter_code));
/// ```
///
/// `Debug` shows no claims.
#[derive(Clone)]
pub struct PendingSignIn(Identity);

impl PendingSignIn {
    /// Who signs in, as the scheme names them.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.subject()
    }

    /// Whose names the subjects are.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.issuer()
    }

    /// What names the half-finished sign-in, if the scheme says so.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.0.token_id()
    }

    /// By which means the caller has proved who they are so far
    /// ([RFC 8176 §2](https://www.rfc-editor.org/rfc/rfc8176#section-2)), such as `pwd`.
    #[must_use]
    pub fn amr(&self) -> Vec<&str> {
        self.0.authentication().amr()
    }

    /// When the sign-in began, in seconds since 1970, if the scheme says so.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        self.0.authentication().issued_at()
    }

    /// When the sign-in has to be finished, in seconds since 1970; `u64::MAX` if the scheme sets no
    /// end.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.0.expires_at()
    }

    /// The tenant that the request is about.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.0.tenant()
    }

    /// What else the scheme says.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        self.0.authentication().claims()
    }

    /// What else the scheme says, as a type of the application.
    ///
    /// # Errors
    /// If it does not fit the type: the answer is then 401.
    pub fn claims_as<'de, T: Deserialize<'de>>(&'de self) -> Result<T, AuthError> {
        self.0.claims_as()
    }

    /// All that vouches for it.
    #[must_use]
    pub fn authentication(&self) -> &Authentication {
        self.0.authentication()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PendingSignIn {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let by = Extractor("PendingSignIn");
        let refuse = |parts: &Parts, error: AuthError| Err(extract::refuse(parts, &by, error));
        let misplaced = || AuthError::from(Misconfigured::PendingSignIn);
        RequestAuth::of(parts, &by)?;
        if !RequestAuth::endpoint(parts).is_some_and(EndpointGuard::is_pending) {
            return refuse(parts, misplaced());
        }
        match RequestAuth::caller(parts, Purpose::Look).await {
            Ok(caller) if caller.method() == Method::Pending => Ok(Self(caller)),
            Ok(_) => refuse(parts, misplaced()),
            Err(error) => refuse(parts, error),
        }
    }
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSignIn")
            .field("issuer", &self.issuer())
            .field("subject", &self.subject())
            .finish_non_exhaustive()
    }
}
