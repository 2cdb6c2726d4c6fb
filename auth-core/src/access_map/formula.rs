//! What it takes to be let in, or to be refused, with `not` carried down to single facts.

use super::set::Set;

/// A condition on a caller whose checks have all answered.
#[derive(Clone, Debug)]
pub(super) enum Formula {
    Yes,
    No,
    /// The caller has this fact.
    Has(usize),
    /// The caller lacks this fact.
    Lacks(usize),
    /// The method of the credential is in one of these states.
    Method(Set),
    /// The class of the login is in one of these states.
    Class(Set),
    /// The age of the login is in one of these states.
    Age(Set),
    /// Each of these.
    Every(Vec<Formula>),
    /// At least one of these.
    Some(Vec<Formula>),
}

/// How a caller came in: one state each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) method: usize,
    pub(super) class: usize,
    pub(super) age: usize,
}

/// What is certain of a caller: who has and lacks this is one of those looked for.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) has: Set,
    pub(super) lacks: Set,
    pub(super) method: Set,
    pub(super) class: Set,
    pub(super) age: Set,
}

impl Formula {
    pub(super) const fn constant(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    /// Whether it holds for every caller of whom this is known. May miss one that does.
    pub(super) fn is_certain(&self, known: &Known) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::Has(fact) => known.has.contains(*fact),
            Self::Lacks(fact) => known.lacks.contains(*fact),
            Self::Method(states) => known.method.is_within(states),
            Self::Class(states) => known.class.is_within(states),
            Self::Age(states) => known.age.is_within(states),
            Self::Every(parts) => parts.iter().all(|part| part.is_certain(known)),
            Self::Some(parts) => parts.iter().any(|part| part.is_certain(known)),
        }
    }

    /// Whether it holds for the caller who has these facts and no others.
    pub(super) fn holds(&self, has: &Set, login: Login) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::Has(fact) => has.contains(*fact),
            Self::Lacks(fact) => !has.contains(*fact),
            Self::Method(states) => states.contains(login.method),
            Self::Class(states) => states.contains(login.class),
            Self::Age(states) => states.contains(login.age),
            Self::Every(parts) => parts.iter().all(|part| part.holds(has, login)),
            Self::Some(parts) => parts.iter().any(|part| part.holds(has, login)),
        }
    }

    /// Whether it can turn false by having more.
    pub(super) fn can_refuse(&self) -> bool {
        match self {
            Self::Lacks(_) => true,
            Self::Every(parts) | Self::Some(parts) => parts.iter().any(Self::can_refuse),
            _ => false,
        }
    }
}
