//! Minimal sets and comparisons over factors, held against every caller.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::testing_fixtures::{Caller, Names, formula_lets_in, left_open, lets_in};
use super::{
    AccessModel, AuthorityModel, Change, EndpointKind, EndpointModel, FactorModel, FindingsModel,
    MinimalSet, RequirementModel, SourceLocation, VocabularyModel, Witness,
};
use crate::AuthorityKind;
use crate::policy::Factor;

const METHODS: [&str; 3] = ["session", "bearer", "api-key"];
const LIMITS: [Option<u64>; 3] = [Some(60), Some(300), None];

fn vocabulary() -> VocabularyModel {
    let clerk = AuthorityModel { name: "clerk".to_owned(), ..AuthorityModel::default() };
    VocabularyModel { roles: vec![clerk], ..VocabularyModel::default() }
}

fn requirement() -> BoxedStrategy<RequirementModel> {
    use RequirementModel as R;
    let factors = subsequence(vec![Factor::Password, Factor::Passkey], 1..=2);
    let factor = (factors, select(&LIMITS[..]))
        .prop_map(|(any_of, within)| R::Factor(FactorModel { any_of, within }));
    let methods = subsequence(&METHODS[..], 1..=2)
        .prop_map(|names| R::Method(names.into_iter().map(str::to_owned).collect()));
    let leaf = prop_oneof![
        4 => factor,
        3 => Just(R::Mfa),
        2 => Just(R::Role("clerk".to_owned())),
        1 => Just(R::Acr("mfa".to_owned())),
        2 => methods,
    ];
    let tree = leaf.prop_recursive(3, 8, 3, |part| {
        prop_oneof![
            4 => vec(part.clone(), 1..4).prop_map(R::All),
            4 => vec(part.clone(), 1..4).prop_map(R::Any),
            1 => part.prop_map(|part| R::Not(Box::new(part))),
        ]
    });
    tree.boxed()
}

fn accepted(it: &RequirementModel) -> Vec<String> {
    it.accepted_methods().unwrap_or_else(|| METHODS.map(str::to_owned).to_vec())
}

fn model(requirement: &RequirementModel) -> AccessModel {
    let endpoint = EndpointModel {
        method: None,
        path: "/".to_owned(),
        kind: EndpointKind::Route,
        routes: None,
        handler: None,
        route: SourceLocation { file: String::new(), line: 0 },
        text: requirement.to_string(),
        requirement: Some(requirement.clone()),
        methods: accepted(requirement),
        public_reason: None,
        pending: None,
        cross_site: None,
        checks: Vec::new(),
        acr_values: Vec::new(),
        max_age: None,
        mfa: false,
        factors: Vec::new(),
        minimal_sets: Vec::new(),
        truncated: false,
        sufficient_roles: Vec::new(),
        conditional_roles: Vec::new(),
        minimum_role: None,
        clients: None,
    };
    let mut model = AccessModel {
        version: AccessModel::VERSION,
        hash: String::new(),
        default_methods: METHODS.map(str::to_owned).to_vec(),
        credentials: super::CredentialsModel::default(),
        clients: Vec::new(),
        vocabulary: vocabulary(),
        endpoints: vec![endpoint],
        findings: FindingsModel::default(),
    };
    model.conclude();
    model
}

/// Whether the caller proved two factors, told or shown.
fn with_mfa(mut caller: Caller, told: bool) -> Caller {
    let both = [Factor::Password, Factor::Passkey].iter().all(|it| caller.factors.contains_key(it));
    caller.mfa = told || both;
    caller
}

/// Every caller whom such requirements can tell apart.
static CALLERS: LazyLock<Vec<Caller>> = LazyLock::new(|| {
    let ages = [None, Some(301), Some(300), Some(60)];
    let mut callers = Vec::new();
    for password in ages {
        for passkey in ages {
            for told in [false, true] {
                for acr in [None, Some("another"), Some("mfa")] {
                    for is_clerk in [false, true] {
                        for (method, unknown) in METHODS.iter().flat_map(|it| openings(it)) {
                            let mut caller = Caller {
                                acr: acr.map(str::to_owned),
                                method: Some(method.to_owned()),
                                unknown,
                                ..Caller::default()
                            };
                            if is_clerk {
                                caller.grants.push(AuthorityKind::Role, "clerk");
                            }
                            for (factor, age) in
                                [(Factor::Password, password), (Factor::Passkey, passkey)]
                            {
                                if age.is_some() {
                                    caller.factors.insert(factor, age);
                                }
                            }
                            callers.push(with_mfa(caller, told));
                        }
                    }
                }
            }
        }
    }
    callers
});

/// A method with a credential that tells all names, and with one that leaves the roles open.
fn openings(method: &str) -> [(&str, BTreeSet<AuthorityKind>); 2] {
    [(method, BTreeSet::new()), (method, BTreeSet::from([AuthorityKind::Role]))]
}

fn lets(caller: &Caller, requirement: &RequirementModel) -> bool {
    let accepted = accepted(requirement);
    let by = RequirementModel::Method(accepted.clone());
    if !caller.method.as_ref().is_some_and(|own| accepted.contains(own)) {
        return false;
    }
    let held: Names = caller.grants.iter().map(|(kind, name)| (kind, name.to_owned())).collect();
    // `lets_in` has another default list.
    let whole = RequirementModel::All(vec![by, requirement.clone()]);
    lets_in(&whole, caller, (&held, &left_open(&caller.unknown, &vocabulary())), &vocabulary())
}

fn proved(factors: &[FactorModel]) -> BTreeMap<Factor, Option<u64>> {
    let mut ages: BTreeMap<Factor, Option<u64>> = BTreeMap::new();
    for FactorModel { any_of, within } in factors {
        let age = within.unwrap_or(9_999);
        let known = ages.entry(any_of[0]).or_insert(Some(age));
        *known = (*known).min(Some(age));
    }
    ages
}

fn as_caller(witness: &Witness, method: &str) -> Caller {
    let caller = Caller {
        grants: witness.grants.clone(),
        unknown: witness.unknown.clone(),
        method: Some(method.to_owned()),
        acr: witness.acr.clone(),
        factors: proved(&witness.factors),
        ..Caller::default()
    };
    with_mfa(caller, witness.mfa)
}

fn holder(set: &MinimalSet, method: &str) -> Caller {
    let another = (!set.acr_other_than.is_empty()).then(|| "another".to_owned());
    let caller = Caller {
        grants: set.grants.clone(),
        method: Some(method.to_owned()),
        acr: set.acr.clone().or(another),
        factors: proved(&set.factors),
        ..Caller::default()
    };
    with_mfa(caller, set.mfa)
}

/// Whether the caller has all that the set asks for.
fn has(caller: &Caller, set: &MinimalSet) -> bool {
    let own = caller.method.as_deref().unwrap_or_default();
    (set.methods.is_empty() || set.methods.iter().any(|it| it == own))
        && set.grants.iter().all(|name| caller.grants.iter().any(|own| own == name))
        && set.acr.as_ref().is_none_or(|acr| caller.acr.as_ref() == Some(acr))
        && (set.acr_other_than.is_empty() || caller.acr.is_some())
        && (!set.mfa || caller.mfa)
        && set.factors.iter().all(|it| caller.proved(it.any_of[0], it.within))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_formula_says_of_factors_what_the_tests_say(requirement in requirement(), place in 0..1152_usize) {
        let caller = &CALLERS[place % CALLERS.len()];
        let own = RequirementModel::Method(caller.method.iter().cloned().collect());
        let held: Names = caller.grants.iter().map(|(kind, name)| (kind, name.to_owned())).collect();
        let both = RequirementModel::All(vec![own, requirement.clone()]);
        let open = left_open(&caller.unknown, &vocabulary());
        let expected = lets_in(&both, caller, (&held, &open), &vocabulary());
        prop_assert_eq!(formula_lets_in(&requirement, caller, &vocabulary()), expected, "{} {:?}", requirement, caller);
    }

    #[test]
    fn minimal_sets_let_in_and_every_caller_who_is_let_in_has_one(requirement in requirement()) {
        let model = model(&requirement);
        let endpoint = &model.endpoints[0];
        prop_assert!(!endpoint.truncated);
        for set in &endpoint.minimal_sets {
            let methods = if set.methods.is_empty() { &endpoint.methods } else { &set.methods };
            for method in methods {
                let caller = holder(set, method);
                prop_assert!(lets(&caller, &requirement), "{} {:?} {:?}", requirement, set, caller);
            }
        }
        for caller in CALLERS.iter().filter(|it| lets(it, &requirement)) {
            prop_assert!(endpoint.minimal_sets.iter().any(|set| has(caller, set)), "{} {:?}", requirement, caller);
        }
    }

    #[test]
    fn a_comparison_of_factors_says_what_all_callers_say(old in requirement(), new in requirement()) {
        let comparison = model(&old).compare(&model(&new));
        let change = &comparison.endpoints[0];
        prop_assert!(change.complete);
        let any = |before: bool| CALLERS.iter().any(|it| lets(it, &old) == before && lets(it, &new) != before);
        let expected = match (any(false), any(true)) {
            (false, false) => Change::Equivalent,
            (true, false) => Change::Widened,
            (false, true) => Change::Narrowed,
            (true, true) => Change::Incomparable,
        };
        prop_assert_eq!(change.change, expected, "{} -> {}: {:?}", old, new, change);
        for (witness, let_in_before) in [(&change.opened, false), (&change.closed, true)] {
            let Some(witness) = witness else { continue };
            let methods = witness.method.clone().map_or_else(|| [accepted(&old), accepted(&new)].concat(), |it| vec![it]);
            for method in methods {
                let caller = as_caller(witness, &method);
                prop_assert_eq!(lets(&caller, &old), let_in_before, "{} -> {} {:?}", old, new, witness);
                prop_assert_eq!(lets(&caller, &new), !let_in_before, "{} -> {} {:?}", old, new, witness);
            }
        }
    }
}

#[test]
fn a_factor_that_is_dropped_is_a_widening_with_a_sentence() {
    let read = |text: &str| model(&text.parse().unwrap());
    let with_leaves = |text: &str| {
        let mut model = read(text);
        for endpoint in &mut model.endpoints {
            endpoint.find_factors();
        }
        model
    };
    for (old, new, sentence) in [
        (
            r#"method = "session" | "bearer", mfa"#,
            r#"method = "session" | "bearer""#,
            "callers by `session`, `bearer` need no factor any more",
        ),
        (
            r#"method = "session", mfa"#,
            r#"any(method = "api-key", all(method = "session", mfa))"#,
            "a caller by `api-key` needs no factor any more",
        ),
        (
            r#"method = "session", mfa, factor(Passkey)"#,
            r#"method = "session", factor(Passkey)"#,
            "one factor is enough, where two were needed",
        ),
        (
            r#"method = "session", factor(Passkey, within = "5m")"#,
            r#"method = "session", factor(Passkey, within = "1h")"#,
            "the proof of `passkey` may be 1h old, not only 5m",
        ),
        (
            r#"method = "session", factor(Totp | Passkey, within = "5m")"#,
            r#"method = "session", factor(Totp | Passkey)"#,
            "the proof of `totp` may be of any age in the login, not only 5m",
        ),
    ] {
        let comparison = with_leaves(old).compare(&with_leaves(new));
        let change = &comparison.endpoints[0];
        assert_eq!((change.change, change.note.as_deref()), (Change::Widened, Some(sentence)));
        assert!(comparison.is_widening());
        let back = with_leaves(new).compare(&with_leaves(old));
        assert_eq!((back.endpoints[0].change, &back.endpoints[0].note), (Change::Narrowed, &None));
    }
}
