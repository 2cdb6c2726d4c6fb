//! The least that a token must carry to be let in.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::formula::{Formula, Known, Login};
use super::reach::Reach;
use super::search::{Search, search};
use super::set::Set;
use super::space::{Fact, Side, Space};
use super::{GrantsModel, MinimalSet};

/// How many sets are kept for one endpoint. More are no help to anybody.
const SETS: usize = 256;

/// A way in: the facts that the caller has, and the state of the login.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    has: Set,
    login: Login,
}

impl Way {
    /// Whether `other` asks for all that this one asks for, or for more.
    ///
    /// No method is less than another one. No class is less than another one than those named, and that less than one of them; not
    /// telling the time of the login is less than an old one, and that less than a fresh one.
    fn is_within(&self, other: &Self) -> bool {
        let (own, others) = (self.login, other.login);
        let class = own.class == others.class || own.class < others.class.min(2);
        own.method == others.method
            && class
            && own.age <= others.age
            && self.has.is_within(&other.has)
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
    // What is the same for several methods is one set.
    let mut by_set: BTreeMap<MinimalSet, Set> = BTreeMap::new();
    for way in &ways {
        let set = set_of(way, space, side.reach, &formula);
        by_set.entry(set).or_default().insert(way.login.method);
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
    (sets.into_iter().map(|(_, set)| set).collect(), ended == Search::Stopped)
}

/// The methods in these states; none if any that is accepted will do.
fn methods_in(states: &Set, space: &Space<'_>) -> Vec<String> {
    if space.method_states().is_within(states) {
        return Vec::new();
    }
    states.iter().filter_map(|state| space.methods.get(state)).map(|it| (*it).to_owned()).collect()
}

/// Who meets a way meets it with exactly its facts and the least login that it allows.
fn least_of(known: &Known) -> Vec<Way> {
    let age = known.age.iter().next().unwrap_or_default();
    // Of several classes that are named none is less than the others.
    let least = if known.class.contains(0) || known.class.contains(1) { 1 } else { usize::MAX };
    let classes: Vec<usize> = known.class.iter().take(least).collect();
    let mut ways = Vec::new();
    for method in known.method.iter() {
        let login = |class: &usize| Login { method, class: *class, age };
        ways.extend(
            classes.iter().map(|class| Way { has: known.has.clone(), login: login(class) }),
        );
    }
    ways
}

fn set_of(way: &Way, space: &Space<'_>, reach: &Reach<'_>, formula: &Formula) -> MinimalSet {
    let Login { method, class, age } = way.login;
    let holds = |class, age| formula.holds(&way.has, Login { method, class, age });
    let class_name = |state: usize| state.checked_sub(2).and_then(|place| space.classes.get(place));
    let age_limit = |state: usize| state.checked_sub(2).and_then(|place| space.ages.get(place));
    let (grants, checks) = names(&generators(&way.has, space), space, reach);
    let mut set = MinimalSet {
        grants,
        checks,
        acr: class_name(class).map(|acr| (*acr).to_owned()),
        max_age: age_limit(age).copied(),
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
    // A fresher login is no help if it is refused.
    let refused = (age + 1..space.ages.len() + 2).find(|state| !holds(class, *state));
    set.older_than = match (age, refused) {
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
            && !formula.holds(&more, way.login)
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
