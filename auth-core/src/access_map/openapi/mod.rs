//! The access map in an OpenAPI document: who may call each operation, and what a caller who may
//! not is answered.

mod flows;
mod json_document;
mod operation;
mod report;
mod responses;
mod security;
mod servers;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Components, OpenApi};

pub use json_document::OpenApiJsonError;
pub use report::{OpenApiReport, RenamedParameters};

use self::operation::operations;
use self::security::Schemes;
use self::shape::Shape;
use super::{AccessMap, AccessModel, EndpointKind, EndpointModel};

/// The extension of an operation that holds its requirement.
const EXTENSION: &str = "x-required";

impl AccessMap {
    /// Writes who may call into an OpenAPI document.
    ///
    /// Each operation that an endpoint of this map answers gets:
    ///
    /// - `security`: the schemes of the authentication methods that the endpoint accepts. A bearer
    ///   token includes tokens that are bound to their sender; any other method has the scheme
    ///   of its name, and a standard one is added where the document has none. In each there is one
    ///   alternative for each least set of names that is enough, for tokens in every scheme of the
    ///   document that carries one (`http` bearer, `oauth2`, `openIdConnect`). There is
    ///   a scheme `bearer` if the document has none. `oauth2` and `openIdConnect` list scopes
    ///   (flows that lack one get it); `http` lists every name, which OpenAPI 3.1 allows
    ///   ([§4.8.30](https://spec.openapis.org/oas/v3.1.0#security-requirement-object)). A public
    ///   operation gets `security: []`.
    /// - the answers of the guard: 400, 401, 403 (where someone with a valid token can be rejected)
    ///   and 503, with the schema `Problem`
    ///   ([RFC 9457 §3](https://www.rfc-editor.org/rfc/rfc9457#section-3)), `WWW-Authenticate`
    ///   ([RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)) and `Retry-After`. What
    ///   the document already says of such an answer stays; only what is missing is added.
    /// - `x-required`: the requirement as in [`AccessModel`], its text, and the sentences of its
    ///   checks; for a public operation the reason.
    ///
    /// An operation and an endpoint belong together if they have the same method and the same path;
    /// the names of parameters do not matter; `HEAD` is answered by a `GET` endpoint. The path of
    /// an operation begins with that of its servers (`servers: [{url: "/api/v1"}]`); where no
    /// endpoint is there, it is taken alone, since a proxy may be before the service. What
    /// matches nothing is left alone and is in the report. To do it twice changes nothing more.
    ///
    /// The document is one of `utoipa` 6. For that of another version or of another generator there
    /// is [`apply_to_json`](Self::apply_to_json).
    ///
    /// ```
    /// use auth_core::{Router, public, routing::get};
    /// use utoipa::OpenApi;
    ///
    /// /// Says that it is up.
    /// #[utoipa::path(get, path = "/health", responses((status = 200, body = str)))]
    /// #[public(reason = "liveness probe")]
    /// async fn health() -> &'static str {
    ///     "ok"
    /// }
    ///
    /// #[derive(OpenApi)]
    /// #[openapi(paths(health))]
    /// struct Document;
    ///
    /// let app: Router = Router::new().route("/health", get(health));
    /// let mut document = Document::openapi();
    /// let report = app.access_map().apply_to(&mut document);
    /// assert!(report.is_complete(), "{report}");
    /// ```
    pub fn apply_to(&self, document: &mut OpenApi) -> OpenApiReport {
        let model = self.model();
        let endpoints = Index::of(model);
        let components = document.components.get_or_insert_with(Components::new);
        let mut schemes = Schemes::of(components, &self.schemes);
        let mut report = OpenApiReport::default();
        let mut documented = BTreeSet::new();
        let mut guarded = false;
        let around = servers::prefixes(document.servers.as_deref());
        for (path, item) in &mut document.paths.paths {
            let around = servers::of_path(item, &around);
            for (method, operation) in operations(item) {
                let prefixes = servers::of_operation(operation, &around);
                let found = endpoints.find_all(&method, path, &prefixes);
                let Some((place, endpoint, path)) = found.first() else {
                    report.operations_without_endpoint.push(format!("{method} {path}"));
                    continue;
                };
                documented.insert(*place);
                // The same operation at another server, if it is open to the same callers there.
                let alike =
                    found.iter().filter(|(_, it, _)| it.requirement == endpoint.requirement);
                documented.extend(alike.map(|(place, ..)| *place));
                guarded |= !endpoint.is_public();
                report.compare_parameters(path, &endpoint.path);
                let security = schemes.security(endpoint);
                if operation.security.as_ref().is_some_and(|before| *before != security) {
                    report.replaced_security.push(format!("{method} {path}"));
                }
                operation.security = Some(security);
                describe(operation, endpoint);
            }
        }
        if guarded {
            schemes.add_to(components);
            flows::complete(components, model);
            responses::add_to(components);
        }
        report.endpoints_without_operation = endpoints.all_but(&documented);
        report
    }
}

/// What one operation says of its own requirement.
fn describe(operation: &mut Operation, endpoint: &EndpointModel) {
    responses::document(&mut operation.responses, endpoint);
    let extensions = operation.extensions.get_or_insert_default();
    extensions.insert(EXTENSION.to_owned(), required(endpoint));
}

/// The value of `x-required`: members of the endpoint in the access map, under their names there.
fn required(endpoint: &EndpointModel) -> Value {
    let mut required = json!({ "requirement": endpoint.requirement, "text": endpoint.text });
    if let Some(members) = required.as_object_mut() {
        if !endpoint.checks.is_empty() {
            // Anyone who reads the document calls the API: the modules of its code are not theirs.
            let checks = endpoint.checks.iter();
            let checks: Vec<Value> =
                checks.map(|it| json!({ "name": it.name, "sentence": it.sentence })).collect();
            members.insert("checks".to_owned(), Value::Array(checks));
        }
        if let Some(exemption) = &endpoint.cross_site {
            members.insert("cross_site_exempt".to_owned(), json!(exemption.text()));
        }
        if let Some(step) = &endpoint.pending {
            members.insert("pending".to_owned(), json!(step));
        }
        if endpoint.is_public() {
            members.insert("public_reason".to_owned(), json!(endpoint.public_reason));
        }
    }
    required
}

/// The endpoints of a map by the shape of their path.
struct Index<'a> {
    model: &'a AccessModel,
    routes: BTreeMap<Shape, Vec<usize>>,
    nested: Vec<(Shape, usize)>,
}

impl<'a> Index<'a> {
    fn of(model: &'a AccessModel) -> Self {
        let mut index = Self { model, routes: BTreeMap::new(), nested: Vec::new() };
        for (place, endpoint) in model.endpoints.iter().enumerate() {
            let shape = Shape::of_route(&endpoint.path);
            match endpoint.kind {
                EndpointKind::Route => index.routes.entry(shape).or_default().push(place),
                EndpointKind::Nested => index.nested.push((shape, place)),
                // No one knows which operations these answer.
                EndpointKind::Merged | EndpointKind::OtherMethods | EndpointKind::Fallback => {}
            }
        }
        index
    }

    /// The endpoints that answer an operation, at each server of the document. Where there is none
    /// below a server's path, a proxy may take that path away.
    fn find_all(
        &self,
        method: &str,
        path: &str,
        prefixes: &[String],
    ) -> Vec<(usize, &'a EndpointModel, String)> {
        let at = |path: String| {
            self.find(method, &path).map(|(place, endpoint)| (place, endpoint, path))
        };
        let found: Vec<_> =
            prefixes.iter().filter_map(|prefix| at(format!("{prefix}{path}"))).collect();
        if found.is_empty() { at(path.to_owned()).into_iter().collect() } else { found }
    }

    /// The endpoint that answers an operation: a route goes before a service for all below a path.
    fn find(&self, method: &str, path: &str) -> Option<(usize, &'a EndpointModel)> {
        let shape = Shape::of_operation(path);
        let places = self.routes.get(&shape).or_else(|| self.routes.get(&shape.with_rest()?));
        let route = |wanted: Option<&str>| {
            let mut places = places.into_iter().flatten().copied();
            places.find(|place| {
                self.endpoint(*place).is_some_and(|it| it.method.as_deref() == wanted)
            })
        };
        let place = route(Some(method))
            .or_else(|| (method == "HEAD").then(|| route(Some("GET")))?)
            .or_else(|| route(None))
            .or_else(|| {
                let around = self.nested.iter().filter(|(prefix, _)| shape.is_below(prefix));
                Some(around.max_by_key(|(prefix, _)| prefix.len())?.1)
            })?;
        Some((place, self.endpoint(place)?))
    }

    fn endpoint(&self, place: usize) -> Option<&'a EndpointModel> {
        self.model.endpoints.get(place)
    }

    /// The endpoints that could have an operation, but for these.
    fn all_but(&self, documented: &BTreeSet<usize>) -> Vec<String> {
        let routes = self.routes.values().flatten().copied();
        let nested = self.nested.iter().map(|(_, place)| *place);
        let missing: BTreeSet<usize> =
            routes.chain(nested).filter(|place| !documented.contains(place)).collect();
        missing.into_iter().filter_map(|place| Some(self.endpoint(place)?.to_string())).collect()
    }
}
