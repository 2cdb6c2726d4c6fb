//! Looking for what is wrong with a requirement.

use super::Flaw;
use super::cause::{self, Cause};
use super::outline::{Outline, Shape};
use super::plain;
use super::space::{Rules, Seen};
use crate::policy::Requirement;
use crate::policy::method::Statement;

/// What came out.
pub(super) enum Outcome {
    Sound,
    Bounded,
    Flawed(Defect),
}

/// Something wrong, with all that the message needs.
#[derive(Clone, Copy)]
pub(super) struct Defect {
    pub(super) flaw: Flaw,
    pub(super) what: What,
    pub(super) cause: Cause,
    /// Whether a credential that leaves names open makes an exception.
    pub(super) unless_open: bool,
}

/// What it is wrong with.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// The requirement as a whole.
    Whole,
    /// A part of it, or the opposite of the part if it is not `wanted`.
    Part { part: Requirement, wanted: bool },
    /// A part that another part of the same list makes idle.
    Idle { part: Requirement, other: Requirement, list_is_all: bool },
}

pub(super) const fn run(requirement: &Requirement) -> Outcome {
    if matches!(requirement, Requirement::Authenticated) || plain::is_sound(requirement) {
        return Outcome::Sound;
    }
    let outline = &Outline::of(requirement);
    if let Some(fault) = outline.fault {
        let cause = Cause::Fault(fault);
        return Outcome::Flawed(Defect {
            flaw: Flaw::Unsatisfiable,
            what: What::Whole,
            cause,
            unless_open: false,
        });
    }
    // Only of a tree with an end.
    if let Statement::Unclear(unclear) = Statement::of(requirement) {
        let cause = Cause::Methods(unclear);
        return Outcome::Flawed(Defect {
            flaw: Flaw::Ambiguous,
            what: What::Whole,
            cause,
            unless_open: false,
        });
    }
    match Seen::of(outline, Rules::All) {
        Some(seen) => match parts(outline, &seen) {
            Some(defect) => Outcome::Flawed(defect),
            None => Outcome::Sound,
        },
        None => match facts_of_lists(outline) {
            Some(defect) => Outcome::Flawed(defect),
            None => Outcome::Bounded,
        },
    }
}

/// The parts from the outermost in: first whether each can be met and can fail, then whether those
/// of one list are needed. What is under `not` is the same part as the `not` itself.
const fn parts(outline: &Outline, seen: &Seen) -> Option<Defect> {
    let mut place = 0;
    while place < outline.len() {
        let part = outline.get(place);
        let what = match place {
            0 => What::Whole,
            _ => What::Part { part: part.requirement, wanted: part.wanted },
        };
        if seen.never(place) {
            let cause = cause::of_never(outline, place);
            return Some(Defect { flaw: Flaw::Unsatisfiable, what, cause, unless_open: false });
        }
        if seen.always(place) {
            let cause = cause::of_always(outline, place);
            let unless_open = rules_out_names(outline, place, cause);
            return Some(Defect { flaw: Flaw::Tautology, what, cause, unless_open });
        }
        place += 1;
    }
    let mut place = 0;
    while place < outline.len() {
        let found = list(outline, seen, place);
        if found.is_some() {
            return found;
        }
        place += 1;
    }
    None
}

/// Whether what every caller meets has a name under `not`: then a caller does not meet it whose
/// credential leaves open whether the name is held.
const fn rules_out_names(outline: &Outline, part: usize, cause: Cause) -> bool {
    if matches!(cause, Cause::Authenticated) {
        return false;
    }
    let part = outline.get(part);
    let own = &Outline::of(&part.requirement);
    let mut under_not = if part.wanted { own.unwanted } else { own.wanted };
    while under_not != 0 {
        let fact = own.atoms.get(under_not.trailing_zeros() as usize);
        if matches!(fact, Requirement::Authority(_)) {
            return true;
        }
        under_not &= under_not - 1;
    }
    false
}

/// Holds each part of a list against each one after it. In a list that needs every part, the
/// implied one is idle; where one is enough, the implying one is.
const fn list(outline: &Outline, seen: &Seen, list: usize) -> Option<Defect> {
    let every = matches!(outline.get(list).shape, Shape::Every);
    let end = outline.get(list).end;
    let mut first = list + 1;
    while first < end {
        let mut second = outline.get(first).end;
        while second < end {
            let idle = match (seen.implies(first, second), seen.implies(second, first)) {
                (false, false) => None,
                // Where both say the same, the one written later is idle.
                (true, true) => Some((second, first)),
                (forth, _) if forth == every => Some((second, first)),
                _ => Some((first, second)),
            };
            if let Some((part, other)) = idle {
                let (one, implied) = if every { (other, part) } else { (part, other) };
                let cause = cause::of_implied(outline, one, implied);
                return Some(idle_part(outline, list, part, other, cause));
            }
            second = outline.get(second).end;
        }
        first = outline.get(first).end;
    }
    None
}

const fn idle_part(
    outline: &Outline,
    list: usize,
    part: usize,
    other: usize,
    cause: Cause,
) -> Defect {
    let list_is_all = matches!(outline.get(list).requirement, Requirement::All(_));
    let (part, other) = (outline.get(part).requirement, outline.get(other).requirement);
    Defect {
        flaw: Flaw::Redundant,
        what: What::Idle { part, other, list_is_all },
        cause,
        unless_open: false,
    }
}

/// Of a requirement that is too large to try all combinations, at least the facts that stand
/// directly in one list are held against each other.
const fn facts_of_lists(outline: &Outline) -> Option<Defect> {
    let mut list = 0;
    while list < outline.len() {
        let mut facts = 0;
        let mut part = list + 1;
        while part < outline.get(list).end {
            if let Shape::Fact(fact) = outline.get(part).shape {
                if facts >> fact & 1 == 1 {
                    return Some(idle_part(outline, list, part, part, Cause::Same));
                }
                facts |= 1 << fact;
            }
            part = outline.get(part).end;
        }
        let found = related_facts(outline, list, facts);
        if found.is_some() {
            return found;
        }
        list += 1;
    }
    None
}

const fn related_facts(outline: &Outline, list: usize, facts: u64) -> Option<Defect> {
    let mut rest = facts;
    while rest != 0 {
        let one = rest.trailing_zeros() as usize;
        let implied = outline.atoms.implies(one) & facts;
        if implied != 0 {
            let (one, other) =
                (outline.atoms.get(one), outline.atoms.get(implied.trailing_zeros() as usize));
            let list_is_all = matches!(outline.get(list).requirement, Requirement::All(_));
            let (part, because) = if list_is_all { (other, one) } else { (one, other) };
            let what = What::Idle { part, other: because, list_is_all };
            return Some(Defect {
                flaw: Flaw::Redundant,
                what,
                cause: Cause::Implies(one, other),
                unless_open: false,
            });
        }
        rest &= rest - 1;
    }
    None
}
