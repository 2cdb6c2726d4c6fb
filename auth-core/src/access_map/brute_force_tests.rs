//! Minimal sets, roles and comparisons held against all callers of small vocabularies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;

use super::testing_fixtures::{
    CHECKS, Caller, METHODS, every_caller, formula_lets_in, held, included, kinds, left_open,
    lets_in, requirement, vocabulary,
};
use super::{
    AccessModel, AuthorityModel, Change, CheckModel, EndpointKind, EndpointModel, FindingsModel,
    GrantsModel, MinimalSet, RequirementModel, SourceLocation, VocabularyModel, Witness,
};
use crate::AuthorityKind;

static CALLERS: LazyLock<Vec<Caller>> = LazyLock::new(every_caller);

fn model(vocabulary: &VocabularyModel, requirement: &RequirementModel) -> AccessModel {
    let endpoint = EndpointModel {
        method: None,
        path: "/".to_owned(),
        kind: EndpointKind::Route,
        routes: None,
        handler: None,
        route: SourceLocation { file: String::new(), line: 0 },
        text: requirement.to_string(),
        requirement: Some(requirement.clone()),
        methods: super::testing_fixtures::accepted(requirement),
        public_reason: None,
        pending: None,
        cross_site: None,
        checks: CHECKS
            .map(|name| CheckModel {
                name: name.to_owned(),
                module: "shop".to_owned(),
                sentence: name.to_owned(),
            })
            .to_vec(),
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
        default_methods: vec![METHODS[0].to_owned()],
        credentials: super::CredentialsModel::default(),
        clients: Vec::new(),
        vocabulary: vocabulary.clone(),
        endpoints: vec![endpoint],
        findings: FindingsModel::default(),
    };
    model.conclude();
    model
}

/// The callers who are let in, by their places in [`CALLERS`].
fn let_in(vocabulary: &VocabularyModel, requirement: &RequirementModel) -> Vec<bool> {
    let_in_leaving_open(&BTreeSet::new(), vocabulary, requirement)
}

/// The same, if their tokens leave these kinds open.
fn let_in_leaving_open(
    kinds: &BTreeSet<AuthorityKind>,
    vocabulary: &VocabularyModel,
    requirement: &RequirementModel,
) -> Vec<bool> {
    let open = left_open(kinds, vocabulary);
    // The callers with the same names come one after the other.
    let mut known = (GrantsModel::default(), held(&GrantsModel::default(), vocabulary));
    let mut each = Vec::with_capacity(CALLERS.len());
    for caller in &*CALLERS {
        if known.0 != caller.grants {
            known = (caller.grants.clone(), held(&caller.grants, vocabulary));
        }
        each.push(lets_in(requirement, caller, (&known.1, &open), vocabulary));
    }
    each
}

/// What a caller shows of itself, as the order behind minimal sets sees it.
type Held = BTreeSet<(AuthorityKind, String)>;
type Shown = (Held, u8, u8, BTreeSet<String>, Option<String>);

fn shown(
    caller: &Caller,
    held: Held,
    named: &[(&RequirementModel, bool)],
    vocabulary: &VocabularyModel,
) -> Shown {
    let is_named = |it: RequirementModel| named.iter().any(|(leaf, _)| **leaf == it);
    let is_level = |class: &str| vocabulary.levels.iter().any(|it| it.name == class);
    let asks_for = |class: &str| is_named(RequirementModel::Acr(class.to_owned()));
    // Where a level is asked for, any level may be told from the others.
    let levels_matter = vocabulary.levels.iter().any(|it| asks_for(&it.name));
    let matters = |class: &str| asks_for(class) || (levels_matter && is_level(class));
    let class = match caller.acr.as_deref() {
        None => 0,
        Some("mfa") if matters("mfa") => 2,
        Some("pwd") if matters("pwd") => 3,
        Some(_) => 1,
    };
    let limits = [300, 60].iter().filter(|it| is_named(RequirementModel::MaxAge(**it)));
    let age = match caller.age {
        None => 0,
        Some(age) => 1 + u8::try_from(limits.filter(|limit| age <= **limit).count()).unwrap(),
    };
    let yes = caller.checks.iter().filter(|(_, yes)| **yes).map(|(name, _)| name.clone());
    (held, class, age, yes.collect(), caller.method.clone())
}

fn less(one: &Shown, two: &Shown, vocabulary: &VocabularyModel) -> bool {
    let names = ["", "", "mfa", "pwd"];
    let [own, other] = [one.1, two.1].map(|class| names[usize::from(class)]);
    let is_lower = one.1 > 1 && included(other, vocabulary).contains(own);
    let class = one.1 == two.1 || one.1 == 0 || (one.1 == 1 && two.1 > 1) || is_lower;
    one.0.is_subset(&two.0) && class && one.2 <= two.2 && one.3.is_subset(&two.3) && one.4 == two.4
}

/// Callers with exactly what the set lists, by each of its methods.
fn holders(set: &MinimalSet, endpoint: &EndpointModel) -> Vec<Caller> {
    let methods = if set.methods.is_empty() { &endpoint.methods } else { &set.methods };
    methods.iter().map(|method| holder(set, method)).collect()
}

fn holder(set: &MinimalSet, method: &str) -> Caller {
    let class = set.acr.clone();
    let class = class.or_else(|| (!set.acr_other_than.is_empty()).then(|| "another".to_owned()));
    let age = set.max_age.or_else(|| set.older_than.map(|age| age.saturating_add(1)));
    let checks = super::testing_fixtures::CHECKS
        .iter()
        .map(|it| ((*it).to_owned(), set.checks.iter().any(|c| c == it)));
    let checks = checks.collect();
    let method = Some(method.to_owned());
    Caller { grants: set.grants.clone(), method, acr: class, age, checks, ..Caller::default() }
}

fn as_caller(witness: &Witness, method: &str) -> Caller {
    let says_yes = |check: &str| witness.checks.iter().any(|it| it == check);
    Caller {
        grants: witness.grants.clone(),
        unknown: witness.unknown.clone(),
        method: Some(method.to_owned()),
        acr: witness.acr.clone(),
        age: witness.age,
        factors: BTreeMap::new(),
        mfa: false,
        checks: super::testing_fixtures::CHECKS
            .iter()
            .map(|it| ((*it).to_owned(), says_yes(it)))
            .collect(),
    }
}

fn size(caller: &Caller) -> usize {
    caller.grants.len()
        + usize::from(caller.acr.is_some())
        + usize::from(caller.age.is_some())
        + caller.checks.values().filter(|yes| **yes).count()
}

/// Any who meets `either` or its opposite, and `both`.
fn split(either: &RequirementModel, both: &RequirementModel) -> RequirementModel {
    use RequirementModel as R;
    let opposite = R::Not(Box::new(either.clone()));
    R::Any(vec![R::All(vec![either.clone(), both.clone()]), R::All(vec![opposite, both.clone()])])
}

fn lets(caller: &Caller, requirement: &RequirementModel, vocabulary: &VocabularyModel) -> bool {
    let (held, open) = (held(&caller.grants, vocabulary), left_open(&caller.unknown, vocabulary));
    lets_in(requirement, caller, (&held, &open), vocabulary)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn minimal_sets_are_the_least_of_all_callers_let_in(
        vocabulary in vocabulary(),
        requirement in requirement(),
    ) {
        let model = model(&vocabulary, &requirement);
        let endpoint = &model.endpoints[0];
        prop_assert!(!endpoint.truncated);
        let named = requirement.leaves();
        let mut held_by: BTreeMap<GrantsModel, Held> = BTreeMap::new();
        let mut holds = |it: &Caller| {
            let named_only = || {
                let mut held = held(&it.grants, &vocabulary);
                let name = |kind, name: &str| RequirementModel::name(kind, name);
                held.retain(|(k, n)| named.iter().any(|(leaf, _)| **leaf == name(*k, n)));
                held
            };
            held_by.entry(it.grants.clone()).or_insert_with(named_only).clone()
        };
        let all = CALLERS.iter().zip(let_in(&vocabulary, &requirement)).filter(|(_, yes)| *yes);
        let all: BTreeSet<Shown> = all.map(|(it, _)| shown(it, holds(it), &named, &vocabulary)).collect();
        // The smaller ones first: what is less than another one comes before it.
        let mut by_size: Vec<&Shown> = all.iter().collect();
        by_size.sort_by_key(|it| it.0.len() + usize::from(it.1 + it.2) + it.3.len());
        let mut least: BTreeSet<&Shown> = BTreeSet::new();
        for it in by_size {
            if !least.iter().any(|other| less(other, it, &vocabulary)) {
                least.insert(it);
            }
        }
        let found: Vec<Shown> =
            endpoint.minimal_sets.iter().flat_map(|it| holders(it, endpoint)).map(|it| shown(&it, holds(&it), &named, &vocabulary)).collect();
        prop_assert_eq!(found.len(), least.len(), "{} {:?} {:?}", requirement, endpoint.minimal_sets, least);
        prop_assert_eq!(found.iter().collect::<BTreeSet<_>>(), least);
        for set in &endpoint.minimal_sets {
            for caller in holders(set, endpoint) {
            prop_assert!(lets(&caller, &requirement, &vocabulary), "{} {:?}", requirement, set);
            // Nothing is listed that something else listed brings.
            for (kind, name) in set.grants.iter() {
                let mut less = caller.clone();
                less.grants = GrantsModel::default();
                set.grants.iter().filter(|it| *it != (kind, name)).for_each(|(k, n)| less.grants.push(k, n));
                prop_assert!(!lets(&less, &requirement, &vocabulary));
            }
            for (kind, name) in set.without.iter() {
                let mut more = caller.clone();
                more.grants.push(kind, name);
                prop_assert!(!lets(&more, &requirement, &vocabulary));
            }
            }
        }
        let nobody = all.is_empty();
        prop_assert_eq!(!model.findings.unreachable_endpoints.is_empty(), nobody);
    }

    #[test]
    fn roles_alone_are_the_roles_whose_holder_is_let_in(
        vocabulary in vocabulary(),
        requirement in requirement(),
    ) {
        let model = model(&vocabulary, &requirement);
        let endpoint = &model.endpoints[0];
        let scopes: BTreeSet<&str> = requirement.leaves().into_iter().filter_map(|(leaf, wanted)| match leaf {
            RequirementModel::Scope(name) if wanted => Some(name.as_str()),
            _ => None,
        }).collect();
        let ins = let_in(&vocabulary, &requirement);
        let with = |role: Option<&str>, check: bool| {
            CALLERS.iter().zip(&ins).any(|(it, yes)| {
                let own: BTreeSet<&str> = it.grants.scopes.iter().map(String::as_str).collect();
                *yes && own == scopes && it.grants.permissions.is_empty() && it.grants.groups.is_empty()
                    && it.grants.roles.iter().map(String::as_str).eq(role)
                    && (check || it.checks.values().all(|yes| !yes))
            })
        };
        for AuthorityModel { name, .. } in &vocabulary.roles {
            let (alone, checked) = (with(Some(name), false), with(Some(name), true));
            prop_assert_eq!(endpoint.sufficient_roles.contains(name), alone, "{} {}", name, requirement);
            prop_assert_eq!(endpoint.conditional_roles.contains(name), checked && !alone);
        }
        if let Some(least) = &endpoint.minimum_role {
            let alone = !endpoint.sufficient_roles.is_empty();
            prop_assert!(!with(None, !alone));
            let list = if alone { &endpoint.sufficient_roles } else { &endpoint.conditional_roles };
            for role in list {
                let mut grants = GrantsModel::default();
                grants.push(AuthorityKind::Role, role);
                prop_assert!(held(&grants, &vocabulary).contains(&(AuthorityKind::Role, least.clone())));
            }
        }
    }

    #[test]
    fn a_comparison_says_what_all_callers_say(
        vocabularies in (vocabulary(), vocabulary(), 0..4_u8),
        requirements in (requirement(), requirement(), 0..5_u8),
        kinds in kinds(),
    ) {
        let (before, after, same) = vocabularies;
        let after = if same == 0 { before.clone() } else { after };
        let (old, new, shape) = requirements;
        let (old, new) = match shape {
            0 => (old.clone(), old),
            1 => (old.clone(), RequirementModel::Any(vec![old, new])),
            // The same, unless it is unknown on which side of `not` the caller is.
            2 => (split(&new, &old), old),
            3 => (old.clone(), split(&new, &old)),
            _ => (old, new),
        };
        let comparison = model(&before, &old).compare(&model(&after, &new));
        let change = &comparison.endpoints[0];
        let (ins_before, ins_after) = (let_in(&before, &old), let_in(&after, &new));
        let smallest = |refused: &[bool], passing: &[bool]| {
            let all = CALLERS.iter().zip(refused.iter().zip(passing));
            all.filter(|(_, (refused, passing))| !**refused && **passing).map(|(it, _)| size(it)).min()
        };
        let opened = smallest(&ins_before, &ins_after);
        let closed = smallest(&ins_after, &ins_before);
        let expected = match (&change.opened, &change.closed) {
            (None, None) => Change::Equivalent,
            (Some(_), None) => Change::Widened,
            (None, Some(_)) => Change::Narrowed,
            (Some(_), Some(_)) => Change::Incomparable,
        };
        prop_assert!(change.complete);
        prop_assert_eq!(change.change, expected, "{} -> {}: {:?}", old, new, change);
        // Looked for only where no one else shows a difference: it takes its time.
        let (opened_open, closed_open) = if opened.is_none() || closed.is_none() {
            let ins_before = let_in_leaving_open(&kinds, &before, &old);
            let ins_after = let_in_leaving_open(&kinds, &after, &new);
            (smallest(&ins_before, &ins_after), smallest(&ins_after, &ins_before))
        } else {
            (None, None)
        };
        let found = [(&change.opened, opened, opened_open), (&change.closed, closed, closed_open)];
        for (witness, told, left_open) in found {
            // A caller whose token tells all names is before callers whose token leaves some open.
            let known = witness.as_ref().filter(|it| it.unknown.is_empty()).map(Witness::size);
            prop_assert_eq!(known, told, "{} -> {}: {:?}", old, new, change);
            if let (None, Some(size)) = (told, left_open) {
                let found = witness.as_ref().map(Witness::size);
                let least = found.is_some_and(|found| found <= size + kinds.len());
                prop_assert!(least, "{:?}: {} -> {}: {:?}", kinds, old, new, change);
            }
        }
        let looked_at = [&old, &new].map(super::testing_fixtures::accepted).concat();
        for (witness, let_in_before) in [(&change.opened, false), (&change.closed, true)] {
            let Some(witness) = witness else { continue };
            let methods = witness.method.clone().map_or_else(|| looked_at.clone(), |it| vec![it]);
            for method in methods {
                let caller = as_caller(witness, &method);
                prop_assert_eq!(lets(&caller, &old, &before), let_in_before);
                prop_assert_eq!(lets(&caller, &new, &after), !let_in_before);
            }
        }
    }

    #[test]
    fn the_formula_says_what_the_tests_say(
        vocabulary in vocabulary(),
        requirement in requirement(),
        place in 0..1_000_usize,
        kinds in prop_oneof![Just(BTreeSet::new()), kinds()],
    ) {
        let caller = Caller { unknown: kinds, ..CALLERS[place * 16].clone() };
        let own = caller.method.iter().cloned().collect();
        let both = RequirementModel::All(vec![RequirementModel::Method(own), requirement.clone()]);
        let yes = lets(&caller, &both, &vocabulary);
        prop_assert_eq!(formula_lets_in(&requirement, &caller, &vocabulary), yes);
    }
}
