//! What facts there are, what they say of each other, and what is known of a caller.

use super::BitSet;

/// What a credential is in exactly one state of.
///
/// A state is a number; the code that makes the formula knows what it means. For the class of a
/// login, 0 is "not told" and 1 "another one than those named". For its age, 0 is "not told", and the
/// others are the fresher the greater they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    /// The method by which the caller was authenticated.
    Method,
    /// The class of the login.
    Class,
    /// The age of the login.
    Age,
}

impl Axis {
    pub(super) const ALL: [Self; 3] = [Self::Method, Self::Class, Self::Age];
}

/// A credential, by what is so on each axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credential<T> {
    pub(crate) method: T,
    pub(crate) class: T,
    pub(crate) age: T,
}

impl<T> Credential<T> {
    pub(crate) const fn on(&self, axis: Axis) -> &T {
        match axis {
            Axis::Method => &self.method,
            Axis::Class => &self.class,
            Axis::Age => &self.age,
        }
    }

    pub(super) const fn on_mut(&mut self, axis: Axis) -> &mut T {
        match axis {
            Axis::Method => &mut self.method,
            Axis::Class => &mut self.class,
            Axis::Age => &mut self.age,
        }
    }
}

/// What is certain of a caller: who has and lacks this is one of those looked for.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) has: BitSet,
    pub(crate) lacks: BitSet,
    /// The states that the credential may be in.
    pub(crate) credential: Credential<BitSet>,
}

/// One thing that a caller can be given, with the facts that come with it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) brings: BitSet,
    /// How much its holder holds in all: of two that do, the weaker one is shown.
    pub(crate) power: usize,
}

/// The facts of a formula, by number, and the callers that there can be.
#[derive(Debug)]
pub(crate) struct World {
    /// For each fact what every caller has who has it, itself among it.
    implied: Vec<BitSet>,
    /// For each fact what no caller has who lacks it, itself among it.
    excluded: Vec<BitSet>,
    sources: Vec<Source>,
    /// Every state that a credential can be in.
    states: Credential<BitSet>,
    /// For each state of the class, those that ask for less; none for a state that is not there.
    lower_classes: Vec<BitSet>,
    /// Whether each caller can have any facts, whatever else there is.
    is_free: bool,
}

impl World {
    /// So many facts, which are had through these sources alone.
    pub(crate) fn new(
        facts: usize,
        sources: Vec<Source>,
        states: Credential<BitSet>,
        lower_classes: Vec<BitSet>,
    ) -> Self {
        let implied: Vec<BitSet> = (0..facts)
            .map(|fact| {
                let mut bringing = sources.iter().filter(|it| it.brings.contains(fact));
                let first = bringing.next().map(|it| it.brings.clone()).unwrap_or_default();
                bringing.fold(first, |mut common, it| {
                    common.keep(&it.brings);
                    common
                })
            })
            .collect();
        let excluded = transposed(&implied);
        Self { implied, excluded, sources, states, lower_classes, is_free: false }
    }

    /// So many facts that say nothing of each other.
    pub(crate) fn free(facts: usize) -> Self {
        let implied: Vec<BitSet> = (0..facts).map(|fact| BitSet::from_iter([fact])).collect();
        let any = || BitSet::below(1);
        let states = Credential { method: any(), class: any(), age: any() };
        let (sources, lower_classes) = (Vec::new(), Vec::new());
        Self { excluded: implied.clone(), implied, sources, states, lower_classes, is_free: true }
    }

    /// The states that ask for no more than any other of these.
    pub(super) fn least(&self, axis: Axis, states: &BitSet) -> Vec<usize> {
        let first = states.iter().next();
        match axis {
            Axis::Method => states.iter().collect(),
            // Of several classes that are named those are the least that include none of the others.
            Axis::Class if first.is_some_and(|first| first > 1) => {
                let is_least = |state: &usize| {
                    !self.lower_classes.get(*state).is_some_and(|lower| lower.meets(states))
                };
                states.iter().filter(is_least).collect()
            }
            Axis::Class | Axis::Age => first.into_iter().collect(),
        }
    }

    /// Whether the one state asks for no more than the other.
    ///
    /// No method is less than another one. No class is less than another one than those named, and
    /// that less than one of them, of which a level is less than those that include it; not telling the
    /// time of the login is less than an old one, and that less than a fresh one.
    pub(super) fn asks_no_more(&self, axis: Axis, one: usize, other: usize) -> bool {
        match axis {
            Axis::Method => one == other,
            Axis::Class => {
                let is_lower = || self.lower_classes.get(other).is_some_and(|it| it.contains(one));
                one == other || (one < other && one < 2) || is_lower()
            }
            Axis::Age => one <= other,
        }
    }

    /// Nothing is known yet.
    pub(crate) fn nothing_known(&self) -> Known {
        Known { has: BitSet::new(), lacks: BitSet::new(), credential: self.states.clone() }
    }

    /// Whether a caller of whom this is known may be in any state on that axis.
    pub(crate) fn is_open(&self, axis: Axis, known: &Known) -> bool {
        self.states.on(axis).is_within(known.credential.on(axis))
    }

    /// What facts are had through.
    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Whether each caller can have any facts, whatever else there is.
    pub(super) const fn is_free(&self) -> bool {
        self.is_free
    }

    /// What every caller has who has this fact, itself among it.
    pub(crate) fn implied(&self, fact: usize) -> Option<&BitSet> {
        self.implied.get(fact)
    }

    pub(super) fn excluded(&self, fact: usize) -> Option<&BitSet> {
        self.excluded.get(fact)
    }

    /// Whether there is a caller who has and lacks that: each fact has a source that brings none of
    /// those that must be lacking.
    pub(super) fn can_be(&self, known: &Known) -> bool {
        if self.is_free || known.lacks.is_empty() {
            return !known.has.meets(&known.lacks);
        }
        if known.has.meets(&known.lacks) {
            return false;
        }
        let mut covered = BitSet::new();
        for source in &self.sources {
            if !source.brings.meets(&known.lacks) {
                covered.add(&source.brings);
            }
        }
        known.has.is_within(&covered)
    }
}

fn transposed(rows: &[BitSet]) -> Vec<BitSet> {
    let column = |at: usize| {
        rows.iter().enumerate().filter(|(_, row)| row.contains(at)).map(|(row, _)| row).collect()
    };
    (0..rows.len()).map(column).collect()
}
