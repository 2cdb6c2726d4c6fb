//! Handlers and services behind the guard of their endpoint.

use std::any::Any;
use std::future::{Future, pending, poll_fn, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::auth_layer::FinalizeFuture;
use super::endpoint_guard::EndpointGuard;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A handler whose type is forgotten: axum's machinery around it is compiled once for a state, not
/// for each handler.
trait AnyHandler<S>: Send + Sync {
    fn call(&self, request: Request, state: S) -> Boxed<Response>;
}

struct Typed<H, T> {
    handler: H,
    extractors: PhantomData<fn() -> T>,
}

impl<H: Handler<T, S>, T, S> AnyHandler<S> for Typed<H, T> {
    fn call(&self, request: Request, state: S) -> Boxed<Response> {
        boxed(self.handler.clone().call(request, state))
    }
}

/// The future of a handler in a box. That of a function is in one already.
fn boxed<F: Future<Output = Response> + Send + 'static>(future: F) -> Boxed<Response> {
    let mut future = Some(future);
    let any: &mut dyn Any = &mut future;
    if let Some(boxed) = any.downcast_mut::<Option<Boxed<Response>>>().and_then(Option::take) {
        return boxed;
    }
    match future {
        Some(future) => Box::pin(future),
        // Not reached: only a future in a box was taken.
        None => Box::pin(pending()),
    }
}

/// A handler whose type is forgotten.
pub(crate) struct Handled<S>(Box<dyn AnyHandler<S>>);

impl<S> Handled<S> {
    pub(crate) fn new<H: Handler<T, S>, T: 'static>(handler: H) -> Self {
        Self(Box::new(Typed { handler, extractors: PhantomData }))
    }
}

/// A handler behind its guard. Where that has nothing to decide, this is the handler itself.
pub(crate) struct GuardedHandler<S>(Arc<Guarded<S>>);

struct Guarded<S> {
    guard: Arc<EndpointGuard>,
    handler: Box<dyn AnyHandler<S>>,
}

impl<S> Clone for GuardedHandler<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> GuardedHandler<S> {
    pub(crate) fn new(handler: Handled<S>, guard: Arc<EndpointGuard>) -> Self {
        Self(Arc::new(Guarded { guard, handler: handler.0 }))
    }
}

/// The extractors of a handler that no one sees any more.
pub(crate) enum Hidden {}

impl<S: Send + Sync + 'static> Handler<Hidden, S> for GuardedHandler<S> {
    type Future = FinalizeFuture<Boxed<Response>>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let Guarded { guard, handler } = &*self.0;
        if guard.is_stranger(&request) {
            return FinalizeFuture::new(Box::pin(ready(guard.reject_stranger(request))), None);
        }
        let finalizer = guard.enter(&mut request);
        if guard.is_open() {
            let response = match guard.observe_public(&request) {
                None => handler.call(request, state),
                Some(response) => Box::pin(ready(response)),
            };
            return FinalizeFuture::new(response, finalizer);
        }
        let response: Boxed<Response> = Box::pin(async move {
            let Guarded { guard, handler } = &*self.0;
            let (mut parts, body) = request.into_parts();
            match guard.authorize(&mut parts).await {
                Ok(()) => handler.call(Request::from_parts(parts, body), state).await,
                Err(rejection) => rejection.into_response(),
            }
        });
        FinalizeFuture::new(response, finalizer)
    }
}

/// A service behind its guard.
#[derive(Clone)]
pub(crate) struct GuardedService<T> {
    service: T,
    guard: Arc<EndpointGuard>,
}

impl<T> GuardedService<T> {
    pub(crate) const fn new(service: T, guard: Arc<EndpointGuard>) -> Self {
        Self { service, guard }
    }
}

impl<T> Service<Request> for GuardedService<T>
where
    T: Service<Request> + Clone + Send + 'static,
    T::Response: IntoResponse,
    T::Future: Send,
{
    type Response = Response;
    type Error = T::Error;
    type Future = FinalizeFuture<Boxed<Result<Response, T::Error>>>;

    /// Always ready: the service is asked for a place once its caller is known. A limit would
    /// otherwise count callers who are about to be rejected.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let finalizer = self.guard.enter(&mut request);
        let mut service = self.service.clone();
        let guard = Arc::clone(&self.guard);
        let response: Boxed<Result<Response, T::Error>> = Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match guard.authorize(&mut parts).await {
                Ok(()) => {
                    poll_fn(|context| service.poll_ready(context)).await?;
                    let request = Request::from_parts(parts, body);
                    service.call(request).await.map(IntoResponse::into_response)
                }
                Err(rejection) => Ok(rejection.into_response()),
            }
        });
        FinalizeFuture::new(response, finalizer)
    }
}

/// Puts the routes of an axum router behind one guard.
#[derive(Clone)]
pub(crate) struct GuardLayer(pub(crate) Arc<EndpointGuard>);

impl<T> Layer<T> for GuardLayer {
    type Service = GuardedService<T>;

    fn layer(&self, service: T) -> GuardedService<T> {
        GuardedService::new(service, Arc::clone(&self.0))
    }
}
