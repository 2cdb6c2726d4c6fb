//! Every way to meet some conditions, found by trying.

use std::ops::ControlFlow;

use super::formula::{Formula, Known};
use super::set::Set;
use super::space::Space;

/// How many parts of alternatives one search tries before it gives up. Requirements as people
/// write them need a few dozen.
pub(super) const STEPS: usize = 20_000;

/// Whether a search came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// Every way was found.
    Complete,
    /// The bound was hit, or the one who asked had enough.
    Stopped,
}

impl Known {
    /// Nothing is known yet.
    pub(super) fn nothing(space: &Space<'_>) -> Self {
        let (class, age) = (space.class_states(), space.age_states());
        Self { has: Set::new(), lacks: Set::new(), method: space.method_states(), class, age }
    }
}

/// Calls `found` with ways to meet all of `conditions`, starting from what is known: as few facts
/// as the way needs. Each caller who meets them meets one of the ways.
pub(super) fn search(
    space: &Space<'_>,
    conditions: &[Formula],
    known: Known,
    found: &mut dyn FnMut(&Known) -> ControlFlow<()>,
) -> Search {
    let mut open = Vec::new();
    let mut run = Run { space, steps: STEPS, found };
    let mut known = known;
    if !run.space.can_be(&known) {
        return Search::Complete;
    }
    for condition in conditions {
        if !run.learn(condition, &mut known, &mut open) {
            return Search::Complete;
        }
    }
    match run.go(known, open) {
        ControlFlow::Continue(()) => Search::Complete,
        ControlFlow::Break(()) => Search::Stopped,
    }
}

struct Run<'a, 'f> {
    space: &'a Space<'a>,
    steps: usize,
    found: &'f mut dyn FnMut(&Known) -> ControlFlow<()>,
}

impl Run<'_, '_> {
    /// Takes alternatives one after the other until none is left open.
    fn go<'c>(&mut self, mut known: Known, mut open: Vec<&'c [Formula]>) -> ControlFlow<()> {
        loop {
            open.retain(|parts| !parts.iter().any(|part| part.is_certain(&known)));
            let mut fewest: Option<(usize, Vec<&'c Formula>)> = None;
            for (place, parts) in open.iter().enumerate() {
                let mut possible = Vec::new();
                for part in *parts {
                    self.steps = self.steps.saturating_sub(1);
                    if self.learn(part, &mut known.clone(), &mut Vec::new()) {
                        possible.push(part);
                    }
                }
                if self.steps == 0 {
                    return ControlFlow::Break(());
                }
                if fewest.as_ref().is_none_or(|(_, least)| possible.len() < least.len()) {
                    fewest = Some((place, possible));
                }
                if fewest.as_ref().is_some_and(|(_, least)| least.len() < 2) {
                    break;
                }
            }
            let Some((place, possible)) = fewest else {
                return (self.found)(&known);
            };
            open.swap_remove(place);
            match possible.as_slice() {
                [] => return ControlFlow::Continue(()),
                // The only way on: nothing to come back to.
                [only] => {
                    if !self.learn(only, &mut known, &mut open) {
                        return ControlFlow::Continue(());
                    }
                }
                several => {
                    for part in several {
                        let (mut known, mut open) = (known.clone(), open.clone());
                        if self.learn(part, &mut known, &mut open) {
                            self.go(known, open)?;
                        }
                    }
                    return ControlFlow::Continue(());
                }
            }
        }
    }

    /// Adds what the condition says for certain, and leaves its alternatives open. False if no
    /// caller can be like that.
    fn learn<'c>(
        &self,
        condition: &'c Formula,
        known: &mut Known,
        open: &mut Vec<&'c [Formula]>,
    ) -> bool {
        match condition {
            Formula::Yes => true,
            Formula::No => false,
            Formula::Has(fact) => {
                let news = self.space.implied.get(*fact).is_some_and(|it| known.has.add(it));
                !news || self.space.can_be(known)
            }
            Formula::Lacks(fact) => {
                let news = self.space.excluded.get(*fact).is_some_and(|it| known.lacks.add(it));
                !news || self.space.can_be(known)
            }
            Formula::Method(states) => {
                known.method.keep(states);
                !known.method.is_empty()
            }
            Formula::Class(states) => {
                known.class.keep(states);
                !known.class.is_empty()
            }
            Formula::Age(states) => {
                known.age.keep(states);
                !known.age.is_empty()
            }
            Formula::Every(parts) => parts.iter().all(|part| self.learn(part, known, open)),
            Formula::Some(parts) => {
                open.push(parts);
                true
            }
        }
    }
}

impl Space<'_> {
    /// Whether some token has and lacks that: each fact has a source that brings none of those
    /// that must be lacking.
    fn can_be(&self, known: &Known) -> bool {
        if known.lacks.is_empty() {
            return true;
        }
        if known.has.meets(&known.lacks) {
            return false;
        }
        let mut covered = Set::new();
        for source in &self.sources {
            if !source.brings.meets(&known.lacks) {
                covered.add(&source.brings);
            }
        }
        known.has.is_within(&covered)
    }
}
