//! One endpoint with who may call it.

use std::cmp::Ordering;
use std::fmt;
use std::panic::Location;

use http::Method;
use serde::{Deserialize, Serialize};

use crate::policy::{CrossSiteExemption, HandlerInfo, Requirement};

/// One method of one path with who may call it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(crate) method: Option<Method>,
    pub(crate) path: String,
    pub(crate) kind: EndpointKind,
    pub(crate) requirement: Option<Requirement>,
    pub(crate) handler: Option<HandlerInfo>,
    pub(crate) public_reason: Option<&'static str>,
    pub(crate) pending: Option<&'static str>,
    pub(crate) cross_site: Option<CrossSiteExemption>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) routes: Option<Vec<String>>,
    /// The two parts of the requirement: what the routers around the endpoint require, and what it
    /// requires itself. The access matrix asks which of them rejects first.
    pub(crate) outer: Option<Requirement>,
    #[cfg(feature = "testing")]
    pub(crate) own: Option<Requirement>,
}

/// What the path of an endpoint means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EndpointKind {
    /// That path: axum's `MatchedPath` of every request that comes here.
    Route,
    /// A service for that path and all below it.
    Nested,
    /// The routes of a plain axum router, of which nothing more is known, somewhere below that
    /// path.
    Merged,
    /// A fallback for the other methods of that path, or of the routes below it.
    OtherMethods,
    /// A fallback for all below that path which has no route.
    Fallback,
}

impl Endpoint {
    /// The method; none if it answers every one, or every other one.
    ///
    /// A `GET` handler also answers `HEAD`, under the same requirement.
    #[must_use]
    pub const fn method(&self) -> Option<&Method> {
        self.method.as_ref()
    }

    /// The full path as axum writes it, parameters in braces.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the path means.
    #[must_use]
    pub const fn kind(&self) -> EndpointKind {
        self.kind
    }

    /// What a caller must meet in all: what the routers around it require and what the endpoint
    /// itself requires. None if every caller may call.
    #[must_use]
    pub const fn requirement(&self) -> Option<&Requirement> {
        self.requirement.as_ref()
    }

    /// The function that answers; none for a service.
    #[must_use]
    pub const fn handler(&self) -> Option<&HandlerInfo> {
        self.handler.as_ref()
    }

    /// The reason given to `#[public]`, empty if none was; `None` for a handler that is not marked
    /// public.
    ///
    /// With [`requirement`](Self::requirement) set, a router around the handler takes back what
    /// the mark gives.
    #[must_use]
    pub const fn public_reason(&self) -> Option<&'static str> {
        self.public_reason
    }

    /// What the sign-in of its callers lacks, if the handler is under `#[pending]`: `second_factor`. It
    /// takes the credential of a half-finished sign-in and no other.
    #[must_use]
    pub const fn pending_step(&self) -> Option<&'static str> {
        self.pending
    }

    /// Why the requests that pages of other sites cause are accepted with a credential that browsers send on
    /// their own; `None` as a rule, for they are rejected.
    #[must_use]
    pub const fn cross_site_exemption(&self) -> Option<CrossSiteExemption> {
        self.cross_site
    }

    /// Whether every caller may call.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.requirement.is_none()
    }

    /// Where in the source the route was added.
    #[must_use]
    pub const fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// The paths of the routes that answer here, of an axum router that was merged and of a
    /// fallback for other methods. `None` for all others, and where they are not known.
    #[must_use]
    pub fn routes(&self) -> Option<&[String]> {
        self.routes.as_deref()
    }

    pub(super) fn method_word(&self) -> &str {
        method_text(self.method.as_ref().map(Method::as_str))
    }

    pub(super) fn path_text(&self) -> String {
        path_text(&self.path, self.kind)
    }

    /// By path, then kind, then method; a source location settles the rest.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let key = |it: &Self| (it.kind, method_order(it.method.as_ref().map(Method::as_str)));
        self.path
            .cmp(&other.path)
            .then_with(|| key(self).cmp(&key(other)))
            .then_with(|| place(self).cmp(&place(other)))
    }
}

pub(super) fn method_text(method: Option<&str>) -> &str {
    method.unwrap_or("ANY")
}

pub(super) fn path_text(path: &str, kind: EndpointKind) -> String {
    let below = path.trim_end_matches('/');
    match kind {
        EndpointKind::Route => path.to_owned(),
        EndpointKind::Nested => format!("{below}/…"),
        EndpointKind::Merged => format!("{below}/… (axum router)"),
        EndpointKind::OtherMethods => format!("{path} (other methods)"),
        EndpointKind::Fallback => format!("{below}/… (fallback)"),
    }
}

fn place(endpoint: &Endpoint) -> (&'static str, u32, u32) {
    let location = endpoint.location;
    (location.file(), location.line(), location.column())
}

/// The order in which methods are listed.
pub(super) fn method_order(method: Option<&str>) -> usize {
    const ORDER: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    let known = |method| ORDER.iter().position(|known| *known == method);
    method.and_then(known).unwrap_or(ORDER.len())
}

/// `GET /orders/{id}`
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method_word(), self.path_text())
    }
}
