//! Handlers that are routed by what `#[utoipa::path(..)]` says of them.

use std::fmt;

use axum::handler::Handler;
use axum::routing::MethodFilter;
use utoipa::__dev::SchemaReferences;
use utoipa::openapi::path::{HttpMethod, Operation, Paths};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Components, OpenApi, RefOr};

use super::Declared;
use super::method_router::MethodRouter;
use super::route_entry::joined_path;
use super::router::Router;
use crate::access_map::OpenApiReport;

/// Handlers of one path, with their method and path as `#[utoipa::path(..)]` names them.
///
/// Made by [`routes!`](crate::routes), for [`Router::routes`].
#[must_use]
pub struct DocumentedRoutes<S = ()> {
    path: Option<String>,
    methods: MethodRouter<S>,
    documented: Documented,
}

/// Operations and the schemas that they refer to.
#[derive(Clone, Default)]
pub(super) struct Documented {
    operations: Vec<(String, Vec<HttpMethod>, Operation)>,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl<S: Clone + Send + Sync + 'static> DocumentedRoutes<S> {
    /// No handler yet.
    pub(crate) fn new() -> Self {
        Self { path: None, methods: MethodRouter::new(), documented: Documented::default() }
    }

    /// Adds a handler; `P` is what `#[utoipa::path(..)]` made beside it.
    ///
    /// # Panics
    /// If it is for another path than the handlers before it, or for a method that one of them
    /// answers.
    #[doc(hidden)]
    #[track_caller]
    #[expect(clippy::panic, reason = "routes collide when the application starts, as in axum")]
    pub fn handler<P, H, T>(mut self, handler: H) -> Self
    where
        P: utoipa::Path + SchemaReferences,
        H: Handler<T, S>,
        T: Declared<H> + 'static,
    {
        let (path, methods) = (P::path(), P::methods());
        if let Some(known) = self.path.as_ref().filter(|known| **known != path) {
            panic!(
                "`routes!` takes handlers of one path, not of `{known}` and `{path}`\n\
                 help: write `.routes(routes!(..))` once for each path"
            );
        }
        let filters = methods.iter().map(filter);
        if let Some(filter) = filters.reduce(MethodFilter::or) {
            self.methods = self.methods.on(filter, handler);
        }
        P::schemas(&mut self.documented.schemas);
        self.documented.operations.push((path.clone(), methods, P::operation()));
        self.path = Some(path);
        self
    }
}

impl Documented {
    /// The same after the router was nested.
    pub(super) fn below(mut self, prefix: &str) -> Self {
        for (path, ..) in &mut self.operations {
            *path = joined_path(prefix, path);
        }
        self
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.operations.extend(other.operations);
        self.schemas.extend(other.schemas);
    }

    fn add_to(&self, document: &mut OpenApi) {
        let mut paths = Paths::new();
        for (path, methods, operation) in &self.operations {
            paths.add_path_operation(path, methods.clone(), operation.clone());
        }
        document.paths.merge(paths);
        let components = document.components.get_or_insert_with(Components::new);
        for (name, schema) in &self.schemas {
            components.schemas.entry(name.clone()).or_insert_with(|| schema.clone());
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Router<S> {
    /// Adds handlers under the path and the methods that `#[utoipa::path(..)]` names: what
    /// `OpenApiRouter::routes` of `utoipa-axum` does, with a policy for each of them.
    ///
    /// ```
    /// use auth_core::{Router, public, requires, routes};
    /// use utoipa::OpenApi;
    ///
    /// /// Says that it is up.
    /// #[utoipa::path(get, path = "/health", responses((status = 200, description = "Up.")))]
    /// #[public(reason = "liveness probe")]
    /// async fn health() {}
    ///
    /// #[utoipa::path(get, path = "/orders", responses((status = 200, description = "All.")))]
    /// #[requires(authenticated)]
    /// async fn list() {}
    ///
    /// #[utoipa::path(post, path = "/orders", responses((status = 201, description = "Placed.")))]
    /// #[requires(authenticated)]
    /// async fn place() {}
    ///
    /// #[derive(OpenApi)]
    /// #[openapi(info(title = "Shop"))]
    /// struct Document;
    ///
    /// let orders = Router::new().routes(routes!(list, place));
    /// let app: Router = Router::new().routes(routes!(health)).nest("/api", orders);
    /// let listed: Vec<String> = app.access_map().iter().map(ToString::to_string).collect();
    /// assert_eq!(listed, ["GET /api/orders", "POST /api/orders", "GET /health"]);
    ///
    /// let (document, report) = app.openapi(Document::openapi());
    /// assert!(report.is_complete(), "{report}");
    /// assert!(document.paths.paths.contains_key("/api/orders"));
    /// ```
    ///
    /// A handler without a policy does not compile here either:
    ///
    /// ```compile_fail,E0277
    /// use auth_core::{Router, routes};
    ///
    /// #[utoipa::path(get, path = "/health", responses((status = 200)))]
    /// async fn open() {}
    ///
    /// let app: Router = Router::new().routes(routes!(open));
    /// ```
    ///
    /// # Panics
    /// As [`route`](Self::route), if the path is invalid, or a method is answered there already.
    #[track_caller]
    pub fn routes(mut self, routes: DocumentedRoutes<S>) -> Self {
        let DocumentedRoutes { path, methods, documented } = routes;
        self.documented.extend(documented);
        match path {
            Some(path) => self.route(&path, methods),
            None => self,
        }
    }

    /// The document with the operations of all [`routes`](Self::routes) and the schemas that they
    /// name, and with who may call them: see [`AccessMap::apply_to`](crate::AccessMap::apply_to).
    ///
    /// What the document says already of a path, a method or a schema stays. The operations are of
    /// the routes that were added so far, with the paths that they have then.
    pub fn openapi(&self, mut document: OpenApi) -> (OpenApi, OpenApiReport) {
        self.documented.add_to(&mut document);
        let report = self.access_map().apply_to(&mut document);
        (document, report)
    }
}

const fn filter(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
    }
}

impl<S> fmt::Debug for DocumentedRoutes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentedRoutes")
            .field("path", &self.path)
            .field("methods", &self.methods)
            .finish_non_exhaustive()
    }
}
