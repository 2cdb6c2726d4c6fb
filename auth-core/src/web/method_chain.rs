//! The methods that chain handlers to a [`MethodRouter`], one for each HTTP method.
//!
//! Written out, not made by a macro: the compiler shows the source of these functions to anyone who
//! chains a handler without a policy.

use axum::handler::Handler;
use axum::routing::MethodFilter;

use super::{Declared, MethodRouter};

impl<S> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Adds a handler for `GET` requests; see [`on`](Self::on).
    #[track_caller]
    pub fn get<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.on(MethodFilter::GET, handler)
    }

    /// Adds a handler for `HEAD` requests; see [`on`](Self::on).
    #[track_caller]
    pub fn head<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.on(MethodFilter::HEAD, handler)
    }

    /// Adds a handler for `POST` requests; see [`on`](Self::on).
    #[track_caller]
    pub fn post<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.on(MethodFilter::POST, handler)
    }

    /// Adds a handler for `PUT` requests; see [`on`](Self::on).
    #[track_caller]
    pub fn put<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.on(MethodFilter::PUT, handler)
    }

    /// Adds a handler for `PATCH` requests; see [`on`](Self::on).
    #[track_caller]
    pub fn patch<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.on(MethodFilter::PATCH, handler)
    }

    /// Adds a handler for `DELETE` requests; see [`on`](Self::on).
    #[track_caller]
    pub fn delete<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.on(MethodFilter::DELETE, handler)
    }

    /// Adds a handler for `OPTIONS` requests; see [`on`](Self::on).
    #[track_caller]
    pub fn options<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.on(MethodFilter::OPTIONS, handler)
    }

    /// Adds a handler for `TRACE` requests; see [`on`](Self::on).
    #[track_caller]
    pub fn trace<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.on(MethodFilter::TRACE, handler)
    }

    /// Adds a handler for `CONNECT` requests; see [`on`](Self::on).
    #[track_caller]
    pub fn connect<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.on(MethodFilter::CONNECT, handler)
    }
}
