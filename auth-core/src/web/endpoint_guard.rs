//! The guard of one endpoint, in front of that of its handler: the requirements of the routers around
//! it.
//!
//! Each endpoint holds an `Arc` of one [`EndpointGuard`]. A router collects requirements while it is
//! being built, in any order, and `Router::protect` seals every guard once with what then holds for
//! its endpoint. A guard that was never sealed lets no request through. Neither our routers nor our
//! method routers can be cloned, so one guard never is in two places.

use std::any::TypeId;
use std::fmt;
use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;

use super::Declared;
use super::auth_layer::{EntryPoint, ResponseFinalizer};
use super::authorize::{Compiled, Demand, authorize};
use super::request_auth::RequestAuth;
use super::route_entry::Joined;
use super::router_checks::EndpointChecks;
use crate::authenticator::{Accepted, Authenticator};
use crate::error::{AuthError, Misconfigured, Unauthenticated};
use crate::policy::{
    Access, CompiledRequirement, CrossSiteExemption, Declaration, HandlerInfo, Requirement,
};
use crate::response::Rejection;

/// What an endpoint declares of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EndpointPolicy {
    /// A handler under `#[requires]`, `#[public]` or `#[pending]`, with the type of its policy: it
    /// carries its own guard.
    Handler(&'static Declaration, TypeId),
    /// A service, a whole axum router, or anything else that carries no guard of its own.
    Service(Requirement, Behind),
}

/// What is behind the guard of a service, as far as it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Something that answers.
    Service,
    /// An axum router: it finds parameters in the path that are not known at the guard.
    Router,
    /// The routes of an axum router, each behind the guard. Where one of them is a nested service,
    /// that may be a router again.
    Routes,
}

impl EndpointPolicy {
    pub(super) fn handler<H, T: Declared<H>>() -> Self {
        Self::Handler(const { &T::DECLARATION }, T::policy())
    }

    /// A service of this type.
    pub(super) fn service<T>(requirement: Requirement) -> Self {
        // A type around it names it too, unless it hides it in a box.
        let is_router = std::any::type_name::<T>().contains("axum::routing::Router");
        Self::Service(requirement, if is_router { Behind::Router } else { Behind::Service })
    }

    /// The requirement that the endpoint itself states; none if it is public.
    pub(crate) const fn own(self) -> Option<Requirement> {
        match self {
            Self::Handler(declaration, _) => match declaration.requirement() {
                Some(requirement) => Some(*requirement),
                None => None,
            },
            Self::Service(requirement, _) => Some(requirement),
        }
    }

    /// Why cross-site requests are accepted; none as a rule.
    pub(crate) const fn cross_site(self) -> Option<CrossSiteExemption> {
        match self {
            Self::Handler(declaration, _) => declaration.cross_site,
            Self::Service(..) => None,
        }
    }

    /// The handler, as listings and logs show it.
    pub(crate) const fn info(self) -> Option<&'static HandlerInfo> {
        match self {
            Self::Handler(declaration, _) => Some(&declaration.handler),
            Self::Service(..) => None,
        }
    }
}

/// The guard of one endpoint.
#[derive(Debug)]
pub(crate) struct EndpointGuard {
    policy: EndpointPolicy,
    sealed: OnceLock<Sealed>,
}

/// What is known of an endpoint once its router is complete.
#[derive(Debug)]
struct Sealed {
    /// What the handler's own guard requires, compiled.
    own: Option<CompiledRequirement>,
    conditions: Option<Conditions>,
    entry: EntryPoint,
    /// Which credentials are looked at.
    accepted: Accepted,
}

/// What a caller must meet here.
#[derive(Debug)]
struct Conditions {
    requirement: Requirement,
    compiled: CompiledRequirement,
    asks_for_login: bool,
    /// What runs the checks of it.
    checks: EndpointChecks,
    /// The same and what the handler's own guard requires.
    in_all: Requirement,
}

impl EndpointGuard {
    pub(crate) fn new(policy: EndpointPolicy) -> Arc<Self> {
        Arc::new(Self { policy, sealed: OnceLock::new() })
    }

    pub(crate) const fn policy(&self) -> EndpointPolicy {
        self.policy
    }

    /// Fixes the requirements around the endpoint, once and for all, and where its requests enter.
    pub(super) fn seal(&self, joined: Joined, entry: EntryPoint, authenticator: &Authenticator) {
        let Joined { outer, effective, checks } = joined;
        let tables = authenticator.vocabulary();
        let methods = effective.and_then(|requirement| requirement.accepted_methods());
        let accepted = authenticator.accepting(methods.as_deref()).exempt(self.policy.cross_site());
        let (here, own) = match self.policy {
            EndpointPolicy::Handler(..) => (outer, self.policy.own()),
            EndpointPolicy::Service(..) => (effective, None),
        };
        let conditions = here.zip(effective).map(|(requirement, in_all)| Conditions {
            requirement,
            compiled: CompiledRequirement::new(requirement, tables),
            asks_for_login: requirement.asks_for_login(),
            checks,
            in_all,
        });
        let own = own.map(|own| CompiledRequirement::new(own, tables));
        // It is sealed once; were it to happen again, the first time counts.
        let _ = self.sealed.set(Sealed { own, conditions, entry, accepted });
    }

    /// What the guard of this policy requires, compiled: none if the endpoint has another policy, as
    /// with a second guard among the arguments of a handler.
    pub(super) fn compiled_policy(&self, wanted: TypeId) -> Option<&CompiledRequirement> {
        let EndpointPolicy::Handler(_, policy) = self.policy else { return None };
        self.sealed.get()?.own.as_ref().filter(|_| policy == wanted)
    }

    /// Which credentials are looked at; none before the guard is sealed.
    pub(super) fn accepted(&self) -> Option<&Accepted> {
        self.sealed.get().map(|sealed| &sealed.accepted)
    }

    /// Notes that the request has come here, and gives it its [`RequestAuth`] if that is done here.
    pub(super) fn enter(self: &Arc<Self>, request: &mut Request) -> Option<ResponseFinalizer> {
        let Some(Sealed { entry: EntryPoint::Endpoint(layer), accepted, .. }) = self.sealed.get()
        else {
            RequestAuth::set_endpoint(request, Arc::clone(self));
            return None;
        };
        Some(layer.enter(request, accepted, Some(Arc::clone(self))))
    }

    /// Whether there is nothing to decide here: the handler's own guard is all there is.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.sealed.get(), Some(Sealed { conditions: None, .. }))
    }

    /// Whether a request has no credential at all where one is needed. Any client can send any number of these, so they
    /// are rejected before anything is set up for them. A request with any credential is decided by the guard.
    pub(super) fn is_stranger(&self, request: &Request) -> bool {
        let Some(Sealed { conditions, entry: EntryPoint::Endpoint(layer), accepted, .. }) =
            self.sealed.get()
        else {
            return false;
        };
        let demands_a_caller = conditions.is_some() || self.policy.own().is_some();
        demands_a_caller && layer.has_no_credential(request, accepted)
    }

    /// The response to a request that [is a stranger's](Self::is_stranger).
    pub(super) fn reject_stranger(self: &Arc<Self>, request: Request) -> Response {
        let error = Unauthenticated::NoCredential.into();
        let Some(Sealed { entry: EntryPoint::Endpoint(layer), .. }) = self.sealed.get() else {
            return Rejection::from(error).into_response();
        };
        let (parts, _body) = request.into_parts();
        let auth = layer.begin(Some(Arc::clone(self)), None);
        auth.refuse(&parts, &self.name(), None, error).into_response()
    }

    /// The response in place of a public handler, which no guard is in front of, where an access
    /// matrix asks.
    pub(super) fn observe_public(&self, request: &Request) -> Option<Response> {
        let is_observed = self.sealed.get()?.entry.is_observed();
        let asks = is_observed && self.policy.own().is_none();
        asks.then(|| RequestAuth::observed(request.extensions(), &self.name())).flatten()
    }

    /// Lets the request through or rejects it, without touching its body.
    pub(crate) async fn authorize(&self, request: &mut Parts) -> Result<(), Rejection> {
        let conditions = match self.sealed.get() {
            Some(Sealed { conditions: None, .. }) => return Ok(()),
            Some(Sealed { conditions: Some(conditions), .. }) => conditions,
            None => {
                tracing::error!(handler = %self.name(), "the router of this endpoint was never protected");
                return Err(AuthError::Misconfigured(Misconfigured::NoAuthenticator).into());
            }
        };
        let caller = authorize(
            request,
            &Demand {
                requirement: &conditions.requirement,
                compiled: Compiled::Here(&conditions.compiled),
                asks_for_login: conditions.asks_for_login,
                checks: &conditions.checks,
                handler: self.name(),
                in_all: Some(&conditions.in_all),
                is_last: !self.has_inner_guard(),
                tenant_may_follow: self.is_before_route(request),
            },
        )
        .await?;
        // For what has no guard of its own: a handler asks for its caller.
        if matches!(self.policy, EndpointPolicy::Service(..)) {
            request.extensions.insert(caller);
        }
        Ok(())
    }

    /// Whether the route may be found only behind this guard: one without a `MatchedPath` is a service
    /// nested in an axum router.
    fn is_before_route(&self, request: &Parts) -> bool {
        matches!(self.policy, EndpointPolicy::Service(_, Behind::Routes))
            && request.extensions.get::<MatchedPath>().is_none()
    }

    /// Whether the handler behind this guard carries one of its own.
    const fn has_inner_guard(&self) -> bool {
        matches!(self.policy, EndpointPolicy::Handler(it, _) if it.requirement().is_some())
    }

    /// Whether the handler is under `#[pending]`.
    pub(super) const fn is_pending(&self) -> bool {
        matches!(
            self.policy,
            EndpointPolicy::Handler(Declaration { access: Access::Pending { .. }, .. }, _)
        )
    }

    fn name(&self) -> HandlerName<'static> {
        HandlerName(self.policy.info())
    }
}

/// A handler in a log line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HandlerName<'a>(pub(crate) Option<&'a HandlerInfo>);

impl fmt::Display for HandlerName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(HandlerInfo { module, name, .. }) => write!(f, "{module}::{name}"),
            None => f.write_str("a service"),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_guard_that_was_never_sealed_rejects_every_request() {
        let guard = EndpointGuard::new(EndpointPolicy::service::<()>(Requirement::Authenticated));
        assert!(!guard.is_open());
        let (mut parts, ()) = http::Request::new(()).into_parts();
        let refused = guard.authorize(&mut parts).now_or_never().unwrap().unwrap_err();
        let error = refused.error().unwrap();
        assert!(
            matches!(error, AuthError::Misconfigured(Misconfigured::NoAuthenticator)),
            "{error}"
        );
    }
}
