//! Whether a router can be protected by an authenticator.

use std::fmt;

use super::tenants::parameters;
use crate::access_map::{Endpoint, EndpointKind};
use crate::authenticator::Authenticator;
use crate::policy::{Analysis, Flaw, Method, Requirement, analyse};
use crate::vocabulary::{AuthorityRef, AuthorityTable, closest};

/// Why a router cannot be protected: every reason at once.
#[derive(Clone, thiserror::Error)]
#[error("{}", Lines(.problems))]
pub struct ProtectError {
    problems: Vec<EndpointError>,
}

crate::wording::debug_in_words!(ProtectError);

impl ProtectError {
    /// The reasons, in the order of the access map.
    #[must_use]
    pub fn problems(&self) -> &[EndpointError] {
        &self.problems
    }

    pub(super) fn unless_none(problems: Vec<EndpointError>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }
}

/// One reason why a router cannot be protected.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointError {
    /// A requirement names an enum that is not in the authenticator's vocabulary: no caller could
    /// ever meet it.
    NotInVocabulary {
        /// The endpoint, as `GET /orders`.
        endpoint: String,
        /// The handler with its module, if it is a function.
        handler: Option<String>,
        /// The name that is required.
        name: AuthorityRef,
        /// The enums of the same kind that the vocabulary does hold, with their modules.
        known: Vec<&'static str>,
    },
    /// An endpoint accepts a method that no scheme of the authenticator has.
    MethodWithoutScheme {
        /// The endpoint, as `GET /orders`.
        endpoint: String,
        /// The handler with its module, if it is a function.
        handler: Option<String>,
        /// The method.
        method: Method,
        /// The methods that the authenticator's schemes have.
        known: Vec<Method>,
    },
    /// A requirement names [`Method::Pending`], which handlers under `#[pending]` alone accept.
    ReservedMethod {
        /// The endpoint, as `GET /orders`.
        endpoint: String,
        /// The handler with its module, if it is a function.
        handler: Option<String>,
    },
    /// A router requires something of a handler under `#[pending]`: no caller can meet it, since no
    /// one has signed in there.
    RequiredOfPending {
        /// The endpoint, as `POST /sign-in/code`.
        endpoint: String,
        /// The handler with its module.
        handler: Option<String>,
    },
    /// Tokens are to be read in the query of a route that there is not.
    UnknownQueryRoute {
        /// The route, as the settings of the authenticator have it.
        route: String,
        /// The routes that there are.
        known: Vec<String>,
    },
    /// A check takes another number of path parameters than the path has: it would answer every
    /// request with 500.
    PathDoesNotFit {
        /// The endpoint, as `GET /orders`.
        endpoint: String,
        /// The handler with its module, if it is a function.
        handler: Option<String>,
        /// The check.
        check: &'static str,
        /// How many parameters its `Path` takes.
        expected: usize,
        /// How many the path has.
        found: usize,
    },
    /// No path has the parameter of the tenant.
    UnknownTenantParameter {
        /// The parameter, as it was given to
        /// [`tenant_in_path`](crate::authenticator::AuthenticatorBuilder::tenant_in_path).
        parameter: String,
        /// The parameters that there are.
        known: Vec<String>,
    },
    /// An endpoint asks who calls, and its path lacks the parameter of the tenant.
    MissingTenantParameter {
        /// The endpoint, as `GET /orders`.
        endpoint: String,
        /// The handler with its module, if it is a function.
        handler: Option<String>,
        /// The parameter.
        parameter: String,
        /// A route that it answers for and that lacks the parameter, where it is for several.
        route: Option<String>,
    },
    /// A router is added as a service, and the parameter that names the tenant can only be in one of
    /// its own paths, which is not known yet when the requirement is decided.
    HiddenTenantParameter {
        /// The endpoint, as `* /api`.
        endpoint: String,
        /// The parameter.
        parameter: String,
    },
    /// A path has the parameter that names the tenant more than once.
    RepeatedTenantParameter {
        /// The endpoint, as `GET /orders`.
        endpoint: String,
        /// The parameter.
        parameter: String,
    },
}

crate::wording::debug_in_words!(EndpointError);

impl EndpointError {
    fn foreign_name(
        f: &mut fmt::Formatter<'_>,
        endpoint: &str,
        handler: Option<&str>,
        name: AuthorityRef,
        known: &[&str],
    ) -> fmt::Result {
        let table: &AuthorityTable = name.table();
        let own = (table.type_name)();
        write_place(f, endpoint, handler)?;
        write!(
            f,
            " requires the {name:?} of `{own}`, which is not in the authenticator's vocabulary\nhelp: add it to `.vocabulary::<(..)>()`"
        )?;
        let same_name = |known: &&&str| known.rsplit("::").next() == Some(table.enum_name);
        match (known.iter().find(same_name), known) {
            (Some(other), _) => write!(
                f,
                ", or import `{other}` where this requirement is written, which is another enum of that name"
            ),
            (None, []) => Ok(()),
            (None, known) => write!(
                f,
                ", or use names of the {} that are in it: `{}`",
                table.kind.plural(),
                known.join("`, `")
            ),
        }
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInVocabulary { endpoint, handler, name, known } => {
                Self::foreign_name(f, endpoint, handler.as_deref(), *name, known)
            }
            Self::MethodWithoutScheme { endpoint, handler, method, known } => {
                write_place(f, endpoint, handler.as_deref())?;
                write!(
                    f,
                    " accepts the method `{method}`, which no scheme of the authenticator has"
                )?;
                let known = known.iter().map(|it| it.as_str());
                match closest(method.as_str(), known).filter(|_| *method != Method::Pending) {
                    Some(meant) => write!(f, "\nhelp: did you mean `{meant}`?"),
                    None if *method == Method::Pending => write!(
                        f,
                        "\nhelp: add the scheme of half-finished sign-ins with `.pending(..)`"
                    ),
                    None => write!(f, "\nhelp: add the scheme with `.scheme(..)`"),
                }
            }
            Self::ReservedMethod { endpoint, handler } => {
                write_place(f, endpoint, handler.as_deref())?;
                f.write_str(
                    " requires the method `pending`, which is for half-finished sign-ins\n                     help: put `#[pending(second_factor)]` on the handler that finishes a sign-in",
                )
            }
            Self::RequiredOfPending { endpoint, handler } => {
                write_place(f, endpoint, handler.as_deref())?;
                f.write_str(
                    " is under `#[pending]`, and a router around it requires something of callers who have signed in\n                     help: add it outside of the router that has `.require(..)`",
                )
            }
            Self::UnknownQueryRoute { route, known } => {
                write!(f, "tokens are to be read in the query of `{route}`, which is no route")?;
                match closest(route, known.iter().map(String::as_str)) {
                    Some(meant) => write!(f, "\nhelp: did you mean `{meant}`?"),
                    None => write!(f, "\nhelp: write the path as the router has it"),
                }
            }
            Self::PathDoesNotFit { endpoint, handler, check, expected, found } => {
                write_place(f, endpoint, handler.as_deref())?;
                write!(
                    f,
                    " has the check `{check}`, whose `Path` takes {expected} {}, but its path has {found}\n\
                     help: a `Path` takes all parameters of the route, those of `nest` first; a struct with named fields takes those that it names",
                    if *expected == 1 { "parameter" } else { "parameters" }
                )
            }
            Self::UnknownTenantParameter { parameter, known } => {
                write!(f, "no path has the parameter `{parameter}`, which should hold the tenant")?;
                match known.as_slice() {
                    [] => {
                        write!(f, "\nhelp: write it in a path, as in `/t/{{{parameter}}}/projects`")
                    }
                    known => write!(
                        f,
                        "\nhelp: the parameters are `{}`; give one of them to `.tenant_in_path(..)`",
                        known.join("`, `")
                    ),
                }
            }
            Self::MissingTenantParameter { endpoint, handler, parameter, route } => {
                write_place(f, endpoint, handler.as_deref())?;
                f.write_str(" asks who calls, but the path")?;
                if let Some(route) = route {
                    write!(f, " `{route}`, for which it answers,")?;
                }
                write!(
                    f,
                    " has no parameter `{parameter}`, which should hold the tenant\n\
                     help: put `{{{parameter}}}` into its path, or call `.optional_tenant()` if there are endpoints outside of all tenants"
                )
            }
            Self::HiddenTenantParameter { endpoint, parameter } => write!(
                f,
                "`{endpoint}` is a router behind a requirement that is decided before the router finds its own `{{{parameter}}}`, which should hold the tenant\n\
                 help: add it with `.nest(..)`, or with `.merge_axum(..)` if it is an `axum::Router`, or put `{{{parameter}}}` into the path here"
            ),
            Self::RepeatedTenantParameter { endpoint, parameter } => write!(
                f,
                "the path of `{endpoint}` has the parameter `{parameter}` more than once, so the tenant is not one\nhelp: rename one of them"
            ),
        }
    }
}

fn write_place(f: &mut fmt::Formatter<'_>, endpoint: &str, handler: Option<&str>) -> fmt::Result {
    write!(f, "`{endpoint}`")?;
    match handler {
        Some(handler) => write!(f, " (`{handler}`)"),
        None => Ok(()),
    }
}

impl std::error::Error for EndpointError {}

struct Lines<'a>(&'a [EndpointError]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// The names without which the authenticator can never let someone through to an endpoint.
pub(super) fn foreign_names(
    endpoints: &[Endpoint],
    authenticator: &Authenticator,
) -> Vec<EndpointError> {
    let tables = authenticator.vocabulary();
    let mut problems = Vec::new();
    for endpoint in endpoints {
        warn_if_unreachable(endpoint);
        for name in endpoint.requirement().into_iter().flat_map(Requirement::members) {
            if tables.contains(name.table()) {
                continue;
            }
            let problem = EndpointError::NotInVocabulary {
                endpoint: endpoint.to_string(),
                handler: endpoint.handler().map(|it| format!("{}::{}", it.module, it.name)),
                name,
                known: tables.of_kind(name.kind()).map(|table| (table.type_name)()).collect(),
            };
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    problems
}

/// The methods that endpoints accept and no scheme has.
pub(super) fn methods_without_scheme(
    endpoints: &[Endpoint],
    authenticator: &Authenticator,
) -> Vec<EndpointError> {
    let known = authenticator.methods();
    let mut problems = Vec::new();
    for endpoint in endpoints {
        let accepted = endpoint.requirement().and_then(Requirement::accepted_methods);
        for method in accepted.unwrap_or_default() {
            if known.contains(&method) {
                continue;
            }
            problems.push(EndpointError::MethodWithoutScheme {
                endpoint: endpoint.to_string(),
                handler: endpoint.handler().map(|it| format!("{}::{}", it.module, it.name)),
                method,
                known: known.clone(),
            });
        }
    }
    problems
}

/// The endpoints that would mix half-finished sign-ins with callers.
pub(super) fn misplaced_sign_ins(endpoints: &[Endpoint]) -> Vec<EndpointError> {
    let mut problems = Vec::new();
    for endpoint in endpoints {
        let (place, handler) = (
            endpoint.to_string(),
            endpoint.handler().map(|it| format!("{}::{}", it.module, it.name)),
        );
        let names_it = |it: &Requirement| it.names_method(Method::Pending);
        let is_pending = endpoint.pending_step().is_some();
        if is_pending && endpoint.outer.is_some() {
            problems.push(EndpointError::RequiredOfPending { endpoint: place, handler });
        } else if !is_pending && endpoint.requirement().is_some_and(names_it) {
            problems.push(EndpointError::ReservedMethod { endpoint: place, handler });
        }
    }
    problems
}

/// The routes in whose query tokens are to be read, and which there are not.
pub(super) fn unknown_query_routes(
    endpoints: &[Endpoint],
    authenticator: &Authenticator,
) -> Vec<EndpointError> {
    let paths = || endpoints.iter().filter(|it| it.kind() != EndpointKind::Merged);
    // What an axum router has is not known.
    if endpoints.iter().any(|it| it.kind() == EndpointKind::Merged) {
        return Vec::new();
    }
    let unknown = authenticator.routes_with_query();
    let unknown = unknown.filter(|route| !paths().any(|it| it.path() == *route));
    let mut known: Vec<String> = paths().map(|it| it.path().to_owned()).collect();
    known.sort_unstable();
    known.dedup();
    unknown
        .map(|route| EndpointError::UnknownQueryRoute {
            route: route.to_owned(),
            known: known.clone(),
        })
        .collect()
}

/// The checks that can never read the path of their endpoint. A fallback for methods is for
/// several paths.
pub(super) fn unfit_paths(endpoints: &[Endpoint]) -> Vec<EndpointError> {
    let mut problems = Vec::new();
    for endpoint in endpoints.iter().filter(|it| it.kind() != EndpointKind::OtherMethods) {
        let found = parameters(endpoint.path()).count();
        for (_, check) in endpoint.requirement().iter().flat_map(|requirement| requirement.checks())
        {
            for expected in check.path_parameters.iter().copied().filter(|it| *it != found) {
                let problem = EndpointError::PathDoesNotFit {
                    endpoint: endpoint.to_string(),
                    handler: endpoint.handler().map(|it| format!("{}::{}", it.module, it.name)),
                    check: check.name,
                    expected,
                    found,
                };
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
    }
    problems
}

/// Notes an endpoint that no caller can call. That is no error: a router may be closed on purpose.
fn warn_if_unreachable(endpoint: &Endpoint) {
    let finding = endpoint.requirement().map(analyse);
    if let Some(Analysis::Flawed(finding)) = finding
        && finding.flaw() == Flaw::Unsatisfiable
    {
        let (location, reason) = (endpoint.location(), finding.to_string());
        tracing::warn!(%endpoint, %location, reason, "no caller can satisfy the requirement of this endpoint");
    }
}
