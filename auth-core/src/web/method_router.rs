//! Routing by method: axum's `MethodRouter`, with the access policy of each handler beside it.

use std::convert::Infallible;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use axum::error_handling::{HandleError, HandleErrorLayer};
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, Route};
use tower_layer::Layer;
use tower_service::Service;

use super::Declared;
use super::endpoint_guard::{EndpointGuard, EndpointPolicy};
use super::guarded::{GuardedHandler, GuardedService, Handled};
use super::mountable::IntoMethodRouter;
use crate::policy::Requirement;

/// Handlers by method, like axum's `MethodRouter`, each with a declared access policy.
///
/// Made by [`get`](super::routing::get), [`post`](super::routing::post) and so on, and chained as
/// in axum: `get(list).post(create)`. It cannot be cloned: what the routers around a handler
/// require belongs to one place in one router.
///
/// The requirement of a `GET` handler is also that of `HEAD`, which axum answers with the same handler.
/// A method without a handler is answered with 405, for every caller.
#[must_use]
pub struct MethodRouter<S = (), E = Infallible> {
    inner: axum::routing::MethodRouter<S, E>,
    pub(crate) entries: Vec<MethodEntry>,
    /// Whether there is middleware around handlers.
    layered: bool,
}

/// One handler or service of a method router.
#[derive(Debug)]
pub(crate) struct MethodEntry {
    pub(crate) methods: Methods,
    pub(crate) guard: Arc<EndpointGuard>,
    pub(crate) location: &'static Location<'static>,
}

/// Which methods of a path something answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Methods {
    /// These.
    Only(MethodFilter),
    /// Every one that nothing else answers, by `any`.
    Any,
    /// Every one that nothing else answers, by `fallback`.
    Other,
}

impl MethodEntry {
    #[track_caller]
    pub(crate) fn new(methods: Methods, guard: Arc<EndpointGuard>) -> Self {
        Self { methods, guard, location: Location::caller() }
    }
}

macro_rules! service_methods {
    ($($name:ident $filter:ident $title:literal;)+) => {$(
        #[doc = concat!("Adds a service for `", $title, "` requests; see [`on_service`](Self::on_service).")]
        #[track_caller]
        pub fn $name<T>(self, service: T, requirement: Requirement) -> Self
        where
            T: Service<Request, Error = E> + Clone + Send + Sync + 'static,
            T::Response: IntoResponse + 'static,
            T::Future: Send + 'static,
            E: 'static,
        {
            self.on_service(MethodFilter::$filter, service, requirement)
        }
    )+};
}

impl<S: Clone> MethodRouter<S, Infallible> {
    /// Adds a handler for the requests that match `filter`.
    ///
    /// # Panics
    /// As in axum, if there is one for the same method already.
    #[track_caller]
    pub fn on<H, T>(self, filter: MethodFilter, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
        S: Send + Sync + 'static,
    {
        self.with_handler(filter, Handled::new(handler), EndpointPolicy::handler::<H, T>())
    }

    /// Adds a handler for the requests that match no other one, instead of 405.
    #[track_caller]
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
        S: Send + Sync + 'static,
    {
        self.forget_fallback();
        let guard = EndpointGuard::new(EndpointPolicy::handler::<H, T>());
        let handler = GuardedHandler::new(Handled::new(handler), Arc::clone(&guard));
        self.note(MethodEntry::new(Methods::Other, guard));
        self.inner = self.inner.fallback(handler);
        self
    }

    /// What [`routing::any`](super::routing::any) makes: axum leaves out the `Allow` header there.
    #[track_caller]
    pub(crate) fn any<H, T>(handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
        S: Send + Sync + 'static,
    {
        let guard = EndpointGuard::new(EndpointPolicy::handler::<H, T>());
        let handler = GuardedHandler::new(Handled::new(handler), Arc::clone(&guard));
        let inner = axum::routing::any(handler);
        Self { inner, entries: vec![MethodEntry::new(Methods::Any, guard)], layered: false }
    }

    /// Compiled once for a state, for all handlers.
    #[track_caller]
    fn with_handler(
        mut self,
        filter: MethodFilter,
        handler: Handled<S>,
        policy: EndpointPolicy,
    ) -> Self
    where
        S: Send + Sync + 'static,
    {
        let guard = EndpointGuard::new(policy);
        let handler = GuardedHandler::new(handler, Arc::clone(&guard));
        self.note(MethodEntry::new(Methods::Only(filter), guard));
        self.inner = self.inner.on(filter, handler);
        self
    }
}

impl<S: Clone, E> MethodRouter<S, E> {
    /// No handlers yet: every request is answered with 405.
    pub fn new() -> Self {
        Self { inner: axum::routing::MethodRouter::new(), entries: Vec::new(), layered: false }
    }

    /// Adds a service for the requests that match `filter`, and who may call it.
    ///
    /// # Panics
    /// As in axum, if there is one for the same method already.
    #[track_caller]
    pub fn on_service<T>(
        mut self,
        filter: MethodFilter,
        service: T,
        requirement: Requirement,
    ) -> Self
    where
        T: Service<Request, Error = E> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse + 'static,
        T::Future: Send + 'static,
        E: 'static,
    {
        let guard = EndpointGuard::new(EndpointPolicy::service::<T>(requirement));
        self.note(MethodEntry::new(Methods::Only(filter), Arc::clone(&guard)));
        self.inner = self.inner.on_service(filter, GuardedService::new(service, guard));
        self
    }

    service_methods! {
        get_service GET "GET"; head_service HEAD "HEAD"; post_service POST "POST";
        put_service PUT "PUT"; patch_service PATCH "PATCH"; delete_service DELETE "DELETE";
        options_service OPTIONS "OPTIONS"; trace_service TRACE "TRACE";
        connect_service CONNECT "CONNECT";
    }

    /// Adds a service for the requests that match no other one, and who may call it.
    #[track_caller]
    pub fn fallback_service<T>(mut self, service: T, requirement: Requirement) -> Self
    where
        T: Service<Request, Error = E> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse + 'static,
        T::Future: Send + 'static,
        E: 'static,
    {
        self.forget_fallback();
        let guard = EndpointGuard::new(EndpointPolicy::service::<T>(requirement));
        self.note(MethodEntry::new(Methods::Other, Arc::clone(&guard)));
        self.inner = self.inner.fallback_service(GuardedService::new(service, guard));
        self
    }

    /// What [`routing::any_service`](super::routing::any_service) makes.
    #[track_caller]
    pub(crate) fn any_service<T>(service: T, requirement: Requirement) -> Self
    where
        S: Send + Sync + 'static,
        T: Service<Request, Error = E> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse + 'static,
        T::Future: Send + 'static,
        E: 'static,
    {
        let guard = EndpointGuard::new(EndpointPolicy::service::<T>(requirement));
        let inner = axum::routing::any_service(GuardedService::new(service, Arc::clone(&guard)));
        Self { inner, entries: vec![MethodEntry::new(Methods::Any, guard)], layered: false }
    }

    /// Provides the state of the handlers.
    pub fn with_state<S2>(self, state: S) -> MethodRouter<S2, E> {
        MethodRouter {
            inner: self.inner.with_state(state),
            entries: self.entries,
            layered: self.layered,
        }
    }

    /// Puts middleware around everything added so far, fallbacks included.
    ///
    /// The middleware runs before the guards, as in axum: it sees requests of callers who are
    /// then rejected.
    pub fn layer<L, NewError>(self, layer: L) -> MethodRouter<S, NewError>
    where
        L: Layer<Route<E>> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<NewError> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
        E: 'static,
        S: 'static,
        NewError: 'static,
    {
        MethodRouter { inner: self.inner.layer(layer), entries: self.entries, layered: true }
    }

    /// Puts middleware around the handlers added so far, but not around the answer 405.
    ///
    /// # Panics
    /// As in axum, if nothing was added yet.
    #[track_caller]
    pub fn route_layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route<E>> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = E> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
        E: 'static,
        S: 'static,
    {
        Self { inner: self.inner.route_layer(layer), entries: self.entries, layered: true }
    }

    /// Turns the errors of services into responses, by axum's `HandleErrorLayer`.
    pub fn handle_error<F, T>(self, handle: F) -> MethodRouter<S, Infallible>
    where
        F: Clone + Send + Sync + 'static,
        HandleError<Route<E>, F, T>: Service<Request, Error = Infallible>,
        <HandleError<Route<E>, F, T> as Service<Request>>::Future: Send,
        <HandleError<Route<E>, F, T> as Service<Request>>::Response: IntoResponse + Send,
        T: 'static,
        E: 'static,
        S: 'static,
    {
        self.layer(HandleErrorLayer::new(handle))
    }

    /// Takes over the handlers of another method router.
    ///
    /// # Panics
    /// As in axum, if both answer the same method or both have a fallback.
    #[track_caller]
    pub fn merge(mut self, other: impl IntoMethodRouter<S, E>) -> Self {
        let other = other.into_method_router();
        self.inner = self.inner.merge(other.inner);
        self.entries.extend(other.entries);
        self.layered |= other.layered;
        self
    }

    /// axum's own, the policies beside it, and whether there is middleware around handlers.
    pub(crate) fn into_parts(self) -> (axum::routing::MethodRouter<S, E>, Vec<MethodEntry>, bool) {
        (self.inner, self.entries, self.layered)
    }

    fn note(&mut self, entry: MethodEntry) {
        self.entries.push(entry);
    }

    /// A new fallback takes the place of the one before, and of what `any` set.
    fn forget_fallback(&mut self) {
        self.entries.retain(|entry| matches!(entry.methods, Methods::Only(_)));
    }
}

impl<S: Clone, E> Default for MethodRouter<S, E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, E> fmt::Debug for MethodRouter<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodRouter").field("entries", &self.entries).finish_non_exhaustive()
    }
}
