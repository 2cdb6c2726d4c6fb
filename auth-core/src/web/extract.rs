//! The caller as an argument of a handler.

use std::fmt;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::request_auth::{Purpose, RequestAuth};
use crate::error::{AuthError, Misconfigured, Unauthenticated};
use crate::identity::Identity;
use crate::policy::Method;
use crate::response::Rejection;

/// The caller. In a guarded handler the guard already asked, so this costs a look-up.
///
/// A handler under `#[public]` cannot take it, since a request without a credential is rejected: take
/// `Option<Identity>` there.
impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        caller(parts, &Extractor("Identity")).await
    }
}

/// The caller, or none if the request carries no credential.
///
/// A credential that is invalid is an error here too: a client whose token has expired must hear of
/// it, not be served as a stranger. That includes what some clients send when they have none, such
/// as `Bearer undefined`. To serve such a caller like any other stranger, take
/// `Result<Identity, Rejection>`:
///
/// ```
/// use auth_core::{Identity, Rejection, public};
///
/// #[public]
/// async fn front_page(caller: Result<Identity, Rejection>) -> String {
///     match caller {
///         Ok(caller) => format!("Welcome back, {}", caller.subject()),
///         Err(_) => "Welcome".to_owned(),
///     }
/// }
/// # let _ = auth_core::routing::get::<_, _, ()>(front_page);
/// ```
impl<S: Send + Sync> OptionalFromRequestParts<S> for Identity {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Rejection> {
        optional_caller(parts, &Extractor("Identity")).await
    }
}

/// What is in the place of a handler in logs and audit events.
pub(super) struct Extractor(pub(super) &'static str);

impl fmt::Display for Extractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the extractor {}", self.0)
    }
}

/// Who calls; a request without a credential is rejected.
pub(super) async fn caller(request: &mut Parts, by: &Extractor) -> Result<Identity, Rejection> {
    match look(request).await {
        Ok(caller) => Ok(caller),
        Err(error) => Err(refuse(request, by, error)),
    }
}

/// Who calls. One whose sign-in is half finished is no caller.
async fn look(request: &mut Parts) -> Result<Identity, AuthError> {
    let caller = RequestAuth::caller(request, Purpose::Look).await?;
    if caller.method() == Method::Pending {
        return Err(Misconfigured::PendingSignIn.into());
    }
    Ok(caller)
}

/// Who calls, or none if the request carries no credential.
pub(super) async fn optional_caller(
    request: &mut Parts,
    by: &Extractor,
) -> Result<Option<Identity>, Rejection> {
    match look(request).await {
        Ok(caller) => Ok(Some(caller)),
        Err(AuthError::Unauthenticated(Unauthenticated::NoCredential)) => Ok(None),
        Err(error) => Err(refuse(request, by, error)),
    }
}

/// Rejects a request for an extractor.
pub(super) fn refuse(request: &Parts, by: &Extractor, error: AuthError) -> Rejection {
    match RequestAuth::of(request, by) {
        Ok(auth) => auth.refuse(request, by, None, error),
        Err(error) => error.into(),
    }
}
