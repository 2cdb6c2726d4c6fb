//! The least ways to meet a formula.

use std::ops::ControlFlow;

use super::search::{STEPS, Search, search};
use super::{Axis, BitSet, Credential, Formula, Known, World};

/// A caller who meets a formula: the facts, and the states of the credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) has: BitSet,
    pub(crate) credential: Credential<usize>,
}

impl Way {
    /// Whether `other` asks for all that this one asks for, or for more.
    fn is_within(&self, other: &Self, world: &World) -> bool {
        let no_more = |axis: &Axis| {
            world.asks_no_more(*axis, *self.credential.on(*axis), *other.credential.on(*axis))
        };
        Axis::ALL.iter().all(no_more) && self.has.is_within(&other.has)
    }

    /// Who meets what is known meets it with exactly its facts and the least credential that it
    /// allows.
    fn least_of(known: &Known, world: &World) -> Vec<Self> {
        let mut least = vec![Credential::default()];
        for axis in Axis::ALL {
            let states = world.least(axis, known.credential.on(axis));
            let with = |credential: &Credential<usize>, state: &usize| {
                let mut credential = *credential;
                *credential.on_mut(axis) = *state;
                credential
            };
            let each = least.iter();
            least = each.flat_map(|it| states.iter().map(move |state| with(it, state))).collect();
        }
        least.into_iter().map(|credential| Self { has: known.has.clone(), credential }).collect()
    }
}

/// The ways of which none asks for all that another one asks for, at most so many, and whether
/// these are all.
pub(crate) fn minimal(world: &World, condition: &Formula, most: usize) -> (Vec<Way>, bool) {
    let mut ways: Vec<Way> = Vec::new();
    let mut visitor = |known: &Known| {
        for way in Way::least_of(known, world) {
            if !ways.iter().any(|other| other.is_within(&way, world)) {
                ways.retain(|other| !way.is_within(other, world));
                ways.push(way);
            }
        }
        if ways.len() > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let conditions = std::slice::from_ref(condition);
    let ended = search(world, conditions, world.nothing_known(), STEPS, &mut visitor);
    ways.truncate(most);
    (ways, ended == Search::Complete)
}
