//! The guard: the first extractor of a handler that declares who may call it.

use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::GuardPolicy;
use crate::error::AuthError;
use crate::policy::Policy;

/// Proof that the caller meets the policy `P`. Only the guard's own evaluation makes one.
pub struct Guard<P>(PhantomData<fn() -> P>);

/// Marks a handler that `#[public]` leaves open.
pub struct Public<P>(PhantomData<fn() -> P>);

impl<S: Send + Sync, P: GuardPolicy<S>> FromRequestParts<S> for Guard<P> {
    type Rejection = AuthError;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, AuthError> {
        Err(AuthError::Unavailable(crate::error::Unavailable::NoAuthenticator))
    }
}

impl<S: Send + Sync, P: Policy> FromRequestParts<S> for Public<P> {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(PhantomData))
    }
}

impl<P> fmt::Debug for Guard<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl<P> fmt::Debug for Public<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Public")
    }
}
