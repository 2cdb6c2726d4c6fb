//! The facts of most requirements: few, and none says anything of another.
//!
//! Const evaluation of the whole analysis takes twenty times as long as this.

use super::atoms::{self, MAX_ATOMS};
use crate::policy::method::has_doubles;
use crate::policy::{CheckAnswers, Requirement};

/// Whether the requirement is sound at first sight: without `not`, a caller who has everything is
/// let in and one who has nothing is not; and where each fact appears once and says nothing of the
/// others, each part decides something.
pub(super) const fn is_sound(requirement: &Requirement) -> bool {
    let mut facts = EvaluationContext { list: [requirement; MAX_ATOMS], len: 0 };
    facts.add(requirement, 0, false)
}

struct EvaluationContext<'a> {
    list: [&'a Requirement; MAX_ATOMS],
    len: usize,
}

impl<'a> EvaluationContext<'a> {
    /// Adds the facts of a part, as long as they say nothing of each other.
    #[expect(clippy::indexing_slicing, reason = "held against the size just before")]
    const fn add(&mut self, part: &'a Requirement, depth: usize, in_any: bool) -> bool {
        let in_any = in_any || matches!(part, Requirement::Any(_));
        match part {
            Requirement::All(parts) | Requirement::Any(parts) => {
                let mut rest: &[Requirement] = parts;
                while let [part, more @ ..] = rest {
                    if depth == Requirement::MAX_DEPTH || !self.add(part, depth + 1, in_any) {
                        return false;
                    }
                    rest = more;
                }
                // An empty list is met by no caller.
                !parts.is_empty()
            }
            Requirement::Not(_) | Requirement::Authenticated | Requirement::Method([]) => false,
            // Of alternatives each has to name one, or none.
            Requirement::Method(methods) if in_any || has_doubles(methods) => false,
            Requirement::Authority(name) | Requirement::Level(name) if name.info().is_none() => {
                false
            }
            Requirement::Factor(factor) if factor.is_empty() => false,
            Requirement::Check { slot, .. } if *slot >= CheckAnswers::SLOTS => false,
            fact => {
                let mut place = 0;
                while place < self.len {
                    if atoms::are_related(self.list[place], fact) {
                        return false;
                    }
                    place += 1;
                }
                if place == MAX_ATOMS {
                    return false;
                }
                self.list[place] = fact;
                self.len += 1;
                true
            }
        }
    }
}
