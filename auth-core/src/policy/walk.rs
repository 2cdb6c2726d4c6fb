//! Walking through a requirement without recursion.

use std::collections::BTreeSet;

use super::{CheckInfo, Method, Requirement};
use crate::vocabulary::{AuthorityKind, AuthorityRef};

impl Requirement {
    /// How many levels of `all`, `any` and `not` are read. A deeper tree is met by no caller.
    ///
    /// A static can hold itself, so the depth of a tree has no natural bound.
    pub const MAX_DEPTH: usize = 32;

    /// The direct parts of an `all`, `any` or `not`, in the order written; empty for all others.
    #[must_use]
    pub const fn parts(&self) -> &'static [Requirement] {
        match self {
            Self::All(parts) | Self::Any(parts) => parts,
            Self::Not(part) => std::slice::from_ref(part),
            _ => &[],
        }
    }

    /// Every name in the order written, also those under `not`; one that is written twice comes
    /// twice.
    pub fn names(&self) -> impl Iterator<Item = AuthorityRef> + use<> {
        self.leaves().filter_map(|(leaf, _)| match leaf {
            Self::Authority(name) => Some(name),
            _ => None,
        })
    }

    /// Every member of an enum: the [`names`](Self::names) that callers hold, and levels of logins.
    pub(crate) fn members(&self) -> impl Iterator<Item = AuthorityRef> + use<> {
        self.leaves().filter_map(|(leaf, _)| match leaf {
            Self::Authority(name) | Self::Level(name) => Some(name),
            _ => None,
        })
    }

    /// The class of a login that it asks for, if it is a single fact about that.
    pub(crate) const fn class(&self) -> Option<&'static str> {
        match self {
            Self::Acr(class) => Some(class),
            Self::Level(level) => Some(level.name()),
            _ => None,
        }
    }

    /// Every scope that can let a caller in, in the order written, each once.
    ///
    /// A scope under `not` is left out: a token is better off without it.
    pub fn scopes(&self) -> impl Iterator<Item = AuthorityRef> + use<> {
        let mut seen = BTreeSet::new();
        self.leaves().filter_map(move |(leaf, wanted)| match leaf {
            Self::Authority(name) if wanted && name.kind() == AuthorityKind::Scope => {
                seen.insert(name.index()).then_some(name)
            }
            _ => None,
        })
    }

    /// Every check with its slot, in the order written, each slot once.
    pub fn checks(&self) -> impl Iterator<Item = (u8, &'static CheckInfo)> + use<> {
        let mut seen = BTreeSet::new();
        self.leaves().filter_map(move |(leaf, _)| match leaf {
            Self::Check { slot, check } => seen.insert(slot).then_some((slot, check)),
            _ => None,
        })
    }

    /// Every list of methods in the order written, also those under `not`.
    pub(crate) fn lists_of_methods(&self) -> impl Iterator<Item = &'static [Method]> + use<> {
        self.leaves().filter_map(|(leaf, _)| match leaf {
            Self::Method(list) => Some(list),
            _ => None,
        })
    }

    /// Whether it is a single fact about the login: how it was done, or when.
    pub(crate) const fn is_about_login(&self) -> bool {
        matches!(
            self,
            Self::Acr(_) | Self::Level(_) | Self::MaxAge(_) | Self::Mfa | Self::Factor(_)
        )
    }

    /// Whether it names a method whose credential browsers send on their own. A method of the application's
    /// own may be one.
    pub(crate) const fn names_ambient_method(&self) -> bool {
        if let Self::Method(methods) = self {
            let mut rest: &[Method] = methods;
            while let [method, more @ ..] = rest {
                if method.may_be_ambient() {
                    return true;
                }
                rest = more;
            }
        }
        let mut parts = self.parts();
        while let [part, rest @ ..] = parts {
            if part.names_ambient_method() {
                return true;
            }
            parts = rest;
        }
        false
    }

    /// Whether it names this authentication method anywhere.
    pub(crate) fn names_method(&self, method: Method) -> bool {
        self.leaves().any(|(leaf, _)| matches!(leaf, Self::Method(list) if list.contains(&method)))
    }

    /// Whether it asks for the login: how it was done, or when. Said of a tree that is too deep as
    /// well, which ends the walk.
    pub(crate) const fn asks_for_login(&self) -> bool {
        asks_for(Leaf::Login, self, Self::MAX_DEPTH)
    }

    /// Whether it has a check. Said of a tree that is too deep as well.
    pub(crate) const fn asks_for_checks(&self) -> bool {
        asks_for(Leaf::Check, self, Self::MAX_DEPTH)
    }

    /// Whether the tree has more levels than are read.
    pub(crate) const fn is_too_deep(&self) -> bool {
        deeper_than(self, Self::MAX_DEPTH)
    }

    /// Everything that has no parts, and whether it is outside of `not` (or under two of them).
    fn leaves(&self) -> impl Iterator<Item = (Requirement, bool)> + use<> {
        let mut open = if self.is_too_deep() { Vec::new() } else { vec![(*self, true)] };
        std::iter::from_fn(move || {
            loop {
                let (requirement, wanted) = open.pop()?;
                let inner = if matches!(requirement, Self::Not(_)) { !wanted } else { wanted };
                match requirement {
                    Self::All(parts) | Self::Any(parts) => {
                        open.extend(parts.iter().rev().map(|part| (*part, inner)));
                    }
                    Self::Not(part) => open.push((*part, inner)),
                    leaf => return Some((leaf, wanted)),
                }
            }
        })
    }
}

#[derive(Clone, Copy)]
enum Leaf {
    Login,
    Check,
}

const fn asks_for(leaf: Leaf, requirement: &Requirement, levels: usize) -> bool {
    let is_found = match leaf {
        Leaf::Login => requirement.is_about_login(),
        Leaf::Check => matches!(requirement, Requirement::Check { .. }),
    };
    if is_found || levels == 0 {
        return true;
    }
    let mut parts = requirement.parts();
    while let [part, rest @ ..] = parts {
        if asks_for(leaf, part, levels - 1) {
            return true;
        }
        parts = rest;
    }
    false
}

/// Gives up at the first path that is too long, so that a tree that holds itself ends too.
const fn deeper_than(requirement: &Requirement, levels: usize) -> bool {
    let mut parts = requirement.parts();
    while let [part, rest @ ..] = parts {
        if levels == 0 || deeper_than(part, levels - 1) {
            return true;
        }
        parts = rest;
    }
    false
}
