//! A decision with its reasons.

use std::fmt;

use super::{Facts, Missing, Reason, Remedy, Requirement, Verdict, evaluate};

/// Whether a requirement is met, why, and what would help.
///
/// Made for refusals, audit events and explanations: a request that is let in needs
/// [`evaluate()`] only, which allocates nothing. It holds the requirement and verdicts, no claim and
/// nothing of the credential.
///
/// Shown as `all(✗ scope write, any(✓ role manager, – check "the caller placed the order"))`:
/// `✓` met, `✗` not met, `–` not run.
///
/// ```
/// use auth_core::policy::{CheckAnswers, Decision, Facts, Remedy, Requirement};
/// use auth_core::vocabulary::GrantSet;
///
/// const STRONG: Requirement = Requirement::All(&[Requirement::Acr("mfa"), Requirement::MaxAge(300)]);
///
/// let facts = Facts {
///     grants: &GrantSet::default(),
///     acr: Some("mfa"),
///     auth_time: Some(1_000),
///     now: 2_000,
///     checks: CheckAnswers::default(),
/// };
/// let decision = Decision::of(STRONG, &facts);
/// assert!(!decision.is_allowed());
/// assert_eq!(decision.to_string(), "all(✓ acr mfa, ✗ max_age 5m)");
/// let login = Remedy::StepUp { acr_values: vec!["mfa"], max_age: Some(300) };
/// assert_eq!(decision.remedy(), &login);
/// ```
#[derive(Clone, Debug)]
pub struct Decision {
    requirement: Requirement,
    verdict: Verdict,
    reason: Reason,
    remedy: Remedy,
    missing: Option<Missing>,
}

impl Decision {
    /// The decision over what is known of a caller.
    #[must_use]
    pub fn of(requirement: Requirement, facts: &Facts<'_>) -> Self {
        Self {
            requirement,
            verdict: evaluate(&requirement, facts),
            reason: Reason::of(requirement, facts),
            remedy: Remedy::of(&requirement, facts),
            missing: Missing::of(&requirement, facts),
        }
    }

    /// Whether the caller is let in. Nobody is while checks are open.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Met
    }

    /// Whether the requirement is met.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What was required.
    #[must_use]
    pub const fn requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// The requirement with a verdict on each part.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// What would let this caller in.
    #[must_use]
    pub const fn remedy(&self) -> &Remedy {
        &self.remedy
    }

    /// The least that is missing, whoever could give it. None if the caller is let in, or if
    /// nothing that could be added would help.
    #[must_use]
    pub const fn missing(&self) -> Option<&Missing> {
        self.missing.as_ref()
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.reason, f)
    }
}
