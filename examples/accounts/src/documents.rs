//! What the service says about itself: who may call what, and its OpenAPI document.

use std::sync::{Arc, OnceLock};

use auth_core::{AccessMap, Authenticator, Router, public, routing};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use crate::access::{Permission, Role};
use crate::error::StartError;

/// What the handlers show: written once all routes are known, these among them.
#[derive(Debug, Default)]
struct Documents {
    page: OnceLock<Bytes>,
    open_api: OnceLock<Bytes>,
}

/// Adds `/access`, a page that shows who may call what, and `/openapi.json`.
pub fn add(routes: Router, authenticator: &Authenticator) -> Result<Router, StartError> {
    let documents = Arc::new(Documents::default());
    let described = Router::new()
        .route("/access", routing::get(page))
        .route("/openapi.json", routing::get(open_api))
        .with_state(Arc::clone(&documents));
    let routes = routes.merge(described);
    let map = routes
        .access_map()
        .with_vocabulary::<(Role, Permission)>()
        .with_authenticator(authenticator);
    documents.page.get_or_init(|| map.to_html().into());
    let open_api = document(&map)?.to_string();
    documents.open_api.get_or_init(|| open_api.into());
    Ok(routes)
}

/// The OpenAPI document: the paths of the access map, and who may call them.
fn document(map: &AccessMap) -> Result<Value, StartError> {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in &map.model().endpoints {
        let path = paths.entry(endpoint.path.clone()).or_insert_with(|| json!({}));
        if let (Some(path), Some(method)) = (path.as_object_mut(), &endpoint.method) {
            let operation = json!({ "responses": { "2XX": { "description": "Done." } } });
            path.insert(method.to_ascii_lowercase(), operation);
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Notes", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
    });
    let report = map.apply_to_json(&mut document);
    let report = report.map_err(|error| StartError::Document(error.to_string()))?;
    if report.is_complete() { Ok(document) } else { Err(StartError::Document(report.to_string())) }
}

/// Who may call what.
#[public(reason = "describes the service, holds no notes")]
async fn page(State(documents): State<Arc<Documents>>) -> impl IntoResponse {
    let policy =
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, policy)];
    (headers, documents.page.get().cloned().unwrap_or_default())
}

/// The OpenAPI document.
#[public(reason = "describes the service, holds no notes")]
async fn open_api(State(documents): State<Arc<Documents>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], documents.open_api.get().cloned().unwrap_or_default())
}
