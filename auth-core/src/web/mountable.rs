//! What the methods of a router take, and what the compiler says of axum's own types there.
//!
//! With the plain type as the parameter the compiler would speak of two types with similar names. A
//! trait that only the right type implements leaves inference as it was, and has words.

use std::convert::Infallible;

use super::router_checks::{ForRouter, RouterRequirement};
use super::{Checks, MethodRouter, Router};
use crate::policy::Requirement;

/// What can be routed below a path of a router with the state `S`: a [`MethodRouter<S>`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a route of a router with the state `{S}`",
    label = "expected a `MethodRouter<{S}>`",
    note = "a handler is routed by its method: write `get(handler)`, with `get` of `auth_core::routing`",
    note = "if the states differ, a handler or one of its checks takes a `State` that `{S}` does not hold: implement `axum::extract::FromRef<{S}>` for it"
)]
pub trait IntoMethodRouter<S, E = Infallible> {
    /// The method router itself.
    #[doc(hidden)]
    fn into_method_router(self) -> MethodRouter<S, E>;
}

impl<S, E> IntoMethodRouter<S, E> for MethodRouter<S, E> {
    fn into_method_router(self) -> Self {
        self
    }
}

/// What can be nested in a router with the state `S`, or merged into it: a [`Router<S>`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a router with the state `{S}`",
    label = "expected an `auth_core::Router<{S}>`",
    note = "if the states differ, call `.with_state(..)` on the inner router first"
)]
pub trait IntoRouter<S> {
    /// The router itself.
    #[doc(hidden)]
    fn into_router(self) -> Router<S>;
}

impl<S> IntoRouter<S> for Router<S> {
    fn into_router(self) -> Self {
        self
    }
}

/// What can be required of a router with the state `S`: a [`Requirement`], or what
/// `requirement!(check = ..)` makes, if its checks run with that state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a requirement",
    label = "expected a `Requirement`",
    note = "write `requirement!(role = Admin)`, with the grammar of `#[requires(..)]`"
)]
pub trait IntoRequirement<S> {
    /// The requirement itself.
    #[doc(hidden)]
    fn into_requirement(self) -> ForRouter<S>;
}

impl<S> IntoRequirement<S> for Requirement {
    fn into_requirement(self) -> ForRouter<S> {
        ForRouter::plain(self)
    }
}

impl<S, C> IntoRequirement<S> for RouterRequirement<C>
where
    S: Clone + Send + Sync + 'static,
    C: Checks<S> + 'static,
{
    fn into_requirement(self) -> ForRouter<S> {
        ForRouter::with_checks(&self)
    }
}

/// What axum made, with the state `S`.
#[doc(hidden)]
#[derive(Debug)]
pub struct OfAxum<S>(std::marker::PhantomData<S>);

/// Implemented by nothing: what would have to hold for axum's `MethodRouter` to be routed.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "axum's `MethodRouter` does not say who may call its handlers",
    label = "made by `axum::routing`",
    note = "write `use auth_core::routing::get;` in place of `use axum::routing::get;`, and so for the other methods",
    note = "a service is routed by `auth_core::routing::get_service(service, requirement!(..))`"
)]
pub trait MethodsDeclared {
    /// Never called.
    fn methods<S, E>() -> MethodRouter<S, E>;
}

/// Implemented by nothing: what would have to hold for axum's `Router` to be taken over as it is.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an `axum::Router` does not say who may call its endpoints",
    label = "this router is axum's own",
    note = "write `use auth_core::Router;` where it is made, and it can be nested and merged",
    note = "or say who may call all of it: `.merge_axum(router, requirement!(..))`, or `.nest_service(path, router, requirement!(..))`"
)]
pub trait EndpointsDeclared {
    /// Never called.
    fn endpoints<S>() -> Router<S>;
}

#[doc(hidden)]
impl<S, E> IntoMethodRouter<S, E> for axum::routing::MethodRouter<S, E>
where
    OfAxum<S>: MethodsDeclared,
{
    fn into_method_router(self) -> MethodRouter<S, E> {
        <OfAxum<S> as MethodsDeclared>::methods()
    }
}

#[doc(hidden)]
impl<S> IntoRouter<S> for axum::Router<S>
where
    OfAxum<S>: EndpointsDeclared,
{
    fn into_router(self) -> Router<S> {
        <OfAxum<S> as EndpointsDeclared>::endpoints()
    }
}
