//! What it takes to be let in, or to be rejected, with `not` carried down to single facts.

use super::{Axis, BitSet, Credential, Known};
use crate::policy::Requirement;

/// A condition on a caller of whom everything is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Formula {
    Yes,
    No,
    /// The caller has this fact.
    Has(usize),
    /// The caller lacks this fact.
    Lacks(usize),
    /// The credential is in one of these states.
    In(Axis, BitSet),
    /// Each of these.
    Every(Vec<Formula>),
    /// At least one of these.
    Some(Vec<Formula>),
}

/// How a part of a requirement is made up of others.
pub(crate) enum Node<'a, T> {
    /// It is not.
    Leaf,
    All(&'a [T]),
    Any(&'a [T]),
    Not(&'a T),
}

/// A requirement, in whichever form it is written.
pub(crate) trait Tree: Sized {
    fn node(&self) -> Node<'_, Self>;
}

impl Tree for Requirement {
    fn node(&self) -> Node<'_, Self> {
        match self {
            Self::All(parts) => Node::All(parts),
            Self::Any(parts) => Node::Any(parts),
            Self::Not(part) => Node::Not(part),
            _ => Node::Leaf,
        }
    }
}

impl Formula {
    pub(crate) const fn constant(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    /// What it takes that a requirement is met, or with `passes` false that it is not.
    ///
    /// `leaf` says what a single fact takes: that it is met, or not met, as it is wanted, or as it is
    /// not wanted (under `not`). The two differ where a token leaves open what is so: that is met
    /// neither way. `None` if the requirement cannot be read in full, as
    /// [`evaluate()`](crate::policy::evaluate()) reads it: then no caller meets it.
    pub(crate) fn of<'a, T: Tree>(
        requirement: &'a T,
        passes: bool,
        leaf: &mut dyn FnMut(&'a T, bool) -> Option<Self>,
    ) -> Option<Self> {
        Self::of_part(requirement, passes, leaf, true, 0)
    }

    fn of_part<'a, T: Tree>(
        part: &'a T,
        passes: bool,
        leaf: &mut dyn FnMut(&'a T, bool) -> Option<Self>,
        wanted: bool,
        depth: usize,
    ) -> Option<Self> {
        if depth > Requirement::MAX_DEPTH {
            return None;
        }
        let (all, parts) = match part.node() {
            Node::Leaf => return leaf(part, wanted),
            Node::Not(part) => return Self::of_part(part, passes, leaf, !wanted, depth + 1),
            Node::All(parts) => (true, parts),
            Node::Any(parts) => (false, parts),
        };
        if parts.is_empty() {
            return None;
        }
        // By De Morgan, once for `not` and once for being rejected.
        let every = (all == wanted) == passes;
        let mut list = Vec::new();
        let mut settled = false;
        for inner in parts {
            // All are read even after one has settled it: a fault in any of them rejects.
            match Self::of_part(inner, passes, leaf, wanted, depth + 1)? {
                Self::Yes => settled |= !every,
                Self::No => settled |= every,
                other => list.push(other),
            }
        }
        if settled {
            return Some(Self::constant(!every));
        }
        Some(match (list.len(), list.pop()) {
            (_, None) => Self::constant(every),
            (1, Some(only)) => only,
            (_, Some(other)) => {
                list.push(other);
                if every { Self::Every(list) } else { Self::Some(list) }
            }
        })
    }

    /// Whether it holds for every caller of whom this is known. May miss one that does.
    pub(crate) fn is_certain(&self, known: &Known) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::Has(fact) => known.has.contains(*fact),
            Self::Lacks(fact) => known.lacks.contains(*fact),
            Self::In(axis, states) => known.credential.on(*axis).is_within(states),
            Self::Every(parts) => parts.iter().all(|part| part.is_certain(known)),
            Self::Some(parts) => parts.iter().any(|part| part.is_certain(known)),
        }
    }

    /// Whether it holds for the caller who has these facts and no others, with a credential in these
    /// states.
    pub(crate) fn holds(&self, has: &BitSet, at: &Credential<usize>) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::Has(fact) => has.contains(*fact),
            Self::Lacks(fact) => !has.contains(*fact),
            Self::In(axis, states) => states.contains(*at.on(*axis)),
            Self::Every(parts) => parts.iter().all(|part| part.holds(has, at)),
            Self::Some(parts) => parts.iter().any(|part| part.holds(has, at)),
        }
    }

    /// Whether it can turn false by having more.
    pub(crate) fn can_refuse(&self) -> bool {
        match self {
            Self::Lacks(_) => true,
            Self::Every(parts) | Self::Some(parts) => parts.iter().any(Self::can_refuse),
            _ => false,
        }
    }

    /// How a caller of whom this is known meets it, where of several alternatives the one that is
    /// written first is taken: the places of those, and the facts by which the caller meets them, each
    /// in the order written.
    pub(crate) fn first_way(&self, known: &Known) -> (Vec<usize>, Vec<usize>) {
        let (mut taken, mut facts) = (Vec::new(), Vec::new());
        self.follow(known, &mut taken, &mut facts);
        (taken, facts)
    }

    fn follow(&self, known: &Known, taken: &mut Vec<usize>, facts: &mut Vec<usize>) {
        match self {
            Self::Has(fact) if !facts.contains(fact) => facts.push(*fact),
            Self::Every(parts) => parts.iter().for_each(|part| part.follow(known, taken, facts)),
            Self::Some(parts) => {
                let mut certain = parts.iter().enumerate().filter(|(_, it)| it.is_certain(known));
                if let Some((place, part)) = certain.next() {
                    taken.push(place);
                    part.follow(known, taken, facts);
                }
            }
            _ => {}
        }
    }
}
