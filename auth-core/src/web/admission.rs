//! A decision as a yes or a refusal: what the policy says, in the words of HTTP.

use crate::error::AuthError;
use crate::identity::Identity;
use crate::policy::{CheckAnswers, Facts, Requirement, Verdict, evaluate};

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
        Verdict::Unmet | Verdict::Undecided => Err(refusal(requirement, facts)),
    }
}

fn refusal(_requirement: &Requirement, _facts: &Facts<'_>) -> AuthError {
    AuthError::Forbidden(crate::error::Forbidden {
        decision: Box::new(crate::policy::Decision {}),
        scopes: None,
    })
}
