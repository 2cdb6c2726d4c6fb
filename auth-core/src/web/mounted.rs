//! An endpoint in its place in a router.

use axum::routing::MethodFilter;
use http::Method;

use super::method_router::{Entry, Methods};
use crate::access_map::{Endpoint, EndpointKind};
use crate::policy::{Access, Declaration, Requirement};
use crate::web::gate::Declares;

/// An endpoint in its place in a router.
#[derive(Debug)]
pub(super) struct Mounted {
    /// The path from the root of the router that holds this.
    pub(super) path: String,
    pub(super) place: Place,
    entry: Entry,
    /// What the routers that this one came from require, the outermost first.
    outer: Option<Requirement>,
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
        Self { path: path.to_owned(), place, entry, outer: None }
    }

    pub(super) fn route(path: &str, entry: Entry) -> Self {
        let place =
            if entry.methods == Methods::Other { Place::OtherMethods } else { Place::Route };
        Self::new(path, place, entry)
    }

    /// Whether this is the fallback of the router itself, not of one nested in it.
    pub(super) fn is_own_fallback(&self) -> bool {
        self.place == Place::Fallback && self.path == "/"
    }

    /// The same endpoint after its router was taken over, with what that one required.
    pub(super) fn under(mut self, required: Option<Requirement>) -> Self {
        self.outer = both(required, self.outer);
        self
    }

    /// The same endpoint after its router was nested, its path joined as axum does.
    pub(super) fn below(mut self, prefix: &str) -> Self {
        self.path = if prefix.ends_with('/') {
            format!("{prefix}{}", self.path.trim_start_matches('/'))
        } else if self.path == "/" {
            prefix.to_owned()
        } else {
            format!("{prefix}{}", self.path)
        };
        self
    }

    /// Fixes what a caller must meet, given what the last router requires.
    pub(super) fn close(&self, required: Option<Requirement>) {
        self.entry.gate.close(both(required, self.outer));
    }

    /// One entry of the access map for each method.
    pub(super) fn endpoints(&self, required: Option<Requirement>) -> Vec<Endpoint> {
        let declares = self.entry.gate.declares();
        let reason = match declares {
            Declares::Handler(Declaration { access: Access::Public { reason }, .. }) => {
                Some(reason)
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
            requirement: self.entry.gate.effective(both(required, self.outer)),
            handler: declares.handler(),
            public_reason: reason,
            location: self.entry.location,
            #[cfg(feature = "testing")]
            outer: both(required, self.outer),
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
