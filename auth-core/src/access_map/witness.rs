//! A caller that shows a difference.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::GrantsModel;
use super::formula::{Formula, Known};
use super::search::{Search, search};
use super::set::Set;
use super::space::{Label, Source, Space};
use crate::policy::MaxAge;
use crate::vocabulary::AuthorityKind;

/// How many choices of names one witness tries out to find the fewest. The first choice is a
/// witness already.
const CHOICES: usize = 2_000;

/// The smallest caller that shows a difference: refused on one side and let in on the other.
///
/// The token carries exactly these names, unless it leaves some [`unknown`](Self::unknown). All checks that are not listed say no.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Whether the caller has a valid credential at all.
    pub authenticated: bool,
    /// What the token carries.
    pub grants: GrantsModel,
    /// The kinds of which the token leaves open which names it grants, beside those that it
    /// carries. Empty if somebody whose token tells all names shows the difference.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unknown: BTreeSet<AuthorityKind>,
    /// The authentication method, if it matters which one it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The authentication context class, if the token has to tell one.
    pub acr: Option<String>,
    /// How many seconds ago the login was, if the token has to tell it.
    pub age: Option<u64>,
    /// The checks that say yes.
    pub checks: Vec<String>,
}

impl Witness {
    /// How many things the caller needs beyond a valid credential of its method; each kind that the token leaves
    /// open is one.
    #[must_use]
    pub fn size(&self) -> usize {
        let login = usize::from(self.acr.is_some()) + usize::from(self.age.is_some());
        self.grants.len() + self.unknown.len() + self.checks.len() + login
    }
}

/// `role "clerk", scope "write", acr "mfa", a login 5m old, check placed_order says yes`
impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.authenticated {
            return f.write_str("anybody, without a token");
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
        parts.extend(self.checks.iter().map(|check| format!("check {check} says yes")));
        if parts.is_empty() {
            return f.write_str("any valid token, even one that carries nothing");
        }
        f.write_str(&parts.join(", "))
    }
}

/// The smallest caller who meets all the conditions, and whether everybody was looked at: if so,
/// `None` means that there is nobody.
pub(super) fn smallest(space: &Space<'_>, conditions: &[Formula]) -> (Option<Witness>, bool) {
    // Of callers of one size one who may come by any method is shown first, then the weakest.
    let mut best: Option<((usize, bool, usize), Choice<'_>, Known)> = None;
    let ended = search(space, conditions, Known::nothing(space), &mut |known| {
        let login = usize::from(!known.class.contains(0)) + usize::from(!known.age.contains(0));
        let choice = choose(space, known);
        let order = (login + choice.sources.len(), !any_method(space, known), choice.power);
        if choice.complete && best.as_ref().is_none_or(|(least, ..)| order < *least) {
            best = Some((order, choice, known.clone()));
        }
        ControlFlow::Continue(())
    });
    let witness = best.map(|(_, choice, known)| witness_of(&choice, space, &known));
    (witness, ended == Search::Complete)
}

/// Whether the caller may have come by any of the methods that are looked at.
fn any_method(space: &Space<'_>, known: &Known) -> bool {
    space.method_states().is_within(&known.method)
}

fn witness_of(choice: &Choice<'_>, space: &Space<'_>, known: &Known) -> Witness {
    let mut witness = Witness { authenticated: true, ..Witness::default() };
    let mut labels: Vec<Label<'_>> = choice.sources.iter().map(|source| source.label).collect();
    labels.sort_unstable();
    for label in labels {
        match label {
            Label::Name(kind, name) => witness.grants.push(kind, name),
            Label::Check(check) => witness.checks.push(space.check_text(check)),
        }
    }
    if !any_method(space, known) {
        let method = known.method.iter().next().and_then(|state| space.methods.get(state));
        witness.method = method.map(|method| (*method).to_owned());
    }
    let class = known.class.iter().next().unwrap_or_default();
    witness.acr = match class.checked_sub(2) {
        Some(place) => space.classes.get(place).map(|acr| (*acr).to_owned()),
        None => (class == 1).then(|| unnamed(&space.classes)),
    };
    let age = known.age.iter().next().unwrap_or_default();
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

/// Some things that a token carries and checks that say yes.
#[derive(Clone, Default)]
struct Choice<'a> {
    sources: Vec<&'a Source<'a>>,
    power: usize,
    complete: bool,
}

/// The fewest sources, and of those the weakest, that bring all that is known to be had and
/// nothing that is known to be lacking.
fn choose<'a>(space: &'a Space<'a>, known: &Known) -> Choice<'a> {
    let useful = |source: &&Source<'_>| {
        source.brings.meets(&known.has) && !source.brings.meets(&known.lacks)
    };
    let sources: Vec<&Source<'_>> = space.sources.iter().filter(useful).collect();
    let mut best = Choice::default();
    extend(&sources, &known.has, Choice::default(), &mut best, &mut CHOICES.clone());
    best
}

fn extend<'a>(
    sources: &[&'a Source<'a>],
    needed: &Set,
    chosen: Choice<'a>,
    best: &mut Choice<'a>,
    choices: &mut usize,
) {
    let better = |it: &Choice<'_>, best: &Choice<'_>| {
        !best.complete || (it.sources.len(), it.power) < (best.sources.len(), best.power)
    };
    let brought = |fact: usize| chosen.sources.iter().any(|source| source.brings.contains(fact));
    let Some(missing) = needed.iter().find(|fact| !brought(*fact)) else {
        if better(&chosen, best) {
            *best = Choice { complete: true, ..chosen };
        }
        return;
    };
    for source in sources.iter().filter(|source| source.brings.contains(missing)) {
        *choices = choices.saturating_sub(1);
        let mut next = chosen.clone();
        next.sources.push(source);
        next.power += source.power;
        if better(&next, best) && (*choices > 0 || !best.complete) {
            extend(sources, needed, next, best, choices);
        }
    }
}
