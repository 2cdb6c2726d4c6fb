//! An endpoint in its place in a router.

use std::sync::{Mutex, PoisonError};

use axum::routing::MethodFilter;
use http::Method;

use super::entrance::Entrance;
use super::method_router::{Entry, Methods};
use crate::access_map::{Endpoint, EndpointKind};
use crate::authenticator::Authenticator;
use crate::policy::{Access, Declaration, Requirement};
use crate::web::gate::Declares;

/// An endpoint in its place in a router.
#[derive(Debug)]
pub(super) struct Mounted {
    /// The path from the root of the router that holds this.
    pub(super) path: String,
    pub(super) place: Place,
    entry: Entry,
    /// The paths of the routes that an axum router brought, or that a fallback for other methods
    /// is behind; none if that is not known, or follows from the path.
    pub(super) routes: Option<Vec<String>>,
    /// What the routers that this one came from require, the outermost first.
    outer: Option<Requirement>,
    /// The routes of ours whose other methods this answers, where it is for more than its own path.
    pub(super) answers_for: Vec<String>,
    /// What was joined last: joining leaks, and a map may be asked for many times.
    joined: Mutex<Option<Joined>>,
}

/// What is around an endpoint and what holds for it in all, given what the last router
/// requires.
#[derive(Clone, Copy, Debug)]
struct Joined {
    required: Option<Requirement>,
    outer: Option<Requirement>,
    effective: Option<Requirement>,
}

/// How an endpoint was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Route,
    Nested,
    Merged,
    Fallback,
    OtherMethods,
}

impl Mounted {
    pub(super) fn new(path: &str, place: Place, entry: Entry) -> Self {
        let (path, joined) = (path.to_owned(), Mutex::new(None));
        Self { path, place, entry, routes: None, outer: None, answers_for: Vec::new(), joined }
    }

    pub(super) fn route(path: &str, entry: Entry) -> Self {
        let place =
            if entry.methods == Methods::Other { Place::OtherMethods } else { Place::Route };
        let routes = (place == Place::OtherMethods).then(|| vec![path.to_owned()]);
        Self { routes, ..Self::new(path, place, entry) }
    }

    /// Whether a request to the path of this route comes here if its method is routed nowhere.
    pub(super) fn answers_other_methods(&self) -> bool {
        self.place == Place::OtherMethods || self.entry.methods == Methods::Any
    }

    /// Whether this is the fallback of the router itself, not of one nested in it.
    pub(super) fn is_own_fallback(&self) -> bool {
        self.place == Place::Fallback && self.path == "/"
    }

    /// The same endpoint after its router was taken over, with what that one required.
    pub(super) fn under(mut self, required: Option<Requirement>) -> Self {
        self.outer = both(required, self.outer);
        self.joined = Mutex::new(None);
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

    pub(super) fn declares(&self) -> Declares {
        self.entry.gate.declares()
    }

    /// Fixes what a caller must meet, given what the last router requires, and the entrance of
    /// requests if it is here.
    pub(super) fn close(
        &self,
        required: Option<Requirement>,
        entrance: Option<&Entrance>,
        authenticator: &Authenticator,
    ) {
        self.entry.gate.close(self.joined(required).outer, entrance.cloned(), authenticator);
    }

    fn joined(&self, required: Option<Requirement>) -> Joined {
        let mut last = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(joined) = *last
            && same(joined.required, required)
        {
            return joined;
        }
        let outer = both(required, self.outer);
        let joined = Joined { required, outer, effective: self.entry.gate.effective(outer) };
        *last = Some(joined);
        joined
    }

    /// One entry of the access map for each method.
    pub(super) fn endpoints(&self, required: Option<Requirement>) -> Vec<Endpoint> {
        let declares = self.entry.gate.declares();
        let reason = match declares {
            Declares::Handler(Declaration { access: Access::Public { reason }, .. }, _) => {
                Some(*reason)
            }
            _ => None,
        };
        let endpoint = Endpoint {
            method: None,
            path: self.path.clone(),
            kind: match self.place {
                Place::Route => EndpointKind::Route,
                Place::Nested => EndpointKind::Nested,
                Place::Merged => EndpointKind::Merged,
                Place::Fallback => EndpointKind::Fallback,
                Place::OtherMethods => EndpointKind::OtherMethods,
            },
            requirement: self.joined(required).effective,
            handler: declares.info(),
            public_reason: reason,
            location: self.entry.location,
            routes: self.routes.clone(),
            #[cfg(feature = "testing")]
            outer: self.joined(required).outer,
            #[cfg(feature = "testing")]
            own: declares.own(),
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

/// Whether these are equal. A tree that holds itself has no end to be compared.
fn same(one: Option<Requirement>, other: Option<Requirement>) -> bool {
    !one.is_some_and(|it| it.is_too_deep()) && one == other
}

fn both(outer: Option<Requirement>, inner: Option<Requirement>) -> Option<Requirement> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(outer.and(inner)),
        (one, other) => one.or(other),
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
    use crate::web::gate::Gate;

    /// Joined lists are leaked, so the same one has to come back: by its address.
    #[test]
    fn a_map_that_is_asked_for_again_joins_nothing_anew() {
        let gate = Gate::new(Declares::service::<()>(Requirement::Acr("own")));
        let entry = Entry::new(Methods::Any, gate);
        let mounted = Mounted::new("/", Place::Route, entry).under(Some(Requirement::Acr("outer")));
        let required = Some(Requirement::MaxAge(60));
        let parts = || match mounted.endpoints(required).as_slice() {
            [endpoint] => endpoint.requirement().map(|it| it.parts().as_ptr()),
            _ => None,
        };
        assert!(parts().is_some());
        assert_eq!(parts(), parts());
    }
}
