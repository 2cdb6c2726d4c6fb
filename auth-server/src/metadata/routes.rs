//! The metadata at well-known addresses.

use std::collections::{BTreeMap, BTreeSet};

use auth_core::routing::get;
use auth_core::{Router, public};
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use super::document::ServerMetadata;
use super::resource;
use crate::server::{AuthorizationServer, Inner};
use crate::wire::{cors, not_allowed, preflight};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// The documents, serialized once.
#[derive(Debug)]
pub(crate) struct Documents {
    server: Bytes,
    /// By their paths.
    resources: BTreeMap<String, Bytes>,
}

impl Inner {
    fn documents(&self) -> &Documents {
        self.documents_of_metadata.get_or_init(|| Documents {
            server: serde_json::to_vec(&ServerMetadata::of(self)).unwrap_or_default().into(),
            resources: resource::documents(self),
        })
    }
}

/// The routes, to be merged at the root: a path of the issuer comes after the well-known one
/// ([RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1)), and for OpenID Connect before it
/// ([Discovery §4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig)).
pub(crate) fn routes(server: &Inner) -> Router<AuthorizationServer> {
    let path = server.issuer.path();
    let places: BTreeSet<String> =
        [format!("{OAUTH}{path}"), format!("{OPENID}{path}"), format!("{path}{OPENID}")].into();
    let routes = places.iter().fold(Router::new(), |routes, it| {
        routes.route(it, get(metadata).options(preflight).fallback(not_allowed))
    });
    let places = server.documents().resources.keys();
    places.fold(routes, |routes, it| {
        routes.route(it, get(resource_metadata).options(preflight).fallback(not_allowed))
    })
}

/// The metadata of the server.
#[public(reason = "clients find the endpoints here (RFC 8414)")]
async fn metadata(State(server): State<AuthorizationServer>) -> Response {
    published(server.0.documents().server.clone())
}

/// The metadata of a resource.
#[public(reason = "clients find the authorization server here (RFC 9728)")]
async fn resource_metadata(
    State(server): State<AuthorizationServer>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    match server.0.documents().resources.get(uri.path()) {
        Some(document) => published(document.clone()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A public document, which may be cached for five minutes.
fn published(document: Bytes) -> Response {
    let json = HeaderValue::from_static("application/json");
    let five_minutes = HeaderValue::from_static("public, max-age=300");
    cors(([(CONTENT_TYPE, json), (CACHE_CONTROL, five_minutes)], document))
}
