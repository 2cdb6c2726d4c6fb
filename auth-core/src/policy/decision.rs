//! A decision with its reasons.

use std::fmt;
use std::sync::OnceLock;

use super::{
    CheckAnswers, EvaluationContext, Explanation, Method, Missing, ProvedFactors, Remediation,
    Requirement, Verdict, evaluate,
};
use crate::vocabulary::AuthoritySet;

/// Whether a requirement is met, why, and what would help.
///
/// Made for rejections, audit events and explanations: a request that is let in needs
/// [`evaluate()`] only, which allocates nothing. The verdict is there from the start; reasons, and
/// what is missing or would help, are found out when someone asks for them, since most rejections are
/// answered without. What it is shown as holds names and verdicts, nothing else of the caller.
///
/// Shown as `all(✗ scope write, any(✓ role manager, – check "the caller placed the order"))`:
/// `✓` met, `✗` not met, `–` not run, `?` a name that the credential leaves open.
///
/// ```
/// use auth_core::policy::{CheckAnswers, Decision, EvaluationContext, ProvedFactors, Remediation};
/// use auth_core::{AuthoritySet, Method, Requirement};
///
/// const STRONG: Requirement = Requirement::All(&[Requirement::Acr("mfa"), Requirement::MaxAge(300)]);
///
/// let context = EvaluationContext {
///     grants: &AuthoritySet::default(),
///     method: Method::Bearer,
///     acr: Some("mfa"),
///     auth_time: Some(1_000),
///     factors: &ProvedFactors::NONE,
///     now: 2_000,
///     checks: CheckAnswers::default(),
/// };
/// let decision = Decision::of(STRONG, &context);
/// assert!(!decision.is_allowed());
/// assert_eq!(decision.to_string(), "all(✓ acr mfa, ✗ max_age 5m)");
/// let Remediation::StepUp(login) = decision.remediation() else { unreachable!() };
/// assert_eq!((login.acr_values.as_slice(), login.max_age), (&["mfa".into()][..], Some(300)));
/// ```
#[derive(Clone)]
pub struct Decision {
    requirement: Requirement,
    verdict: Verdict,
    known: Known,
    reason: OnceLock<Explanation>,
    remedy: OnceLock<Remediation>,
    missing: OnceLock<Option<Missing>>,
}

/// The context of a decision, owned.
#[derive(Clone)]
struct Known {
    grants: AuthoritySet,
    method: Method,
    acr: Option<Box<str>>,
    auth_time: Option<u64>,
    factors: ProvedFactors,
    now: u64,
    checks: CheckAnswers,
}

impl Known {
    fn context(&self) -> EvaluationContext<'_> {
        let Self { grants, method, acr, auth_time, factors, now, checks } = self;
        EvaluationContext {
            grants,
            method: *method,
            acr: acr.as_deref(),
            auth_time: *auth_time,
            factors,
            now: *now,
            checks: *checks,
        }
    }
}

impl Decision {
    /// The decision over what is known of a caller.
    #[must_use]
    pub fn of(requirement: Requirement, context: &EvaluationContext<'_>) -> Self {
        Self::with(requirement, context, evaluate(&requirement, context))
    }

    /// The decision with the verdict that these facts lead to.
    pub(crate) fn with(
        requirement: Requirement,
        context: &EvaluationContext<'_>,
        verdict: Verdict,
    ) -> Self {
        let EvaluationContext { grants, method, acr, auth_time, factors, now, checks } = *context;
        Self {
            requirement,
            verdict,
            known: Known {
                grants: grants.clone(),
                method,
                acr: acr.map(Box::from),
                auth_time,
                factors: *factors,
                now,
                checks,
            },
            reason: OnceLock::new(),
            remedy: OnceLock::new(),
            missing: OnceLock::new(),
        }
    }

    /// Whether the caller is let in. No one is while checks are open.
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
    pub fn explanation(&self) -> &Explanation {
        self.reason.get_or_init(|| Explanation::of(self.requirement, &self.known.context()))
    }

    /// What would let this caller in.
    #[must_use]
    pub fn remediation(&self) -> &Remediation {
        self.remedy.get_or_init(|| match self.verdict {
            Verdict::Met => Remediation::None,
            _ => Remediation::of_rejected(&self.requirement, &self.known.context()),
        })
    }

    /// The least that is missing, no matter who could provide it. None if the caller is let in, or if
    /// nothing that could be added would help.
    #[must_use]
    pub fn missing(&self) -> Option<&Missing> {
        let missing = || Missing::of(&self.requirement, &self.known.context());
        self.missing.get_or_init(missing).as_ref()
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.explanation(), f)
    }
}

impl fmt::Debug for Decision {
    /// Shows names and verdicts, never what else is known of the caller.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("requirement", &self.requirement)
            .field("verdict", &self.verdict)
            .field("reason", self.explanation())
            .field("remedy", self.remediation())
            .field("missing", &self.missing())
            .finish_non_exhaustive()
    }
}
