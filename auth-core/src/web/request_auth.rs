//! What the authorization of one request has found out so far, and the one place where a request is
//! let through or rejected.
//!
//! It is in the extensions of the request. The type is private, so that an extension of it can only
//! come from our own layer. A request without one is rejected with 500: it reached a guard outside of
//! a protected router.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::Extensions;
use http::request::Parts;

use super::authorize;
use super::endpoint_guard::EndpointGuard;
use super::observer::{Observer, in_place_of_handler};
use crate::audit::{self, AuditEvent, Occasion};
use crate::authenticator::{Accepted, Authenticator, Credential};
use crate::error::{AuthError, Misconfigured};
use crate::identity::Identity;
use crate::policy::{CheckAnswers, CheckInfo, Decision, Requirement};
use crate::response::{ErrorDetail, Rejection, status};

/// One request's authentication, which is done at most once and only if a guard or an extractor needs
/// it, and what was decided by it.
///
/// Nothing outside of this crate can name it, let alone make one:
///
/// ```compile_fail,E0603
/// let mut extensions = http::Extensions::new();
/// extensions.insert::<auth_core::web::request_auth::RequestAuth>(panic!());
/// ```
#[derive(Clone)]
pub(crate) struct RequestAuth {
    authenticator: Authenticator,
    /// The endpoint that the request has come to.
    endpoint: Option<Arc<EndpointGuard>>,
    outcome: Option<Outcome>,
    /// Where its client uses DPoP with nonces.
    nonce: Option<NonceState>,
    /// Only where an access matrix asks.
    observer: Option<Arc<dyn Observer>>,
}

/// What the authenticator made of a credential.
#[derive(Clone)]
struct Outcome {
    /// With what its sender proves, and the tenant.
    credential: Credential,
    caller: Result<Identity, AuthError>,
    /// Whether a guard decided by it: from then on the request is about this tenant.
    decided: bool,
    /// What checks have said of this caller.
    answers: Vec<CheckAnswer>,
}

/// What a check said, and on which route: a router further in may give the parameters of the path
/// another meaning.
#[derive(Clone)]
struct CheckAnswer {
    check: &'static CheckInfo,
    route: Option<MatchedPath>,
    yes: bool,
}

/// Whether the client needs another DPoP nonce soon. It outlives the request, since the response
/// brings the nonce.
#[derive(Clone, Default)]
pub(super) struct NonceState(Arc<AtomicBool>);

impl NonceState {
    pub(super) fn is_old(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What an identity is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To decide whether the request goes on.
    Decide,
    /// To look at the caller.
    Look,
}

/// What a decision is made from.
#[derive(Clone, Copy)]
pub(super) struct Evaluated<'a> {
    pub(super) requirement: &'a Requirement,
    pub(super) answers: CheckAnswers,
}

impl RequestAuth {
    pub(super) const fn new(
        authenticator: Authenticator,
        endpoint: Option<Arc<EndpointGuard>>,
        nonce: Option<NonceState>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        Self { authenticator, endpoint, outcome: None, nonce, observer }
    }

    /// That of a request, for what `by` asks.
    pub(super) fn of<'a>(request: &'a Parts, by: &dyn fmt::Display) -> Result<&'a Self, AuthError> {
        Self::find(request).inspect_err(|_| {
            tracing::error!(
                handler = %by,
                "refused: this request did not come through `Router::protect`; serve what it returns: routes \
                 added to it afterwards, and layers that clear the request's extensions, are outside"
            );
        })
    }

    fn find(request: &Parts) -> Result<&Self, AuthError> {
        let no_authenticator = AuthError::Misconfigured(Misconfigured::NoAuthenticator);
        request.extensions.get::<Self>().ok_or(no_authenticator)
    }

    /// Notes the endpoint that the request has come to.
    pub(super) fn set_endpoint(request: &mut Request, endpoint: Arc<EndpointGuard>) {
        if let Some(auth) = request.extensions_mut().get_mut::<Self>() {
            auth.endpoint = Some(endpoint);
        }
    }

    /// The endpoint that the request has come to.
    pub(super) fn endpoint(request: &Parts) -> Option<&EndpointGuard> {
        request.extensions.get::<Self>()?.endpoint.as_deref()
    }

    /// Goes on with what is known of a request that came through another router with the same
    /// authenticator: a proof can be given only once, and the tenant of a decision does not change.
    pub(super) fn continue_from(&mut self, before: Self) {
        if before.outcome.is_some() && before.authenticator.is(&self.authenticator) {
            self.outcome = before.outcome;
        }
    }

    pub(super) const fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    fn observer(&self) -> Option<&dyn Observer> {
        self.observer.as_deref()
    }

    /// Notes that a request comes to a public handler, where an access matrix asks: the response in
    /// place of the handler's.
    pub(super) fn observed(request: &Extensions, by: &dyn fmt::Display) -> Option<Response> {
        let observer = request.get::<Self>()?.observer()?;
        observer.decided(by, route(request), None);
        Some(in_place_of_handler())
    }

    /// Which credentials are looked at: before the request has come to an endpoint, those of the
    /// application's default list.
    fn accepted(&self) -> &Accepted {
        let at_endpoint = self.endpoint.as_deref().and_then(EndpointGuard::accepted);
        at_endpoint.unwrap_or_else(|| self.authenticator.default_accepted())
    }

    /// Who calls, as far as a guard or an extractor asked already.
    fn known_caller(&self) -> Option<&Identity> {
        self.outcome.as_ref()?.caller.as_ref().ok()
    }

    /// What a check said of the caller before, on this route; or what an access matrix has it say.
    pub(super) fn known_answer(request: &Parts, check: &'static CheckInfo) -> Option<bool> {
        let auth = request.extensions.get::<Self>()?;
        if let Some(answer) = auth.observer().and_then(|observer| observer.assumed(check)) {
            return Some(answer);
        }
        let route = route(&request.extensions);
        let here = |it: &&CheckAnswer| {
            it.check == check && it.route.as_ref().map(MatchedPath::as_str) == route
        };
        auth.outcome.as_ref()?.answers.iter().find(here).map(|it| it.yes)
    }

    /// Keeps what a check said, so that it is not asked again in this request.
    pub(super) fn note_answer(request: &mut Parts, check: &'static CheckInfo, yes: bool) {
        if Self::known_answer(request, check).is_some() {
            return;
        }
        let route = request.extensions.get::<MatchedPath>().cloned();
        if let Some(Self { outcome: Some(known), .. }) = request.extensions.get_mut() {
            known.answers.push(CheckAnswer { check, route, yes });
        }
    }

    /// Who calls. The first to ask waits for the authenticator, the others read what it found, as long
    /// as the credential is still the same: middleware may take it away or replace it in between.
    ///
    /// The tenant may turn out later than the rest, and is then asked for alone: what was proven once
    /// is not proven again. Once a guard has decided, another tenant is rejected.
    pub(super) async fn caller(
        request: &mut Parts,
        purpose: Purpose,
    ) -> Result<Identity, AuthError> {
        let authenticator = &Self::find(request)?.authenticator.clone();
        let tenant = authenticator.tenant(request);
        let auth = Self::find(request)?;
        let accepted = auth.accepted();
        let credential = authenticator.credential(request, tenant, accepted);
        let mut decided = purpose == Purpose::Decide;
        let mut moved = None;
        if let Some(known) = &auth.outcome {
            if known.credential == credential {
                let caller = known.caller.clone().and_then(|it| accepted.admit(it));
                if decided && !known.decided {
                    Self::note_decision(request);
                }
                return caller;
            }
            let same_tenant = known.credential.tenant() == credential.tenant();
            if known.decided && !same_tenant {
                return Err(authenticator.tenant_changed());
            }
            decided |= known.decided;
            if known.credential.is_but_for_its_tenant(&credential) {
                moved = known.caller.clone().ok();
            }
        }
        let mut nonce_is_old = false;
        let caller = match moved {
            Some(known) => Box::pin(authenticator.move_to_tenant(&known, &credential)).await,
            None => authenticator.authenticate_with(&credential, request, &mut nonce_is_old).await,
        };
        let admitted = caller.clone().and_then(|it| accepted.admit(it));
        if let Some(auth) = request.extensions.get_mut::<Self>() {
            if let Some(NonceState(is_old)) = auth.nonce.as_ref().filter(|_| nonce_is_old) {
                is_old.store(true, Ordering::Relaxed);
            }
            auth.outcome = Some(Outcome { credential, caller, decided, answers: Vec::new() });
        }
        admitted
    }

    fn note_decision(request: &mut Parts) {
        if let Some(Self { outcome: Some(known), .. }) = request.extensions.get_mut() {
            known.decided = true;
        }
    }

    /// Lets the request through to what is guarded.
    ///
    /// Fails only under an access matrix, which wants to know that much and no more.
    pub(super) fn allow(
        &self,
        request: &Parts,
        by: &dyn fmt::Display,
        evaluated: Evaluated<'_>,
    ) -> Result<(), Rejection> {
        self.note(request, by, Some(evaluated), None);
        match self.observer() {
            None => Ok(()),
            Some(observer) => {
                observer.decided(by, route(&request.extensions), None);
                Err(Rejection::of_application(in_place_of_handler()))
            }
        }
    }

    /// Rejects the request in the words of the authenticator's configuration.
    ///
    /// Nothing is `evaluated` where the caller is not known.
    pub(super) fn refuse(
        &self,
        request: &Parts,
        by: &dyn fmt::Display,
        evaluated: Option<Evaluated<'_>>,
        error: AuthError,
    ) -> Rejection {
        self.note(request, by, evaluated, Some((status(&error).as_u16(), Some(&error))));
        if let (AuthError::Forbidden(forbidden), Some(caller)) = (&error, self.known_caller()) {
            self.authenticator.note_forbidden(caller, forbidden);
        }
        if let Some(observer) = self.observer() {
            observer.decided(by, route(&request.extensions), Some(&error));
        }
        let (accepted, renderer) = (self.accepted(), self.authenticator.renderer());
        let finding = (renderer.error_detail == ErrorDetail::Full)
            .then(|| self.authenticator.finding_for(&error, request, accepted))
            .flatten();
        let response =
            renderer.render(&error, finding.as_ref(), accepted.challenges(), &request.headers);
        Rejection::new(error, response)
    }

    /// Rejects the request with the response of a check, which is returned unchanged.
    pub(super) fn refuse_with(
        &self,
        request: &Parts,
        by: &dyn fmt::Display,
        evaluated: Evaluated<'_>,
        response: Response,
    ) -> Rejection {
        self.note(request, by, Some(evaluated), Some((response.status().as_u16(), None)));
        Rejection::of_application(response)
    }

    fn note(
        &self,
        request: &Parts,
        by: &dyn fmt::Display,
        evaluated: Option<Evaluated<'_>>,
        refusal: Option<(u16, Option<&AuthError>)>,
    ) {
        #[cfg(feature = "metrics")]
        audit::count(refusal, request.method.as_str(), route(&request.extensions));
        self.authenticator.audit().record(audit::outcome(refusal), || {
            AuditEvent::new(Occasion {
                time: self.authenticator.now(),
                method: request.method.as_str(),
                path: route(&request.extensions),
                handler: by,
                caller: self.known_caller(),
                decision: self.decision(evaluated, refusal.and_then(|(_, error)| error)),
                refusal,
            })
        });
    }

    /// The decision that a rejection carries. Made once more, for a sink only, where it carries
    /// none: the caller is let in, or has to log in again.
    fn decision(
        &self,
        evaluated: Option<Evaluated<'_>>,
        error: Option<&AuthError>,
    ) -> Option<Decision> {
        if let Some(AuthError::Forbidden(forbidden)) = error {
            return Some(forbidden.decision().clone());
        }
        let (evaluated, caller) = (evaluated?, self.known_caller()?);
        let asks_for_login = evaluated.requirement.asks_for_login();
        let context = authorize::context(asks_for_login, caller, evaluated.answers);
        Some(Decision::of(*evaluated.requirement, &context))
    }
}

/// The route that a request has come to, as the router has it.
fn route(request: &Extensions) -> Option<&str> {
    request.get::<MatchedPath>().map(MatchedPath::as_str)
}
