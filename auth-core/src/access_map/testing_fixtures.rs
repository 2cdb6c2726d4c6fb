//! Small models and all their callers, for the property tests.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::closure::Closure;
use super::space::{Fact, Side, Space};
use super::{AuthorityModel, GrantsModel, RequirementModel, VocabularyModel};
use crate::policy::solver::{BitSet, Credential};
use crate::policy::{Factor, ProvedFactors};
use crate::vocabulary::AuthorityKind;

const ROLES: [&str; 3] = ["clerk", "manager", "auditor"];
const PERMISSIONS: [&str; 2] = ["read", "cancel"];
const SCOPES: [&str; 2] = ["read", "all"];
const GROUPS: [&str; 1] = ["staff"];
pub(super) const CLASSES: [&str; 2] = ["mfa", "pwd"];
pub(super) const AGES: [u64; 2] = [60, 300];
pub(super) const METHODS: [&str; 2] = ["bearer", "session"];
pub(super) const CHECKS: [&str; 2] = ["placed", "open"];

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn some(names: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    subsequence(names, 0..=names.len()).prop_map(|names| owned(&names))
}

/// Each name includes only names before it, so that there is no cycle.
fn names(all: &'static [&'static str]) -> impl Strategy<Value = Vec<AuthorityModel>> {
    let each = all.iter().enumerate().map(|(place, name)| {
        (some(&all[..place]), some(&PERMISSIONS), some(&ROLES)).prop_map(
            move |(includes, grants, roles)| AuthorityModel {
                name: (*name).to_owned(),
                includes,
                grants,
                roles,
                ..AuthorityModel::default()
            },
        )
    });
    each.collect::<Vec<_>>()
}

pub(super) fn vocabulary() -> impl Strategy<Value = VocabularyModel> {
    let levels = prop_oneof![Just(Vec::new()), names(&CLASSES)];
    let all = (names(&ROLES), names(&PERMISSIONS), names(&SCOPES), names(&GROUPS), levels);
    // Now and then a name is missing at the end of its list.
    (all, 0..8_usize, 0..8_usize).prop_map(
        |((roles, permissions, scopes, groups, levels), drop_role, drop)| {
            let mut it = VocabularyModel { roles, permissions, scopes, groups, levels };
            it.roles.iter_mut().for_each(|it| it.roles.clear());
            for it in it.permissions.iter_mut().chain(&mut it.scopes).chain(&mut it.levels) {
                it.roles.clear();
                it.grants.clear();
            }
            it.groups.iter_mut().for_each(|it| it.grants.clear());
            if drop_role == 0 {
                it.roles.pop();
            }
            if drop == 0 {
                it.permissions.pop();
            }
            if drop == 1 {
                it.levels.pop();
            }
            it
        },
    )
}

fn leaf() -> impl Strategy<Value = RequirementModel> {
    use RequirementModel as R;
    let name = |kind: AuthorityKind, names: &'static [&'static str]| {
        select(names).prop_map(move |name| R::name(kind, name))
    };
    prop_oneof![
        6 => name(AuthorityKind::Role, &ROLES),
        6 => name(AuthorityKind::Permission, &PERMISSIONS),
        4 => name(AuthorityKind::Scope, &SCOPES),
        1 => name(AuthorityKind::Group, &GROUPS),
        2 => select(&CLASSES[..]).prop_map(|acr| R::Acr(acr.to_owned())),
        2 => select(&AGES[..]).prop_map(R::MaxAge),
        3 => select(&CHECKS[..]).prop_map(|check| R::Check(check.to_owned())),
        1 => subsequence(&METHODS[..], 1..=2).prop_map(|methods| R::Method(owned(&methods))),
        1 => Just(R::Authenticated),
        1 => prop_oneof![Just(R::All(vec![])), Just(R::Any(vec![])), Just(R::MaxAge(u64::MAX))],
    ]
}

pub(super) fn requirement() -> BoxedStrategy<RequirementModel> {
    use RequirementModel as R;
    let tree = leaf().prop_recursive(3, 10, 4, |part| {
        prop_oneof![
            3 => vec(part.clone(), 1..4).prop_map(R::All),
            3 => vec(part.clone(), 1..4).prop_map(R::Any),
            1 => part.prop_map(|part| R::Not(Box::new(part))),
        ]
    });
    tree.boxed()
}

/// A caller as a token and a login show it.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    /// What the token carries. A name that the vocabulary lacks grants nothing.
    pub(super) grants: GrantsModel,
    /// The kinds of which the token leaves open which names it grants, beside those that it carries.
    pub(super) unknown: BTreeSet<AuthorityKind>,
    /// By which method the caller was authenticated; `None` for one that no requirement names.
    pub(super) method: Option<String>,
    /// The authentication context class of the login, if the token tells it.
    pub(super) acr: Option<String>,
    /// How many seconds ago the login was, if the token tells it.
    pub(super) age: Option<u64>,
    /// How many seconds ago each factor was proved, if that is known.
    pub(super) factors: BTreeMap<Factor, Option<u64>>,
    /// Whether factors of two categories were proved.
    pub(super) mfa: bool,
    /// The answers of the checks.
    pub(super) checks: BTreeMap<String, bool>,
}

/// How many seconds ago each factor was proved. Clocks may differ by a minute, so what lies in the
/// future was not.
pub(super) fn ages(proved: &ProvedFactors, now: u64) -> BTreeMap<Factor, Option<u64>> {
    let past = proved.iter().filter(|it| it.at().is_none_or(|at| at <= now + 60));
    past.map(|it| (it.factor(), it.at().map(|at| now.saturating_sub(at)))).collect()
}

impl Caller {
    /// Whether the factor was proved, at most so many seconds ago.
    pub(super) fn proved(&self, factor: Factor, within: Option<u64>) -> bool {
        self.factors
            .get(&factor)
            .is_some_and(|age| within.is_none_or(|within| age.is_some_and(|age| age <= within)))
    }
}

/// Every caller there can be, as far as requirements of [`requirement`] can tell them apart.
pub(super) fn every_caller() -> Vec<Caller> {
    let mut all: Vec<(AuthorityKind, &str)> = Vec::new();
    all.extend(ROLES.map(|name| (AuthorityKind::Role, name)));
    all.extend(PERMISSIONS.map(|name| (AuthorityKind::Permission, name)));
    all.extend(SCOPES.map(|name| (AuthorityKind::Scope, name)));
    all.extend(GROUPS.map(|name| (AuthorityKind::Group, name)));
    let mut callers = Vec::new();
    for names in 0_u32..1 << all.len() {
        let mut grants = GrantsModel::default();
        for (place, (kind, name)) in all.iter().enumerate() {
            if names >> place & 1 == 1 {
                grants.push(*kind, *name);
            }
        }
        for acr in [None, Some("another"), Some("mfa"), Some("pwd")] {
            for age in [None, Some(301), Some(300), Some(60)] {
                for answers in 0_u32..4 {
                    let checks = CHECKS.iter().enumerate();
                    let checks: BTreeMap<String, bool> = checks
                        .map(|(place, name)| ((*name).to_owned(), answers >> place & 1 == 1))
                        .collect();
                    for method in METHODS {
                        let (acr, method) = (acr.map(str::to_owned), Some(method.to_owned()));
                        let (grants, checks) = (grants.clone(), checks.clone());
                        let unknown = BTreeSet::new();
                        let caller = Caller {
                            grants,
                            unknown,
                            method,
                            acr,
                            age,
                            checks,
                            ..Caller::default()
                        };
                        callers.push(caller);
                    }
                }
            }
        }
    }
    callers
}

pub(super) type Names = BTreeSet<(AuthorityKind, String)>;

/// Some kinds of names, at least one.
pub(super) fn kinds() -> impl Strategy<Value = BTreeSet<AuthorityKind>> {
    subsequence(&AuthorityKind::ALL[..], 1..=AuthorityKind::ALL.len())
        .prop_map(|kinds| kinds.into_iter().collect())
}

/// What a token that leaves these kinds open could bring.
pub(super) fn left_open(kinds: &BTreeSet<AuthorityKind>, vocabulary: &VocabularyModel) -> Names {
    let mut all = GrantsModel::default();
    for kind in kinds {
        vocabulary.of(*kind).iter().for_each(|it| all.push(*kind, &it.name));
    }
    held(&all, vocabulary)
}

/// What a token brings, by following each name, without the code under test.
pub(super) fn held(grants: &GrantsModel, vocabulary: &VocabularyModel) -> Names {
    let mut held = BTreeSet::new();
    let mut open: Vec<(AuthorityKind, String)> =
        grants.iter().map(|(kind, name)| (kind, name.to_owned())).collect();
    while let Some((kind, name)) = open.pop() {
        if let Some(it) = vocabulary.of(kind).iter().find(|it| it.name == name)
            && held.insert((kind, name))
        {
            open.extend(it.includes.iter().map(|name| (kind, name.clone())));
            open.extend(it.grants.iter().map(|name| (AuthorityKind::Permission, name.clone())));
            open.extend(it.roles.iter().map(|name| (AuthorityKind::Role, name.clone())));
        }
    }
    held
}

/// The levels that a login of the class `own` is enough for.
pub(super) fn included(own: &str, vocabulary: &VocabularyModel) -> BTreeSet<String> {
    let (mut included, mut open) = (BTreeSet::new(), vec![own.to_owned()]);
    while let Some(level) = open.pop() {
        if let Some(it) = vocabulary.levels.iter().find(|it| it.name == level)
            && included.insert(level)
        {
            open.extend(it.includes.iter().cloned());
        }
    }
    included
}

/// Whether a login of that class is enough; none if a level is asked for and it is none.
fn is_enough(own: &str, asked: &str, vocabulary: &VocabularyModel) -> Option<bool> {
    let included = included(own, vocabulary);
    let is_level = vocabulary.levels.iter().any(|it| it.name == asked);
    let is_known = own == asked || !is_level || !included.is_empty();
    is_known.then(|| own == asked || included.contains(asked))
}

/// The methods that an endpoint accepts: by default the first of them.
pub(super) fn accepted(it: &RequirementModel) -> Vec<String> {
    it.accepted_methods().unwrap_or_else(|| owned(&METHODS[..1]))
}

/// Whether the caller is let in who holds the one and may hold the other, written once more for the
/// tests: `wanted` is what the part has to be; `None` where the tree has a fault.
pub(super) fn lets_in(
    it: &RequirementModel,
    caller: &Caller,
    (held, open): (&Names, &Names),
    vocabulary: &VocabularyModel,
) -> bool {
    let accepted = accepted(it);
    let is_looked_at = caller.method.as_ref().is_some_and(|own| accepted.contains(own));
    is_looked_at && meets(it, caller, (held, open), vocabulary, true).unwrap_or(false)
}

fn meets(
    it: &RequirementModel,
    caller: &Caller,
    (held, open): (&Names, &Names),
    vocabulary: &VocabularyModel,
    wanted: bool,
) -> Option<bool> {
    use RequirementModel as R;
    Some(match it {
        R::Authenticated => wanted,
        R::Role(_) | R::Permission(_) | R::Scope(_) | R::Group(_) => {
            let (kind, name) = it.as_name().unwrap();
            vocabulary.of(kind).iter().find(|it| it.name == name)?;
            let name = (kind, name.to_owned());
            let is_held = held.contains(&name);
            (is_held || !open.contains(&name)) && is_held == wanted
        }
        R::Method(methods) => {
            caller.method.as_ref().is_some_and(|own| methods.contains(own)) == wanted
        }
        R::Factor(factor) if factor.any_of.is_empty() => return None,
        R::Acr(_) | R::MaxAge(_) | R::Mfa | R::Factor(_)
            if caller.method.as_ref().is_some_and(|own| own == "api-key" || own == "basic") =>
        {
            false
        }
        R::Mfa => wanted && caller.mfa,
        R::Factor(factor) => {
            wanted && factor.any_of.iter().any(|it| caller.proved(*it, factor.within))
        }
        R::Acr(acr) => {
            let own = caller.acr.as_ref();
            own.is_some_and(|own| is_enough(own, acr, vocabulary) == Some(wanted))
        }
        R::MaxAge(limit) => caller.age.is_some_and(|age| (age <= *limit) == wanted),
        R::Check(name) => caller.checks.get(name).copied().unwrap_or(false) == wanted,
        R::All(parts) | R::Any(parts) => {
            let each: Vec<bool> = parts
                .iter()
                .map(|part| meets(part, caller, (held, open), vocabulary, wanted))
                .collect::<Option<_>>()?;
            match each.as_slice() {
                [] => return None,
                each if matches!(it, R::All(_)) == wanted => each.iter().all(|yes| *yes),
                each => each.iter().any(|yes| *yes),
            }
        }
        R::Not(part) => meets(part, caller, (held, open), vocabulary, !wanted)?,
    })
}

/// Whether the caller is let in where its method is accepted, as the formula of the solver says, which
/// is asked both ways. A check without an answer says no.
pub(super) fn formula_lets_in(
    requirement: &RequirementModel,
    caller: &Caller,
    vocabulary: &VocabularyModel,
) -> bool {
    let closure = Closure::of(vocabulary);
    let methods: Vec<String> = caller.method.iter().cloned().collect();
    let side = Side { requirement, checks: &[], closure: &closure, methods: &methods };
    let space = Space::of(&[side]);
    let held = closure.held(&caller.grants);
    let mut may_be_held = GrantsModel::default();
    for kind in &caller.unknown {
        vocabulary.of(*kind).iter().for_each(|it| may_be_held.push(*kind, &it.name));
    }
    let may_be_held = closure.held(&may_be_held);
    let facts_that = |is_so: &dyn Fn(&Fact<'_>) -> bool| -> BitSet {
        let facts = space.facts.iter().enumerate();
        facts.filter(|(_, fact)| is_so(fact)).map(|(place, _)| place).collect()
    };
    let has = facts_that(&|fact| match fact {
        Fact::Name { number, .. } => held.contains(*number),
        Fact::Check(check) => caller.checks.get(check.name()) == Some(&true),
        Fact::Mfa => caller.mfa,
        Fact::Factor(factor, within) => caller.proved(*factor, *within),
    });
    let open = facts_that(&|fact| match fact {
        Fact::Name { number, .. } => may_be_held.contains(*number) && !held.contains(*number),
        Fact::Check(_) | Fact::Mfa | Fact::Factor(..) => false,
    });
    let class = caller.acr.as_ref().filter(|_| !space.classes.is_empty());
    let age = caller.age.filter(|_| !space.ages.is_empty());
    let at = Credential {
        method: 0,
        class: class.map_or(0, |acr| space.class(acr)),
        age: age.map_or(0, |age| space.age(age)),
    };
    let passes = space.formula_leaving_open(0, true, &open).holds(&has, &at);
    let refused = space.formula_leaving_open(0, false, &open).holds(&has, &at);
    assert_ne!(passes, refused, "{requirement} {caller:?}");
    passes
}
