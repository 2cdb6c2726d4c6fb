//! Handlers and services behind their gate.

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

use super::entrance::Leaving;
use super::gate::Gate;

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

/// A handler behind its gate. Where the gate is open, this is the handler itself.
pub(crate) struct GatedHandler<S>(Arc<Gated<S>>);

struct Gated<S> {
    gate: Arc<Gate>,
    handler: Box<dyn AnyHandler<S>>,
}

impl<S> Clone for GatedHandler<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> GatedHandler<S> {
    pub(crate) fn new(handler: Handled<S>, gate: Arc<Gate>) -> Self {
        Self(Arc::new(Gated { gate, handler: handler.0 }))
    }
}

/// The extractors of a handler that no one sees any more.
pub(crate) enum Hidden {}

impl<S: Send + Sync + 'static> Handler<Hidden, S> for GatedHandler<S> {
    type Future = Leaving<Boxed<Response>>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let Gated { gate, handler } = &*self.0;
        if gate.is_strange(&request) {
            return Leaving::new(Box::pin(ready(gate.refuse_stranger(request))), None);
        }
        let exit = gate.enter(&mut request);
        if gate.is_open() {
            #[cfg(feature = "testing")]
            if let Some(answer) = super::probe::public(&request, gate) {
                return Leaving::new(Box::pin(ready(answer)), exit);
            }
            return Leaving::new(handler.call(request, state), exit);
        }
        let answer: Boxed<Response> = Box::pin(async move {
            let Gated { gate, handler } = &*self.0;
            let (mut parts, body) = request.into_parts();
            match gate.pass(&mut parts).await {
                Ok(()) => handler.call(Request::from_parts(parts, body), state).await,
                Err(rejection) => rejection.into_response(),
            }
        });
        Leaving::new(answer, exit)
    }
}

/// A service behind its gate.
#[derive(Clone)]
pub(crate) struct GatedService<T> {
    service: T,
    gate: Arc<Gate>,
}

impl<T> GatedService<T> {
    pub(crate) const fn new(service: T, gate: Arc<Gate>) -> Self {
        Self { service, gate }
    }
}

impl<T> Service<Request> for GatedService<T>
where
    T: Service<Request> + Clone + Send + 'static,
    T::Response: IntoResponse,
    T::Future: Send,
{
    type Response = Response;
    type Error = T::Error;
    type Future = Leaving<Boxed<Result<Response, T::Error>>>;

    /// Always ready: the service is asked for a place once its caller is known. A limit would
    /// otherwise count anyone who is about to be rejected.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let exit = self.gate.enter(&mut request);
        let mut service = self.service.clone();
        let gate = Arc::clone(&self.gate);
        let answer: Boxed<Result<Response, T::Error>> = Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match gate.pass(&mut parts).await {
                Ok(()) => {
                    poll_fn(|context| service.poll_ready(context)).await?;
                    let request = Request::from_parts(parts, body);
                    service.call(request).await.map(IntoResponse::into_response)
                }
                Err(rejection) => Ok(rejection.into_response()),
            }
        });
        Leaving::new(answer, exit)
    }
}

/// Puts the routes of an axum router behind one gate.
#[derive(Clone)]
pub(crate) struct GateLayer(pub(crate) Arc<Gate>);

impl<T> Layer<T> for GateLayer {
    type Service = GatedService<T>;

    fn layer(&self, service: T) -> GatedService<T> {
        GatedService::new(service, Arc::clone(&self.0))
    }
}
