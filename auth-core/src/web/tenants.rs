//! Whether every endpoint that decides knows the tenant of its requests: where that is in a
//! parameter of the path, the paths say so.

use super::gate::{Behind, Declares};
use super::mounted::{Mounted, Place};
use super::protect::EndpointError;
use crate::access_map::Endpoint;
use crate::authenticator::Authenticator;
use crate::policy::Requirement;

/// What is wrong with the tenant in the path. Nothing is where it stands elsewhere.
pub(super) fn inspect(
    mounted: &[Mounted],
    required: Option<Requirement>,
    authenticator: &Authenticator,
) -> Vec<EndpointError> {
    let Some(parameter) = authenticator.tenant_parameter() else { return Vec::new() };
    if let Some(problem) = unknown(mounted, required, parameter) {
        return vec![problem];
    }
    let optional = authenticator.has_optional_tenant();
    let mut problems = Vec::new();
    for it in mounted {
        let endpoints = it.endpoints(required);
        let asks = asks(it, required);
        problems
            .extend(endpoints.iter().filter_map(|at| problem(it, at, asks, parameter, optional)));
    }
    problems
}

/// Whether it decides by who calls.
fn asks(mounted: &Mounted, required: Option<Requirement>) -> bool {
    mounted.endpoints(required).iter().any(|endpoint| endpoint.requirement().is_some())
}

/// The parameter that no path has. What an axum router has is not known, and where no one asks who
/// calls, no one asks for a tenant.
fn unknown(
    mounted: &[Mounted],
    required: Option<Requirement>,
    parameter: &str,
) -> Option<EndpointError> {
    let is_known = |it: &Mounted| {
        it.place == Place::Merged || parameters(&it.path).any(|name| name == parameter)
    };
    if mounted.iter().any(is_known) || !mounted.iter().any(|it| asks(it, required)) {
        return None;
    }
    let mut known: Vec<String> =
        mounted.iter().flat_map(|it| parameters(&it.path)).map(str::to_owned).collect();
    known.sort_unstable();
    known.dedup();
    Some(EndpointError::UnknownTenantParameter { parameter: parameter.to_owned(), known })
}

fn problem(
    mounted: &Mounted,
    endpoint: &Endpoint,
    asks: bool,
    parameter: &str,
    optional: bool,
) -> Option<EndpointError> {
    let count = |path: &str| parameters(path).filter(|name| *name == parameter).count();
    let (named, parameter) = (endpoint.to_string(), parameter.to_owned());
    match count(&mounted.path) {
        // Each route of an axum router has parameters of its own.
        0 if !asks || mounted.place == Place::Merged => None,
        0 if optional => matches!(mounted.declares(), Declares::Service(_, Behind::Router))
            .then_some(EndpointError::HiddenTenantParameter { endpoint: named, parameter }),
        0 => {
            let lacks = |path: &&String| count(path) == 0;
            let route = mounted.answers_for.iter().find(lacks).cloned();
            if route.is_none() && !mounted.answers_for.is_empty() {
                return None;
            }
            let handler = endpoint.handler().map(|it| format!("{}::{}", it.module, it.name));
            let missing = EndpointError::MissingTenantParameter {
                endpoint: named.clone(),
                handler,
                parameter: parameter.clone(),
                route,
            };
            Some(match mounted.declares() {
                Declares::Service(_, Behind::Router) => {
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
