//! Whether a caller is let in, decided over the model.

use std::collections::{BTreeMap, BTreeSet};

use super::reach::Reach;
use super::set::Set;
use super::{GrantsModel, RequirementModel, VocabularyModel};
use crate::policy::{Requirement, Verdict};
use crate::vocabulary::AuthorityKind;

/// A caller as a token and a login show it.
///
/// ```
/// use auth_core::access_map::{Caller, AuthorityModel, RequirementModel, VocabularyModel};
/// use auth_core::policy::Verdict;
///
/// let clerk = AuthorityModel { name: "clerk".into(), ..AuthorityModel::default() };
/// let manager =
///     AuthorityModel { name: "manager".into(), includes: vec!["clerk".into()], ..AuthorityModel::default() };
/// let vocabulary =
///     VocabularyModel { roles: vec![clerk, manager], ..VocabularyModel::default() };
/// let mut caller = Caller::default();
/// caller.grants.roles.push("manager".into());
/// let verdict = RequirementModel::Role("clerk".into()).evaluate(&caller, &vocabulary);
/// assert_eq!(verdict, Verdict::Met);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// What the token carries. A name that the vocabulary lacks grants nothing.
    pub grants: GrantsModel,
    /// The kinds of which the token leaves open which names it grants, beside those that it carries.
    pub unknown: BTreeSet<AuthorityKind>,
    /// By which method the caller was authenticated; `None` for one that no requirement names.
    pub method: Option<String>,
    /// The authentication context class of the login, if the token tells it.
    pub acr: Option<String>,
    /// How many seconds ago the login was, if the token tells it.
    pub age: Option<u64>,
    /// The answers of the checks that ran.
    pub checks: BTreeMap<String, bool>,
}

impl RequirementModel {
    /// Whether the caller meets this requirement: what [`evaluate`](crate::policy::evaluate) says
    /// of the same facts.
    #[must_use]
    pub fn evaluate(&self, caller: &Caller, vocabulary: &VocabularyModel) -> Verdict {
        let reach = Reach::of(vocabulary);
        let held = reach.held(&caller.grants);
        let mut open = GrantsModel::default();
        for kind in &caller.unknown {
            vocabulary.of(*kind).iter().for_each(|it| open.push(*kind, &it.name));
        }
        let open = reach.held(&open);
        read(self, &Known { caller, reach: &reach, held, open }, true, 0).unwrap_or(Verdict::Unmet)
    }
}

struct Known<'a> {
    caller: &'a Caller,
    reach: &'a Reach<'a>,
    held: Set,
    /// What is not known not to be held.
    open: Set,
}

/// As `policy::evaluate::read`: `not` is carried down to the single facts, and `None` is a tree
/// that cannot be read in full.
fn read(it: &RequirementModel, known: &Known<'_>, wanted: bool, depth: usize) -> Option<Verdict> {
    use RequirementModel as R;
    if depth > Requirement::MAX_DEPTH {
        return None;
    }
    let caller = known.caller;
    let fact = match it {
        R::Authenticated => Some(true),
        R::Role(_) | R::Permission(_) | R::Scope(_) | R::Group(_) => {
            let (kind, name) = it.as_name()?;
            let number = known.reach.number(kind, name)?;
            let is_held = known.held.contains(number);
            (is_held || !known.open.contains(number)).then_some(is_held)
        }
        R::Method(methods) if methods.is_empty() => return None,
        R::Method(methods) => Some(caller.method.as_ref().is_some_and(|own| methods.contains(own))),
        R::Acr(acr) => caller.acr.as_ref().map(|own| own == acr),
        R::MaxAge(seconds) => caller.age.map(|age| age <= *seconds),
        R::Check(name) => match caller.checks.get(name) {
            None => return Some(Verdict::NeedsCheck),
            answer => answer.copied(),
        },
        R::All(parts) => return list(parts, wanted, known, wanted, depth),
        R::Any(parts) => return list(parts, !wanted, known, wanted, depth),
        R::Not(part) => return read(part, known, !wanted, depth + 1),
    };
    Some(if fact == Some(wanted) { Verdict::Met } else { Verdict::Unmet })
}

fn list(
    parts: &[RequirementModel],
    every: bool,
    known: &Known<'_>,
    wanted: bool,
    depth: usize,
) -> Option<Verdict> {
    let verdicts: Vec<Verdict> =
        parts.iter().map(|part| read(part, known, wanted, depth + 1)).collect::<Option<_>>()?;
    let (settling, other) =
        if every { (Verdict::Unmet, Verdict::Met) } else { (Verdict::Met, Verdict::Unmet) };
    Some(match verdicts.as_slice() {
        [] => return None,
        some if some.contains(&settling) => settling,
        some if some.contains(&Verdict::NeedsCheck) => Verdict::NeedsCheck,
        _ => other,
    })
}
