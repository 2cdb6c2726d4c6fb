//! The least that a token must carry to be let in.

use std::collections::BTreeMap;

use super::closure::Closure;
use super::space::{Fact, Side, Space};
use super::{FactorModel, GrantsModel, MinimalSet};
use crate::policy::solver::{BitSet, Credential, Formula, Way, minimal};

/// How many sets are kept for one endpoint. More are no help to anyone.
const SETS: usize = 256;

/// The minimal sets of one requirement, and whether the search was cut short.
pub(super) fn minimal_sets(space: &Space<'_>, side: Side<'_>) -> (Vec<MinimalSet>, bool) {
    let formula = space.formula(0, true);
    let (ways, complete) = minimal(&space.world, &formula, SETS);
    // What is the same for several methods is one set.
    let mut by_set: BTreeMap<MinimalSet, BitSet> = BTreeMap::new();
    for way in &ways {
        let set = set_of(way, space, side.closure, &formula);
        by_set.entry(set).or_default().insert(way.credential.method);
    }
    let mut sets: Vec<(usize, MinimalSet)> = by_set
        .into_iter()
        .map(|(set, methods)| {
            let listed_at = set.checks.len() * 1_000 + set.grants.len();
            (listed_at, MinimalSet { methods: methods_in(&methods, space), ..set })
        })
        .collect();
    // Those without a check first, then the shortest.
    sets.sort();
    (sets.into_iter().map(|(_, set)| set).collect(), !complete)
}

/// The methods in these states; none if any that is accepted will do.
fn methods_in(states: &BitSet, space: &Space<'_>) -> Vec<String> {
    if space.method_states().is_within(states) {
        return Vec::new();
    }
    states.iter().filter_map(|state| space.methods.get(state)).map(|it| (*it).to_owned()).collect()
}

fn set_of(way: &Way, space: &Space<'_>, closure: &Closure<'_>, formula: &Formula) -> MinimalSet {
    let Credential { method, class, age } = way.credential;
    let holds = |class, age| formula.holds(&way.has, &Credential { method, class, age });
    let class_name = |state: usize| state.checked_sub(2).and_then(|place| space.classes.get(place));
    let age_limit = |state: usize| state.checked_sub(2).and_then(|place| space.ages.get(place));
    let own = generators(&way.has, space);
    let (grants, checks) = names(&own, space, closure);
    let mut set = MinimalSet {
        grants,
        checks,
        acr: class_name(class).map(|acr| (*acr).to_owned()),
        max_age: age_limit(age).copied(),
        mfa: own.iter().any(|place| space.facts.get(place) == Some(&Fact::Mfa)),
        factors: factors(&own, space),
        ..MinimalSet::default()
    };
    if class == 1 {
        let refused = (2..space.classes.len() + 2).filter(|state| !holds(*state, age));
        set.acr_other_than = refused.filter_map(class_name).map(|acr| (*acr).to_owned()).collect();
        if set.acr_other_than.is_empty() {
            // Any class will do as long as the token tells one.
            set.acr_other_than = space.classes.iter().map(|acr| (*acr).to_owned()).collect();
        }
    }
    // A fresher login is no help if it is rejected.
    let refused = (age + 1..space.ages.len() + 2).find(|state| !holds(class, *state));
    set.older_than = match (age, refused) {
        (0, _) => None,
        (1, None) => space.ages.first().copied(),
        (_, state) => state.and_then(age_limit).copied(),
    };
    if formula.can_refuse() {
        (set.without, set.without_checks) = names(&refusing(way, space, formula), space, closure);
    }
    set
}

/// The facts that bring all of `has`.
fn generators(has: &BitSet, space: &Space<'_>) -> BitSet {
    let brings = |from: usize, to: usize| {
        from != to && space.world.implied(from).is_some_and(|implied| implied.contains(to))
    };
    has.iter().filter(|fact| !has.iter().any(|other| brings(other, *fact))).collect()
}

/// The facts that would shut the caller out, without those that bring another one of these.
fn refusing(way: &Way, space: &Space<'_>, formula: &Formula) -> BitSet {
    let refuses = |fact: &usize| {
        let mut more = way.has.clone();
        space.world.implied(*fact).is_some_and(|implied| more.add(implied))
            && !formula.holds(&more, &way.credential)
    };
    let all: BitSet = (0..space.facts.len()).filter(refuses).collect();
    let brings_another = |fact: &usize| {
        let implied = space.world.implied(*fact);
        implied.is_some_and(|implied| all.iter().any(|it| it != *fact && implied.contains(it)))
    };
    all.iter().filter(|fact| !brings_another(fact)).collect()
}

/// The factors behind facts, in the order of listings.
fn factors(facts: &BitSet, space: &Space<'_>) -> Vec<FactorModel> {
    let mut factors: Vec<FactorModel> = facts
        .iter()
        .filter_map(|place| match space.facts.get(place)? {
            Fact::Factor(factor, within) => {
                Some(FactorModel { any_of: vec![*factor], within: *within })
            }
            _ => None,
        })
        .collect();
    factors.sort();
    factors
}

/// The names and the checks behind facts, in the order of the vocabulary.
fn names(facts: &BitSet, space: &Space<'_>, closure: &Closure<'_>) -> (GrantsModel, Vec<String>) {
    let (mut numbers, mut checks) = (Vec::new(), Vec::new());
    for fact in facts.iter().filter_map(|place| space.facts.get(place)) {
        match fact {
            Fact::Name { number, .. } => numbers.push(*number),
            Fact::Check(check) => checks.push(check.name().to_owned()),
            Fact::Mfa | Fact::Factor(..) => {}
        }
    }
    numbers.sort_unstable();
    let mut grants = GrantsModel::default();
    for (kind, name) in numbers.into_iter().filter_map(|number| closure.name(number)) {
        grants.push(kind, name);
    }
    (grants, checks)
}
