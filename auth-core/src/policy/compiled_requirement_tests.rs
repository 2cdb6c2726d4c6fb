//! The compiled requirement held against the evaluation that it replaces.

use proptest::collection::vec;
use proptest::prelude::*;

use super::testing_fixtures::{Caller, all, any, caller, faulty, name, not};
use super::{
    CheckAnswers, CompiledRequirement, EvaluationContext, Method, ProvedFactors, Requirement,
    Verdict, evaluate,
};
use crate::vocabulary::testing_fixtures::{Row, foreign, renamed, shop, table};
use crate::vocabulary::{AuthorityKind, AuthorityRef, AuthorityTable, VocabularySet};

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn the_compiled_form_decides_like_evaluate(requirement in faulty(), caller in caller()) {
        let compiled = CompiledRequirement::new(requirement, caller.grants.tables());
        let context = caller.context();
        prop_assert_eq!(compiled.evaluate(&context), evaluate(&requirement, &context), "{:?}", compiled);
        if let Some(verdict) = compiled.by_names(context.grants) {
            prop_assert_eq!(verdict, evaluate(&requirement, &context), "{:?}", compiled);
        }
    }

    /// Made for other enums, it goes the long way; made for the same ones at another address too.
    #[test]
    fn the_compiled_form_decides_alike_over_other_tables(requirement in faulty(), caller in caller()) {
        let shop = shop();
        let copy = |table: &AuthorityTable| -> &'static AuthorityTable { Box::leak(Box::new(*table)) };
        for tables in [
            VocabularySet::default(),
            VocabularySet::of(&[shop.scope]),
            VocabularySet::of(&[foreign(shop.role), shop.scope]),
            VocabularySet::of(&[shop.role, shop.group, shop.scope, shop.permission]),
            VocabularySet::of(&[shop.group, shop.role, shop.permission, shop.scope]),
            VocabularySet::of(&[shop.role, renamed(shop.role), shop.scope]),
            VocabularySet::of(&[shop.role, shop.group, shop.scope, shop.permission].map(copy)),
        ] {
            let compiled = CompiledRequirement::new(requirement, &tables);
            prop_assert_eq!(compiled.evaluate(&caller.context()), evaluate(&requirement, &caller.context()));
        }
    }

    /// Names beyond the first word, in every kind, and in two enums of one kind.
    #[test]
    fn names_of_large_vocabularies_have_their_own_bits(
        requirement in over_large_tables(),
        held in vec((0_usize..5, 0_u16..200), 0..300),
    ) {
        let (tables, ordered) = large();
        let names = held.iter().filter_map(|(kind, index)| ordered[*kind].get(*index));
        let grants = tables.intern(names.map(|name| (name.kind(), name.name())));
        let checks = CheckAnswers::default();
        let factors = &ProvedFactors::NONE;
        let context = EvaluationContext { grants: &grants, method: Method::Bearer, acr: None, auth_time: None, factors, now: 0, checks };
        let compiled = CompiledRequirement::new(requirement, &tables);
        prop_assert_eq!(compiled.evaluate(&context), evaluate(&requirement, &context), "{:?}", compiled);
    }
}

/// Tables of 200, 64, 65 and 1 names, and a second one of 200.
fn large() -> (VocabularySet, [&'static AuthorityTable; 5]) {
    static TABLES: std::sync::LazyLock<[&'static AuthorityTable; 5]> =
        std::sync::LazyLock::new(|| {
            let kinds = AuthorityKind::ALL.into_iter().zip([200, 64, 65, 1]);
            let tables = kinds.map(|(kind, size)| {
                let row = |number: i32| -> Row { (format!("{kind}:{number}"), vec![], vec![]) };
                table(kind, &(0..size).map(row).collect::<Vec<_>>(), None)
            });
            let mut tables: Vec<_> = tables.collect();
            tables.extend(tables.first().map(|roles| renamed(roles)));
            tables.try_into().unwrap()
        });
    let [roles, permissions, scopes, groups, other_roles] = *TABLES;
    (VocabularySet::of(&[permissions, roles, groups, other_roles, scopes]), *TABLES)
}

fn over_large_tables() -> BoxedStrategy<Requirement> {
    let name = (0_usize..5, 0_u16..200).prop_map(|(kind, index)| {
        let table = large().1[kind];
        Requirement::Authority(AuthorityRef::new(
            table,
            index % u16::try_from(table.len()).unwrap(),
        ))
    });
    let tree = name.prop_recursive(3, 24, 6, |part| {
        prop_oneof![
            vec(part.clone(), 1..7).prop_map(all),
            vec(part.clone(), 1..7).prop_map(any),
            part.prop_map(not),
        ]
    });
    tree.boxed()
}

#[test]
fn a_name_that_is_wanted_and_not_wanted() {
    let clerk = Caller::with(&[(AuthorityKind::Role, "clerk")]);
    let both = [name("clerk"), not(name("clerk")), name("manager")];
    for (requirement, verdict) in [
        (all(both.to_vec()), Verdict::Unmet),
        (any(both.to_vec()), Verdict::Met),
        (not(all(both.to_vec())), Verdict::Met),
        (not(any(both.to_vec())), Verdict::Unmet),
    ] {
        let compiled = CompiledRequirement::new(requirement, clerk.grants.tables());
        assert_eq!(compiled.evaluate(&clerk.context()), verdict, "{requirement}");
    }
}

/// A request may come with an identity of another authenticator.
#[test]
fn the_compiled_form_serves_callers_of_several_vocabularies() {
    let clerk = Caller::with(&[(AuthorityKind::Role, "clerk")]);
    let tables = VocabularySet::of(&[foreign(shop().role)]);
    let elsewhere =
        Caller { grants: tables.intern([(AuthorityKind::Role, "clerk")]), ..Caller::with(&[]) };
    for home in [&clerk, &elsewhere] {
        let compiled = CompiledRequirement::new(name("clerk"), home.grants.tables());
        for caller in [&clerk, &elsewhere] {
            let verdict = compiled.evaluate(&caller.context());
            assert_eq!(verdict, evaluate(&name("clerk"), &caller.context()));
            let is_at_home = caller.grants.tables().contains(shop().role);
            assert_eq!(verdict == Verdict::Met, is_at_home);
        }
    }
}
