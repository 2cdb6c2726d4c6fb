//! A caller that shows a difference.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::minimal_set_text::proof;
use super::model::is_false;
use super::space::{Label, Space};
use super::{FactorModel, GrantsModel};
use crate::policy::MaxAge;
use crate::policy::solver::{self, Axis, Formula, Smallest};
use crate::vocabulary::AuthorityKind;

/// The smallest caller that shows a difference: rejected on one side and let in on the other.
///
/// The token carries exactly these names, unless it leaves some [`unknown`](Self::unknown). All checks that are not
/// listed say no.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Whether the caller has a valid credential at all.
    pub authenticated: bool,
    /// What the token carries.
    pub grants: GrantsModel,
    /// The kinds of which the token leaves open which names it grants, beside those that it
    /// carries. Empty if someone whose token tells all names shows the difference.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unknown: BTreeSet<AuthorityKind>,
    /// The authentication method, if it matters which one it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The authentication context class, if the token has to tell one.
    pub acr: Option<String>,
    /// How many seconds ago the login was, if the token has to tell it.
    pub age: Option<u64>,
    /// Whether the caller proved factors of two categories.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mfa: bool,
    /// The factors that the caller proved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<FactorModel>,
    /// The checks that say yes.
    pub checks: Vec<String>,
}

impl Witness {
    /// How many things the caller needs beyond a valid credential of its method; each kind that the token leaves
    /// open is one.
    #[must_use]
    pub fn size(&self) -> usize {
        let login = usize::from(self.acr.is_some()) + usize::from(self.age.is_some());
        let login = login + usize::from(self.mfa) + self.factors.len();
        self.grants.len() + self.unknown.len() + self.checks.len() + login
    }
}

/// `role "clerk", scope "write", acr "mfa", a login 5m old, check placed_order says yes`
impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.authenticated {
            return f.write_str("anyone, without a token");
        }
        let mut parts: Vec<String> =
            self.grants.iter().map(|(kind, name)| format!("{kind} {name:?}")).collect();
        if !self.unknown.is_empty() {
            let kinds: Vec<&str> = self.unknown.iter().map(|kind| kind.plural()).collect();
            parts.push(format!("{} that the token leaves open", kinds.join(" and ")));
        }
        parts.extend(self.method.iter().map(|method| format!("method {method:?}")));
        parts.extend(self.acr.iter().map(|acr| format!("acr {acr:?}")));
        parts.extend(self.age.map(|age| format!("a login {} old", MaxAge(age))));
        parts.extend(self.mfa.then(|| "proof of two factors".to_owned()));
        parts.extend(self.factors.iter().map(|factor| format!("proof of {}", proof(factor))));
        parts.extend(self.checks.iter().map(|check| format!("check {check} says yes")));
        if parts.is_empty() {
            return f.write_str("any valid token, even one that carries nothing");
        }
        f.write_str(&parts.join(", "))
    }
}

/// The smallest caller who meets all the conditions, and whether everyone was looked at: if so,
/// `None` if there is none.
pub(super) fn smallest(space: &Space<'_>, conditions: &[Formula]) -> (Option<Witness>, bool) {
    let (found, complete) = solver::smallest(&space.world, conditions);
    (found.map(|smallest| witness_of(&smallest, space)), complete)
}

fn witness_of(smallest: &Smallest, space: &Space<'_>) -> Witness {
    let mut witness = Witness { authenticated: true, ..Witness::default() };
    let sources = smallest.sources.iter();
    let mut labels: Vec<Label<'_>> =
        sources.filter_map(|place| space.labels.get(*place).copied()).collect();
    labels.sort_unstable();
    for label in labels {
        match label {
            Label::Name(kind, name) => witness.grants.push(kind, name),
            Label::Mfa => witness.mfa = true,
            Label::Factor(factor, within) => {
                witness.factors.push(FactorModel { any_of: vec![factor], within });
            }
            Label::Check(check) => witness.checks.push(space.check_text(check)),
        }
    }
    if !space.world.is_open(Axis::Method, &smallest.known) {
        let method = space.methods.get(smallest.state(Axis::Method));
        witness.method = method.map(|method| (*method).to_owned());
    }
    let class = smallest.state(Axis::Class);
    witness.acr = match class.checked_sub(2) {
        Some(place) => space.classes.get(place).map(|acr| (*acr).to_owned()),
        None => (class == 1).then(|| unnamed(&space.classes)),
    };
    let age = smallest.state(Axis::Age);
    witness.age = match age.checked_sub(2) {
        Some(place) => space.ages.get(place).copied(),
        None => (age == 1).then(|| space.ages.first().map_or(1, |oldest| oldest.saturating_add(1))),
    };
    witness
}

/// A class that is none of these.
fn unnamed(classes: &[&str]) -> String {
    let mut name = "another".to_owned();
    while classes.contains(&name.as_str()) {
        name.push('-');
    }
    name
}
