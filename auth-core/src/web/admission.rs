//! A decision as a yes or a refusal: what the policy says, in the words of HTTP.

use crate::error::{AuthError, Forbidden, Unauthenticated};
use crate::identity::Identity;
use crate::policy::{CheckAnswers, Decision, Facts, Remedy, Requirement, Verdict, evaluate};

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

/// Whether the facts are enough. What is still undecided is refused.
pub(crate) fn conclude(requirement: &Requirement, facts: &Facts<'_>) -> Result<(), AuthError> {
    match evaluate(requirement, facts) {
        Verdict::Met => Ok(()),
        Verdict::Unmet | Verdict::Undecided => Err(refusal(Decision::of(*requirement, facts))),
    }
}

/// The refusal that tells the client what would help.
fn refusal(decision: Decision) -> AuthError {
    match decision.remedy() {
        Remedy::StepUp { acr_values, max_age } => {
            AuthError::Unauthenticated(Unauthenticated::InsufficientUserAuthentication {
                acr_values: acr_values.clone(),
                max_age: *max_age,
            })
        }
        _ => AuthError::Forbidden(Forbidden::new(decision)),
    }
}
