//! A decision as a yes or a refusal: what the policy says, in the words of HTTP.

use crate::error::{AuthError, Forbidden, Unauthenticated};
use crate::identity::Identity;
use crate::policy::{CheckAnswers, Decision, Facts, Remedy, Requirement, Verdict, evaluate};
use crate::verify::VerifyError;

/// What is known of a caller, with the checks that were answered.
pub(crate) fn facts(caller: &Identity, checks: CheckAnswers) -> Facts<'_> {
    Facts {
        grants: caller.grants(),
        acr: caller.acr(),
        auth_time: caller.auth_time(),
        now: caller.now(),
        checks,
    }
}

/// Whether the caller may, going by the identity alone: no check is answered.
pub(crate) fn decide(requirement: &Requirement, caller: &Identity) -> Result<(), AuthError> {
    conclude(requirement, &facts(caller, CheckAnswers::default()))
}

/// Whether a caller who was authenticated at some time before may: not once the credential has
/// expired. Within one request it is asked for once, at its start.
pub(crate) fn decide_for_known(
    requirement: &Requirement,
    caller: &Identity,
) -> Result<(), AuthError> {
    if caller.is_expired() {
        return Err(VerifyError::Expired.into());
    }
    decide(requirement, caller)
}

/// Whether the facts are enough. What is still undecided is refused.
pub(crate) fn conclude(requirement: &Requirement, facts: &Facts<'_>) -> Result<(), AuthError> {
    match evaluate(requirement, facts) {
        Verdict::Met => Ok(()),
        Verdict::Unmet | Verdict::Undecided => Err(refusal(requirement, facts)),
    }
}

/// Whether the caller may pass a gate, which makes sure of `here`. Who may not is told all that
/// is missing for `effective`, behind the gate too.
pub(crate) fn decide_at_gate(
    here: &Requirement,
    effective: &Requirement,
    caller: &Identity,
) -> Result<(), AuthError> {
    let facts = facts(caller, CheckAnswers::default());
    match evaluate(here, &facts) {
        Verdict::Met => Ok(()),
        Verdict::Unmet | Verdict::Undecided => Err(refusal(effective, &facts)),
    }
}

/// The refusal that tells the client what would help.
fn refusal(requirement: &Requirement, facts: &Facts<'_>) -> AuthError {
    let decision = Decision::of(*requirement, facts);
    match remedy(&decision, facts) {
        Remedy::StepUp { acr_values, max_age } => {
            AuthError::Unauthenticated(Unauthenticated::InsufficientUserAuthentication {
                acr_values,
                max_age,
            })
        }
        Remedy::Scopes(scopes) => AuthError::Forbidden(Forbidden::new(decision, Some(scopes))),
        _ => AuthError::Forbidden(Forbidden::new(decision, None)),
    }
}

/// What would help, given that the checks that did not run say yes.
///
/// They did not run because the token alone is not enough. That it is not, and what it lacks, the
/// client is to hear (RFC 6750 §3.1, RFC 9470 §3), whatever the checks would say afterwards.
fn remedy(decision: &Decision, facts: &Facts<'_>) -> Remedy {
    let requirement = decision.requirement();
    let mut hopeful = *facts;
    for (slot, _) in requirement.checks() {
        if facts.checks.get(slot).is_none() {
            hopeful.checks.answer(slot, true);
        }
    }
    match decision.remedy() {
        Remedy::Nothing if hopeful.checks != facts.checks => Remedy::of(requirement, &hopeful),
        known => known.clone(),
    }
}
