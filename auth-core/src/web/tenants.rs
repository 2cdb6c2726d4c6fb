//! Whether every endpoint that decides knows the tenant of its requests: where that is in a
//! parameter of the path, the paths say so.

use super::endpoint_guard::{Behind, EndpointPolicy};
use super::protect::EndpointError;
use super::route_entry::{Endpoints, RouteEntry};
use crate::access_map::{Endpoint, EndpointKind};
use crate::authenticator::Authenticator;

/// What is wrong with the tenant in the path. Nothing, if the tenant is not in the path.
pub(super) fn inspect(endpoints: &Endpoints, authenticator: &Authenticator) -> Vec<EndpointError> {
    let Some(parameter) = authenticator.tenant_parameter() else { return Vec::new() };
    if let Some(problem) = unknown(endpoints, parameter) {
        return vec![problem];
    }
    let optional = authenticator.has_optional_tenant();
    let mut problems = Vec::new();
    for (it, joined) in endpoints.joined() {
        let (listed, asks) = (it.endpoints(joined), joined.effective.is_some());
        problems.extend(listed.iter().filter_map(|at| problem(it, at, asks, parameter, optional)));
    }
    problems
}

/// The parameter that no path has. The paths of an axum router are not known, and an endpoint that does not ask for a
/// caller needs no tenant.
fn unknown(endpoints: &Endpoints, parameter: &str) -> Option<EndpointError> {
    let is_known = |it: &RouteEntry| {
        it.kind == EndpointKind::Merged || parameters(&it.path).any(|name| name == parameter)
    };
    let asks = endpoints.joined().any(|(_, joined)| joined.effective.is_some());
    if endpoints.iter().any(is_known) || !asks {
        return None;
    }
    let mut known: Vec<String> =
        endpoints.iter().flat_map(|it| parameters(&it.path)).map(str::to_owned).collect();
    known.sort_unstable();
    known.dedup();
    Some(EndpointError::UnknownTenantParameter { parameter: parameter.to_owned(), known })
}

fn problem(
    entry: &RouteEntry,
    endpoint: &Endpoint,
    asks: bool,
    parameter: &str,
    optional: bool,
) -> Option<EndpointError> {
    let count = |path: &str| parameters(path).filter(|name| *name == parameter).count();
    let (named, parameter) = (endpoint.to_string(), parameter.to_owned());
    match count(&entry.path) {
        // Each route of an axum router has parameters of its own.
        0 if !asks || entry.kind == EndpointKind::Merged => None,
        0 if optional => matches!(entry.policy(), EndpointPolicy::Service(_, Behind::Router))
            .then_some(EndpointError::HiddenTenantParameter { endpoint: named, parameter }),
        0 => {
            let lacks = |path: &&String| count(path) == 0;
            let route = entry.answers_for.iter().find(lacks).cloned();
            if route.is_none() && !entry.answers_for.is_empty() {
                return None;
            }
            let handler = endpoint.handler().map(|it| format!("{}::{}", it.module, it.name));
            let missing = EndpointError::MissingTenantParameter {
                endpoint: named.clone(),
                handler,
                parameter: parameter.clone(),
                route,
            };
            Some(match entry.policy() {
                EndpointPolicy::Service(_, Behind::Router) => {
                    EndpointError::HiddenTenantParameter { endpoint: named, parameter }
                }
                _ => missing,
            })
        }
        1 => None,
        _ => Some(EndpointError::RepeatedTenantParameter { endpoint: named, parameter }),
    }
}

/// The names of the parameters in a path as axum writes it: `{id}`, `{*rest}`, with `{{` and `}}`
/// for braces.
pub(super) fn parameters(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = path;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once('{')?;
            if let Some(literal) = after.strip_prefix('{') {
                rest = literal;
                continue;
            }
            let (name, after) = after.split_once('}')?;
            rest = after;
            return Some(name.strip_prefix('*').unwrap_or(name));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn the_parameters_of_a_path_are_named() {
        for (path, names) in [
            ("/", &[][..]),
            ("/t/{tenant}/projects/{id}", &["tenant", "id"]),
            ("/files/{*rest}", &["rest"]),
            ("/{{tenant}}/{id}", &["id"]),
            ("/v{version}/x", &["version"]),
            ("/open{", &[]),
        ] {
            assert_eq!(parameters(path).collect::<Vec<_>>(), names, "{path}");
        }
    }
}
