//! An endpoint in its place in a router.

use std::sync::OnceLock;

use axum::routing::MethodFilter;
use http::Method;

use super::auth_layer::EntryPoint;
use super::method_router::{MethodEntry, Methods};
use super::router_checks::{EndpointChecks, Required};
use crate::access_map::{Endpoint, EndpointKind};
use crate::authenticator::Authenticator;
use crate::policy::{Access, Declaration, Requirement};
use crate::web::endpoint_guard::EndpointPolicy;

/// An endpoint in its place in a router.
#[derive(Debug)]
pub(super) struct RouteEntry {
    /// The path from the root of the router that holds this.
    pub(super) path: String,
    pub(super) kind: EndpointKind,
    entry: MethodEntry,
    /// The paths of the routes that an axum router brought, or that a fallback for other methods
    /// is behind; none if that is not known, or follows from the path.
    pub(super) routes: Option<Vec<String>>,
    /// What the routers that this one came from require, the outermost first.
    outer: Vec<Required>,
    /// The routes of ours whose other methods this answers, where it is for more than its own path.
    pub(super) answers_for: Vec<String>,
}

/// What the routers around an endpoint require, and what a caller must meet in all.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    pub(super) outer: Option<Requirement>,
    pub(super) effective: Option<Requirement>,
    /// What runs the checks of the routers.
    pub(super) checks: EndpointChecks,
}

/// The endpoints of a router, with what it requires of all of them.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    entries: Vec<RouteEntry>,
    required: Vec<Required>,
    /// What was joined for each: joining leaks, and a map may be asked for many times.
    joined: OnceLock<Vec<Joined>>,
}

impl Endpoints {
    pub(super) fn iter(&self) -> impl Iterator<Item = &RouteEntry> {
        self.entries.iter()
    }

    /// To add or change some.
    pub(super) fn edit(&mut self) -> &mut Vec<RouteEntry> {
        self.joined = OnceLock::new();
        &mut self.entries
    }

    /// Requires this of all of them, whenever they come.
    pub(super) fn require(&mut self, required: Required) {
        self.joined = OnceLock::new();
        self.required.push(required);
    }

    /// Takes over those of another router, with what that one requires.
    pub(super) fn take_over(&mut self, other: Self, place: impl Fn(RouteEntry) -> RouteEntry) {
        let Self { entries, required, .. } = other;
        self.edit().extend(entries.into_iter().map(|it| place(it.under(&required))));
    }

    /// Each with what a caller must meet there.
    pub(super) fn joined(&self) -> impl Iterator<Item = (&RouteEntry, &Joined)> {
        let join = || self.entries.iter().map(|it| it.join(&self.required)).collect();
        self.entries.iter().zip(self.joined.get_or_init(join))
    }
}

impl RouteEntry {
    pub(super) fn new(path: &str, kind: EndpointKind, entry: MethodEntry) -> Self {
        let path = path.to_owned();
        Self { path, kind, entry, routes: None, outer: Vec::new(), answers_for: Vec::new() }
    }

    pub(super) fn route(path: &str, entry: MethodEntry) -> Self {
        let is_other = entry.methods == Methods::Other;
        let kind = if is_other { EndpointKind::OtherMethods } else { EndpointKind::Route };
        let routes = is_other.then(|| vec![path.to_owned()]);
        Self { routes, ..Self::new(path, kind, entry) }
    }

    /// Whether a request to the path of this route comes here if its method is routed nowhere.
    pub(super) fn answers_other_methods(&self) -> bool {
        self.kind == EndpointKind::OtherMethods || self.entry.methods == Methods::Any
    }

    /// Whether this is the fallback of the router itself, not of one nested in it.
    pub(super) fn is_own_fallback(&self) -> bool {
        self.kind == EndpointKind::Fallback && self.path == "/"
    }

    /// The same endpoint after its router was taken over, with what that one required.
    pub(super) fn under(mut self, required: &[Required]) -> Self {
        self.outer.splice(..0, required.iter().cloned());
        self
    }

    /// The same endpoint after its router was nested, its path joined as axum does.
    pub(super) fn below(mut self, prefix: &str) -> Self {
        self.path = joined_path(prefix, &self.path);
        for path in self.routes.iter_mut().flatten().chain(&mut self.answers_for) {
            *path = joined_path(prefix, path);
        }
        self
    }

    pub(super) fn policy(&self) -> EndpointPolicy {
        self.entry.guard.policy()
    }

    /// Fixes what a caller must meet, and where requests enter.
    pub(super) fn seal(&self, joined: Joined, entry: EntryPoint, authenticator: &Authenticator) {
        self.entry.guard.seal(joined, entry, authenticator);
    }

    /// What a caller must meet, given what the last router requires.
    fn join(&self, required: &[Required]) -> Joined {
        let own = self.policy().own();
        let all: Vec<Required> = required.iter().chain(&self.outer).cloned().collect();
        let (outer, checks) = EndpointChecks::join(&all, own);
        let effective = match (outer, own) {
            (Some(outer), Some(own)) => Some(outer.and(own)),
            (one, other) => one.or(other),
        };
        Joined { outer, effective, checks }
    }

    /// One entry of the access map for each method.
    pub(super) fn endpoints(&self, joined: &Joined) -> Vec<Endpoint> {
        let policy = self.entry.guard.policy();
        let (reason, pending) = match policy {
            EndpointPolicy::Handler(Declaration { access: Access::Public { reason }, .. }, _) => {
                (Some(*reason), None)
            }
            EndpointPolicy::Handler(Declaration { access: Access::Pending { step }, .. }, _) => {
                (None, Some(*step))
            }
            _ => (None, None),
        };
        let endpoint = Endpoint {
            method: None,
            path: self.path.clone(),
            kind: self.kind,
            requirement: joined.effective,
            handler: policy.info().copied(),
            public_reason: reason,
            pending,
            cross_site: policy.cross_site(),
            location: self.entry.location,
            routes: self.routes.clone(),
            outer: joined.outer,
            #[cfg(feature = "testing")]
            own: policy.own(),
        };
        match self.entry.methods {
            Methods::Only(filter) => methods_of(filter)
                .map(|method| Endpoint { method: Some(method), ..endpoint.clone() })
                .collect(),
            Methods::Any | Methods::Other => vec![endpoint],
        }
    }
}

pub(super) fn joined_path(prefix: &str, path: &str) -> String {
    if prefix.ends_with('/') {
        format!("{prefix}{}", path.trim_start_matches('/'))
    } else if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

/// The methods in a filter, which axum does not tell: one is in there if adding it changes nothing.
fn methods_of(filter: MethodFilter) -> impl Iterator<Item = Method> {
    [
        (MethodFilter::GET, Method::GET),
        (MethodFilter::HEAD, Method::HEAD),
        (MethodFilter::POST, Method::POST),
        (MethodFilter::PUT, Method::PUT),
        (MethodFilter::PATCH, Method::PATCH),
        (MethodFilter::DELETE, Method::DELETE),
        (MethodFilter::OPTIONS, Method::OPTIONS),
        (MethodFilter::TRACE, Method::TRACE),
        (MethodFilter::CONNECT, Method::CONNECT),
    ]
    .into_iter()
    .filter(move |(single, _)| filter.or(*single) == filter)
    .map(|(_, method)| method)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::endpoint_guard::EndpointGuard;
    use crate::web::router_checks::ForRouter;

    /// Joined lists are leaked, so the same one has to come back: by its address.
    #[test]
    fn a_map_that_is_asked_for_again_joins_nothing_anew() {
        let guard = EndpointGuard::new(EndpointPolicy::service::<()>(Requirement::Acr("own")));
        let entry = MethodEntry::new(Methods::Any, guard);
        let mut endpoints = Endpoints::default();
        endpoints.edit().push(RouteEntry::new("/", EndpointKind::Route, entry));
        for requirement in [Requirement::MaxAge(60), Requirement::Acr("outer")] {
            let ForRouter(required, _) = ForRouter::<()>::plain(requirement);
            endpoints.require(required);
        }
        let parts = || {
            let (_, joined) = endpoints.joined().next()?;
            joined.effective.map(|it| it.parts().as_ptr())
        };
        assert!(parts().is_some());
        assert_eq!(parts(), parts());
    }
}
