//! The smallest ways held against trying out every set of steps.

use proptest::prelude::*;

use super::hypothetical::{Condition, Hypothetical, Solutions};
use crate::policy::testing_fixtures::{Caller, all, any, caller, check, name, not, requirement};
use crate::policy::{Decision, EvaluationContext, Missing, Requirement, Verdict, evaluate};
use crate::vocabulary::AuthorityKind;

/// Every step that could matter, each once.
fn steps(requirement: &Requirement, steps: &mut Vec<Condition>) {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => {
            parts.iter().for_each(|part| self::steps(part, steps));
        }
        Requirement::Not(part) => self::steps(part, steps),
        Requirement::Authenticated => {}
        fact => {
            for wanted in [true, false] {
                let step = Condition { fact: *fact, wanted };
                let is_name = matches!(fact, Requirement::Authority(_));
                if !steps.contains(&step) && (wanted || !is_name) {
                    steps.push(step);
                }
            }
        }
    }
}

/// Whether one of several alternatives is met already. Then the others are not what is missing, even if
/// a group that is named there would bring along all that is.
fn has_met_alternative(
    requirement: &Requirement,
    context: &EvaluationContext<'_>,
    wanted: bool,
) -> bool {
    let met = if wanted { Verdict::Met } else { Verdict::Unmet };
    let is_met = |part: &Requirement| evaluate(part, context) == met;
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => {
            let alternatives = matches!(requirement, Requirement::Any(_)) == wanted;
            (alternatives && parts.iter().any(is_met))
                || parts.iter().any(|part| has_met_alternative(part, context, wanted))
        }
        Requirement::Not(part) => has_met_alternative(part, context, !wanted),
        _ => false,
    }
}

fn leads_in(
    steps: &[Condition],
    requirement: &Requirement,
    context: &EvaluationContext<'_>,
) -> bool {
    Hypothetical::after(steps, context)
        .is_some_and(|then| evaluate(requirement, &then.context()) == Verdict::Met)
}

/// The size of the smallest set of steps that leads in.
fn smallest(
    every: &[Condition],
    requirement: &Requirement,
    context: &EvaluationContext<'_>,
) -> Option<usize> {
    let sets = (0_u32..1 << every.len()).filter(|set| {
        let chosen = (0..).zip(every).filter(|(place, _)| set >> place & 1 == 1);
        leads_in(&chosen.map(|(_, step)| *step).collect::<Vec<_>>(), requirement, context)
    });
    sets.map(u32::count_ones).min().map(|size| size as usize)
}

fn agrees(requirement: &Requirement, caller: &Caller) -> Result<(), TestCaseError> {
    let context = caller.context();
    let ways = Solutions::of(requirement, &context, 256);
    for way in &ways.list {
        prop_assert!(leads_in(&way.steps, requirement, &context), "{requirement} {way:?}");
        for place in 0..way.steps.len() {
            let mut rest = way.steps.clone();
            rest.remove(place);
            prop_assert!(!leads_in(&rest, requirement, &context), "{requirement} {way:?} {place}");
        }
    }
    let mut every = Vec::new();
    steps(requirement, &mut every);
    if ways.complete && every.len() <= 8 {
        let nearest = ways.list.first().map(|way| way.steps.len());
        let smallest = smallest(&every, requirement, &context);
        if has_met_alternative(requirement, &context, true) {
            prop_assert_eq!(nearest.is_some(), smallest.is_some(), "{}", requirement);
        } else {
            prop_assert_eq!(nearest, smallest, "{}", requirement);
        }
    }
    let decision = Decision::of(*requirement, &context);
    let nearest = ways.list.first().map(|way| way.steps.len()).filter(|steps| *steps > 0);
    prop_assert_eq!(decision.missing().map(Missing::len), nearest);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_missing_is_the_smallest_set_there_is(
        requirement in requirement(),
        caller in caller(),
    ) {
        agrees(&requirement, &caller)?;
    }

    #[test]
    fn minimal_sets_are_those_of_a_caller_who_holds_nothing(requirement in requirement()) {
        agrees(&requirement, &Caller::with(&[]))?;
    }
}

#[test]
fn one_fact_that_serves_twice_is_found() {
    let requirement = all(vec![
        any(vec![name("clerk"), name("orders:read")]),
        any(vec![name("write"), name("orders:read")]),
        any(vec![name("read"), check(0)]),
    ]);
    let missing = |names: &[(AuthorityKind, &str)]| {
        let caller = Caller::with(names);
        Decision::of(requirement, &caller.context()).missing().map(ToString::to_string)
    };
    assert_eq!(
        missing(&[(AuthorityKind::Scope, "read")]).as_deref(),
        Some("permission orders:read")
    );
    assert_eq!(missing(&[]).as_deref(), Some("permission orders:read, scope read"));
}

#[test]
fn a_search_says_whether_it_is_complete() {
    let pairs = (0..12).map(|_| any(vec![name("clerk"), name("read")])).collect();
    let facts_of = Caller::with(&[]);
    assert!(Solutions::of(&all(pairs), &facts_of.context(), 256).complete);
    // More alternatives than are followed: 3 to the power of 6.
    let ages = |from: u64| any((from..from + 3).map(Requirement::MaxAge).map(not).collect());
    let wide = all((0..6).map(|place| ages(place * 3 + 1)).collect());
    let ways = Solutions::of(&wide, &facts_of.context(), 256);
    assert!(
        !ways.complete
            && ways.list.iter().all(|way| { leads_in(&way.steps, &wide, &facts_of.context()) })
    );
}
