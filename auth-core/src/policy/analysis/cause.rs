//! Why something is wrong with a requirement: the one rule that it takes.

use super::outline::{Fault, Outline, Shape};
use super::space::{Rules, Seen};
use crate::policy::Requirement;
use crate::policy::method::Unclear;

/// Why something is wrong.
#[derive(Clone, Copy)]
pub(super) enum Cause {
    /// It cannot be read.
    Fault(Fault),
    /// Every caller with the first fact has the second.
    Implies(Requirement, Requirement),
    /// No one has both classes of a login, or credentials of both methods, or a login by a method that
    /// is none.
    Excludes(Requirement, Requirement),
    /// The fact is in it and its opposite too.
    Both(Requirement),
    /// `authenticated` is in it.
    Authenticated,
    /// Two parts are the same fact.
    Same,
    /// What is under `not` is never known not to be so.
    Negated(Requirement),
    /// The methods are no logins, and a login is asked about.
    NoLogin,
    /// No one has two methods, and what is demanded needs more than one.
    OneMethod,
    /// It takes several of these together.
    Several,
    /// It does not say which methods it accepts.
    Methods(Unclear),
}

/// What was found, to be found again with fewer rules. Parts by their places.
#[derive(Clone, Copy)]
enum Question {
    Never(usize),
    Always(usize),
    Implied(usize, usize),
}

pub(super) const fn of_never(outline: &Outline, part: usize) -> Cause {
    explain(outline, Question::Never(part))
}

pub(super) const fn of_always(outline: &Outline, part: usize) -> Cause {
    explain(outline, Question::Always(part))
}

pub(super) const fn of_implied(outline: &Outline, one: usize, other: usize) -> Cause {
    if are_same(outline, one, other) {
        Cause::Same
    } else {
        explain(outline, Question::Implied(one, other))
    }
}

/// Whether two parts are written alike.
const fn are_same(outline: &Outline, one: usize, other: usize) -> bool {
    let (end, other_end) = (outline.get(one).end, outline.get(other).end);
    if end - one != other_end - other {
        return false;
    }
    let mut place = 0;
    while one + place < end {
        let alike = match (outline.get(one + place).shape, outline.get(other + place).shape) {
            (Shape::Fact(a), Shape::Fact(b)) => a == b,
            (Shape::Every, Shape::Every)
            | (Shape::One, Shape::One)
            | (Shape::Always, Shape::Always)
            | (Shape::Never, Shape::Never) => true,
            _ => false,
        };
        let ends = outline.get(one + place).end - one == outline.get(other + place).end - other;
        let wanted = outline.get(one + place).wanted == outline.get(other + place).wanted;
        if !(alike && ends && wanted) {
            return false;
        }
        place += 1;
    }
    true
}

const fn explain(outline: &Outline, question: Question) -> Cause {
    if holds(outline, Rules::None, question) {
        return without_rules(outline, question);
    }
    let atoms = &outline.atoms;
    let mut one = 0;
    while one < atoms.len() {
        let mut related = atoms.excludes(one) | atoms.implies(one);
        while related != 0 {
            let other = related.trailing_zeros() as usize;
            if holds(outline, Rules::Only(one, other), question) {
                let is_exclusion = atoms.excludes(one) >> other & 1 == 1;
                let (one, other) = (atoms.get(one), atoms.get(other));
                return if is_exclusion {
                    Cause::Excludes(one, other)
                } else {
                    Cause::Implies(one, other)
                };
            }
            related &= related - 1;
        }
        one += 1;
    }
    if holds(outline, Rules::OneMethod, question) {
        return Cause::OneMethod;
    }
    if holds(outline, Rules::NoLogin, question) {
        return Cause::NoLogin;
    }
    Cause::Several
}

/// It takes no rule at all: the words alone say it.
const fn without_rules(outline: &Outline, question: Question) -> Cause {
    let (Question::Never(part) | Question::Always(part)) = question else {
        return Cause::Several;
    };
    let own = &Outline::with(&outline.get(part).requirement, outline.get(part).wanted);
    if let (Some(fact), Question::Never(_)) = (own.negated, question) {
        return Cause::Negated(fact);
    }
    let both = own.wanted & own.unwanted;
    if both != 0 {
        Cause::Both(own.atoms.get(both.trailing_zeros() as usize))
    } else {
        // Nothing but `authenticated` has its answer without a fact.
        Cause::Authenticated
    }
}

const fn holds(outline: &Outline, rules: Rules, question: Question) -> bool {
    let Some(seen) = Seen::of(outline, rules) else { return false };
    match question {
        Question::Never(part) => seen.never(part),
        Question::Always(part) => seen.always(part),
        Question::Implied(one, other) => seen.implies(one, other),
    }
}
