//! Looking for what is wrong with a requirement.

use super::Flaw;
use super::atoms::{Atoms, Relation, same};
use super::cause::{self, Cause};
use super::space::{Rules, Space};
use crate::policy::Requirement;

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

pub(super) const fn run(requirement: &Requirement, atoms: &Atoms) -> Outcome {
    if let Some(fault) = atoms.fault {
        let cause = Cause::Fault(fault);
        return Outcome::Flawed(Defect { flaw: Flaw::Never, what: What::Whole, cause });
    }
    if requirement.parts().is_empty() {
        return Outcome::Sound;
    }
    // Most requirements end here. Without `not`, a caller who has everything is let in and one who
    // has nothing is not; and where each fact stands once and says nothing of the others, each
    // part decides something.
    if atoms.read_once
        && !atoms.negated
        && !atoms.authenticated
        && !atoms.too_many
        && atoms.unrelated()
    {
        return Outcome::Sound;
    }
    let Some(space) = Space::of(atoms, Rules::All) else {
        return match facts_of_lists(requirement, atoms) {
            Some(defect) => Outcome::Flawed(defect),
            None => Outcome::Bounded,
        };
    };
    let search = Search { atoms, space: &space };
    match search.part(requirement, true, true) {
        Some(defect) => Outcome::Flawed(defect),
        None => Outcome::Sound,
    }
}

struct Search<'a> {
    atoms: &'a Atoms,
    space: &'a Space<'a>,
}

impl Search<'_> {
    const fn part(&self, part: &Requirement, wanted: bool, whole: bool) -> Option<Defect> {
        let what = if whole { What::Whole } else { What::Part { part: *part, wanted } };
        if self.space.never(part, wanted) {
            let cause = cause::of_never(self.atoms, part, wanted);
            return Some(Defect { flaw: Flaw::Never, what, cause });
        }
        if self.space.always(part, wanted) {
            let cause = cause::of_always(self.atoms, part, wanted);
            return Some(Defect { flaw: Flaw::Always, what, cause });
        }
        match part {
            Requirement::Not(inner) => self.below_not(inner, !wanted),
            Requirement::All(parts) => self.list(parts, wanted, true),
            Requirement::Any(parts) => self.list(parts, wanted, false),
            _ => None,
        }
    }

    /// What stands under `not` was just looked at as a whole; only its parts are left.
    const fn below_not(&self, part: &Requirement, wanted: bool) -> Option<Defect> {
        match part {
            Requirement::Not(inner) => self.below_not(inner, !wanted),
            Requirement::All(parts) => self.list(parts, wanted, true),
            Requirement::Any(parts) => self.list(parts, wanted, false),
            _ => None,
        }
    }

    const fn list(
        &self,
        parts: &'static [Requirement],
        wanted: bool,
        list_is_all: bool,
    ) -> Option<Defect> {
        let mut rest: &[Requirement] = parts;
        while let [part, more @ ..] = rest {
            let found = self.part(part, wanted, false);
            if found.is_some() {
                return found;
            }
            rest = more;
        }
        // Each with each one after it. In a list that needs every part, the implied one is idle;
        // where one is enough, the implying one is.
        let every = list_is_all == wanted;
        let mut rest: &[Requirement] = parts;
        while let [first, more @ ..] = rest {
            let mut others = more;
            while let [second, after @ ..] = others {
                let (forth, back) = (
                    self.space.implied(first, second, wanted),
                    self.space.implied(second, first, wanted),
                );
                // Where both say the same, the one written later is idle.
                let idle = match (forth, back) {
                    (false, false) => None,
                    (true, true) => Some((second, first)),
                    (true, false) if every => Some((second, first)),
                    (false, true) if !every => Some((second, first)),
                    _ => Some((first, second)),
                };
                if let Some((part, other)) = idle {
                    let (one, implied) = if forth { (first, second) } else { (second, first) };
                    let cause = cause::of_implied(self.atoms, one, implied, wanted);
                    let what = What::Idle { part: *part, other: *other, list_is_all };
                    return Some(Defect { flaw: Flaw::Idle, what, cause });
                }
                others = after;
            }
            rest = more;
        }
        None
    }
}

/// Of a requirement with too many facts to combine, at least the facts that stand directly in one
/// list are held against each other.
const fn facts_of_lists(requirement: &Requirement, atoms: &Atoms) -> Option<Defect> {
    let mut rest = requirement.parts();
    let list_is_all = matches!(requirement, Requirement::All(_));
    while let [part, more @ ..] = rest {
        let mut others = more;
        while let [other, after @ ..] = others {
            let found = fact_makes_idle(part, other, list_is_all, atoms);
            if found.is_some() {
                return found;
            }
            others = after;
        }
        let found = facts_of_lists(part, atoms);
        if found.is_some() {
            return found;
        }
        rest = more;
    }
    None
}

const fn fact_makes_idle(
    first: &Requirement,
    second: &Requirement,
    list_is_all: bool,
    atoms: &Atoms,
) -> Option<Defect> {
    let (one, other) = (atoms.place(first), atoms.place(second));
    if one == atoms.len() || other == atoms.len() {
        return None;
    }
    let (implying, implied) = match (atoms.relation(one, other), atoms.relation(other, one)) {
        _ if same(first, second) => (first, second),
        (Relation::Implies, _) => (first, second),
        (_, Relation::Implies) => (second, first),
        _ => return None,
    };
    let (part, other) = if list_is_all { (implied, implying) } else { (implying, implied) };
    let cause = if same(first, second) { Cause::Same } else { Cause::Implies(*implying, *implied) };
    let what = What::Idle { part: *part, other: *other, list_is_all };
    Some(Defect { flaw: Flaw::Idle, what, cause })
}
