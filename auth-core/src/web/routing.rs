//! The functions that start a [`MethodRouter`], under axum's names. The crate exports them as
//! [`routing`](crate::routing).

use std::convert::Infallible;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use tower_service::Service;

use axum::routing::MethodFilter;

use super::Declared;
use super::MethodRouter;
use crate::policy::Requirement;

// Written out, not made by a macro: the compiler shows the source of these functions to anyone who
// routes a handler without a policy.

/// Routes `GET` requests to a handler with a declared access policy.
#[track_caller]
pub fn get<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().get(handler)
}

/// Routes `HEAD` requests to a handler with a declared access policy.
#[track_caller]
pub fn head<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().head(handler)
}

/// Routes `POST` requests to a handler with a declared access policy.
#[track_caller]
pub fn post<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().post(handler)
}

/// Routes `PUT` requests to a handler with a declared access policy.
#[track_caller]
pub fn put<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().put(handler)
}

/// Routes `PATCH` requests to a handler with a declared access policy.
#[track_caller]
pub fn patch<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().patch(handler)
}

/// Routes `DELETE` requests to a handler with a declared access policy.
#[track_caller]
pub fn delete<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().delete(handler)
}

/// Routes `OPTIONS` requests to a handler with a declared access policy.
#[track_caller]
pub fn options<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().options(handler)
}

/// Routes `TRACE` requests to a handler with a declared access policy.
#[track_caller]
pub fn trace<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().trace(handler)
}

/// Routes `CONNECT` requests to a handler with a declared access policy.
#[track_caller]
pub fn connect<H, T, S>(handler: H) -> MethodRouter<S, Infallible>
where
    H: Handler<T, S>,
    T: Declared<H> + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().connect(handler)
}

macro_rules! services {
    ($($name:ident $title:literal;)+) => {$(
        #[doc = concat!("Routes `", $title, "` requests to a service, for callers who meet the requirement.")]
        #[track_caller]
        pub fn $name<T, S>(service: T, requirement: Requirement) -> MethodRouter<S, T::Error>
        where
            T: Service<Request> + Clone + Send + Sync + 'static,
            T::Response: IntoResponse + 'static,
            T::Future: Send + 'static,
            S: Clone,
        {
            MethodRouter::new().$name(service, requirement)
        }
    )+};
}

services! {
    get_service "GET";
    head_service "HEAD";
    post_service "POST";
    put_service "PUT";
    patch_service "PATCH";
    delete_service "DELETE";
    options_service "OPTIONS";
    trace_service "TRACE";
    connect_service "CONNECT";
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
