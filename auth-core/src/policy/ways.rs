//! The smallest ways to meet a requirement, from where a caller stands.
//!
//! From a caller who holds nothing these are the minimal grant sets of an endpoint; from one who
//! was refused, the first of them is what is missing. Each way is tried out with
//! [`evaluate`](super::evaluate) before it is reported, so none is ever wrong; with very many
//! alternatives some may be overlooked, and [`Ways::complete`] says so.

use std::cmp::Reverse;

use super::evaluate::{EvaluationContext, Verdict, evaluate, read};
use super::{CheckAnswers, Method, Requirement};
use crate::vocabulary::AuthoritySet;

/// How many different facts are told apart: a way is a word of bits over them.
const STEPS: usize = 64;

/// One fact that has to become so, or, if it is not `wanted`, to be known not to be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) fact: Requirement,
    pub(crate) wanted: bool,
}

/// The steps that together let a caller in, in the order written. None of them is idle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) steps: Vec<Step>,
}

/// The ways that were found, the shortest first, then in the order written.
#[derive(Debug)]
pub(crate) struct Ways {
    pub(crate) list: Vec<Way>,
    /// Whether no bound was hit, so that these are all.
    #[cfg_attr(
        not(any(test, feature = "testing")),
        expect(dead_code, reason = "only the access matrix asks for all of them")
    )]
    pub(crate) complete: bool,
}

impl Ways {
    /// How these facts could become enough. One way without steps if they are enough already.
    ///
    /// No way takes a name from the caller: holding less is nothing that one can be given.
    ///
    /// Follows at most so many ways at once. The work grows with the square of that.
    pub(crate) fn of(
        requirement: &Requirement,
        facts: &EvaluationContext<'_>,
        bound: usize,
    ) -> Self {
        let mut search = Search { facts, steps: Vec::new(), complete: true, bound };
        // Nobody meets a tree without an end, and looking for a way would take as long as it is wide.
        let mut found =
            if requirement.is_too_deep() { Vec::new() } else { search.paths(requirement, true, 0) };
        found.sort_by_key(|path| (path.need.count_ones(), Reverse(path.need.reverse_bits())));
        let mut ways = Self { list: Vec::new(), complete: search.complete };
        for path in found {
            // A new login may undo what was so before: then that has to be said as well.
            let steps = [path.need, path.need | path.keep];
            let tried = steps.map(|bits| Way { steps: search.steps_of(bits) });
            let Some(mut way) = tried.into_iter().find(|way| way.leads_in(requirement, facts))
            else {
                continue;
            };
            way.shorten(requirement, facts);
            if !ways.list.iter().any(|known| known.is_part_of(&way)) {
                ways.list.push(way);
            }
        }
        ways.list.sort_by_key(|way| way.steps.len());
        ways
    }
}

/// A way before it is tried out, as bits over the steps of the search.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Path {
    need: u64,
    /// What it relies on staying as it is: the facts under `not` that are not so, the login.
    keep: u64,
}

struct Search<'a> {
    facts: &'a EvaluationContext<'a>,
    steps: Vec<Step>,
    complete: bool,
    bound: usize,
}

impl Search<'_> {
    /// Every way to meet the requirement, or its opposite where it stands under `not`.
    fn paths(&mut self, requirement: &Requirement, wanted: bool, depth: usize) -> Vec<Path> {
        if depth > Requirement::MAX_DEPTH {
            return Vec::new();
        }
        match requirement {
            Requirement::Not(part) => self.paths(part, !wanted, depth + 1),
            Requirement::All(parts) if wanted => self.every(parts, wanted, depth),
            Requirement::Any(parts) if !wanted => self.every(parts, wanted, depth),
            Requirement::All(parts) | Requirement::Any(parts) => {
                let mut paths = Vec::new();
                for part in *parts {
                    paths.extend(self.paths(part, wanted, depth + 1));
                    self.reduce(&mut paths);
                }
                paths
            }
            fact => self.fact(*fact, wanted, depth),
        }
    }

    /// Each way through one part, continued by each way through the next.
    fn every(&mut self, parts: &[Requirement], wanted: bool, depth: usize) -> Vec<Path> {
        let mut so_far = vec![Path { need: 0, keep: 0 }];
        for part in parts {
            let next = self.paths(part, wanted, depth + 1);
            so_far = so_far.iter().flat_map(|one| next.iter().map(|two| one.and(*two))).collect();
            self.reduce(&mut so_far);
        }
        so_far
    }

    fn fact(&mut self, fact: Requirement, wanted: bool, depth: usize) -> Vec<Path> {
        let met = match read(&fact, self.facts, wanted, depth) {
            None => return Vec::new(),
            Some(verdict) => verdict == Verdict::Met,
        };
        let can_be_lost = match fact {
            Requirement::Authenticated => false,
            Requirement::Authority(_) => !wanted,
            _ => true,
        };
        match fact {
            _ if met && !can_be_lost => vec![Path { need: 0, keep: 0 }],
            Requirement::Authenticated => Vec::new(),
            Requirement::Authority(_) | Requirement::Method(_) if !met && !wanted => Vec::new(),
            _ => match self.bit(Step { fact, wanted }) {
                None => Vec::new(),
                Some(keep) if met => vec![Path { need: 0, keep }],
                Some(need) => vec![Path { need, keep: 0 }],
            },
        }
    }

    fn bit(&mut self, step: Step) -> Option<u64> {
        let place = match self.steps.iter().position(|known| *known == step) {
            Some(place) => place,
            None if self.steps.len() == STEPS => {
                self.complete = false;
                return None;
            }
            None => {
                self.steps.push(step);
                self.steps.len() - 1
            }
        };
        Some(1 << place)
    }

    /// Drops what asks for more than another one, and the longest where there are too many.
    fn reduce(&mut self, paths: &mut Vec<Path>) {
        paths.sort_by_key(|path| {
            (path.need.count_ones(), Reverse(path.need.reverse_bits()), path.keep)
        });
        let mut kept: Vec<Path> = Vec::new();
        for path in paths.iter() {
            if kept.iter().any(|known| known.asks_no_more_than(*path)) {
                continue;
            }
            if kept.len() == self.bound {
                self.complete = false;
                break;
            }
            kept.push(*path);
        }
        *paths = kept;
    }

    fn steps_of(&self, need: u64) -> Vec<Step> {
        let bits = (0_u32..).zip(&self.steps);
        bits.filter(|(place, _)| need >> place & 1 == 1).map(|(_, step)| *step).collect()
    }
}

impl Path {
    const fn and(self, other: Self) -> Self {
        Self { need: self.need | other.need, keep: self.keep | other.keep }
    }

    const fn asks_no_more_than(self, other: Self) -> bool {
        self.need & !other.need == 0 && self.keep & !other.keep == 0
    }
}

impl Way {
    fn is_part_of(&self, other: &Self) -> bool {
        self.steps.iter().all(|step| other.steps.contains(step))
    }

    /// Leaves out the steps that another one brings along.
    fn shorten(&mut self, requirement: &Requirement, facts: &EvaluationContext<'_>) {
        let mut place = 0;
        while place < self.steps.len() {
            let mut shorter = self.clone();
            shorter.steps.remove(place);
            if shorter.leads_in(requirement, facts) {
                *self = shorter;
            } else {
                place += 1;
            }
        }
    }

    fn leads_in(&self, requirement: &Requirement, facts: &EvaluationContext<'_>) -> bool {
        Standing::after(&self.steps, facts)
            .is_some_and(|then| evaluate(requirement, &then.facts()) == Verdict::Met)
    }
}

/// Where a caller stands after some steps: facts that own what they are about.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) grants: AuthoritySet,
    pub(crate) method: Method,
    pub(crate) acr: Option<String>,
    pub(crate) auth_time: Option<u64>,
    pub(crate) now: u64,
    pub(crate) checks: CheckAnswers,
}

impl Standing {
    pub(crate) fn facts(&self) -> EvaluationContext<'_> {
        EvaluationContext {
            grants: &self.grants,
            method: self.method,
            acr: self.acr.as_deref(),
            auth_time: self.auth_time,
            now: self.now,
            checks: self.checks,
        }
    }

    /// Where a caller with these facts stands after the steps. None if no login is all of that.
    pub(crate) fn after(steps: &[Step], facts: &EvaluationContext<'_>) -> Option<Self> {
        let mut grants = facts.grants.clone();
        let mut checks = facts.checks;
        let mut methods: Option<Vec<Method>> = None;
        let (mut acr, mut other_acr): (Option<&str>, bool) = (None, false);
        let (mut youngest, mut oldest): (u64, Option<u64>) = (0, None);
        for Step { fact, wanted } in steps {
            match fact {
                Requirement::Authority(name) if *wanted => grants.add(name.table(), name.index()),
                Requirement::Method(list) if *wanted => {
                    let known = methods.unwrap_or_else(|| list.to_vec());
                    let common = known.into_iter().filter(|method| list.contains(method));
                    methods = Some(common.collect());
                }
                Requirement::Acr(class) if *wanted && acr.is_some_and(|own| own != *class) => {
                    return None;
                }
                Requirement::Acr(class) if *wanted => acr = Some(class),
                Requirement::Acr(_) => other_acr = true,
                Requirement::MaxAge(age) if *wanted => {
                    oldest = Some(oldest.map_or(*age, |known| known.min(*age)));
                }
                Requirement::MaxAge(age) => youngest = youngest.max(age.checked_add(1)?),
                Requirement::Check { slot, .. } => {
                    let answered = checks.get(*slot) != facts.checks.get(*slot);
                    if answered && checks.get(*slot) != Some(*wanted) {
                        return None;
                    }
                    checks.answer(*slot, *wanted);
                }
                // What is not held stays so by itself, unless another step brings it.
                Requirement::Authority(_) | Requirement::Method(_) => {}
                _ => return None,
            }
        }
        // A credential has one method: the caller's own as long as that will do.
        let method = match methods {
            None => facts.method,
            Some(methods) if methods.contains(&facts.method) => facts.method,
            Some(methods) => *methods.first()?,
        };
        if oldest.is_some_and(|oldest| oldest < youngest) {
            return None;
        }
        let auth_time = match (acr, oldest, youngest) {
            // As it was; but a login of another class is a new one, where times are told at all.
            (None, None, 0) => facts.auth_time,
            (Some(_), None, 0) => facts.auth_time.map(|_| facts.now),
            (_, _, age) => Some(facts.now.checked_sub(age)?),
        };
        let acr = match acr {
            Some(class) => Some(class.to_owned()),
            None if other_acr => Some(class_other_than(steps)),
            None => facts.acr.map(str::to_owned),
        };
        Some(Self { grants, method, acr, auth_time, now: facts.now, checks })
    }
}

/// A class of login that no step names.
fn class_other_than(steps: &[Step]) -> String {
    let mut class = "other".to_owned();
    while steps.iter().any(|step| matches!(step.fact, Requirement::Acr(named) if named == class)) {
        class.push('-');
    }
    class
}
