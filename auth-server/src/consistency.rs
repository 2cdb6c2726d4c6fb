//! Whether the settings of a server fit together: the resources and scopes of clients have to exist.

use crate::builder::OPENID_SCOPES;
use crate::client::{Client, GrantType};
use crate::resource::Resource;
use crate::server::normalized;

/// Whether each resource is valid, and has a URI of its own.
pub(crate) fn check_resources(resources: &[Resource], problems: &mut Vec<String>) {
    for (place, resource) in resources.iter().enumerate() {
        resource.check(problems);
        let uri = normalized(&resource.uri);
        if resources.iter().take(place).any(|it| normalized(&it.uri) == uri) {
            problems.push(format!("two resources have the URI `{}`", resource.uri));
        }
    }
}

/// Whether the resources and scopes of each client exist.
pub(crate) fn check_clients(
    clients: &[Client],
    resources: &[Resource],
    problems: &mut Vec<String>,
) {
    for client in clients {
        let id = &client.id;
        for uri in client.resources.iter().chain(&client.introspect) {
            if !resources.iter().any(|it| it.uri == *uri) {
                problems.push(format!(
                    "the client `{id}` names the resource `{uri}`, which does not exist"
                ));
            }
        }
        check_scopes(&format!("the client `{id}`"), &client.scopes, resources, problems);
        if client.may(GrantType::ClientCredentials)
            && client.resources.is_empty()
            && resources.len() > 1
        {
            problems.push(format!(
                "the client `{id}` has no resource: say which of {} its tokens are for",
                resources.len()
            ));
        }
    }
}

/// Whether the scopes of these clients exist.
pub(crate) fn check_scopes(
    clients: &str,
    scopes: &[String],
    resources: &[Resource],
    problems: &mut Vec<String>,
) {
    for scope in scopes {
        let is_known = OPENID_SCOPES.contains(&scope.as_str())
            || resources.iter().any(|it| it.has_scope(scope));
        if !is_known {
            problems.push(format!("{clients} may have the scope `{scope}`, which no resource has"));
        }
    }
}
