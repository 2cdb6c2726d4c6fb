//! What would let a refused caller in.

use std::fmt;

use super::evaluate::{Facts, Verdict, evaluate, read};
use super::{MaxAge, Requirement};
use crate::vocabulary::{GrantSet, NameKind, NameRef};

/// What would let a refused caller in, as far as the client can do something about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// A stronger or fresher login is all that is missing (RFC 9470, section 3).
    StepUp {
        /// The authentication context classes that would do, in the order written. Empty if any
        /// new login would.
        acr_values: Vec<&'static str>,
        /// How old the login may be, in seconds.
        max_age: Option<u64>,
    },
    /// A token with these scopes is needed, and perhaps a step-up after that. As the `scope` of
    /// RFC 6750, section 3, it lists all that the resource needs, held already or not.
    Scopes(Vec<&'static str>),
    /// Nothing that the client could ask for.
    Nothing,
}

impl Remedy {
    /// What would let the caller in.
    ///
    /// Of several ways the one that asks for the fewest new scopes is taken, then the first one
    /// written. No way leads through a `not` that is not met today: asking for less, or waiting
    /// for a login to grow old, is no remedy. A check that did not run is not counted on.
    pub(super) fn of(requirement: &Requirement, facts: &Facts<'_>) -> Self {
        if evaluate(requirement, facts) == Verdict::Met {
            return Self::Nothing;
        }
        let mut ways = ways(requirement, facts, true, 0);
        ways.retain(|way| way.leads_in(requirement, facts));
        ways.sort_by_key(|way| way.missing(facts));
        let Some(best) = ways.first() else {
            return Self::Nothing;
        };
        if best.missing(facts) > 0 {
            return Self::Scopes(best.scopes.iter().map(|scope| scope.name()).collect());
        }
        // Logins that differ in their class only are one challenge with several `acr_values`.
        let mut acr_values = Vec::new();
        for way in ways.iter().filter(|way| way.missing(facts) == 0) {
            if way.max_age == best.max_age
                && let Some(acr) = way.acr
                && best.acr.is_some()
                && !acr_values.contains(&acr)
            {
                acr_values.push(acr);
            }
        }
        Self::StepUp { acr_values, max_age: best.max_age }
    }
}

/// `step-up (acr mfa, max_age 5m)`, `scopes read write`, `nothing`
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Scopes(scopes) => write!(f, "scopes {}", scopes.join(" ")),
            Self::StepUp { acr_values, max_age } => {
                f.write_str("step-up")?;
                let acr =
                    (!acr_values.is_empty()).then(|| format!("acr {}", acr_values.join(" or ")));
                let max_age = max_age.map(|seconds| format!("max_age {}", MaxAge(seconds)));
                let parts: Vec<String> = acr.into_iter().chain(max_age).collect();
                if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join(", ")) }
            }
        }
    }
}

/// One way to meet a requirement: what the token and the login have to be for it.
#[derive(Clone, Default)]
struct Way {
    scopes: Vec<NameRef>,
    acr: Option<&'static str>,
    max_age: Option<u64>,
    /// The facts that stand under a `not` on this way. None of them is so today, and none may
    /// become so: a scope that is asked for may include one that is ruled out.
    ruled_out: Vec<Requirement>,
}

/// How many ways are followed at once. With more, the cheapest so far are kept, so for a very
/// large requirement a remedy may be overlooked; none is ever wrong, since each is tried out.
const WAYS: usize = 256;

/// Every way to meet the requirement, or its opposite where it stands under `not`.
fn ways(requirement: &Requirement, facts: &Facts<'_>, wanted: bool, depth: usize) -> Vec<Way> {
    if depth > Requirement::MAX_DEPTH {
        return Vec::new();
    }
    match requirement {
        Requirement::Name(name) if wanted && name.kind() == NameKind::Scope => {
            vec![Way { scopes: vec![*name], ..Way::default() }]
        }
        Requirement::Acr(acr) if wanted => vec![Way { acr: Some(acr), ..Way::default() }],
        Requirement::MaxAge(seconds) if wanted => {
            vec![Way { max_age: Some(*seconds), ..Way::default() }]
        }
        Requirement::All(parts) if wanted => every(parts, facts, wanted, depth),
        Requirement::Any(parts) if !wanted => every(parts, facts, wanted, depth),
        Requirement::All(parts) | Requirement::Any(parts) => {
            let ways = parts.iter().flat_map(|part| ways(part, facts, wanted, depth + 1)).collect();
            cheapest(ways, facts)
        }
        Requirement::Not(part) => ways(part, facts, !wanted, depth + 1),
        // Nothing the client can change: it is met today, or it never will be.
        _ => match read(requirement, facts, wanted, depth) {
            Some(Verdict::Met) if wanted => vec![Way::default()],
            Some(Verdict::Met) => {
                vec![Way { ruled_out: vec![*requirement], ..Way::default() }]
            }
            _ => Vec::new(),
        },
    }
}

/// Each way through one part, continued by each way through the next.
fn every(parts: &[Requirement], facts: &Facts<'_>, wanted: bool, depth: usize) -> Vec<Way> {
    parts.iter().fold(vec![Way::default()], |ways_so_far, part| {
        let next =
            if ways_so_far.is_empty() { Vec::new() } else { ways(part, facts, wanted, depth + 1) };
        let joined = ways_so_far
            .iter()
            .flat_map(|way| next.iter().filter_map(|more| way.and(more)))
            .collect();
        cheapest(joined, facts)
    })
}

fn cheapest(mut ways: Vec<Way>, facts: &Facts<'_>) -> Vec<Way> {
    if ways.len() > WAYS {
        ways.sort_by_key(|way| way.missing(facts));
        ways.truncate(WAYS);
    }
    ways
}

impl Way {
    /// Both together; `None` where a login would need two classes, which trying it out would tell
    /// only later.
    fn and(&self, other: &Self) -> Option<Self> {
        if matches!((self.acr, other.acr), (Some(one), Some(two)) if one != two) {
            return None;
        }
        let mut both = self.clone();
        for scope in &other.scopes {
            if !both.scopes.contains(scope) {
                both.scopes.push(*scope);
            }
        }
        both.ruled_out.extend(&other.ruled_out);
        both.acr = self.acr.or(other.acr);
        both.max_age = match (self.max_age, other.max_age) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Some(both)
    }

    /// How many scopes the caller has to ask for.
    fn missing(&self, facts: &Facts<'_>) -> usize {
        self.scopes.iter().filter(|scope| !facts.grants.holds(**scope)).count()
    }

    /// Tries it out: whether a caller who did all this would be let in.
    fn leads_in(&self, requirement: &Requirement, facts: &Facts<'_>) -> bool {
        let mut grants: GrantSet = facts.grants.clone();
        for scope in &self.scopes {
            grants.add(scope.table(), scope.index());
        }
        let mut then = Facts { grants: &grants, ..*facts };
        let login = [self.acr.map(Requirement::Acr), self.max_age.map(Requirement::MaxAge)];
        if login.iter().flatten().any(|part| evaluate(part, facts) != Verdict::Met) {
            then.acr = self.acr.or(facts.acr);
            then.auth_time = Some(facts.now);
        }
        evaluate(requirement, &then) == Verdict::Met
            && self.ruled_out.iter().all(|f| read(f, &then, false, 0) == Some(Verdict::Met))
    }
}
