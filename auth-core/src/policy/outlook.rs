//! Whether callers who hold certain names would be let in, with any other facts.

use super::evaluate::read;
use super::solver::Formula;
use super::solver::hypothetical::Condition;
use super::{CheckAnswers, EvaluationContext, Method, ProvedFactors, Requirement, Verdict};
use crate::vocabulary::AuthoritySet;

/// What is left of a requirement once names and method are settled: a formula whose facts are these
/// conditions, by their places.
pub(crate) struct Outlook {
    pub(crate) formula: Formula,
    pub(crate) open: Vec<Condition>,
}

impl Outlook {
    /// For callers who hold exactly these names and were authenticated by this method. Every leaf that
    /// is about something else stays open: the login, and the answers of checks. A key or a password
    /// that comes with each request is no login, so that of its callers is settled, too.
    ///
    /// None if the requirement cannot be read in full, which no caller meets.
    pub(crate) fn of(
        requirement: &Requirement,
        grants: &AuthoritySet,
        method: Method,
    ) -> Option<Self> {
        let (factors, checks) = (&ProvedFactors::NONE, CheckAnswers::default());
        let context = EvaluationContext {
            grants,
            method,
            acr: None,
            auth_time: None,
            factors,
            now: 0,
            checks,
        };
        let mut open: Vec<Condition> = Vec::new();
        let formula = Formula::of(requirement, true, &mut |fact, wanted| {
            // A leaf that cannot be read spoils the whole, also one that is left open.
            let verdict = read(fact, &context, wanted, 0)?;
            let is_settled = match fact {
                Requirement::Authenticated | Requirement::Authority(_) | Requirement::Method(_) => {
                    true
                }
                Requirement::Check { .. } => false,
                // What was not proved is not known.
                Requirement::Mfa | Requirement::Factor(_) if !wanted => true,
                _ => !method.is_login(),
            };
            if is_settled {
                return Some(Formula::constant(verdict == Verdict::Met));
            }
            let condition = Condition { fact: *fact, wanted };
            let place = open.iter().position(|known| *known == condition).unwrap_or_else(|| {
                open.push(condition);
                open.len() - 1
            });
            Some(Formula::Has(place))
        })?;
        Some(Self { formula, open })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::evaluate;
    use crate::policy::solver::{BitSet, Credential};
    use crate::policy::testing_fixtures::{Caller, caller, requirement};

    /// Whether the rest lets this caller in.
    fn says(outlook: &Outlook, caller: &Caller) -> bool {
        let context = caller.context();
        let is_so = |it: &Condition| read(&it.fact, &context, it.wanted, 0) == Some(Verdict::Met);
        let has: BitSet =
            (0..outlook.open.len()).filter(|place| is_so(&outlook.open[*place])).collect();
        outlook.formula.holds(&has, &Credential::default())
    }

    proptest! {
        /// The rest of a requirement says of every caller with these names what the whole says.
        #[test]
        fn the_rest_says_what_the_whole_says(tree in requirement(), who in caller()) {
            let met = evaluate(&tree, &who.context()) == Verdict::Met;
            match Outlook::of(&tree, &who.grants, who.method) {
                None => prop_assert!(!met),
                Some(outlook) => prop_assert_eq!(says(&outlook, &who), met),
            }
        }
    }
}
