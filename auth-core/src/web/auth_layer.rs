//! How a request comes into a protected router, and how its response leaves.
//!
//! A request enters where it first meets something of the framework: at the endpoint, or before
//! the middleware of the application where there is any, since that may ask who calls. So a router
//! without middleware costs no service more than a plain one.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::response::Response;
use axum::routing::Route;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::endpoint_guard::EndpointGuard;
use super::observer::Observer;
use super::request_auth::{NonceState, RequestAuth};
use crate::authenticator::{Accepted, Authenticator};
use crate::response::finalize_response;
use crate::scheme::TokenScheme;

/// Where the requests of an endpoint get their [`RequestAuth`].
#[derive(Debug)]
pub(super) enum EntryPoint {
    /// In front of the application's middleware.
    Layer(AuthLayer),
    /// At the endpoint itself.
    Endpoint(AuthLayer),
}

impl EntryPoint {
    /// Whether an access matrix asks.
    pub(super) const fn is_observed(&self) -> bool {
        let (Self::Layer(layer) | Self::Endpoint(layer)) = self;
        layer.observer.is_some()
    }
}

/// Gives requests their [`RequestAuth`].
#[derive(Clone)]
pub(super) struct AuthLayer {
    authenticator: Authenticator,
    observer: Option<Arc<dyn Observer>>,
}

impl AuthLayer {
    pub(super) const fn new(
        authenticator: Authenticator,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        Self { authenticator, observer }
    }

    pub(super) const fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    /// Whether the request carries nothing that could tell who calls. An access matrix has all its
    /// requests decided by the guards.
    pub(super) fn has_no_credential(&self, request: &Request, accepted: &Accepted) -> bool {
        let (address, headers) = (request.uri(), request.headers());
        self.observer.is_none() && self.authenticator.has_no_credential(address, headers, accepted)
    }

    pub(super) fn begin(
        &self,
        endpoint: Option<Arc<EndpointGuard>>,
        nonce: Option<NonceState>,
    ) -> RequestAuth {
        RequestAuth::new(self.authenticator.clone(), endpoint, nonce, self.observer.clone())
    }

    /// Gives the request its [`RequestAuth`]. One that is there already belongs to a router around
    /// this one: what it found out stays valid, if it asked the same authenticator.
    pub(super) fn enter(
        &self,
        request: &mut Request,
        accepted: &Accepted,
        endpoint: Option<Arc<EndpointGuard>>,
    ) -> ResponseFinalizer {
        let used = self.authenticator.scheme_used(request.headers());
        let nonce = self.authenticator.requires_nonce(used).then(NonceState::default);
        let auth = self.begin(endpoint, nonce.clone());
        if let Some(before) = request.extensions_mut().insert(auth)
            && let Some(auth) = request.extensions_mut().get_mut::<RequestAuth>()
        {
            auth.continue_from(before);
        }
        ResponseFinalizer {
            authenticator: self.authenticator.clone(),
            accepted: accepted.clone(),
            used,
            nonce,
        }
    }
}

impl fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthLayer").field(&self.authenticator).finish()
    }
}

/// What a response still needs on its way out.
pub(super) struct ResponseFinalizer {
    authenticator: Authenticator,
    accepted: Accepted,
    used: Option<TokenScheme>,
    nonce: Option<NonceState>,
}

impl ResponseFinalizer {
    fn finalize(self, mut response: Response) -> Response {
        let nonce_is_old = self.nonce.is_some_and(|nonce| nonce.is_old());
        let renderer = self.authenticator.renderer();
        let challenges = self.accepted.challenges();
        finalize_response(&mut response, renderer, challenges, self.used, nonce_is_old);
        response
    }
}

pin_project! {
    /// A response that is finalized, if its request entered here.
    pub(crate) struct FinalizeFuture<F> {
        #[pin]
        response: F,
        finalizer: Option<ResponseFinalizer>,
    }
}

impl<F> FinalizeFuture<F> {
    pub(super) const fn new(response: F, finalizer: Option<ResponseFinalizer>) -> Self {
        Self { response, finalizer }
    }
}

impl<F: Future<Output: Finalize>> Future for FinalizeFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let response = ready!(this.response.poll(context));
        Poll::Ready(match this.finalizer.take() {
            Some(finalizer) => response.finalize(finalizer),
            None => response,
        })
    }
}

/// The response of a handler or of a service.
pub(super) trait Finalize {
    fn finalize(self, finalizer: ResponseFinalizer) -> Self;
}

impl Finalize for Response {
    fn finalize(self, finalizer: ResponseFinalizer) -> Self {
        finalizer.finalize(self)
    }
}

impl<E> Finalize for Result<Response, E> {
    fn finalize(self, finalizer: ResponseFinalizer) -> Self {
        self.map(|response| finalizer.finalize(response))
    }
}

impl Layer<Route> for AuthLayer {
    type Service = AuthService;

    fn layer(&self, inner: Route) -> AuthService {
        AuthService { inner, layer: self.clone() }
    }
}

/// A route behind an [`AuthLayer`].
#[derive(Clone, Debug)]
pub(super) struct AuthService {
    inner: Route,
    layer: AuthLayer,
}

impl Service<Request> for AuthService {
    type Response = Response;
    type Error = Infallible;
    type Future = FinalizeFuture<<Route as Service<Request>>::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <Route as Service<Request>>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let accepted = self.layer.authenticator.default_accepted().clone();
        let finalizer = self.layer.enter(&mut request, &accepted, None);
        FinalizeFuture::new(self.inner.call(request), Some(finalizer))
    }
}
