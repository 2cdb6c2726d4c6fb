//! The metadata of a resource ([RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)): it leads clients to this
//! server.

use std::collections::BTreeMap;

use auth_core::Router;
use axum::body::Bytes;
use serde::Serialize;
use url::Url;

use super::document::dpop_algorithms;
use crate::resource::Resource;
use crate::server::Inner;

/// The document.
#[derive(Serialize)]
struct ProtectedResource<'a> {
    resource: &'a str,
    authorization_servers: [&'a str; 1],
    /// Without `offline_access`, which is not a scope of the resource.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'a str>,
    bearer_methods_supported: [&'static str; 1],
    dpop_signing_alg_values_supported: Vec<String>,
}

/// The documents of all resources, by their well-known paths
/// ([RFC 9728 §3.1](https://www.rfc-editor.org/rfc/rfc9728#section-3.1)). If two resources at different hosts
/// have the same path, the one at the host of the server takes precedence.
pub(super) fn documents(server: &Inner) -> BTreeMap<String, Bytes> {
    let mut documents = BTreeMap::new();
    let is_here = |it: &&Resource| {
        let origin = Url::parse(&it.uri).map(|it| it.origin().ascii_serialization());
        origin.is_ok_and(|it| it == server.issuer.origin())
    };
    let (here, elsewhere): (Vec<_>, Vec<_>) = server.resources.iter().partition(is_here);
    let map = Router::<()>::new().access_map();
    for resource in here.into_iter().chain(elsewhere) {
        // The rules of auth-core: a path that can be routed.
        let place = map.resource_metadata(&resource.uri).build();
        let Some(path) = place.ok().map(|it| it.path().to_owned()) else { continue };
        let document = ProtectedResource {
            resource: &resource.uri,
            authorization_servers: [server.issuer.as_str()],
            scopes_supported: resource.scopes.iter().map(|it| it.name.as_str()).collect(),
            bearer_methods_supported: ["header"],
            dpop_signing_alg_values_supported: dpop_algorithms(),
        };
        if let Ok(json) = serde_json::to_vec(&document)
            && resource.publishes_metadata
        {
            documents.entry(path).or_insert_with(|| json.into());
        }
    }
    documents
}
