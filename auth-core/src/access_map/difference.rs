//! Who is let in by one requirement and rejected by another.

use super::closure::Closure;
use super::space::{Side, Space};
use super::witness::smallest;
use super::{EndpointModel, RequirementModel, Witness};
use crate::policy::solver::BitSet;

/// What the names bring in the two versions that are compared.
#[derive(Clone, Copy)]
pub(super) struct Versions<'a> {
    pub(super) before: &'a Closure<'a>,
    pub(super) after: &'a Closure<'a>,
    /// Whether names bring the same in both.
    pub(super) same: bool,
}

/// The smallest callers who tell two endpoints apart.
pub(super) struct Difference {
    /// Rejected before and let in now.
    pub(super) opened: Option<Witness>,
    /// Let in before and rejected now.
    pub(super) closed: Option<Witness>,
    /// Whether everyone was looked at: if not, a witness that is missing may exist.
    pub(super) complete: bool,
}

impl Difference {
    const NONE: Self = Self { opened: None, closed: None, complete: true };

    /// Between what answered a request before and what answers it now; `None` if nothing does.
    ///
    /// Who got no answer was not rejected: what is new opens nothing, unless it is public.
    pub(super) fn of(
        old: Option<&EndpointModel>,
        new: Option<&EndpointModel>,
        versions: Versions<'_>,
    ) -> Self {
        let anybody = || Some(Witness::default());
        match (old, new) {
            (None, Some(new)) if new.is_public() => Self { opened: anybody(), ..Self::NONE },
            (None, _) | (_, None) => Self::NONE,
            (Some(old), Some(new)) => match (&old.requirement, &new.requirement) {
                (None, None) => Self::NONE,
                (Some(_), None) => Self { opened: anybody(), ..Self::NONE },
                (None, Some(_)) => Self { closed: anybody(), ..Self::NONE },
                (Some(one), Some(two)) => Self::between(
                    side(old, one, versions.before),
                    side(new, two, versions.after),
                    versions.same,
                ),
            },
        }
    }

    fn between(old: Side<'_>, new: Side<'_>, same: bool) -> Self {
        let alike = old.requirement == new.requirement;
        let methods = old.accepts_the_methods_of(&new);
        if same && alike && methods && old.names_the_checks_of(&new) {
            return Self::NONE;
        }
        let space = Space::of(&[old, new]);
        if alike && space.is_symmetric() {
            return Self::NONE;
        }
        let ((opened, saw_opened), (closed, saw_closed)) =
            (told_apart(&space, 0, 1), told_apart(&space, 1, 0));
        // A witness that was found is one; that there is none takes a search that came to its end.
        let complete = (opened.is_some() || saw_opened) && (closed.is_some() || saw_closed);
        Self { opened, closed, complete }
    }
}

fn side<'a>(
    endpoint: &'a EndpointModel,
    requirement: &'a RequirementModel,
    closure: &'a Closure<'a>,
) -> Side<'a> {
    Side { requirement, checks: &endpoint.checks, closure, methods: &endpoint.methods }
}

/// The smallest caller who is rejected on one side and passes on the other, and whether everyone
/// was looked at.
///
/// First among those whose tokens tell all names: one who leaves some open is shown only where
/// there is no other.
fn told_apart(space: &Space<'_>, refused: usize, passing: usize) -> (Option<Witness>, bool) {
    let among = |open: &BitSet| {
        let refused = space.formula_leaving_open(refused, false, open);
        smallest(space, &[refused, space.formula_leaving_open(passing, true, open)])
    };
    let (told, saw_all) = among(&BitSet::new());
    // What no one got to the end of is not called harmless anyway.
    if told.is_some() || !saw_all {
        return (told, saw_all);
    }
    let (mut best, mut complete): (Option<Witness>, bool) = (None, true);
    for (kinds, open) in space.openings() {
        let (found, saw_all) = among(&open);
        complete &= saw_all;
        let found = found.map(|witness| Witness { unknown: kinds, ..witness });
        if let Some(witness) = found
            && best.as_ref().is_none_or(|best| witness.size() < best.size())
        {
            best = Some(witness);
        }
    }
    (best, complete)
}
