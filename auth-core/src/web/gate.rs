//! What is before one endpoint on top of its own guard: the requirements of the routers
//! around it.
//!
//! Each endpoint holds an `Arc` of one [`Gate`]. A router collects requirements while it is being
//! built, in any order, and `Router::protect` closes every gate once with what then holds for its
//! endpoint. A gate that was never closed lets no one through. Neither our routers nor our method
//! routers can be cloned, so one gate never is in two places.

use std::any::TypeId;
use std::fmt;
use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;

use super::admission::{facts as facts_of, refusal, settle};
use super::decided::{Basis, Decided};
use super::entrance::{Entrance, Exit};
use super::mounted::Joined;
use super::router_checks::GateChecks;
use super::session::{self, Purpose};
use super::{Declared, Rejection};
use crate::authenticator::{Accepted, Authenticator};
use crate::error::{AuthError, Misconfigured, Unauthenticated};
use crate::identity::Identity;
use crate::policy::{
    Access, CheckAnswers, Declaration, EvaluationContext, HandlerInfo, Plan, Requirement, Verdict,
    evaluate,
};

/// What an endpoint declares of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Declares {
    /// A handler under `#[requires]` or `#[public]`, with the type of its policy: it carries its own
    /// guard.
    Handler(&'static Declaration, TypeId),
    /// A service, a whole axum router, or anything else that carries no guard: the gate is all
    /// there is.
    Service(Requirement, Behind),
}

/// What is behind the gate of a service, as far as it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Something that answers.
    Service,
    /// An axum router: it finds parameters in the path that are not known at the gate.
    Router,
    /// The routes of an axum router, each behind the gate. Where one of them is a nested service,
    /// that may be a router again.
    Routes,
}

impl Declares {
    pub(super) fn handler<H, T: Declared<H>>() -> Self {
        Self::Handler(const { &T::DECLARATION }, T::policy())
    }

    /// A service of this type.
    pub(super) fn service<T>(requirement: Requirement) -> Self {
        // Whatever is wrapped around it shows its type too, unless it hides it in a box.
        let is_router = std::any::type_name::<T>().contains("axum::routing::Router");
        Self::Service(requirement, if is_router { Behind::Router } else { Behind::Service })
    }

    /// Whether the endpoint itself is not public.
    const fn asks_for_a_caller(&self) -> bool {
        matches!(
            self,
            Self::Handler(Declaration { access: Access::Requires(_), .. }, _) | Self::Service(..)
        )
    }

    /// The requirement that the endpoint itself states; none if it is public.
    pub(crate) const fn own(self) -> Option<Requirement> {
        match self {
            Self::Handler(Declaration { access: Access::Requires(requirement), .. }, _) => {
                Some(*requirement)
            }
            Self::Service(requirement, _) => Some(requirement),
            Self::Handler(Declaration { access: Access::Public { .. }, .. }, _) => None,
        }
    }

    /// The handler, as listings and logs show it.
    pub(crate) const fn info(self) -> Option<HandlerInfo> {
        match self {
            Self::Handler(declaration, _) => Some(declaration.handler),
            Self::Service(..) => None,
        }
    }
}

/// The gate of one endpoint.
#[derive(Debug)]
pub(crate) struct Gate {
    declares: Declares,
    closed: OnceLock<Closed>,
}

/// What is known of an endpoint once its router is complete.
#[derive(Debug)]
struct Closed {
    /// What the handler's own guard asks for, compiled.
    own: Option<Plan>,
    conditions: Option<Conditions>,
    /// None: requests have been given their session before.
    entrance: Option<Entrance>,
    /// Which credentials are looked at.
    accepted: Accepted,
}

/// What a caller must meet at a gate.
#[derive(Debug)]
struct Conditions {
    /// What this gate has to make sure of.
    here: Requirement,
    plan: Plan,
    /// What runs the checks of it.
    checks: GateChecks,
    /// The same and what the handler's own guard asks for: a rejection names all that is missing.
    effective: Requirement,
}

impl Gate {
    pub(crate) fn new(declares: Declares) -> Arc<Self> {
        Arc::new(Self { declares, closed: OnceLock::new() })
    }

    pub(crate) const fn declares(&self) -> Declares {
        self.declares
    }

    /// Fixes the requirements around the endpoint, once and for all, and the entrance of its
    /// requests if they have no session yet.
    pub(super) fn close(
        &self,
        joined: Joined,
        entrance: Option<Entrance>,
        authenticator: &Authenticator,
    ) {
        let Joined { outer, effective, checks } = joined;
        let tables = authenticator.tables();
        let methods = effective.and_then(|requirement| requirement.accepted_methods());
        let accepted = authenticator.accepting(methods.as_deref());
        let here = match self.declares {
            Declares::Handler(..) => outer,
            Declares::Service(..) => effective,
        };
        let conditions = here.zip(effective).map(|(here, effective)| Conditions {
            here,
            plan: Plan::new(here, tables),
            checks,
            effective,
        });
        let own = match self.declares {
            Declares::Handler(..) => self.declares.own().map(|own| Plan::new(own, tables)),
            Declares::Service(..) => None,
        };
        // A second `close` cannot happen; were it to, the first one counts.
        let _ = self.closed.set(Closed { own, conditions, entrance, accepted });
    }

    /// What the guard of this policy requires, compiled: none if the endpoint has another policy, as
    /// with a second guard among the arguments of a handler.
    pub(super) fn own_plan(&self, wanted: TypeId) -> Option<&Plan> {
        let Declares::Handler(_, policy) = self.declares else { return None };
        self.closed.get()?.own.as_ref().filter(|_| policy == wanted)
    }

    /// Gives the request its session, if it is here that it gets one, and notes that it has come here.
    pub(super) fn enter(self: &Arc<Self>, request: &mut Request) -> Option<Exit> {
        let closed = self.closed.get();
        let Some(Closed { entrance: Some(entrance), accepted, .. }) = closed else {
            session::arrive(request, Arc::clone(self));
            return None;
        };
        Some(entrance.enter(request, accepted, Some(Arc::clone(self))))
    }

    /// Which credentials are looked at; none before the gate is closed.
    pub(super) fn accepted(&self) -> Option<&Accepted> {
        self.closed.get().map(|closed| &closed.accepted)
    }

    /// Whether there is nothing to decide here: the handler's own guard is all there is.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.closed.get(), Some(Closed { conditions: None, .. }))
    }

    /// Whether a request has no credential at all where one is needed: strangers send as many as they
    /// like, and are rejected before anything is set up for them. Whatever is more than nothing goes on
    /// to where it is decided.
    pub(super) fn is_strange(&self, request: &Request) -> bool {
        let Some(Closed { conditions, entrance: Some(entrance), accepted, .. }) = self.closed.get()
        else {
            return false;
        };
        let demands_a_caller = conditions.is_some() || self.declares.asks_for_a_caller();
        demands_a_caller && entrance.is_strange(request, accepted)
    }

    /// The rejection of a request that [is strange](Self::is_strange) here.
    pub(super) fn refuse_stranger(&self, request: Request) -> Response {
        let error = Unauthenticated::NoCredential.into();
        let Some(Closed { entrance: Some(entrance), accepted, .. }) = self.closed.get() else {
            return Rejection::from(error).into_response();
        };
        let (parts, _body) = request.into_parts();
        let (authenticator, handler) = (entrance.authenticator(), &self.name());
        let accepted = Some(accepted);
        Decided { parts: &parts, authenticator, accepted, handler, basis: None }
            .refused(error)
            .into_response()
    }

    /// Lets the request through or answers it, without touching its body.
    pub(crate) async fn pass(&self, parts: &mut Parts) -> Result<(), Rejection> {
        let conditions = match self.closed.get() {
            Some(Closed { conditions: None, .. }) => return Ok(()),
            Some(Closed { conditions: Some(conditions), .. }) => conditions,
            None => {
                tracing::error!(handler = %self.name(), "the router of this endpoint was never protected");
                return Err(AuthError::Misconfigured(Misconfigured::NoAuthenticator).into());
            }
        };
        let Conditions { here, plan, checks, effective } = conditions;
        let name = self.name();
        let authenticator = &session::authenticator(parts, &name)?;
        let (basis, outcome) = match session::caller(parts, authenticator, Purpose::Decide).await {
            Ok(caller) if self.is_too_early(parts, &caller, authenticator) => {
                (None, Err(authenticator.tenant_changed()))
            }
            Ok(caller) => {
                let by_plan = |_: &Parts, facts: &EvaluationContext<'_>| plan.evaluate(facts);
                let facts = facts_of(here.asks_for_login(), &caller, CheckAnswers::default());
                match settle(parts, here, &caller, facts, &by_plan, checks).await {
                    Ok((verdict, facts)) => {
                        let answers = facts.checks;
                        let outcome = if verdict == Verdict::Met {
                            // For what has no guard of its own: a handler asks for its caller.
                            if matches!(self.declares, Declares::Service(..)) {
                                parts.extensions.insert(caller.clone());
                            }
                            Ok(())
                        } else {
                            // Whoever may not is told all that is missing, behind the gate too.
                            let asks_for_login = effective.asks_for_login();
                            let facts = facts_of(asks_for_login, &caller, answers);
                            Err(refusal(effective, &facts, evaluate(effective, &facts)))
                        };
                        (Some(Basis { requirement: effective, answers }), outcome)
                    }
                    Err((response, answers)) => {
                        let basis = Some(Basis { requirement: effective, answers });
                        let decided =
                            Decided { parts, authenticator, accepted: None, handler: &name, basis };
                        return Err(decided.answered_by_check(response));
                    }
                }
            }
            Err(error) => (None, Err(error)),
        };
        let decided = Decided { parts, authenticator, accepted: None, handler: &name, basis };
        match outcome {
            // The handler's own guard has the last word.
            Ok(()) if self.guards_a_guard() => Ok(()),
            Ok(()) => decided.allowed(),
            Err(error) => Err(decided.refused(error)),
        }
    }

    /// Whether the route may find the tenant of the request only behind this gate: one without a
    /// `MatchedPath` is a service nested in an axum router.
    fn is_too_early(
        &self,
        parts: &Parts,
        caller: &Identity,
        authenticator: &Authenticator,
    ) -> bool {
        matches!(self.declares, Declares::Service(_, Behind::Routes))
            && caller.tenant().is_none()
            && authenticator.tenant_parameter().is_some()
            && parts.extensions.get::<MatchedPath>().is_none()
    }

    /// Whether the handler behind this gate carries a guard of its own.
    const fn guards_a_guard(&self) -> bool {
        matches!(
            self.declares,
            Declares::Handler(Declaration { access: Access::Requires(_), .. }, _)
        )
    }

    fn name(&self) -> HandlerName {
        HandlerName(self.declares.info())
    }
}

/// A handler in a log line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HandlerName(pub(crate) Option<HandlerInfo>);

impl fmt::Display for HandlerName {
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
    fn a_gate_that_was_never_closed_lets_nobody_through() {
        let gate = Gate::new(Declares::service::<()>(Requirement::Authenticated));
        assert!(!gate.is_open());
        let (mut parts, ()) = http::Request::new(()).into_parts();
        let refused = gate.pass(&mut parts).now_or_never().unwrap().unwrap_err();
        let error = refused.error().unwrap();
        assert!(
            matches!(error, AuthError::Misconfigured(Misconfigured::NoAuthenticator)),
            "{error}"
        );
    }
}
