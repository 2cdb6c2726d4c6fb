//! What the compiler says of a router that is used as if it were an [`axum::Router`] already.
//!
//! Both traits are on other types than [`Router`](super::Router): a bound on the router itself
//! would be reported as axum's own `Service` or `Clone`, without a word of what to do.

use std::convert::Infallible;
use std::future::{Pending, pending};
use std::task::{Context, Poll};

use axum::response::{IntoResponse, Response};
use tower_service::Service;

use super::Router;

/// A router with the state `S` that is not protected.
#[doc(hidden)]
#[derive(Debug)]
pub struct Unprotected<S>(std::marker::PhantomData<S>);

/// Implemented by nothing: what would have to hold for an unprotected router to answer requests.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this router is not protected yet: it would reject every request",
    label = "not an `axum::Router`",
    note = "call `.protect(authenticator)?` and serve what it returns"
)]
pub trait Served {
    /// The second of two such routers, since the compiler asks for one in the same breath.
    fn again<S>(router: &Router<S>) -> Router<S>;

    /// What `axum::Router::merge` asks for.
    fn router<S>() -> axum::Router<S>;
}

/// What is left when nothing is missing: `()` for the router that needs no state any more.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the router still needs its state `{S}`",
    label = "without it, its handlers cannot run",
    note = "call `.with_state(..)` before `.protect(..)`"
)]
pub trait Complete<S> {
    /// The router itself, once its type says that it needs nothing more.
    fn complete(router: Router<S>) -> Router<()>;
}

impl Complete<()> for () {
    fn complete(router: Router<()>) -> Router<()> {
        router
    }
}

/// What an unprotected router answers with: it has no value, and every trait that someone may ask
/// of an answer, so that nothing but [`Served`] is missing.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Unanswered {}

impl IntoResponse for Unanswered {
    fn into_response(self) -> Response {
        match self {}
    }
}

impl<R> Service<R> for Unanswered {
    type Response = Response;
    type Error = Infallible;
    type Future = Pending<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        match *self {}
    }

    fn call(&mut self, _: R) -> Self::Future {
        match *self {}
    }
}

#[doc(hidden)]
impl<S, R> Service<R> for Router<S>
where
    Unprotected<S>: Served,
{
    type Response = Unanswered;
    type Error = Infallible;
    type Future = Pending<Result<Unanswered, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }

    fn call(&mut self, _: R) -> Self::Future {
        pending()
    }
}

/// What tests call on an [`axum::Router`]: of a method of one's own the compiler says why it cannot be
/// called.
impl<S> Router<S> {
    #[doc(hidden)]
    pub fn oneshot<R>(self, _: R) -> Pending<Result<Response, Infallible>>
    where
        Unprotected<S>: Served,
    {
        pending()
    }
}

/// For `axum::Router::merge`, which takes what can be made into one.
#[doc(hidden)]
impl<S> From<Router<S>> for axum::Router<S>
where
    Unprotected<S>: Served,
{
    fn from(_: Router<S>) -> Self {
        <Unprotected<S> as Served>::router()
    }
}

#[doc(hidden)]
impl<S> Clone for Router<S>
where
    Unprotected<S>: Served,
{
    fn clone(&self) -> Self {
        <Unprotected<S> as Served>::again(self)
    }
}
