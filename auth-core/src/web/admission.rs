//! A decision as a yes or a rejection: what the policy says, in the words of HTTP.

use axum::response::Response;
use http::request::Parts;

use super::check::RunChecks;
use super::session;
use crate::error::{AuthError, Forbidden, Unauthenticated};
use crate::identity::Identity;
use crate::policy::{
    CheckAnswers, Decision, EvaluationContext, Remediation, Requirement, Verdict, evaluate,
    next_check,
};
use crate::token::VerifyError;

/// What is known of a caller, with the checks that were answered. Only where the requirement asks
/// for the login are claims and the clock looked at.
pub(crate) fn facts(
    asks_for_login: bool,
    caller: &Identity,
    checks: CheckAnswers,
) -> EvaluationContext<'_> {
    let (grants, method) = (caller.authorities(), caller.method());
    if asks_for_login {
        let (acr, auth_time, now) = (caller.acr(), caller.auth_time(), caller.now());
        EvaluationContext { grants, method, acr, auth_time, now, checks }
    } else {
        EvaluationContext { grants, method, acr: None, auth_time: None, now: 0, checks }
    }
}

/// What a requirement comes to with these facts and the answers of the checks that it depends on: each is asked for
/// at most once in a request.
///
/// Fails with the answer of a check that refuses by itself, and what was answered before.
pub(super) async fn settle<'c>(
    parts: &mut Parts,
    requirement: &Requirement,
    caller: &'c Identity,
    facts: EvaluationContext<'c>,
    evaluate: &(dyn Fn(&Parts, &EvaluationContext<'_>) -> Verdict + Sync),
    checks: &dyn RunChecks,
) -> Result<(Verdict, EvaluationContext<'c>), (Response, CheckAnswers)> {
    match evaluate(parts, &facts) {
        // On the heap: each request carries the way to here, and few go it.
        Verdict::NeedsCheck => {
            Box::pin(ask_checks(parts, requirement, caller, facts, evaluate, checks)).await
        }
        verdict => Ok((verdict, facts)),
    }
}

async fn ask_checks<'c>(
    parts: &mut Parts,
    requirement: &Requirement,
    caller: &'c Identity,
    mut facts: EvaluationContext<'c>,
    evaluate: &(dyn Fn(&Parts, &EvaluationContext<'_>) -> Verdict + Sync),
    checks: &dyn RunChecks,
) -> Result<(Verdict, EvaluationContext<'c>), (Response, CheckAnswers)> {
    let mut verdict = Verdict::NeedsCheck;
    // At most one round per slot: `next_check` names only checks that were not answered.
    while verdict == Verdict::NeedsCheck
        && let Some(slot) = next_check(requirement, &facts)
        && let Some((_, check)) = requirement.checks().find(|(known, _)| *known == slot)
    {
        let answer = match session::known_answer(parts, check) {
            Some(answer) => Ok(Some(answer)),
            None => checks.run(slot, parts, caller).await,
        };
        match answer {
            Ok(Some(yes)) => {
                session::note_answer(parts, check, yes);
                facts.checks.answer(slot, yes);
            }
            // It has no answer, so it stays open, and what is open rejects.
            Ok(None) => break,
            Err(response) => return Err((response, facts.checks)),
        }
        verdict = evaluate(parts, &facts);
    }
    Ok((verdict, facts))
}

/// Whether a caller who was authenticated at some time before may, going by the identity alone: no
/// check is answered, and what is undecided is rejected. Not once the credential has expired; within
/// one request that is asked for once, at its start.
pub(crate) fn decide_for_known(
    requirement: &Requirement,
    caller: &Identity,
) -> Result<(), AuthError> {
    if caller.is_expired() {
        return Err(VerifyError::Expired.into());
    }
    let facts = facts(requirement.asks_for_login(), caller, CheckAnswers::default());
    match evaluate(requirement, &facts) {
        Verdict::Met => Ok(()),
        verdict => Err(refusal(requirement, &facts, verdict)),
    }
}

/// The rejection that tells the client what would help, given that the facts lead to this verdict.
pub(crate) fn refusal(
    requirement: &Requirement,
    facts: &EvaluationContext<'_>,
    verdict: Verdict,
) -> AuthError {
    let decision = Decision::with(*requirement, facts, verdict);
    match remedy(&decision, facts) {
        Remediation::StepUp { acr_values, max_age } => {
            AuthError::Unauthenticated(Unauthenticated::InsufficientUserAuthentication {
                acr_values,
                max_age,
            })
        }
        Remediation::RequestScopes(scopes) => {
            AuthError::Forbidden(Forbidden::new(decision, Some(scopes)))
        }
        _ => AuthError::Forbidden(Forbidden::new(decision, None)),
    }
}

/// What would help, given that the checks that did not run say yes.
///
/// They did not run because the token alone is not enough. That it is not, and what it lacks, the
/// client is to hear (RFC 6750 §3.1, RFC 9470 §3), whatever the checks would say afterwards.
fn remedy(decision: &Decision, facts: &EvaluationContext<'_>) -> Remediation {
    let requirement = decision.requirement();
    let mut hopeful = *facts;
    if *decision.remediation() == Remediation::None && requirement.asks_for_checks() {
        for (slot, _) in requirement.checks() {
            if facts.checks.get(slot).is_none() {
                hopeful.checks.answer(slot, true);
            }
        }
    }
    if hopeful.checks == facts.checks {
        decision.remediation().clone()
    } else {
        Remediation::of(requirement, &hopeful)
    }
}
