//! Why something is wrong with a requirement: the one rule that it takes.

use super::atoms::{Atoms, Fault, Relation};
use super::space::{Rules, Space};
use crate::policy::Requirement;

/// Why something is wrong.
#[derive(Clone, Copy)]
pub(super) enum Cause {
    /// It cannot be read.
    Fault(Fault),
    /// Whoever has the first fact has the second.
    Implies(Requirement, Requirement),
    /// Nobody has both facts.
    Excludes(Requirement, Requirement),
    /// The fact stands in it and its opposite too.
    Both(Requirement),
    /// `authenticated` stands in it.
    Authenticated,
    /// Two parts are the same.
    Same,
    /// It takes several of these together.
    Several,
}

/// What was found, to be found again with fewer rules.
#[derive(Clone, Copy)]
enum Question<'a> {
    Never(&'a Requirement),
    Always(&'a Requirement),
    Implied(&'a Requirement, &'a Requirement),
}

pub(super) const fn of_never(atoms: &Atoms, part: &Requirement, wanted: bool) -> Cause {
    explain(atoms, Question::Never(part), wanted)
}

pub(super) const fn of_always(atoms: &Atoms, part: &Requirement, wanted: bool) -> Cause {
    explain(atoms, Question::Always(part), wanted)
}

pub(super) const fn of_implied(
    atoms: &Atoms,
    one: &Requirement,
    other: &Requirement,
    wanted: bool,
) -> Cause {
    if one.parts().is_empty()
        && other.parts().is_empty()
        && holds(atoms, Rules::None, Question::Implied(one, other), wanted)
    {
        return Cause::Same;
    }
    explain(atoms, Question::Implied(one, other), wanted)
}

const fn explain(atoms: &Atoms, question: Question<'_>, wanted: bool) -> Cause {
    if holds(atoms, Rules::None, question, wanted) {
        return without_rules(atoms, question);
    }
    let mut one = 0;
    while one < atoms.len() {
        let mut other = 0;
        while other < atoms.len() {
            let related = atoms.relation(one, other);
            if !matches!(related, Relation::Nothing)
                && holds(atoms, Rules::Only(one, other), question, wanted)
            {
                return match related {
                    Relation::Excludes => Cause::Excludes(atoms.get(one), atoms.get(other)),
                    _ => Cause::Implies(atoms.get(one), atoms.get(other)),
                };
            }
            other += 1;
        }
        one += 1;
    }
    Cause::Several
}

/// It takes no rule at all: the words alone say it.
const fn without_rules(atoms: &Atoms, question: Question<'_>) -> Cause {
    let (Question::Never(part) | Question::Always(part)) = question else {
        return Cause::Several;
    };
    let own = Atoms::of(part);
    if own.authenticated && own.len() == 0 {
        return Cause::Authenticated;
    }
    let mut place = 0;
    while place < atoms.len() {
        let fact = atoms.get(place);
        let own_place = own.place(&fact);
        if own_place < own.len() && (own.wanted & own.unwanted) >> own_place & 1 == 1 {
            return Cause::Both(fact);
        }
        place += 1;
    }
    if own.authenticated { Cause::Authenticated } else { Cause::Several }
}

const fn holds(atoms: &Atoms, rules: Rules, question: Question<'_>, wanted: bool) -> bool {
    let Some(space) = Space::of(atoms, rules) else { return false };
    match question {
        Question::Never(part) => space.never(part, wanted),
        Question::Always(part) => space.always(part, wanted),
        Question::Implied(one, other) => space.implied(one, other, wanted),
    }
}
