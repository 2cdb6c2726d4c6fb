//! The facts that one or two requirements speak of, and the ways in which a caller can have them.
//!
//! Comparing two versions of an endpoint means two vocabularies: the same token may hold
//! `orders:cancel` in one of them and not in the other. So a fact is a name *on one side*, and a
//! name that a token carries brings facts on both. Checks, the class and the age of a login are the
//! same on both sides.

use std::collections::{BTreeMap, BTreeSet};

use super::closure::Closure;
use super::requirement_model::is_login;
use super::{CheckModel, RequirementModel};
use crate::policy::solver::{Axis, BitSet, Credential, Formula, Node, Source, Tree, World};
use crate::policy::{Factor, FactorCategory};
use crate::vocabulary::AuthorityKind;

/// One version of an endpoint: what it requires, and what names bring there.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) requirement: &'a RequirementModel,
    pub(super) checks: &'a [CheckModel],
    pub(super) closure: &'a Closure<'a>,
    /// The authentication methods that are accepted there.
    pub(super) methods: &'a [String],
}

impl Side<'_> {
    /// Whether both accept the same methods, in any order.
    pub(super) fn accepts_the_methods_of(&self, other: &Self) -> bool {
        let within = |one: &Self, two: &Self| one.methods.iter().all(|it| two.methods.contains(it));
        within(self, other) && within(other, self)
    }

    /// Whether each check that this side names is the same function there.
    pub(super) fn names_the_checks_of(&self, other: &Self) -> bool {
        self.requirement.leaves().into_iter().all(|(leaf, _)| match leaf {
            RequirementModel::Check(name) => {
                Check::of(0, name, self.checks).is(Check::of(1, name, other.checks))
            }
            _ => true,
        })
    }
}

/// Something that a caller has or lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact<'a> {
    /// The name of that number is held on that side.
    Name { side: usize, number: usize },
    /// This check says yes.
    Check(Check<'a>),
    /// Factors of two categories were proved.
    Mfa,
    /// This factor was proved, at most so many seconds ago if that matters.
    Factor(Factor, Option<u64>),
}

/// A check, distinguished from others of its name by the module and the sentence.
///
/// Where these are not known it is the same as no other one, not even on the other side: no one
/// knows which function was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Check<'a> {
    /// The name of the function.
    pub(super) function: &'a str,
    pub(super) origin: Origin<'a>,
    /// How the requirement refers to it.
    name: &'a str,
}

/// Where a check comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin<'a> {
    Function {
        module: &'a str,
        sentence: &'a str,
    },
    /// That is not known on this side.
    Unknown {
        side: usize,
    },
}

impl<'a> Check<'a> {
    fn of(side: usize, name: &'a str, checks: &'a [CheckModel]) -> Self {
        let known = checks.iter().find(|it| it.name == name && !it.module.is_empty());
        let origin = match known {
            Some(CheckModel { module, sentence, .. }) => Origin::Function { module, sentence },
            None => Origin::Unknown { side },
        };
        let function = name.rsplit("::").next().unwrap_or(name);
        Self { function, origin, name }
    }

    pub(super) const fn name(self) -> &'a str {
        self.name
    }

    /// Whether the two are the same function, also under different names in the requirements.
    fn is(self, other: Self) -> bool {
        self.function == other.function && self.origin == other.origin
    }
}

/// One thing that a token can carry, or a check that can say yes, in the order of listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label<'a> {
    Name(AuthorityKind, &'a str),
    Mfa,
    Factor(Factor, Option<u64>),
    Check(Check<'a>),
}

/// What one or two requirements speak of.
pub(super) struct Space<'a> {
    sides: Vec<Side<'a>>,
    pub(super) facts: Vec<Fact<'a>>,
    /// What brings the facts: the labels of the sources of the world.
    pub(super) labels: Vec<Label<'a>>,
    pub(super) world: World,
    /// The methods that some side accepts, if it matters which one it is: one state each. Where it
    /// does not, a credential is in state 0, for every method.
    pub(super) methods: Vec<&'a str>,
    /// The classes named and, where one of them is a level, the levels. A login is in state 0 if its token tells no
    /// class, 1 if it tells another one than these, and from 2 on if it tells this one.
    pub(super) classes: Vec<&'a str>,
    /// The ages named, the greatest first. A login is in state 0 if its token does not tell its
    /// time, 1 if it is older than all of these, and from 2 on if this is the least one that it
    /// is not older than.
    pub(super) ages: Vec<u64>,
}

impl<'a> Space<'a> {
    pub(super) fn of(sides: &[Side<'a>]) -> Self {
        let mut space = Self {
            sides: sides.to_vec(),
            facts: Vec::new(),
            labels: Vec::new(),
            world: World::free(0),
            methods: Vec::new(),
            classes: Vec::new(),
            ages: Vec::new(),
        };
        for (side, it) in sides.iter().enumerate() {
            for (leaf, _) in it.requirement.leaves() {
                space.note(side, leaf);
            }
        }
        space.add_levels();
        space.methods = space.find_methods();
        space.ages.sort_unstable_by(|one, two| two.cmp(one));
        let (labels, sources) = space.find_sources().into_iter().unzip();
        space.labels = labels;
        let states = Credential {
            method: space.method_states(),
            class: space.class_states(),
            age: space.age_states(),
        };
        space.world = World::new(space.facts.len(), sources, states, space.lower_classes());
        space
    }

    /// Adds the levels that may be enough where one is asked for.
    fn add_levels(&mut self) {
        for side in self.sides.clone() {
            let named = self.classes.clone();
            for level in side.closure.levels() {
                let helps =
                    named.iter().any(|it| side.closure.number(AuthorityKind::Level, it).is_some());
                if helps && !self.classes.contains(&level) {
                    self.classes.push(level);
                }
            }
        }
    }

    /// For each state of the class, those that ask for less on every side: the levels that it includes.
    fn lower_classes(&self) -> Vec<BitSet> {
        let is_lower = |one: &str, other: &str| {
            one != other
                && self.sides.iter().all(|side| side.closure.reaches(other, one) == Some(true))
        };
        let lower = |class: &&str| -> BitSet {
            let lower = (2..).zip(&self.classes).filter(|(_, one)| is_lower(one, class));
            lower.map(|(state, _)| state).collect()
        };
        // The first two states have no name.
        let nameless = [BitSet::new(), BitSet::new()].into_iter();
        nameless.chain(self.classes.iter().map(lower)).collect()
    }

    fn find_methods(&self) -> Vec<&'a str> {
        let is_method = |leaf: &RequirementModel| matches!(leaf, RequirementModel::Method(_));
        let names_one =
            |it: &Side<'a>| it.requirement.leaves().iter().any(|(leaf, _)| is_method(leaf));
        let differ =
            |it: &Side<'a>| self.sides.iter().any(|other| !it.accepts_the_methods_of(other));
        // A key is no login.
        let asks_for_login = self
            .sides
            .iter()
            .any(|it| it.requirement.leaves().iter().any(|(leaf, _)| leaf.is_about_login()));
        let has_keys = |it: &Side<'a>| asks_for_login && it.methods.iter().any(|it| !is_login(it));
        let mut methods: Vec<&'a str> = Vec::new();
        if self.sides.iter().any(|it| names_one(it) || differ(it) || has_keys(it)) {
            for method in self.sides.iter().flat_map(|it| it.methods) {
                if !methods.contains(&method.as_str()) {
                    methods.push(method);
                }
            }
        }
        methods
    }

    fn note(&mut self, side: usize, leaf: &'a RequirementModel) {
        match leaf {
            RequirementModel::Acr(acr) if !self.classes.contains(&acr.as_str()) => {
                self.classes.push(acr);
            }
            RequirementModel::MaxAge(seconds) if !self.ages.contains(seconds) => {
                self.ages.push(*seconds);
            }
            RequirementModel::Mfa => self.add(Fact::Mfa),
            RequirementModel::Factor(factor) => {
                for own in &factor.any_of {
                    self.add(Fact::Factor(*own, factor.within));
                }
            }
            _ => {
                if let Some(fact) = self.fact(side, leaf) {
                    self.add(fact);
                }
            }
        }
    }

    fn add(&mut self, fact: Fact<'a>) {
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }

    /// The fact behind a name or a check; `None` for all else, and for unknown names.
    fn fact(&self, side: usize, leaf: &'a RequirementModel) -> Option<Fact<'a>> {
        if let RequirementModel::Check(name) = leaf {
            let check = Check::of(side, name, self.sides.get(side)?.checks);
            let known = self.facts.iter().find_map(|fact| match fact {
                Fact::Check(known) if known.is(check) => Some(*known),
                _ => None,
            });
            return Some(Fact::Check(known.unwrap_or(check)));
        }
        let (kind, name) = leaf.as_name()?;
        let number = self.sides.get(side)?.closure.number(kind, name)?;
        Some(Fact::Name { side, number })
    }

    /// Everything that brings a fact, without those that bring the same as a weaker one.
    fn find_sources(&self) -> Vec<(Label<'a>, Source)> {
        let mut brings: BTreeMap<Label<'a>, BitSet> = BTreeMap::new();
        for (place, fact) in self.facts.iter().enumerate() {
            match *fact {
                Fact::Check(check) => brings.entry(Label::Check(check)).or_default().insert(place),
                Fact::Mfa => brings.entry(Label::Mfa).or_default().insert(place),
                // What is fresh enough for one is fresh enough for those that accept an older proof.
                Fact::Factor(factor, within) => {
                    let is_fresher = |fact: &Fact<'_>| matches!(fact, Fact::Factor(own, age) if *own == factor && is_within(*age, within));
                    for fact in self.facts.iter().filter(|fact| is_fresher(fact)) {
                        if let Fact::Factor(own, age) = *fact {
                            brings.entry(Label::Factor(own, age)).or_default().insert(place);
                        }
                    }
                }
                Fact::Name { side, number } => {
                    let Some(Side { closure, .. }) = self.sides.get(side) else { continue };
                    for from in closure.brought_by(number) {
                        if let Some((kind, name)) = closure.name(*from) {
                            brings.entry(Label::Name(kind, name)).or_default().insert(place);
                        }
                    }
                }
            }
        }
        let mut best: BTreeMap<BitSet, (usize, Label<'a>)> = BTreeMap::new();
        for (label, brings) in brings {
            let own = (self.power(label), label);
            match best.get(&brings) {
                Some((known, _)) if *known <= own.0 => {}
                _ => {
                    best.insert(brings, own);
                }
            }
        }
        let mut sources: Vec<_> = best.into_iter().collect();
        sources.sort_by_key(|(_, own)| *own);
        let source = |(brings, (power, label))| (label, Source { brings, power });
        sources.into_iter().map(source).collect()
    }

    /// Whether every token has the same facts on both sides, given one requirement for both.
    pub(super) fn is_symmetric(&self) -> bool {
        let [old, new] = self.sides.as_slice() else { return false };
        if !old.names_the_checks_of(new) || !old.accepts_the_methods_of(new) {
            return false;
        }
        // A level may include others than before, or be none on one side.
        let asked = |one: &&'a str, two: &&'a str| {
            let is_level = |it: &Side<'_>| it.closure.number(AuthorityKind::Level, two).is_some();
            old.closure.reaches(one, two) == new.closure.reaches(one, two)
                && is_level(old) == is_level(new)
        };
        if !self.classes.iter().all(|one| self.classes.iter().all(|two| asked(one, two))) {
            return false;
        }
        self.facts.iter().enumerate().all(|(place, fact)| {
            let Fact::Name { side, number } = *fact else { return true };
            let (own, other) = if side == 0 { (old, new) } else { (new, old) };
            let twin = own.closure.name(number).and_then(|(kind, name)| {
                let number = other.closure.number(kind, name)?;
                let twin = Fact::Name { side: 1 - side, number };
                self.facts.iter().position(|it| *it == twin)
            });
            let alike = |twin| {
                let both = |it: &Source| it.brings.contains(place) == it.brings.contains(twin);
                self.world.sources().iter().all(both)
            };
            twin.is_some_and(alike)
        })
    }

    /// The text that distinguishes the check from the others here.
    pub(super) fn check_text(&self, check: Check<'_>) -> String {
        let is_namesake = |fact: &&Fact<'_>| match fact {
            Fact::Check(other) => other.function == check.function && !other.is(check),
            Fact::Name { .. } | Fact::Mfa | Fact::Factor(..) => false,
        };
        if !self.facts.iter().any(|fact| is_namesake(&fact)) {
            return check.name.to_owned();
        }
        match check.origin {
            Origin::Function { module, sentence } => {
                format!("{module}::{} ({sentence:?})", check.function)
            }
            Origin::Unknown { side: 0 } => format!("{} (as it was before)", check.name),
            Origin::Unknown { .. } => format!("{} (as it is now)", check.name),
        }
    }

    fn power(&self, label: Label<'_>) -> usize {
        let (kind, name) = match label {
            Label::Name(kind, name) => (kind, name),
            Label::Factor(factor, within) => {
                let is_brought = |fact: &&Fact<'_>| matches!(fact, Fact::Factor(own, age) if *own == factor && is_within(within, *age));
                return self.facts.iter().filter(is_brought).count();
            }
            Label::Mfa | Label::Check(_) => return 1,
        };
        let on = |side: &Side<'_>| {
            side.closure.number(kind, name).map_or(0, |number| side.closure.brings(number).len())
        };
        self.sides.iter().map(on).sum()
    }

    /// The state of the class `acr`.
    #[cfg(test)]
    pub(super) fn class(&self, acr: &str) -> usize {
        self.classes.iter().position(|own| *own == acr).map_or(1, |place| place + 2)
    }

    /// The state of a login of that age.
    pub(super) fn age(&self, seconds: u64) -> usize {
        self.ages.iter().take_while(|limit| seconds <= **limit).count() + 1
    }

    /// Every state of the method that a credential can be in.
    pub(super) fn method_states(&self) -> BitSet {
        BitSet::below(self.methods.len().max(1))
    }

    /// The states of the method that this side accepts.
    fn accepted_by(&self, side: &Side<'_>) -> BitSet {
        if self.methods.is_empty() {
            return BitSet::below(usize::from(!side.methods.is_empty()));
        }
        let is_accepted =
            |(_, method): &(usize, &&str)| side.methods.iter().any(|it| it == *method);
        (0..).zip(&self.methods).filter(is_accepted).map(|(state, _)| state).collect()
    }

    /// Every state of the class that a login can be in.
    pub(super) fn class_states(&self) -> BitSet {
        // Without a class in the requirements all of them come to the same.
        if self.classes.is_empty() {
            BitSet::below(1)
        } else {
            BitSet::below(self.classes.len() + 2)
        }
    }

    /// Every state of the age that a login can be in.
    pub(super) fn age_states(&self) -> BitSet {
        match self.ages.first() {
            None => BitSet::below(1),
            // Nothing is older than the greatest number.
            Some(&u64::MAX) => (0..self.ages.len() + 2).filter(|state| *state != 1).collect(),
            Some(_) => BitSet::below(self.ages.len() + 2),
        }
    }

    /// The facts that a source of this label brings.
    pub(super) fn brought(&self, closure: &Closure<'_>, number: usize) -> BitSet {
        let held = closure.brings(number);
        let has =
            |fact: &Fact<'_>| matches!(fact, Fact::Name { number, .. } if held.contains(*number));
        (0..).zip(&self.facts).filter(|(_, fact)| has(fact)).map(|(place, _)| place).collect()
    }

    /// The ways in which a token can leave names open and be rejected for it: the kinds of which it
    /// does not tell all names, the fewest first, and the facts that are open then. A name that is
    /// open counts as one that the caller lacks, except under `not`.
    pub(super) fn openings(&self) -> Vec<(BTreeSet<AuthorityKind>, BitSet)> {
        let opened = AuthorityKind::ALL.map(|kind| (kind, self.opened_by(kind)));
        let mut masks: Vec<u32> = (1..1 << opened.len()).collect();
        masks.sort_by_key(|mask| mask.count_ones());
        let mut openings: Vec<(BTreeSet<AuthorityKind>, BitSet)> = Vec::new();
        for mask in masks {
            let (mut kinds, mut open) = (BTreeSet::new(), BitSet::new());
            for (place, (kind, facts)) in opened.iter().enumerate() {
                if mask >> place & 1 == 1 {
                    kinds.insert(*kind);
                    open.add(facts);
                }
            }
            // Fewer kinds that leave as much open show as much.
            if !open.is_empty() && openings.iter().all(|(_, known)| *known != open) {
                openings.push((kinds, open));
            }
        }
        openings
    }

    /// The facts under `not` that names of this kind bring.
    fn opened_by(&self, kind: AuthorityKind) -> BitSet {
        let mut opened = BitSet::new();
        for (side, it) in self.sides.iter().enumerate() {
            for (leaf, wanted) in it.requirement.leaves() {
                let Some(fact) = self.fact(side, leaf) else { continue };
                let Fact::Name { number, .. } = fact else { continue };
                let is_brought = || {
                    let mut from = it.closure.brought_by(number).iter();
                    from.any(|from| it.closure.name(*from).is_some_and(|(own, _)| own == kind))
                };
                if !wanted
                    && is_brought()
                    && let Some(place) = self.facts.iter().position(|own| *own == fact)
                {
                    opened.insert(place);
                }
            }
        }
        opened
    }

    /// What it takes to be let in on that side, or with `passes` false to be rejected, where the
    /// token tells all names.
    pub(super) fn formula(&self, side: usize, passes: bool) -> Formula {
        self.formula_leaving_open(side, passes, &BitSet::new())
    }

    /// The same, where the token leaves open these facts as far as they are not certainly had.
    pub(super) fn formula_leaving_open(&self, side: usize, passes: bool, open: &BitSet) -> Formula {
        let nobody = Formula::constant(!passes);
        let Some(it) = self.sides.get(side) else { return nobody };
        let whole = Formula::of(it.requirement, passes, &mut |leaf, wanted| {
            self.leaf(side, open, leaf, (wanted, passes))
        });
        // What cannot be read in full is met by no caller.
        let whole = whole.unwrap_or(nobody);
        let (all, accepted) = (self.method_states(), self.accepted_by(it));
        if all.is_within(&accepted) {
            return whole;
        }
        // A credential that is not accepted is not looked at.
        let fits = all.iter().filter(|state| accepted.contains(*state) == passes).collect();
        let parts = vec![Formula::In(Axis::Method, fits), whole];
        if passes { Formula::Every(parts) } else { Formula::Some(parts) }
    }

    /// Who is let in by what a login says did log in; a caller by a key is rejected by it.
    fn of_a_login(&self, formula: Formula, passes: bool) -> Formula {
        let (mut logins, mut keys) = (BitSet::new(), BitSet::new());
        for (state, method) in self.methods.iter().enumerate() {
            if is_login(method) { logins.insert(state) } else { keys.insert(state) }
        }
        match (keys.is_empty(), passes) {
            (true, _) => formula,
            (false, true) => Formula::Every(vec![Formula::In(Axis::Method, logins), formula]),
            (false, false) => Formula::Some(vec![Formula::In(Axis::Method, keys), formula]),
        }
    }

    /// Two factors: said as such, or by one of what the caller knows and one of what the caller has.
    fn mfa(&self, passes: bool) -> Formula {
        let told: BitSet = self.places(|fact| *fact == Fact::Mfa).collect();
        let of = |category| {
            let is_one = move |fact: &Fact<'_>| matches!(fact, Fact::Factor(own, _) if own.category() == Some(category));
            one_of(&self.places(is_one).collect(), passes)
        };
        let both = vec![of(FactorCategory::Know), of(FactorCategory::Have)];
        if passes {
            Formula::Some(vec![one_of(&told, true), Formula::Every(both)])
        } else {
            Formula::Every(vec![one_of(&told, false), Formula::Some(both)])
        }
    }

    fn places(&self, is_one: impl Fn(&Fact<'a>) -> bool) -> impl Iterator<Item = usize> {
        let facts = self.facts.iter().enumerate();
        facts.filter(move |(_, fact)| is_one(fact)).map(|(place, _)| place)
    }

    /// What a single fact takes: to be met or not, wanted or not (under `not`). `None` if the
    /// vocabulary lacks the name.
    fn leaf(
        &self,
        side: usize,
        open: &BitSet,
        leaf: &'a RequirementModel,
        (wanted, passes): (bool, bool),
    ) -> Option<Formula> {
        // A token that does not tell the time of a login rejects either way, here as for its class.
        let of_states = |all: &BitSet, meets: &dyn Fn(usize) -> bool| -> BitSet {
            let passing = |state: &usize| (*state != 0 && meets(*state) == wanted) == passes;
            all.iter().filter(passing).collect()
        };
        Some(match leaf {
            RequirementModel::Authenticated => Formula::constant(wanted == passes),
            RequirementModel::Method(methods) if methods.is_empty() => return None,
            RequirementModel::Method(methods) => {
                let all = self.method_states();
                let is_one = |state: &usize| {
                    let method = self.methods.get(*state);
                    method.is_some_and(|method| methods.iter().any(|it| it == method))
                };
                let fits = all.iter().filter(|state| (is_one(state) == wanted) == passes);
                Formula::In(Axis::Method, fits.collect())
            }
            RequirementModel::Acr(acr) => {
                let closure = self.sides.get(side)?.closure;
                let is_so = |state: usize| {
                    let named = state.checked_sub(2).and_then(|place| self.classes.get(place));
                    match (named, state) {
                        (Some(own), _) => closure.reaches(own, acr) == Some(wanted),
                        // Another class than all that are named is not known to be a level.
                        (None, 1) => !wanted && closure.number(AuthorityKind::Level, acr).is_none(),
                        _ => false,
                    }
                };
                let all = self.class_states();
                let fits = all.iter().filter(|state| is_so(*state) == passes).collect();
                self.of_a_login(Formula::In(Axis::Class, fits), passes)
            }
            RequirementModel::MaxAge(seconds) => {
                let own = self.age(*seconds);
                let fits = of_states(&self.age_states(), &|state| state >= own);
                self.of_a_login(Formula::In(Axis::Age, fits), passes)
            }
            RequirementModel::Factor(factor) if factor.any_of.is_empty() => return None,
            // What was not proved is not known.
            RequirementModel::Mfa | RequirementModel::Factor(_) if !wanted => {
                Formula::constant(!passes)
            }
            RequirementModel::Mfa => self.of_a_login(self.mfa(passes), passes),
            RequirementModel::Factor(factor) => {
                let facts: BitSet = self
                    .places(|fact| matches!(fact, Fact::Factor(own, age) if factor.any_of.contains(own) && *age == factor.within))
                    .collect();
                self.of_a_login(one_of(&facts, passes), passes)
            }
            name_or_check => {
                let fact = self.fact(side, name_or_check)?;
                let place = self.facts.iter().position(|own| *own == fact)?;
                match (wanted, passes) {
                    // What is not certainly lacking rejects, whatever else the token carries.
                    (false, _) if open.contains(place) => Formula::constant(!passes),
                    _ if wanted == passes => Formula::Has(place),
                    _ => Formula::Lacks(place),
                }
            }
        })
    }
}

/// What it takes to have one of these facts, or none of them.
fn one_of(facts: &BitSet, passes: bool) -> Formula {
    if passes {
        Formula::Some(facts.iter().map(Formula::Has).collect())
    } else {
        Formula::Every(facts.iter().map(Formula::Lacks).collect())
    }
}

/// Whether a proof of the one age is of the other one too: fresher, or as fresh.
fn is_within(age: Option<u64>, other: Option<u64>) -> bool {
    match (age, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(age), Some(other)) => age <= other,
    }
}

impl Tree for RequirementModel {
    fn node(&self) -> Node<'_, Self> {
        match self {
            Self::All(parts) => Node::All(parts),
            Self::Any(parts) => Node::Any(parts),
            Self::Not(part) => Node::Not(part),
            _ => Node::Leaf,
        }
    }
}
