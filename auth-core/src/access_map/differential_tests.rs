//! The model held against the requirement that it was made from.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::testing_fixtures::{Caller, formula_lets_in};
use super::vocabulary_model::Tables;
use super::{GrantsModel, RequirementModel, VocabularyModel};
use crate::policy::testing_fixtures::{CHECKS, NOW, caller, faulty, requirement};
use crate::policy::{Requirement, Verdict, evaluate};
use crate::vocabulary::AuthorityKind;
use crate::vocabulary::testing_fixtures::shop;

/// The same caller, by names. Clocks may differ by a minute, so a login from the future has no age.
fn owned(it: &crate::policy::testing_fixtures::Caller) -> Caller {
    let mut grants = GrantsModel::default();
    for kind in AuthorityKind::ALL {
        it.grants.iter(kind).for_each(|name| grants.push(kind, name.name()));
    }
    let answers = (0..3).filter_map(|slot| Some((slot, it.checks.get(slot)?)));
    let name = |slot: u8| CHECKS[usize::from(slot)].name.to_owned();
    Caller {
        grants,
        unknown: it.grants.unknown_kinds().iter().collect(),
        method: Some(it.method.as_str().to_owned()),
        acr: it.acr.map(str::to_owned),
        age: it.auth_time.filter(|time| *time <= NOW + 60).map(|time| NOW.saturating_sub(time)),
        factors: super::testing_fixtures::ages(&it.factors, NOW),
        mfa: it.factors.are_multi_factor(NOW),
        checks: answers.map(|(slot, yes)| (name(slot), yes)).collect::<BTreeMap<_, _>>(),
    }
}

fn model_of(requirement: &Requirement, tables: &Tables) -> RequirementModel {
    RequirementModel::of(requirement, &|name| tables.hold(name), &|check| check.name.to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn the_formula_of_the_solver_says_what_the_policy_decides(
        requirement in faulty(),
        caller in caller(),
        says_yes in proptest::bool::ANY,
    ) {
        let tables = Tables::of(&shop().tables(), &[]);
        let model = model_of(&requirement, &tables);
        let mut caller = caller;
        for slot in 0..3 {
            if caller.checks.get(slot).is_none() {
                caller.checks.answer(slot, says_yes);
            }
        }
        let met = evaluate(&requirement, &caller.context()) == Verdict::Met;
        let let_in = formula_lets_in(&model, &owned(&caller), &VocabularyModel::new(&tables));
        prop_assert_eq!(let_in, met, "{}", model);
    }

    #[test]
    fn a_requirement_model_reads_back_as_it_is_written(requirement in requirement()) {
        let model = RequirementModel::from(&requirement);
        prop_assert_eq!(model.to_string(), requirement.to_string());
        let read: RequirementModel = model.to_string().parse().unwrap();
        prop_assert_eq!(read.to_string(), model.to_string());
        let json = serde_json::to_string(&model).unwrap();
        prop_assert_eq!(serde_json::from_str::<RequirementModel>(&json).unwrap(), model);
    }
}

#[test]
fn no_caller_meets_a_requirement_that_contains_itself() {
    static ENDLESS: Requirement = Requirement::Not(&ENDLESS);
    let model = RequirementModel::from(&ENDLESS);
    assert_eq!(model, RequirementModel::Any(vec![]));
}

#[test]
fn names_with_quotes_read_back() {
    let odd = RequirementModel::All(vec![
        RequirementModel::Role("a\"b\\c\n\u{1f}é|,)".to_owned()),
        RequirementModel::Any(vec![
            RequirementModel::Scope("x".to_owned()),
            RequirementModel::Scope("y z".to_owned()),
        ]),
        RequirementModel::Not(Box::new(RequirementModel::Check("shop::r#type".to_owned()))),
        RequirementModel::MaxAge(u64::MAX),
        RequirementModel::All(vec![]),
    ]);
    assert_eq!(odd.to_string().parse(), Ok(odd));
}

#[test]
fn a_text_that_is_no_requirement_says_what_was_expected() {
    let error = |text: &str| text.parse::<RequirementModel>().unwrap_err().to_string();
    assert_eq!(error(""), "not a requirement: a requirement expected at ``");
    assert_eq!(error("role = admin"), "not a requirement: a string in quotes expected at `admin`");
    assert_eq!(error("any(role = \"a\""), "not a requirement: `)` expected at ``");
    assert_eq!(
        error("colour = \"red\""),
        "not a requirement: a known key expected at `colour = \"red\"`"
    );
    assert_eq!(
        error("max_age = \"5 minutes\""),
        "not a requirement: an age like \"5m\" expected at `\"5 minutes\"`"
    );
    assert_eq!(
        error("authenticated role = \"a\""),
        "not a requirement: a comma or the end expected at `role = \"a\"`"
    );
    assert_eq!(
        error("not(authenticated, authenticated)"),
        "not a requirement: one part in `not(..)` expected at ``"
    );
}
