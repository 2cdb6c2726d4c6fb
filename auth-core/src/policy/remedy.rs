//! What would let a refused caller in.

use std::fmt;

use super::evaluate::{EvaluationContext, Verdict, evaluate, read};
use super::{MaxAge, Requirement};
use crate::vocabulary::{AuthorityKind, AuthorityRef, AuthoritySet};

/// What would let a refused caller in, as far as the client can do something about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remediation {
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
    RequestScopes(Vec<&'static str>),
    /// Nothing that the client could ask for.
    None,
}

impl Remediation {
    /// What would let the caller in.
    ///
    /// Of several ways the one that asks for the fewest new scopes is taken, then the first one
    /// written. No way leads through a `not` that is not met today: asking for less, or waiting
    /// for a login to grow old, is no remedy. A check that did not run is not counted on.
    pub(crate) fn of(requirement: &Requirement, facts: &EvaluationContext<'_>) -> Self {
        if requirement.is_too_deep()
            || !may_help(requirement, facts, true, 0)
            || evaluate(requirement, facts) == Verdict::Met
        {
            return Self::None;
        }
        let mut search = Search::new(facts);
        let mut ways = search.ways(requirement, true, 0);
        ways.sort_by_key(|way| way.missing);
        let leads_in = |way: &Way| search.leads_in(way, requirement);
        let Some(place) = ways.iter().position(leads_in) else {
            return Self::None;
        };
        let Some(best) = ways.get(place) else {
            return Self::None;
        };
        if best.missing > 0 {
            return Self::RequestScopes(best.order.iter().map(|scope| scope.name()).collect());
        }
        // Logins that differ in their class only are one challenge with several `acr_values`.
        let mut acr_values = Vec::new();
        for way in ways.iter().skip(place).take_while(|way| way.missing == 0) {
            if way.max_age == best.max_age
                && let Some(acr) = way.acr
                && best.acr.is_some()
                && !acr_values.contains(&acr)
                && leads_in(way)
            {
                acr_values.push(acr);
            }
        }
        Self::StepUp { acr_values, max_age: best.max_age }
    }
}

/// `step-up (acr mfa, max_age 5m)`, `scopes read write`, `nothing`
impl fmt::Display for Remediation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("nothing"),
            Self::RequestScopes(scopes) => write!(f, "scopes {}", scopes.join(" ")),
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

/// Whether a client who could ask for every scope and every login at once would be let in, as far as
/// each part tells for itself. Where not, as with most callers who lack a role, there is no way to
/// look for.
fn may_help(
    requirement: &Requirement,
    facts: &EvaluationContext<'_>,
    wanted: bool,
    depth: usize,
) -> bool {
    let part = |part: &Requirement| may_help(part, facts, wanted, depth + 1);
    match requirement {
        Requirement::Authority(name) if wanted && name.kind() == AuthorityKind::Scope => true,
        Requirement::Acr(_) | Requirement::MaxAge(_) if wanted => true,
        Requirement::All(parts) if wanted => parts.iter().all(part),
        Requirement::Any(parts) if !wanted => parts.iter().all(part),
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().any(part),
        Requirement::Not(part) => may_help(part, facts, !wanted, depth + 1),
        _ => read(requirement, facts, wanted, depth) == Some(Verdict::Met),
    }
}

/// How many ways are followed at once. With more, the cheapest so far are kept, so for a very
/// large requirement a remedy may be overlooked; none is ever wrong, since each is tried out.
const WAYS: usize = 32;

/// How many steps a search takes before it gives up and finds nothing: a refusal is not to take
/// long, whatever the requirement is.
const STEPS: usize = 1 << 17;

/// How many different scopes, and facts under `not`, are told apart: the bits of a word.
const FACTS: usize = 128;

/// One way to meet a requirement: what the token and the login have to be for it.
#[derive(Clone, Copy, Default)]
struct Way<Order = Vec<AuthorityRef>> {
    /// The scopes in the order in which the way needs them.
    order: Order,
    /// The same as bits over those of the search.
    scopes: u128,
    /// How many of them the caller has to ask for.
    missing: u32,
    acr: Option<&'static str>,
    max_age: Option<u64>,
    /// The facts that stand under a `not` on this way, as bits. None of them is so today, and none
    /// may become so: a scope that is asked for may include one that is ruled out.
    ruled_out: u128,
}

/// Two ways joined, before the list of scopes is worth making: their places, this and the next.
type Joined = Way<(usize, usize)>;

struct Search<'a> {
    facts: &'a EvaluationContext<'a>,
    scopes: Vec<AuthorityRef>,
    held: u128,
    ruled_out: Vec<Requirement>,
    steps: usize,
}

impl<'a> Search<'a> {
    const fn new(facts: &'a EvaluationContext<'a>) -> Self {
        Self { facts, scopes: Vec::new(), held: 0, ruled_out: Vec::new(), steps: 0 }
    }

    /// Every way to meet the requirement, or its opposite where it stands under `not`.
    fn ways(&mut self, requirement: &Requirement, wanted: bool, depth: usize) -> Vec<Way> {
        if depth > Requirement::MAX_DEPTH || self.is_exhausted(1) {
            return Vec::new();
        }
        let way = match requirement {
            Requirement::Authority(name) if wanted && name.kind() == AuthorityKind::Scope => {
                self.scope(*name)
            }
            Requirement::Acr(acr) if wanted => Some(Way { acr: Some(acr), ..Way::default() }),
            Requirement::MaxAge(seconds) if wanted => {
                Some(Way { max_age: Some(*seconds), ..Way::default() })
            }
            Requirement::All(parts) if wanted => return self.every(parts, wanted, depth),
            Requirement::Any(parts) if !wanted => return self.every(parts, wanted, depth),
            Requirement::All(parts) | Requirement::Any(parts) => {
                let mut ways = Vec::new();
                for part in *parts {
                    ways.extend(self.ways(part, wanted, depth + 1));
                }
                let kept = self.worth_following(&ways);
                let mut place = 0..;
                ways.retain(|_| place.next().is_some_and(|place| kept.contains(&place)));
                return ways;
            }
            Requirement::Not(part) => return self.ways(part, !wanted, depth + 1),
            // Nothing the client can change: it is met today, or it never will be.
            _ => match read(requirement, self.facts, wanted, depth) {
                Some(Verdict::Met) if wanted => Some(Way::default()),
                Some(Verdict::Met) => bit(&mut self.ruled_out, *requirement)
                    .map(|ruled_out| Way { ruled_out, ..Way::default() }),
                _ => None,
            },
        };
        way.into_iter().collect()
    }

    fn scope(&mut self, scope: AuthorityRef) -> Option<Way> {
        let bit = bit(&mut self.scopes, scope)?;
        let is_held = self.facts.grants.holds(scope);
        if is_held {
            self.held |= bit;
        }
        let missing = u32::from(!is_held);
        Some(Way { order: vec![scope], scopes: bit, missing, ..Way::default() })
    }

    /// Each way through one part, continued by each way through the next.
    fn every(&mut self, parts: &[Requirement], wanted: bool, depth: usize) -> Vec<Way> {
        let mut so_far = vec![Way::default()];
        for part in parts {
            let next = self.ways(part, wanted, depth + 1);
            let mut joined = Vec::new();
            for (one, this) in so_far.iter().enumerate() {
                if self.is_exhausted(next.len()) {
                    return Vec::new();
                }
                let pairs = next.iter().enumerate();
                joined
                    .extend(pairs.filter_map(|(two, more)| this.and(more, (one, two), self.held)));
            }
            let kept = self.worth_following(&joined);
            so_far = kept
                .into_iter()
                .filter_map(|place| joined.get(place)?.in_order(&so_far, &next))
                .collect();
            if so_far.is_empty() {
                break;
            }
        }
        so_far
    }

    /// The places of the ways that ask for no more than another one, the cheapest of them if there
    /// are too many, in the order written.
    fn worth_following<T>(&mut self, ways: &[Way<T>]) -> Vec<usize> {
        let mut cheapest: Vec<(usize, &Way<T>)> = ways.iter().enumerate().collect();
        cheapest.sort_by_key(|(_, way)| way.missing);
        let mut kept: Vec<(usize, &Way<T>)> = Vec::new();
        for (place, way) in cheapest {
            if kept.len() == WAYS || self.is_exhausted(kept.len()) {
                break;
            }
            if !kept.iter().any(|(_, known)| known.asks_no_more_than(way)) {
                kept.push((place, way));
            }
        }
        let mut places: Vec<usize> = kept.into_iter().map(|(place, _)| place).collect();
        places.sort_unstable();
        places
    }

    const fn is_exhausted(&mut self, more: usize) -> bool {
        self.steps = self.steps.saturating_add(more);
        self.steps > STEPS
    }

    /// Tries it out: whether a caller who did all this would be let in.
    fn leads_in(&self, way: &Way, requirement: &Requirement) -> bool {
        let facts = self.facts;
        let more: AuthoritySet;
        let mut then = *facts;
        if way.missing > 0 {
            let mut grants = facts.grants.clone();
            for scope in &way.order {
                grants.add(scope.table(), scope.index());
            }
            more = grants;
            then.grants = &more;
        }
        let login = [way.acr.map(Requirement::Acr), way.max_age.map(Requirement::MaxAge)];
        if login.iter().flatten().any(|part| evaluate(part, facts) != Verdict::Met) {
            then.acr = way.acr.or(facts.acr);
            then.auth_time = Some(facts.now);
        }
        let is_ruled_out = |(place, fact): (usize, &Requirement)| {
            way.ruled_out >> place & 1 == 1 && read(fact, &then, false, 0) != Some(Verdict::Met)
        };
        evaluate(requirement, &then) == Verdict::Met
            && !self.ruled_out.iter().enumerate().any(is_ruled_out)
    }
}

/// The bit of a value in a list that it is added to, as long as there are bits.
fn bit<T: PartialEq>(list: &mut Vec<T>, value: T) -> Option<u128> {
    let place = list.iter().position(|known| *known == value).or_else(|| {
        (list.len() < FACTS).then(|| {
            list.push(value);
            list.len() - 1
        })
    });
    place.map(|place| 1 << place)
}

impl<T> Way<T> {
    /// Both together; `None` where a login would need two classes, which trying it out would tell
    /// only later.
    fn and(&self, other: &Self, order: (usize, usize), held: u128) -> Option<Joined> {
        if matches!((self.acr, other.acr), (Some(one), Some(two)) if one != two) {
            return None;
        }
        let scopes = self.scopes | other.scopes;
        Some(Way {
            order,
            scopes,
            missing: (scopes & !held).count_ones(),
            acr: self.acr.or(other.acr),
            max_age: match (self.max_age, other.max_age) {
                (Some(one), Some(two)) => Some(one.min(two)),
                (one, two) => one.or(two),
            },
            ruled_out: self.ruled_out | other.ruled_out,
        })
    }

    /// Whether this one leads in wherever the other one does, by the same login.
    fn asks_no_more_than(&self, other: &Self) -> bool {
        self.scopes & !other.scopes == 0
            && self.ruled_out & !other.ruled_out == 0
            && (self.acr, self.max_age) == (other.acr, other.max_age)
    }
}

impl Joined {
    /// The same with its scopes in the order of the two ways that it is made of.
    fn in_order(&self, these: &[Way], next: &[Way]) -> Option<Way> {
        let (one, two) = (these.get(self.order.0)?, next.get(self.order.1)?);
        let mut order = one.order.clone();
        order.extend(two.order.iter().filter(|scope| !one.order.contains(scope)));
        let Self { scopes, missing, acr, max_age, ruled_out, .. } = *self;
        Some(Way { order, scopes, missing, acr, max_age, ruled_out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::CheckAnswers;
    use crate::policy::sample::{all, any};
    use crate::vocabulary::VocabularySet;
    use crate::vocabulary::sample::{Row, table};

    /// What takes long is counted, not timed: joins of ways, and comparisons between them.
    #[test]
    fn the_work_is_bounded_whatever_the_requirement() {
        let rows: Vec<Row> =
            (0..96).map(|place| (format!("s{place}"), Vec::new(), Vec::new())).collect();
        let scopes = table(AuthorityKind::Scope, &rows, None);
        let tables = VocabularySet::of(&[scopes]);
        let grants = AuthoritySet::empty(&tables);
        let facts = EvaluationContext {
            grants: &grants,
            method: crate::policy::Method::Bearer,
            acr: None,
            auth_time: None,
            now: 0,
            checks: CheckAnswers::default(),
        };
        let names: Vec<Requirement> = scopes.iter().map(Requirement::Authority).collect();
        let same = all((0..16).map(|_| any(names[..32].to_vec())).collect());
        let steps = |requirement: &Requirement| {
            let mut search = Search::new(&facts);
            let ways = search.ways(requirement, true, 0);
            assert!(ways.len() <= WAYS);
            search.steps
        };
        assert!(steps(&same) < 40_000, "{}", steps(&same));
        assert_eq!(Remediation::of(&same, &facts), Remediation::RequestScopes(vec!["s0"]));
        // Pairs that cross: no way is part of another one.
        let pairs = |by: usize| {
            let pair = |place: usize| all(vec![names[place], names[(place * by + 1) % 96]]);
            any((0..96).map(pair).collect())
        };
        let crossing = all((1..48).map(pairs).collect());
        assert!(steps(&crossing) <= STEPS + names.len(), "{}", steps(&crossing));
        // More scopes than are told apart, and a list of lists.
        let huge = all((0..500).map(|_| crossing).collect());
        assert!(steps(&huge) <= STEPS + 10_000, "{}", steps(&huge));
        assert_eq!(Remediation::of(&huge, &facts), Remediation::None);
    }
}
