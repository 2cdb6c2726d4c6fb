//! The smallest caller who meets some conditions.

use std::ops::ControlFlow;

use super::search::{STEPS, Search, search};
use super::{Axis, BitSet, Formula, Known, World};

/// How many choices of sources one witness tries out to find the fewest. The first choice is a
/// witness already.
const CHOICES: usize = 2_000;

/// A caller who meets some conditions.
#[derive(Debug)]
pub(crate) struct Smallest {
    /// The places of the sources that the caller has, and of no others.
    pub(crate) sources: Vec<usize>,
    /// What is certain of the caller besides: the least state of each axis will do.
    pub(crate) known: Known,
}

impl Smallest {
    /// The least state of the credential that will do.
    pub(crate) fn state(&self, axis: Axis) -> usize {
        self.known.credential.on(axis).iter().next().unwrap_or_default()
    }
}

/// The smallest caller who meets all the conditions, and whether everyone was looked at: if so,
/// `None` if there is none.
pub(crate) fn smallest(world: &World, conditions: &[Formula]) -> (Option<Smallest>, bool) {
    // Of callers of one size one who may come by any method is shown first, then the weakest.
    let mut best: Option<((usize, bool, usize), Choice, Known)> = None;
    let mut visitor = |known: &Known| {
        let told = |axis: &&Axis| !known.credential.on(**axis).contains(0);
        let login = [Axis::Class, Axis::Age].iter().filter(told).count();
        let choice = choose(world, known);
        let size = login + choice.sources.len();
        let order = (size, !world.is_open(Axis::Method, known), choice.power);
        if choice.complete && best.as_ref().is_none_or(|(least, ..)| order < *least) {
            best = Some((order, choice, known.clone()));
        }
        ControlFlow::Continue(())
    };
    let ended = search(world, conditions, world.nothing_known(), STEPS, &mut visitor);
    let best = best.map(|(_, choice, known)| Smallest { sources: choice.sources, known });
    (best, ended == Search::Complete)
}

/// Some things that a caller has.
#[derive(Clone, Default)]
struct Choice {
    sources: Vec<usize>,
    power: usize,
    complete: bool,
}

/// The fewest sources, and of those the weakest, that bring all that is known to be had and
/// nothing that is known to be lacking.
fn choose(world: &World, known: &Known) -> Choice {
    let useful = (0..world.sources().len()).filter(|place| {
        world.sources().get(*place).is_some_and(|source| {
            source.brings.meets(&known.has) && !source.brings.meets(&known.lacks)
        })
    });
    let useful: Vec<usize> = useful.collect();
    let mut best = Choice::default();
    let mut choosing = Choosing { world, useful: &useful, needed: &known.has, choices: CHOICES };
    choosing.extend(Choice::default(), &mut best);
    best
}

struct Choosing<'a> {
    world: &'a World,
    useful: &'a [usize],
    needed: &'a BitSet,
    choices: usize,
}

impl Choosing<'_> {
    fn extend(&mut self, chosen: Choice, best: &mut Choice) {
        let better = |it: &Choice, best: &Choice| {
            !best.complete || (it.sources.len(), it.power) < (best.sources.len(), best.power)
        };
        let sources = self.world.sources();
        let brings =
            |place: usize, fact| sources.get(place).is_some_and(|it| it.brings.contains(fact));
        let brought = |fact| chosen.sources.iter().any(|place| brings(*place, fact));
        let Some(missing) = self.needed.iter().find(|fact| !brought(*fact)) else {
            if better(&chosen, best) {
                *best = Choice { complete: true, ..chosen };
            }
            return;
        };
        for place in self.useful.iter().copied().filter(|place| brings(*place, missing)) {
            self.choices = self.choices.saturating_sub(1);
            let mut next = chosen.clone();
            next.sources.push(place);
            next.power += sources.get(place).map_or(0, |it| it.power);
            if better(&next, best) && (self.choices > 0 || !best.complete) {
                self.extend(next, best);
            }
        }
    }
}
