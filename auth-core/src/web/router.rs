//! The router: axum's, with the access policy of every endpoint beside it.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::Route;
use tower_layer::Layer;
use tower_service::Service;

use super::Declared;
use super::auth_layer::{AuthLayer, EntryPoint};
use super::diagnostics::Complete;
use super::endpoint_guard::{Behind, EndpointGuard, EndpointPolicy};
use super::guarded::{GuardLayer, GuardedHandler, GuardedService, Handled};
use super::merged::{BehindMerged, MergedRoutes};
use super::method_router::{MethodEntry, Methods};
use super::mountable::{IntoMethodRouter, IntoRequirement, IntoRouter};
use super::protect::{self, ProtectError};
use super::route_entry::{Endpoints, RouteEntry};
use super::router_checks::{ForRouter, Pending};
use super::tenants;
use crate::access_map::{AccessMap, EndpointKind};
use crate::authenticator::Authenticator;
use crate::policy::Requirement;

/// axum's router under axum's names, except that every endpoint says who may call it.
///
/// Handlers declare that themselves, by `#[requires(..)]` or `#[public]`; services and whole axum
/// routers are given a requirement where they are added. [`protect`](Self::protect) makes an
/// [`axum::Router`] of it, and is the only way to one.
///
/// It cannot be cloned: each endpoint is in one place, with what the routers around it
/// require. The protected [`axum::Router`] can.
///
/// ```
/// use auth_core::routing::{get, post};
/// use auth_core::{Roles, Router, public, requirement, requires};
///
/// #[derive(Clone, Copy, Roles)]
/// enum Role {
///     Clerk,
///     Admin,
/// }
///
/// #[requires(role = Clerk | Admin)]
/// async fn create() {}
///
/// #[public(reason = "liveness probe")]
/// async fn health() {}
///
/// let admin = Router::new()
///     .route("/health", get(health))
///     .require(requirement!(role = Role::Admin));
/// let app: Router = Router::new()
///     .route("/health", get(health))
///     .route("/orders", post(create))
///     .nest("/admin", admin);
///
/// let listed: Vec<String> = app.access_map().iter().map(ToString::to_string).collect();
/// assert_eq!(listed, ["GET /admin/health", "GET /health", "POST /orders"]);
/// assert!(!app.access_map().endpoints()[0].is_public());
/// ```
#[must_use]
pub struct Router<S = ()> {
    inner: axum::Router<S>,
    endpoints: Endpoints,
    /// Checks of [`require`](Router::require) that wait for the state.
    pending: Vec<Pending<S>>,
    /// Whether there is middleware around endpoints: it may ask who calls before they do.
    layered: bool,
    /// The routes of plain axum routers, to be found again.
    merged: Vec<MergedRoutes<S>>,
    #[cfg(feature = "openapi")]
    pub(super) documented: super::documented::Documented,
}

impl<S: Clone + Send + Sync + 'static> Router<S> {
    /// A router without routes: every request is answered with 404.
    pub fn new() -> Self {
        Self {
            inner: axum::Router::new(),
            endpoints: Endpoints::default(),
            pending: Vec::new(),
            layered: false,
            merged: Vec::new(),
            #[cfg(feature = "openapi")]
            documented: super::documented::Documented::default(),
        }
    }

    /// Adds a route.
    ///
    /// # Panics
    /// As in axum, if the path is invalid or the same method was routed there before.
    #[track_caller]
    pub fn route(mut self, path: &str, methods: impl IntoMethodRouter<S>) -> Self {
        let (inner, entries, layered) = methods.into_method_router().into_parts();
        self.inner = self.inner.route(path, inner);
        self.layered |= layered;
        self.endpoints
            .edit()
            .extend(entries.into_iter().map(|entry| RouteEntry::route(path, entry)));
        self
    }

    /// Adds a service for every method of a path, and who may call it.
    ///
    /// # Panics
    /// As in axum, if the path is invalid or was routed before.
    #[track_caller]
    pub fn route_service<T>(mut self, path: &str, service: T, requirement: Requirement) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        let guard =
            self.mount(path, EndpointKind::Route, EndpointPolicy::service::<T>(requirement));
        self.inner = self.inner.route_service(path, GuardedService::new(service, guard));
        self
    }

    /// Adds the routes of another router below a path.
    ///
    /// # Panics
    /// As in axum, if the path is empty, `/`, or holds a wildcard, or routes collide.
    #[track_caller]
    pub fn nest(mut self, path: &str, router: impl IntoRouter<S>) -> Self {
        let Self {
            inner,
            mut endpoints,
            pending,
            layered,
            merged,
            #[cfg(feature = "openapi")]
            documented,
        } = router.into_router();
        #[cfg(feature = "openapi")]
        self.documented.extend(documented.below(path));
        self.layered |= layered;
        self.merged.extend(merged.into_iter().map(|it| it.below(path)));
        // axum carries the fallbacks of nested routers further only beside one of the router's own.
        if !endpoints.iter().any(RouteEntry::is_own_fallback) {
            endpoints.edit().retain(|it| it.kind != EndpointKind::Fallback);
        }
        self.inner = self.inner.nest(path, inner);
        self.pending.extend(pending);
        self.endpoints.take_over(endpoints, |it| it.below(path));
        self
    }

    /// Adds a service for all that is below a path, and who may call it.
    ///
    /// # Panics
    /// As in axum, if the path is empty, `/`, or holds a wildcard, or routes collide.
    #[track_caller]
    pub fn nest_service<T>(mut self, path: &str, service: T, requirement: Requirement) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        let guard =
            self.mount(path, EndpointKind::Nested, EndpointPolicy::service::<T>(requirement));
        self.inner = self.inner.nest_service(path, GuardedService::new(service, guard));
        self
    }

    /// Takes over the routes and the fallback of another router.
    ///
    /// What was [required](Self::require) of the other one stays with its endpoints.
    ///
    /// # Panics
    /// As in axum, if routes collide or both have a fallback.
    #[track_caller]
    pub fn merge(mut self, other: impl IntoRouter<S>) -> Self {
        let Self {
            inner,
            endpoints,
            pending,
            layered,
            merged,
            #[cfg(feature = "openapi")]
            documented,
        } = other.into_router();
        #[cfg(feature = "openapi")]
        self.documented.extend(documented);
        self.layered |= layered;
        self.merged.extend(merged);
        self.inner = self.inner.merge(inner);
        self.pending.extend(pending);
        self.endpoints.take_over(endpoints, |it| it);
        self
    }

    /// Takes over the routes of a plain axum router, for callers who meet the requirement.
    ///
    /// Nothing is known of what is in there, so the requirement protects all of it, with the
    /// answer 405 of its routes, and the access map lists it as one entry. A fallback of
    /// it is left behind: it would answer for paths of this router. Guarded handlers in there also
    /// decide by themselves.
    ///
    /// # Panics
    /// As in axum, if routes collide.
    #[track_caller]
    pub fn merge_axum(mut self, router: axum::Router<S>, requirement: Requirement) -> Self {
        let router = router.reset_fallback();
        if router.has_routes() {
            let guard = self.mount(
                "/",
                EndpointKind::Merged,
                EndpointPolicy::Service(requirement, Behind::Routes),
            );
            self.merged.push(MergedRoutes::new(router.clone(), Arc::clone(&guard)));
            self.routes_of_last(super::axum_routes::of(&router));
            self.inner = self.inner.merge(router.route_layer(GuardLayer(guard)));
        }
        self
    }

    /// Puts middleware around everything added so far, fallbacks included.
    ///
    /// As in axum it runs before the guards: it sees requests of callers who are then rejected.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.inner = self.inner.layer(layer);
        self.layered = true;
        self
    }

    /// Puts middleware around the routes added so far, but not around fallbacks.
    ///
    /// # Panics
    /// As in axum, if no route was added yet.
    #[track_caller]
    pub fn route_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.layered = true;
        self.route_layer_without_caller(layer)
    }

    /// Puts middleware around the routes added so far that never asks who calls, such as one that
    /// rewrites responses.
    ///
    /// In it there is no caller yet: an [`Identity`](crate::Identity) that it extracts itself is
    /// answered with 500. So requests still enter at their endpoint, and the routes of other routers
    /// cost no more than without it.
    ///
    /// # Panics
    /// As in axum, if no route was added yet.
    #[track_caller]
    pub fn route_layer_without_caller<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.inner = self.inner.route_layer(layer);
        self
    }

    /// Adds a handler for the requests that match no route, instead of 404.
    #[track_caller]
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        self.forget_fallback();
        let guard = self.mount("/", EndpointKind::Fallback, EndpointPolicy::handler::<H, T>());
        self.inner = self.inner.fallback(GuardedHandler::new(Handled::new(handler), guard));
        self
    }

    /// Adds a service for the requests that match no route, and who may call it.
    #[track_caller]
    pub fn fallback_service<T>(mut self, service: T, requirement: Requirement) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        self.forget_fallback();
        let guard =
            self.mount("/", EndpointKind::Fallback, EndpointPolicy::service::<T>(requirement));
        self.inner = self.inner.fallback_service(GuardedService::new(service, guard));
        self
    }

    /// Adds a handler for the requests whose path has routes added so far, but none for their
    /// method, instead of 405. For a route that [`merge_axum`](Self::merge_axum) brought, it answers
    /// behind the requirement that was given there.
    #[track_caller]
    pub fn method_not_allowed_fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        let routes = self.endpoints.iter().filter(|it| it.kind == EndpointKind::Route);
        let answers_for = routes.map(|it| it.path.clone()).collect();
        let behind = self.without_other_methods();
        let guard = self.mount("/", EndpointKind::OtherMethods, EndpointPolicy::handler::<H, T>());
        if let Some(entry) = self.endpoints.edit().last_mut() {
            entry.answers_for = answers_for;
            entry.routes = behind;
        }
        let handler = GuardedHandler::new(Handled::new(handler), guard);
        self.inner = if self.merged.is_empty() {
            self.inner.method_not_allowed_fallback(handler)
        } else {
            let merged = self.merged.clone().into();
            self.inner.method_not_allowed_fallback(BehindMerged::new(handler, merged))
        };
        self
    }

    /// Drops the fallback, and those of the routers nested here.
    pub fn reset_fallback(mut self) -> Self {
        self.inner = self.inner.reset_fallback();
        self.endpoints.edit().retain(|it| it.kind != EndpointKind::Fallback);
        self
    }

    /// Requires this of every endpoint, on top of what the endpoint itself requires.
    ///
    /// It only ever tightens, and the order does not matter: endpoints that are added later, nested
    /// or merged in are covered too, and so are handlers under `#[public]`, services and
    /// fallbacks. An unknown path stays 404 and a wrong method 405.
    ///
    /// A check reads the parameters of the path of each endpoint and the state of this router, and
    /// runs before the body is read. One that the handler names as well runs once in a request.
    ///
    /// ```
    /// use auth_core::{Identity, Router, check, requirement, requires, routing::get};
    /// use axum::extract::Path;
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Project {
    ///     project: u64,
    /// }
    ///
    /// #[check("the caller is a member of the project")]
    /// async fn project_member(caller: &Identity, Path(Project { project }): Path<Project>) -> bool {
    ///     caller.subject() == format!("owner of {project}")
    /// }
    ///
    /// #[requires(authenticated)]
    /// async fn tasks() {}
    ///
    /// let projects: Router = Router::new()
    ///     .route("/projects/{project}/tasks", get(tasks))
    ///     .require(requirement!(check = project_member));
    /// ```
    pub fn require(mut self, requirement: impl IntoRequirement<S>) -> Self {
        let ForRouter(required, pending) = requirement.into_requirement();
        self.endpoints.require(required);
        self.pending.extend(pending);
        self
    }

    /// Provides the state of the handlers.
    pub fn with_state<S2>(self, state: S) -> Router<S2> {
        self.pending.iter().for_each(|checks| checks.set_state(&state));
        Router {
            inner: self.inner.with_state(state.clone()),
            endpoints: self.endpoints,
            pending: Vec::new(),
            layered: self.layered,
            merged: self.merged.into_iter().map(|it| it.with_state(state.clone())).collect(),
            #[cfg(feature = "openapi")]
            documented: self.documented,
        }
    }

    /// Whether there is a route.
    #[must_use]
    pub fn has_routes(&self) -> bool {
        self.inner.has_routes()
    }

    /// Every endpoint with who may call it.
    #[must_use]
    pub fn access_map(&self) -> AccessMap {
        AccessMap::new(
            self.endpoints.joined().flat_map(|(it, joined)| it.endpoints(joined)).collect(),
        )
    }

    #[track_caller]
    fn mount(
        &mut self,
        path: &str,
        kind: EndpointKind,
        policy: EndpointPolicy,
    ) -> Arc<EndpointGuard> {
        let guard = EndpointGuard::new(policy);
        let entry = MethodEntry::new(Methods::Any, Arc::clone(&guard));
        self.endpoints.edit().push(RouteEntry::new(path, kind, entry));
        guard
    }

    fn routes_of_last(&mut self, routes: Option<Vec<String>>) {
        if let Some(entry) = self.endpoints.edit().last_mut() {
            entry.routes = routes;
        }
    }

    /// The paths whose other methods are answered with 405: axum gives a fallback to these. None
    /// if the paths of an axum router are not known.
    fn without_other_methods(&self) -> Option<Vec<String>> {
        let mut open = BTreeSet::new();
        for entry in self.endpoints.iter() {
            match (entry.kind, &entry.routes) {
                (EndpointKind::Route, _) => {
                    open.insert(entry.path.clone());
                }
                (EndpointKind::Merged, Some(routes)) => open.extend(routes.iter().cloned()),
                (EndpointKind::Merged, None) => return None,
                _ => {}
            }
        }
        for entry in self.endpoints.iter().filter(|it| it.answers_other_methods()) {
            match (entry.kind, &entry.routes) {
                (EndpointKind::Route, _) => {
                    open.remove(&entry.path);
                }
                (EndpointKind::OtherMethods, Some(routes)) => {
                    open.retain(|path| !routes.contains(path));
                }
                _ => {}
            }
        }
        Some(open.into_iter().collect())
    }

    /// axum replaces the router's own fallback, but keeps those of nested routers.
    fn forget_fallback(&mut self) {
        self.endpoints.edit().retain(|it| !it.is_own_fallback());
    }
}

impl<S> Router<S> {
    /// Makes the [`axum::Router`] to serve, in which this authenticator tells who calls.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use auth_core::{Authenticator, Router, Scopes, requires, routing::get, testing::TestIssuer};
    /// # #[derive(Clone, Copy, Scopes)]
    /// # enum Scope { Read }
    /// #[requires(scope = Read)]
    /// async fn list() {}
    ///
    /// # fn app(authenticator: Authenticator) -> Result<axum::Router, auth_core::web::ProtectError> {
    /// let app: axum::Router = Router::new().route("/orders", get(list)).protect(authenticator)?;
    /// # Ok(app) }
    /// # }
    /// ```
    ///
    /// # Errors
    /// If an endpoint requires a name of an enum that the authenticator's vocabulary does not
    /// hold, since no caller could ever call it; if a check reads another number of path parameters than
    /// its endpoint has, as far as the type in its `Path` says how many; if the tenant of a request is to be in
    /// [a parameter of its path](crate::authenticator::AuthenticatorBuilder::tenant_in_path) that is
    /// not known where an endpoint decides. All of them are reported at once.
    pub fn protect(self, authenticator: Authenticator) -> Result<axum::Router, ProtectError>
    where
        (): Complete<S>,
    {
        let layer = AuthLayer::new(authenticator, None);
        <() as Complete<S>>::complete(self).protect_with(&layer)
    }
}

impl Router<()> {
    /// The same router for an access matrix: its requests end where a handler would begin.
    #[cfg(feature = "testing")]
    pub(crate) fn observed(
        self,
        authenticator: Authenticator,
        observer: Arc<dyn super::Observer>,
    ) -> Result<axum::Router, ProtectError> {
        self.protect_with(&AuthLayer::new(authenticator, Some(observer)))
    }

    fn protect_with(self, layer: &AuthLayer) -> Result<axum::Router, ProtectError> {
        let map = self.access_map();
        let authenticator = layer.authenticator();
        let mut problems = protect::foreign_names(map.endpoints(), authenticator);
        problems.extend(protect::methods_without_scheme(map.endpoints(), authenticator));
        problems.extend(protect::misplaced_sign_ins(map.endpoints()));
        problems.extend(protect::unknown_query_routes(map.endpoints(), authenticator));
        problems.extend(protect::unfit_paths(map.endpoints()));
        problems.extend(tenants::inspect(&self.endpoints, authenticator));
        ProtectError::unless_none(problems)?;
        self.pending.iter().for_each(|checks| checks.set_state(&()));
        for (entry, joined) in self.endpoints.joined() {
            // One place for each request.
            let at = if self.layered { EntryPoint::Layer } else { EntryPoint::Endpoint };
            entry.seal(joined.clone(), at(layer.clone()), authenticator);
        }
        Ok(if self.layered { self.inner.layer(layer.clone()) } else { self.inner })
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Router<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Router<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}
