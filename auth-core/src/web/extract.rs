//! The caller as an argument of a handler.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::decided::Decided;
use super::{Rejection, session};
use crate::error::{AuthError, Unauthenticated};
use crate::identity::Identity;

/// What stands in the place of a handler in logs and audit events.
const EXTRACTOR: &str = "the extractor Identity";

/// The caller. In a guarded handler the guard already asked, so this costs a look-up.
///
/// In a handler under `#[public]`, a request without a credential is refused: take
/// `Option<Identity>` to serve both.
impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let name = EXTRACTOR;
        let authenticator = &session::authenticator(parts, &name)?;
        let outcome = session::caller(parts, authenticator).await;
        let decided = Decided { parts, authenticator, handler: &name, basis: None };
        outcome.map_err(|error| decided.refused(error))
    }
}

/// The caller, or none if the request carries no credential.
///
/// A credential that is not believed is an error here too: a client whose token has expired must
/// hear of it, not be served as a stranger.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Identity {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Rejection> {
        let name = EXTRACTOR;
        let authenticator = &session::authenticator(parts, &name)?;
        let outcome = session::caller(parts, authenticator).await;
        let decided = Decided { parts, authenticator, handler: &name, basis: None };
        match outcome {
            Ok(caller) => Ok(Some(caller)),
            Err(AuthError::Unauthenticated(Unauthenticated::NoCredential)) => Ok(None),
            Err(error) => Err(decided.refused(error)),
        }
    }
}
