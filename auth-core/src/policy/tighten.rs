//! Two requirements made into one.

use super::{CheckInfo, Requirement};

impl Requirement {
    /// What meets both: `self` and `other`.
    ///
    /// For `Router::require`, which only ever tightens. The joined list is leaked, since the parts
    /// of a requirement are static: a few words for each call. The router keeps what it joined for an
    /// endpoint, so this happens while it is built and not with every access map.
    ///
    /// The slots of checks belong to one policy. If both have a check in the same slot and it is
    /// not the same check, the answer of one would count for the other, so no caller meets the result.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let clash = self.checks().any(|(slot, check)| {
            other.checks().any(|(other_slot, other)| slot == other_slot && check != other)
        });
        match (self, other) {
            _ if clash => Self::Any(&[]),
            (Self::Authenticated, only) | (only, Self::Authenticated) => only,
            (first, second) if !first.is_too_deep() && first == second => first,
            (first, second) => {
                let parts: Vec<Self> = [first, second].iter().flat_map(joined).copied().collect();
                Self::All(Vec::leak(parts))
            }
        }
    }

    /// The same with its checks in other slots. Like [`and`](Self::and) it leaks the lists that
    /// change.
    pub(crate) fn with_slots(self, slot_of: &mut dyn FnMut(u8, &'static CheckInfo) -> u8) -> Self {
        // No caller meets a requirement that is too deep.
        if !self.asks_for_checks() || self.is_too_deep() {
            return self;
        }
        let mut list = |parts: &[Self]| -> &'static [Self] {
            Vec::leak(parts.iter().map(|part| part.with_slots(slot_of)).collect())
        };
        match self {
            Self::Check { slot, check } => Self::Check { slot: slot_of(slot, check), check },
            Self::All(parts) => Self::All(list(parts)),
            Self::Any(parts) => Self::Any(list(parts)),
            Self::Not(part) => match list(std::slice::from_ref(part)) {
                [part] => Self::Not(part),
                _ => Self::Any(&[]),
            },
            other => other,
        }
    }
}

/// The parts of an `all`, so that lists do not nest. An empty one stays: no caller meets it.
fn joined(requirement: &Requirement) -> &[Requirement] {
    match requirement {
        Requirement::All(parts) if !parts.is_empty() => parts,
        _ => std::slice::from_ref(requirement),
    }
}
