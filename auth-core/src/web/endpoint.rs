//! Handlers and services behind their gate.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use futures_util::future::Either;
use tower_layer::Layer;
use tower_service::Service;

use super::entrance::Leaving;
use super::gate::Gate;
use super::session;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A handler behind its gate. Where the gate is open, this is the handler itself.
#[derive(Clone)]
pub(crate) struct GatedHandler<H> {
    handler: H,
    gate: Arc<Gate>,
}

impl<H> GatedHandler<H> {
    pub(crate) const fn new(handler: H, gate: Arc<Gate>) -> Self {
        Self { handler, gate }
    }
}

impl<H, T, S> Handler<T, S> for GatedHandler<H>
where
    H: Handler<T, S>,
    S: Send + 'static,
{
    type Future = Leaving<Either<H::Future, Boxed<Response>>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let Self { handler, gate } = self;
        let mut request = match gate.refuse_stranger(request) {
            Ok(request) => request,
            Err(refused) => {
                let answer: Boxed<Response> = Box::pin(std::future::ready(refused));
                return Leaving::new(Either::Right(answer), None);
            }
        };
        let exit = gate.enter(&mut request);
        if gate.is_open() {
            #[cfg(feature = "testing")]
            if let Some(answer) = super::probe::public(&request, &gate) {
                let answer: Boxed<Response> = Box::pin(std::future::ready(answer));
                return Leaving::new(Either::Right(answer), exit);
            }
            session::arrive(&mut request, gate);
            return Leaving::new(Either::Left(handler.call(request, state)), exit);
        }
        session::arrive(&mut request, Arc::clone(&gate));
        let answer: Boxed<Response> = Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match gate.pass(&mut parts).await {
                Ok(()) => handler.call(Request::from_parts(parts, body), state).await,
                Err(rejection) => rejection.into_response(),
            }
        });
        Leaving::new(Either::Right(answer), exit)
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
    /// otherwise count whoever is about to be refused.
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
