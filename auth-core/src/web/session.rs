//! What `Router::protect` leaves in a request: the authenticator, and then whom it found.
//!
//! The type is private, so that an extension of it can only come from our own layer. A request
//! without one is answered with 500: it reached a guard outside of a protected router.

use std::fmt;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use http::request::Parts;

use super::gate::Gate;
use crate::authenticator::{Accepted, Authenticator, Credential};
use crate::error::{AuthError, Misconfigured};
use crate::identity::Identity;
use crate::policy::CheckInfo;

/// One request's authentication: done at most once, and only if someone asks.
///
/// No one else can name it, let alone make one:
///
/// ```compile_fail,E0603
/// let mut extensions = http::Extensions::new();
/// extensions.insert::<auth_core::web::session::Session>(panic!());
/// ```
#[derive(Clone)]
pub(crate) struct Session {
    authenticator: Authenticator,
    outcome: Option<Outcome>,
    /// The endpoint that the request has come to.
    gate: Option<Arc<Gate>>,
    /// Only in the requests of an access matrix.
    #[cfg(feature = "testing")]
    probe: Option<super::Probe>,
}

/// Whom the authenticator found behind which credential.
#[derive(Clone)]
struct Outcome {
    credential: Credential,
    caller: Result<Identity, AuthError>,
    /// Whether someone decided by it: from then on the request is about this tenant.
    decided: bool,
    /// What checks have said of this caller.
    answers: Vec<Answered>,
}

/// What a check said, and on which route: a router further in may give the parameters of the path
/// another meaning.
#[derive(Clone)]
struct Answered {
    check: &'static CheckInfo,
    route: Option<MatchedPath>,
    yes: bool,
}

impl Session {
    pub(crate) const fn new(authenticator: Authenticator) -> Self {
        Self {
            authenticator,
            outcome: None,
            gate: None,
            #[cfg(feature = "testing")]
            probe: None,
        }
    }

    /// The same at the endpoint that the request has come to.
    pub(super) fn at(self, gate: Option<Arc<Gate>>) -> Self {
        Self { gate, ..self }
    }

    /// Goes on with what is known of a request that came through another router with the same
    /// authenticator: a proof can be given only once, and the tenant of a decision is.
    pub(super) fn continue_from(&mut self, before: Self) {
        if before.outcome.is_some() && before.authenticator.is(&self.authenticator) {
            self.outcome = before.outcome;
        }
    }

    #[cfg(feature = "testing")]
    pub(super) fn with_probe(self, probe: Option<super::Probe>) -> Self {
        Self { probe, ..self }
    }

    #[cfg(feature = "testing")]
    pub(super) const fn probe(&self) -> Option<&super::Probe> {
        self.probe.as_ref()
    }
}

/// The authenticator of the router that the request came through.
pub(crate) fn authenticator(
    parts: &Parts,
    handler: &impl fmt::Display,
) -> Result<Authenticator, AuthError> {
    let Some(session) = parts.extensions.get::<Session>() else {
        tracing::error!(
            %handler,
            "refused: this request did not come through `Router::protect`; serve what it returns: routes \
             added to it afterwards, and layers that clear the request's extensions, are outside"
        );
        return Err(AuthError::Misconfigured(Misconfigured::NoAuthenticator));
    };
    Ok(session.authenticator.clone())
}

/// Notes the endpoint that the request has come to.
pub(super) fn arrive(request: &mut Request, gate: Arc<Gate>) {
    if let Some(session) = request.extensions_mut().get_mut::<Session>() {
        session.gate = Some(gate);
    }
}

/// The endpoint that the request has come to.
pub(super) fn gate(parts: &Parts) -> Option<&Gate> {
    parts.extensions.get::<Session>()?.gate.as_deref()
}

/// What is accepted where the request has come to: before it has come to an endpoint, the
/// application's default list.
pub(super) fn accepted<'a>(parts: &'a Parts, authenticator: &'a Authenticator) -> &'a Accepted {
    let at_endpoint = gate(parts).and_then(Gate::accepted);
    at_endpoint.unwrap_or_else(|| authenticator.default_accepted())
}

/// Who calls, as far as someone asked already.
pub(crate) fn known_caller(parts: &Parts) -> Option<&Identity> {
    parts.extensions.get::<Session>()?.outcome.as_ref()?.caller.as_ref().ok()
}

/// What a check said of the caller before, on this route; or what the access matrix has it say.
pub(super) fn known_answer(parts: &Parts, check: &'static CheckInfo) -> Option<bool> {
    let session = parts.extensions.get::<Session>()?;
    #[cfg(feature = "testing")]
    if let Some(answer) = session.probe.as_ref().and_then(|probe| probe.assumed(check)) {
        return Some(answer);
    }
    let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
    let here =
        |it: &&Answered| it.check == check && it.route.as_ref().map(MatchedPath::as_str) == route;
    session.outcome.as_ref()?.answers.iter().find(here).map(|it| it.yes)
}

/// Keeps what a check said, so that it is not asked again in this request.
pub(super) fn note_answer(parts: &mut Parts, check: &'static CheckInfo, yes: bool) {
    if known_answer(parts, check).is_some() {
        return;
    }
    let route = parts.extensions.get::<MatchedPath>().cloned();
    if let Some(Session { outcome: Some(known), .. }) = parts.extensions.get_mut() {
        known.answers.push(Answered { check, route, yes });
    }
}

/// What someone wants to know of a caller for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To decide whether the request goes on.
    Decide,
    /// To look at the caller.
    Look,
}

/// Who calls. The first to ask waits for the authenticator, the others read what it found, as long
/// as the credential is still the same: middleware may take it away or replace it in between.
///
/// The tenant may turn out later than the rest, and is then asked for alone: what was proven once is
/// not proven again. Once someone has decided, another tenant is rejected.
pub(super) async fn caller(
    parts: &mut Parts,
    authenticator: &Authenticator,
    purpose: Purpose,
) -> Result<Identity, AuthError> {
    let tenant = authenticator.tenant(parts);
    let session = parts.extensions.get::<Session>();
    let at_endpoint = session.and_then(|it| it.gate.as_deref()?.accepted());
    let accepted = at_endpoint.unwrap_or_else(|| authenticator.default_accepted());
    let credential = authenticator.credential(parts, tenant, accepted);
    let mut decided = purpose == Purpose::Decide;
    let mut moved = None;
    if let Some(Session { outcome: Some(known), .. }) = session {
        if known.credential == credential {
            let caller = known.caller.clone().and_then(|it| accepted.admit(it));
            if decided && !known.decided {
                note_decision(parts);
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
    let caller = match moved {
        Some(known) => Box::pin(authenticator.move_to_tenant(&known, &credential)).await,
        None => authenticator.authenticate_with(&credential, parts).await,
    };
    let admitted = caller.clone().and_then(|it| accepted.admit(it));
    if let Some(session) = parts.extensions.get_mut::<Session>() {
        session.outcome = Some(Outcome { credential, caller, decided, answers: Vec::new() });
    }
    admitted
}

fn note_decision(parts: &mut Parts) {
    if let Some(Session { outcome: Some(known), .. }) = parts.extensions.get_mut() {
        known.decided = true;
    }
}
