//! Every way to meet some conditions, found by trying.

use std::ops::ControlFlow;

use super::{Formula, Known, World};

/// How many parts of alternatives one search tries before it gives up. Requirements as people
/// write them need a few dozen.
pub(crate) const STEPS: usize = 20_000;

/// Whether a search came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// Every way was found that the visitor wants to know.
    Complete,
    /// The bound was hit, or the visitor had enough.
    Stopped,
}

/// What asks for ways.
pub(super) trait Visitor {
    /// Whether a way that begins like this is of interest.
    fn goes_on(&mut self, _known: &Known) -> bool {
        true
    }

    /// A way was found.
    fn found(&mut self, known: &Known) -> ControlFlow<()>;
}

impl<F: FnMut(&Known) -> ControlFlow<()>> Visitor for F {
    fn found(&mut self, known: &Known) -> ControlFlow<()> {
        self(known)
    }
}

/// Shows ways to meet all of `conditions`, starting from what is known: as few facts as the way
/// needs. Each caller who meets the conditions meets one of the ways.
pub(super) fn search(
    world: &World,
    conditions: &[Formula],
    known: Known,
    steps: usize,
    visitor: &mut dyn Visitor,
) -> Search {
    let mut open = Vec::new();
    let mut run = Run { world, steps, visitor };
    let mut known = known;
    if !world.can_be(&known) {
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

/// Whether there is a caller of whom this is known and who meets the condition; and if none was
/// found, whether everyone was looked at.
pub(crate) fn is_possible(world: &World, condition: &Formula, known: Known) -> (bool, bool) {
    let mut found = false;
    let mut visitor = |_: &Known| {
        found = true;
        ControlFlow::Break(())
    };
    let ended = search(world, std::slice::from_ref(condition), known, STEPS, &mut visitor);
    (found, found || ended == Search::Complete)
}

struct Run<'a, 'v> {
    world: &'a World,
    steps: usize,
    visitor: &'v mut dyn Visitor,
}

impl Run<'_, '_> {
    /// Takes alternatives one after the other until none is left open.
    fn go(&mut self, mut known: Known, mut open: Vec<&[Formula]>) -> ControlFlow<()> {
        loop {
            if !self.visitor.goes_on(&known) {
                return ControlFlow::Continue(());
            }
            let Some(possible) = self.next(&known, &mut open)? else {
                return self.visitor.found(&known);
            };
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

    /// Takes out the alternatives that leave the fewest ways on: those of its parts that some caller
    /// meets of whom this is known. None if nothing is open any more.
    fn next<'c>(
        &mut self,
        known: &Known,
        open: &mut Vec<&'c [Formula]>,
    ) -> ControlFlow<(), Option<Vec<&'c Formula>>> {
        let is_certain = |parts: &[Formula]| parts.iter().any(|part| part.is_certain(known));
        if self.world.is_free() {
            // Each way on is possible, so that any alternatives will do.
            while let Some(parts) = open.first().copied() {
                self.spend(parts.len() + open.len() / 8)?;
                open.swap_remove(0);
                if !is_certain(parts) {
                    return ControlFlow::Continue(Some(parts.iter().collect()));
                }
            }
            return ControlFlow::Continue(None);
        }
        open.retain(|parts| !is_certain(parts));
        let mut fewest: Option<(usize, Vec<&'c Formula>)> = None;
        for (place, parts) in open.iter().enumerate() {
            self.spend(parts.len())?;
            let is_possible =
                |part: &&Formula| self.learn(part, &mut known.clone(), &mut Vec::new());
            let possible: Vec<&Formula> = parts.iter().filter(is_possible).collect();
            if fewest.as_ref().is_none_or(|(_, least)| possible.len() < least.len()) {
                fewest = Some((place, possible));
            }
            if fewest.as_ref().is_some_and(|(_, least)| least.len() < 2) {
                break;
            }
        }
        ControlFlow::Continue(fewest.map(|(place, possible)| {
            open.swap_remove(place);
            possible
        }))
    }

    const fn spend(&mut self, steps: usize) -> ControlFlow<()> {
        self.steps = self.steps.saturating_sub(steps);
        if self.steps == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
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
                let news = self.world.implied(*fact).is_some_and(|it| known.has.add(it));
                !news || self.world.can_be(known)
            }
            Formula::Lacks(fact) => {
                let news = self.world.excluded(*fact).is_some_and(|it| known.lacks.add(it));
                !news || self.world.can_be(known)
            }
            Formula::In(axis, states) => {
                let own = known.credential.on_mut(*axis);
                own.keep(states);
                !own.is_empty()
            }
            Formula::Every(parts) => parts.iter().all(|part| self.learn(part, known, open)),
            Formula::Some(parts) => {
                open.push(parts);
                true
            }
        }
    }
}
