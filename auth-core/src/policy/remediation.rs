//! What would let a rejected caller in.

use std::borrow::Cow;
use std::fmt;

use super::required_factor::Plainly;
use super::solver::hypothetical::requests;
use super::{EvaluationContext, MaxAge, RequiredFactor, Requirement, Verdict, evaluate};

/// What would let a rejected caller in, as far as the client can do something about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remediation {
    /// A stronger or fresher login is all that is missing (RFC 9470, section 3).
    StepUp(StepUp),
    /// A token with these scopes is needed, and perhaps a step-up after that. As the `scope` of
    /// RFC 6750, section 3, it lists all that the resource needs, held already or not.
    RequestScopes(Vec<&'static str>),
    /// Nothing that the client could ask for.
    None,
}

/// What a login has to be like to be let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepUp {
    /// The authentication context classes that would do, in the order written, each with the
    /// [levels](crate::AuthLevels) that include it. Empty if any new login would.
    pub acr_values: Vec<Cow<'static, str>>,
    /// How old the login may be, in seconds.
    pub max_age: Option<u64>,
    /// Whether factors of two categories have to be proved.
    pub mfa: bool,
    /// The factors that have to be proved, or proved again: each of these.
    pub factors: Vec<RequiredFactor>,
    /// Where it is proved, if that is not the [sign-in path](crate::authenticator::AuthenticatorBuilder::sign_in_path)
    /// of the service: a path.
    pub start: Option<Cow<'static, str>>,
    /// Whether the caller signed in here, and not at the issuer of a token.
    pub(crate) by_session: bool,
}

impl Remediation {
    /// What would let the caller in.
    ///
    /// Of several ways, none of which asks for all that another one asks for, the one that takes the fewest new
    /// scopes is taken, then the first one written. No way leads through a `not` that is not met today: asking for
    /// less, or waiting for a login to grow old, is no remedy. A check that did not run is not counted on.
    pub(crate) fn of(requirement: &Requirement, context: &EvaluationContext<'_>) -> Self {
        match evaluate(requirement, context) {
            Verdict::Met => Self::None,
            Verdict::Unmet | Verdict::NeedsCheck => Self::of_rejected(requirement, context),
        }
    }

    /// The same for a caller that is known to be rejected.
    pub(super) fn of_rejected(requirement: &Requirement, context: &EvaluationContext<'_>) -> Self {
        let mut requests = requests(requirement, context, WAYS);
        let Some(best) = requests.next() else { return Self::None };
        if best.missing > 0 {
            return Self::RequestScopes(best.scopes);
        }
        // Logins that differ in their class only are one challenge with several `acr_values`.
        let mut acr_values = best.acr_values;
        for other in requests.take_while(|other| other.missing == 0) {
            if !acr_values.is_empty()
                && other.max_age == best.max_age
                && (other.mfa, &other.factors) == (best.mfa, &best.factors)
            {
                for class in other.acr_values {
                    if !acr_values.contains(&class) {
                        acr_values.push(class);
                    }
                }
            }
        }
        let acr_values = acr_values.into_iter().map(Cow::from).collect();
        let (max_age, mfa, factors) = (best.max_age, best.mfa, best.factors);
        Self::StepUp(StepUp { acr_values, max_age, mfa, factors, start: None, by_session: false })
    }
}

impl StepUp {
    /// Whether factors are missing.
    pub(crate) const fn asks_for_factors(&self) -> bool {
        self.mfa || !self.factors.is_empty()
    }

    /// `acr mfa`, `max_age 5m`, `factor passkey`
    pub(crate) fn parts(&self) -> Vec<String> {
        let Self { acr_values, max_age, mfa, factors, .. } = self;
        let acr = (!acr_values.is_empty()).then(|| format!("acr {}", acr_values.join(" or ")));
        let max_age = max_age.map(|seconds| format!("max_age {}", MaxAge(seconds)));
        let mfa = mfa.then(|| "mfa".to_owned());
        let factors = factors.iter().map(|factor| Plainly(*factor).to_string());
        acr.into_iter().chain(max_age).chain(mfa).chain(factors).collect()
    }
}

/// `step-up (acr mfa, max_age 5m)`, `scopes read write`, `nothing`
impl fmt::Display for Remediation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("nothing"),
            Self::RequestScopes(scopes) => write!(f, "scopes {}", scopes.join(" ")),
            Self::StepUp(step_up) => {
                f.write_str("step-up")?;
                let parts = step_up.parts();
                if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join(", ")) }
            }
        }
    }
}

/// How many ways are followed at once. With more, the cheapest so far are kept, so for a very
/// large requirement a remedy may be overlooked; none is ever wrong, since each is tried out.
const WAYS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::CheckAnswers;
    use crate::policy::testing_fixtures::{all, any};
    use crate::vocabulary::testing_fixtures::{Row, table};
    use crate::vocabulary::{AuthorityKind, AuthoritySet, VocabularySet};

    /// A search is bounded by the alternatives that it looks at, for every requirement.
    #[test]
    fn a_large_requirement_takes_no_long_search() {
        let rows: Vec<Row> =
            (0..96).map(|place| (format!("s{place}"), Vec::new(), Vec::new())).collect();
        let scopes = table(AuthorityKind::Scope, &rows, None);
        let tables = VocabularySet::of(&[scopes]);
        let grants = AuthoritySet::empty(&tables);
        let context = EvaluationContext {
            grants: &grants,
            method: crate::policy::Method::Bearer,
            acr: None,
            auth_time: None,
            factors: &crate::policy::ProvedFactors::NONE,
            now: 0,
            checks: CheckAnswers::default(),
        };
        let names: Vec<Requirement> = scopes.iter().map(Requirement::Authority).collect();
        let same = all((0..16).map(|_| any(names[..32].to_vec())).collect());
        assert_eq!(Remediation::of(&same, &context), Remediation::RequestScopes(vec!["s0"]));
        // Pairs that cross: no way is part of another one.
        let pairs = |by: usize| {
            let pair = |place: usize| all(vec![names[place], names[(place * by + 1) % 96]]);
            any((0..96).map(pair).collect())
        };
        let crossing = all((1..32).map(pairs).collect());
        let started = std::time::Instant::now();
        assert!(matches!(Remediation::of(&crossing, &context), Remediation::RequestScopes(_)));
        // A list of lists, longer than what is read.
        let huge = all((0..100).map(|_| crossing).collect());
        assert_eq!(Remediation::of(&huge, &context), Remediation::None);
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }
}
