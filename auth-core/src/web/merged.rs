//! The routes of axum routers that were merged: which guard is before a path, where axum itself
//! has lost it.
//!
//! A `method_not_allowed_fallback` that is added after `merge_axum` replaces the answer 405 of its
//! routes, and with it the guard around that answer. So the fallback asks here first.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::handler::Handler;
use axum::response::Response;
use futures_util::FutureExt as _;
use tower_layer::Layer;
use tower_service::Service;

use super::endpoint_guard::EndpointGuard;
use super::guarded::{GuardedHandler, Handled, Hidden};

/// The routes of one axum router, as they were merged, and their guard.
#[derive(Clone)]
pub(super) struct MergedRoutes<S> {
    routes: axum::Router<S>,
    guard: Arc<EndpointGuard>,
}

impl<S: Clone + Send + Sync + 'static> MergedRoutes<S> {
    /// Of a router with routes and without a fallback.
    pub(super) fn new(router: axum::Router<S>, guard: Arc<EndpointGuard>) -> Self {
        Self { routes: router.route_layer(ShowRoute), guard }
    }

    pub(super) fn below(self, prefix: &str) -> Self {
        Self { routes: axum::Router::new().nest(prefix, self.routes), guard: self.guard }
    }

    pub(super) fn with_state<S2>(self, state: S) -> MergedRoutes<S2> {
        MergedRoutes { routes: self.routes.with_state(state), guard: self.guard }
    }
}

/// Answers with the route that a request has come to.
#[derive(Clone, Copy)]
struct ShowRoute;

impl<T> Layer<T> for ShowRoute {
    type Service = Self;

    fn layer(&self, _: T) -> Self {
        Self
    }
}

impl Service<Request> for ShowRoute {
    type Response = Response;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let mut answer = Response::new(Body::empty());
        if let Some(route) = request.extensions().get::<MatchedPath>() {
            answer.extensions_mut().insert(route.clone());
        }
        std::future::ready(Ok(answer))
    }
}

/// A handler for methods that have none, behind the guard of the route that lacks the method.
#[derive(Clone)]
pub(super) struct BehindMerged<S> {
    handler: GuardedHandler<S>,
    merged: Arc<[MergedRoutes<S>]>,
    /// The same with their state, which only requests bring.
    ready: Arc<OnceLock<Vec<MergedRoutes<()>>>>,
}

impl<S> BehindMerged<S> {
    pub(super) fn new(handler: GuardedHandler<S>, merged: Arc<[MergedRoutes<S>]>) -> Self {
        Self { handler, merged, ready: Arc::default() }
    }
}

impl<S: Clone + Send + Sync + 'static> BehindMerged<S> {
    /// The guard before the route that the request has come to.
    fn guard(&self, request: &Request, state: &S) -> Option<Arc<EndpointGuard>> {
        let ready = self.ready.get_or_init(|| {
            let merged = self.merged.iter().cloned();
            merged.map(|it| it.with_state(state.clone())).collect()
        });
        let route = request.extensions().get::<MatchedPath>()?.as_str();
        let is_before = |merged: &&MergedRoutes<()>| {
            let mut asked = Request::new(Body::empty());
            asked.uri_mut().clone_from(request.uri());
            let shown = merged.routes.clone().call(asked).now_or_never();
            // Nested in another router, the route has a prefix that is not seen here.
            shown.and_then(Result::ok).is_some_and(|shown| {
                let shown = shown.extensions().get::<MatchedPath>();
                shown.is_some_and(|shown| route.ends_with(shown.as_str()))
            })
        };
        ready.iter().find(is_before).map(|merged| Arc::clone(&merged.guard))
    }
}

impl<S: Clone + Send + Sync + 'static> Handler<Hidden, S> for BehindMerged<S> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let guard = self.guard(&request, &state);
        let handler = self.handler;
        match guard {
            // Its own guard, and then that of the handler.
            Some(guard) => {
                Box::pin(GuardedHandler::new(Handled::new(handler), guard).call(request, state))
            }
            None => Box::pin(handler.call(request, state)),
        }
    }
}
