//! The least that a token must carry to be let in.

use std::ops::ControlFlow;

use super::formula::{Formula, Known};
use super::reach::Reach;
use super::search::{Search, search};
use super::set::Set;
use super::space::{Fact, Side, Space};
use super::{GrantsModel, MinimalSet};

/// How many sets are kept for one endpoint. More are no help to anybody.
const SETS: usize = 256;

/// A way in: the facts that the caller has, and the states of the login.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    has: Set,
    class: usize,
    age: usize,
}

impl Way {
    /// Whether `other` asks for all that this one asks for, or for more.
    ///
    /// No class is less than another one than those named, and that less than one of them; not
    /// telling the time of the login is less than an old one, and that less than a fresh one.
    fn is_within(&self, other: &Self) -> bool {
        let class = self.class == other.class || self.class < other.class.min(2);
        class && self.age <= other.age && self.has.is_within(&other.has)
    }
}

/// The minimal sets of one requirement, and whether the search was cut short.
pub(super) fn minimal_sets(space: &Space<'_>, side: Side<'_>) -> (Vec<MinimalSet>, bool) {
    let formula = space.formula(0, true);
    let mut ways: Vec<Way> = Vec::new();
    let ended =
        search(space, std::slice::from_ref(&formula), Known::nothing(space), &mut |known| {
            for way in least_of(known) {
                if !ways.iter().any(|other| other.is_within(&way)) {
                    ways.retain(|other| !way.is_within(other));
                    ways.push(way);
                }
            }
            if ways.len() > SETS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    ways.truncate(SETS);
    let mut sets: Vec<(usize, MinimalSet)> = ways
        .iter()
        .map(|way| {
            let set = set_of(way, space, side.reach, &formula);
            let listed_at = set.checks.len() * 1_000 + set.grants.len();
            (listed_at, set)
        })
        .collect();
    // Those without a check first, then the shortest.
    sets.sort();
    (sets.into_iter().map(|(_, set)| set).collect(), ended == Search::Stopped)
}

/// Who meets a way meets it with exactly its facts and the least login that it allows.
fn least_of(known: &Known) -> Vec<Way> {
    let age = known.age.iter().next().unwrap_or_default();
    // Of several classes that are named none is less than the others.
    let least = if known.class.contains(0) || known.class.contains(1) { 1 } else { usize::MAX };
    let classes = known.class.iter().take(least);
    classes.map(|class| Way { has: known.has.clone(), class, age }).collect()
}

fn set_of(way: &Way, space: &Space<'_>, reach: &Reach<'_>, formula: &Formula) -> MinimalSet {
    let holds = |class, age| formula.holds(&way.has, class, age);
    let class_name = |state: usize| state.checked_sub(2).and_then(|place| space.classes.get(place));
    let age_limit = |state: usize| state.checked_sub(2).and_then(|place| space.ages.get(place));
    let (grants, checks) = names(&generators(&way.has, space), space, reach);
    let mut set = MinimalSet {
        grants,
        checks,
        acr: class_name(way.class).map(|acr| (*acr).to_owned()),
        max_age: age_limit(way.age).copied(),
        ..MinimalSet::default()
    };
    if way.class == 1 {
        let refused = (2..space.classes.len() + 2).filter(|state| !holds(*state, way.age));
        set.acr_other_than = refused.filter_map(class_name).map(|acr| (*acr).to_owned()).collect();
        if set.acr_other_than.is_empty() {
            // Any class will do as long as the token tells one.
            set.acr_other_than = space.classes.iter().map(|acr| (*acr).to_owned()).collect();
        }
    }
    // A fresher login is no help if it is refused.
    let refused = (way.age + 1..space.ages.len() + 2).find(|state| !holds(way.class, *state));
    set.older_than = match (way.age, refused) {
        (0, _) => None,
        (1, None) => space.ages.first().copied(),
        (_, state) => state.and_then(age_limit).copied(),
    };
    if formula.can_refuse() {
        (set.without, set.without_checks) = names(&refusing(way, space, formula), space, reach);
    }
    set
}

/// The facts that bring all of `has`.
fn generators(has: &Set, space: &Space<'_>) -> Set {
    let brings = |from: usize, to: usize| {
        from != to && space.implied.get(from).is_some_and(|implied| implied.contains(to))
    };
    has.iter().filter(|fact| !has.iter().any(|other| brings(other, *fact))).collect()
}

/// The facts that would shut the caller out, without those that bring another one of these.
fn refusing(way: &Way, space: &Space<'_>, formula: &Formula) -> Set {
    let refuses = |fact: &usize| {
        let mut more = way.has.clone();
        space.implied.get(*fact).is_some_and(|implied| more.add(implied))
            && !formula.holds(&more, way.class, way.age)
    };
    let all: Set = (0..space.facts.len()).filter(refuses).collect();
    let brings_another = |fact: &usize| {
        let implied = space.implied.get(*fact);
        implied.is_some_and(|implied| all.iter().any(|it| it != *fact && implied.contains(it)))
    };
    all.iter().filter(|fact| !brings_another(fact)).collect()
}

/// The names and the checks behind facts, in the order of the vocabulary.
fn names(facts: &Set, space: &Space<'_>, reach: &Reach<'_>) -> (GrantsModel, Vec<String>) {
    let (mut numbers, mut checks) = (Vec::new(), Vec::new());
    for fact in facts.iter().filter_map(|place| space.facts.get(place)) {
        match fact {
            Fact::Name { number, .. } => numbers.push(*number),
            Fact::Check(check) => checks.push(check.name().to_owned()),
        }
    }
    numbers.sort_unstable();
    let mut grants = GrantsModel::default();
    for (kind, name) in numbers.into_iter().filter_map(|number| reach.name(number)) {
        grants.push(kind, name);
    }
    (grants, checks)
}
