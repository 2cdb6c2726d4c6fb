//! The scopes that the flows of an `oauth2` scheme list.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Components;
use utoipa::openapi::security::{Flow, Scopes, SecurityScheme};

use crate::access_map::AccessModel;

/// Adds to every flow the scopes that operations ask for and the flow does not list, with their
/// doc comments: what it lists are the scopes that there are (OpenAPI 3.1 §4.8.29).
pub(super) fn complete(components: &mut Components, model: &AccessModel) {
    let scopes = asked_for(model);
    for scheme in components.security_schemes.values_mut() {
        let RefOr::T(SecurityScheme::OAuth2(oauth2)) = scheme else { continue };
        for flow in oauth2.flows.values_mut() {
            let listed = match flow {
                Flow::Implicit(flow) => &mut flow.scopes,
                Flow::Password(flow) => &mut flow.scopes,
                Flow::ClientCredentials(flow) => &mut flow.scopes,
                Flow::AuthorizationCode(flow) => &mut flow.scopes,
                Flow::DeviceAuthorization(flow) => &mut flow.scopes,
            };
            extend(listed, &scopes);
        }
    }
}

/// The scopes in the least sets of some endpoint, with their doc comments.
fn asked_for(model: &AccessModel) -> BTreeMap<&str, &str> {
    let sets = model.endpoints.iter().flat_map(|endpoint| &endpoint.minimal_sets);
    let doc = |name: &str| {
        let known = model.vocabulary.scopes.iter().find(|known| known.name == name);
        known.map_or("", |known| known.doc.as_str())
    };
    sets.flat_map(|set| &set.grants.scopes).map(|name| (name.as_str(), doc(name))).collect()
}

/// utoipa lets no one look into its scopes, so they go through their JSON form.
fn extend(listed: &mut Scopes, scopes: &BTreeMap<&str, &str>) {
    let Ok(mut value) = serde_json::to_value(&*listed) else { return };
    if let Some(members) = value.get_mut("scopes").and_then(Value::as_object_mut) {
        for (name, doc) in scopes {
            members.entry((*name).to_owned()).or_insert_with(|| json!(doc));
        }
    }
    if let Ok(more) = serde_json::from_value(value) {
        *listed = more;
    }
}
