//! The functions that start a [`MethodRouter`], under axum's names.
//!
//! ```ignore
//! use auth_core::{Router, routing::{get, post}};
//!
//! let orders = Router::new().route("/orders", get(list).post(create));
//! ```
//!
//! A handler without `#[requires(..)]` or `#[public]` does not compile here.

use std::convert::Infallible;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use tower_service::Service;

pub use axum::routing::MethodFilter;

use super::Declared;
pub use super::method_router::MethodRouter;
use crate::policy::Requirement;

macro_rules! starts {
    ($($name:ident $service:ident $title:literal;)+) => {$(
        #[doc = concat!("Routes `", $title, "` requests to a handler with a declared access policy.")]
        #[track_caller]
        pub fn $name<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
        where
            H: Handler<T, S>,
            T: Declared<H> + 'static,
            S: Clone + Send + Sync + 'static,
        {
            MethodRouter::new().$name(handler)
        }

        #[doc = concat!("Routes `", $title, "` requests to a service, for callers who meet the requirement.")]
        #[track_caller]
        pub fn $service<T, S>(service: T, requirement: Requirement) -> MethodRouter<S, T::Error>
        where
            T: Service<Request> + Clone + Send + Sync + 'static,
            T::Response: IntoResponse + 'static,
            T::Future: Send + 'static,
            S: Clone,
        {
            MethodRouter::new().$service(service, requirement)
        }
    )+};
}

starts! {
    get get_service "GET";
    head head_service "HEAD";
    post post_service "POST";
    put put_service "PUT";
    patch patch_service "PATCH";
    delete delete_service "DELETE";
    options options_service "OPTIONS";
    trace trace_service "TRACE";
    connect connect_service "CONNECT";
}

/// Routes the requests that match `filter` to a handler with a declared access policy.
#[track_caller]
pub fn on<H, T, S>(filter: MethodFilter, handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().on(filter, handler)
}

/// Routes the requests that match `filter` to a service, for callers who meet the requirement.
#[track_caller]
pub fn on_service<T, S>(
    filter: MethodFilter,
    service: T,
    requirement: Requirement,
) -> MethodRouter<S, T::Error>
where
    T: Service<Request> + Clone + Send + Sync + 'static,
    T::Response: IntoResponse + 'static,
    T::Future: Send + 'static,
    S: Clone,
{
    MethodRouter::new().on_service(filter, service, requirement)
}

/// Routes requests of every method to a handler with a declared access policy.
///
/// Handlers added to it for single methods go before it.
#[track_caller]
pub fn any<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::any(handler)
}

/// Routes requests of every method to a service, for callers who meet the requirement.
#[track_caller]
pub fn any_service<T, S>(service: T, requirement: Requirement) -> MethodRouter<S, T::Error>
where
    T: Service<Request> + Clone + Send + Sync + 'static,
    T::Response: IntoResponse + 'static,
    T::Future: Send + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::any_service(service, requirement)
}
