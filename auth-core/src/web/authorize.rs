//! The decision: whether a request goes on by one requirement.
//!
//! The guard of a handler and the guard of an endpoint both decide here.

use std::any::TypeId;

use axum::response::Response;
use http::request::Parts;

use super::check::RunChecks;
use super::endpoint_guard::HandlerName;
use super::request_auth::{Evaluated, Purpose, RequestAuth};
use crate::error::{AuthError, Forbidden, Unauthenticated};
use crate::identity::Identity;
use crate::policy::{
    CheckAnswers, CompiledRequirement, Decision, EvaluationContext, Method, ProvedFactors,
    Remediation, Requirement, StepUp, Verdict, evaluate, next_check,
};
use crate::response::Rejection;
use crate::token::{VerifiedToken, VerifyError};

/// What is demanded of a request at one point of its way.
pub(super) struct Demand<'a> {
    pub(super) requirement: &'a Requirement,
    pub(super) compiled: Compiled<'a>,
    /// Whether the requirement looks at the caller's login.
    pub(super) asks_for_login: bool,
    /// What runs the checks of the requirement.
    pub(super) checks: &'a dyn RunChecks,
    pub(super) handler: HandlerName<'a>,
    /// What a rejection names, where more is required further in: the answer names all that is
    /// missing.
    pub(super) in_all: Option<&'a Requirement>,
    /// Whether no further guard is behind this one.
    pub(super) is_last: bool,
    /// Whether the route behind may still find the tenant of the request in its path.
    pub(super) tenant_may_follow: bool,
}

/// Where the compiled form of a requirement is.
pub(super) enum Compiled<'a> {
    Here(&'a CompiledRequirement),
    /// At the endpoint that the request has come to, if this is the policy of its handler.
    AtEndpoint(TypeId),
}

impl Demand<'_> {
    fn compiled<'a>(&'a self, request: &'a Parts) -> Option<&'a CompiledRequirement> {
        match self.compiled {
            Compiled::Here(compiled) => Some(compiled),
            Compiled::AtEndpoint(policy) => RequestAuth::endpoint(request)?.compiled_policy(policy),
        }
    }

    fn evaluate(&self, request: &Parts, known: &EvaluationContext<'_>) -> Verdict {
        match self.compiled(request) {
            Some(compiled) => compiled.evaluate(known),
            None => by_hand(self.requirement, known),
        }
    }

    /// What the authorities of the caller alone decide, as for most requests.
    fn by_names(&self, request: &Parts, caller: &Identity) -> Option<Verdict> {
        self.compiled(request)?.by_names(caller.authorities())
    }
}

/// Lets the request go on, as its caller, or rejects it. Its body is not touched.
pub(super) async fn authorize(
    request: &mut Parts,
    demand: &Demand<'_>,
) -> Result<Identity, Rejection> {
    let by = &demand.handler;
    let caller = match RequestAuth::caller(request, Purpose::Decide).await {
        Ok(caller) => caller,
        Err(error) => return Err(RequestAuth::of(request, by)?.refuse(request, by, None, error)),
    };
    if demand.tenant_may_follow && caller.tenant().is_none() {
        let auth = RequestAuth::of(request, by)?;
        if auth.authenticator().tenant_parameter().is_some() {
            let error = auth.authenticator().tenant_changed();
            return Err(auth.refuse(request, by, None, error));
        }
    }
    let outcome = match demand.by_names(request, &caller) {
        Some(Verdict::Met) => Outcome::Met(CheckAnswers::default()),
        by_names => {
            let known = context(demand.asks_for_login, &caller, CheckAnswers::default());
            match by_names.unwrap_or_else(|| demand.evaluate(request, &known)) {
                // On the heap: each request carries the way to here, and few go it.
                Verdict::NeedsCheck => Box::pin(ask_checks(request, demand, &caller, known)).await,
                verdict => Outcome::of(verdict, known),
            }
        }
    };
    let reported = demand.in_all.unwrap_or(demand.requirement);
    let evaluated = |answers| Evaluated { requirement: reported, answers };
    let auth = RequestAuth::of(request, by)?;
    match outcome {
        Outcome::Met(answers) => {
            if demand.is_last {
                auth.allow(request, by, evaluated(answers))?;
            }
            Ok(caller)
        }
        Outcome::Unmet(verdict, known) => {
            let error = match demand.in_all {
                None => unmet(reported, &caller, &known, verdict),
                Some(all) => {
                    let known = context(all.asks_for_login(), &caller, known.checks);
                    unmet(all, &caller, &known, evaluate(all, &known))
                }
            };
            Err(auth.refuse(request, by, Some(evaluated(known.checks)), error))
        }
        Outcome::RejectedByCheck(response, answers) => {
            Err(auth.refuse_with(request, by, evaluated(answers), response))
        }
    }
}

/// What a requirement comes to.
enum Outcome<'c> {
    Met(CheckAnswers),
    /// What is known does not suffice.
    Unmet(Verdict, EvaluationContext<'c>),
    /// A check rejects by itself, and what was answered before.
    RejectedByCheck(Response, CheckAnswers),
}

impl<'c> Outcome<'c> {
    const fn of(verdict: Verdict, known: EvaluationContext<'c>) -> Self {
        match verdict {
            Verdict::Met => Self::Met(known.checks),
            verdict => Self::Unmet(verdict, known),
        }
    }
}

/// What the requirement comes to with the answers of the checks that it depends on: each is asked for
/// at most once in a request.
async fn ask_checks<'c>(
    request: &mut Parts,
    demand: &Demand<'_>,
    caller: &'c Identity,
    mut known: EvaluationContext<'c>,
) -> Outcome<'c> {
    let requirement = demand.requirement;
    let mut verdict = Verdict::NeedsCheck;
    // At most one round per slot: `next_check` names only checks that were not answered.
    while verdict == Verdict::NeedsCheck
        && let Some(slot) = next_check(requirement, &known)
        && let Some((_, check)) = requirement.checks().find(|(known, _)| *known == slot)
    {
        let answer = match RequestAuth::known_answer(request, check) {
            Some(answer) => Ok(Some(answer)),
            None => demand.checks.run(slot, request, caller).await,
        };
        match answer {
            Ok(Some(yes)) => {
                RequestAuth::note_answer(request, check, yes);
                known.checks.answer(slot, yes);
            }
            // It has no answer, so it stays open, and what is open rejects.
            Ok(None) => break,
            Err(response) => return Outcome::RejectedByCheck(response, known.checks),
        }
        verdict = demand.evaluate(request, &known);
    }
    Outcome::of(verdict, known)
}

/// Whether a caller who was authenticated at some time before may, going by the identity alone: no
/// check is answered, and what is undecided is rejected. Not once the credential has expired; within
/// one request that is asked for once, at its start.
pub(crate) fn authorize_known(
    requirement: &Requirement,
    caller: &Identity,
) -> Result<(), AuthError> {
    if caller.is_expired() {
        return Err(VerifyError::Expired.into());
    }
    let known = context(requirement.asks_for_login(), caller, CheckAnswers::default());
    match by_hand(requirement, &known) {
        Verdict::Met => Ok(()),
        verdict => Err(unmet(requirement, caller, &known, verdict)),
    }
}

/// What a requirement comes to that is not the compiled one of the endpoint. A sign-in that is half
/// finished meets none but its own: no endpoint looks at its credential for another one.
fn by_hand(requirement: &Requirement, known: &EvaluationContext<'_>) -> Verdict {
    if known.method == Method::Pending && !requirement.is_pending() {
        return Verdict::Unmet;
    }
    evaluate(requirement, known)
}

/// What is known of a caller, with the checks that were answered. Only where the requirement asks
/// for the login are claims and the clock looked at.
pub(super) fn context(
    asks_for_login: bool,
    caller: &Identity,
    checks: CheckAnswers,
) -> EvaluationContext<'_> {
    let (grants, method) = (caller.authorities(), caller.method());
    if asks_for_login {
        let (acr, auth_time, now) = (caller.acr(), caller.auth_time(), caller.now());
        let factors = caller.factors();
        EvaluationContext { grants, method, acr, auth_time, factors, now, checks }
    } else {
        let factors = &ProvedFactors::NONE;
        EvaluationContext { grants, method, acr: None, auth_time: None, factors, now: 0, checks }
    }
}

/// The rejection that tells the client what would help, given that what is known leads to this
/// verdict.
fn unmet(
    requirement: &Requirement,
    caller: &Identity,
    known: &EvaluationContext<'_>,
    verdict: Verdict,
) -> AuthError {
    let decision = Decision::with(*requirement, known, verdict);
    match remediation(&decision, known) {
        Remediation::StepUp(step_up) => {
            let told = if let Some(token) = caller.authentication().token() {
                by_another_token(step_up, requirement, known, token)
            } else {
                let by_session = caller.method() == Method::Session;
                Some(StepUp { by_session, ..step_up })
            };
            match told {
                Some(step_up) => AuthError::Unauthenticated(
                    Unauthenticated::InsufficientUserAuthentication(Box::new(step_up)),
                ),
                None => AuthError::Forbidden(Forbidden::new(decision, None)),
            }
        }
        Remediation::RequestScopes(scopes) => {
            AuthError::Forbidden(Forbidden::new(decision, Some(scopes)))
        }
        _ => AuthError::Forbidden(Forbidden::new(decision, None)),
    }
}

/// What the client of a token can ask its issuer for: a class of logins in which the factors are proved
/// that are missing, or the same login again where it only is too old
/// ([RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)). `None` if no class is known that
/// would help.
fn by_another_token(
    step_up: StepUp,
    requirement: &Requirement,
    known: &EvaluationContext<'_>,
    token: &VerifiedToken,
) -> Option<StepUp> {
    if !step_up.asks_for_factors() {
        return Some(step_up);
    }
    let (map, now) = (token.factor_map(), Some(known.now));
    let helps = |acr: Option<&str>, factors: &ProvedFactors| {
        let then = EvaluationContext { acr, auth_time: now, factors, ..*known };
        evaluate(requirement, &then) != Verdict::Unmet
    };
    let ages = step_up.factors.iter().filter_map(|factor| factor.max_age());
    let max_age = ages.chain(step_up.max_age).min();
    let same = helps(known.acr, &map.factors(token.amr(), known.acr, now));
    let classes = map.classes().filter(|acr| helps(Some(acr), &map.factors([], Some(acr), now)));
    let acr_values: Vec<_> = if same { Vec::new() } else { classes.cloned().collect() };
    (same || !acr_values.is_empty()).then_some(StepUp { acr_values, max_age, ..step_up })
}

/// What would help, given that the checks that did not run say yes.
///
/// They did not run because the token alone is not enough. The answer says that, and what the token lacks (RFC
/// 6750 §3.1, RFC 9470 §3), also if a check would say no afterwards.
fn remediation(decision: &Decision, known: &EvaluationContext<'_>) -> Remediation {
    let requirement = decision.requirement();
    let mut hopeful = *known;
    if *decision.remediation() == Remediation::None && requirement.asks_for_checks() {
        for (slot, _) in requirement.checks() {
            if known.checks.get(slot).is_none() {
                hopeful.checks.answer(slot, true);
            }
        }
    }
    if hopeful.checks == known.checks {
        decision.remediation().clone()
    } else {
        Remediation::of(requirement, &hopeful)
    }
}
