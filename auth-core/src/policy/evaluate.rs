//! The decision itself: one pure function over the tree and what is known of the caller.

use super::{CheckAnswers, Method, ProvedFactors, Requirement};
use crate::vocabulary::AuthoritySet;

/// What is known of a caller when the decision is made.
///
/// Only built for authenticated callers.
#[derive(Clone, Copy, Debug)]
pub struct EvaluationContext<'a> {
    /// What the caller holds.
    pub grants: &'a AuthoritySet,
    /// By which kind of credential the caller was authenticated.
    pub method: Method,
    /// How the caller logged in.
    pub acr: Option<&'a str>,
    /// When the caller logged in, in seconds since 1970.
    pub auth_time: Option<u64>,
    /// By which factors the caller proved who that is.
    pub factors: &'a ProvedFactors,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// The answers of the checks that ran.
    pub checks: CheckAnswers,
}

impl EvaluationContext<'_> {
    /// How far ahead the clock of the issuer may be before `auth_time` is invalid, in seconds.
    const AHEAD: u64 = 60;

    /// Whether the login reached this class. `None` if that is not known.
    fn reaches(&self, class: &str) -> Option<bool> {
        self.acr.and_then(|own| self.grants.tables().reaches(own, class))
    }

    /// The age of the login in seconds. `None` if it is not known, or lies in the future.
    fn age(&self) -> Option<u64> {
        let auth_time = self.auth_time?;
        (auth_time <= self.now.saturating_add(Self::AHEAD))
            .then(|| self.now.saturating_sub(auth_time))
    }
}

/// Whether a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is met.
    Met,
    /// It is not met.
    Unmet,
    /// It depends on checks that did not run yet.
    NeedsCheck,
}

impl Verdict {
    pub(super) const fn of(met: bool) -> Self {
        if met { Self::Met } else { Self::Unmet }
    }
}

/// Whether the facts meet the requirement.
///
/// Three-valued: a check that did not run leaves open what depends on it and nothing else. Two
/// rules keep `not` from letting anyone in by accident:
///
/// - A tree that cannot be read in full is met by no caller, wherever the fault is: an
///   empty list, a check beyond slot 63, a name or a level of another enum than the caller's grants,
///   more than [`Requirement::MAX_DEPTH`] levels.
/// - What the token does not say is held against the caller on both sides of `not`: without
///   `auth_time` (or with one in the future) neither `max_age = "5m"` nor `not(max_age = "5m")` is
///   met, and the same goes for `acr`, for a level where the login is of a class that is none of the
///   vocabulary's levels, and for a name that is [unknown](AuthoritySet::is_unknown).
///   If the scheme does not say whether a factor was proved, this is not known, so neither `not(mfa)` nor
///   `not(factor(..))` is ever met.
///
/// A key or a password that comes with each request is no login, so by [`Method::ApiKey`] and
/// [`Method::Basic`] no login is known, also if the scheme says one.
///
/// ```
/// use auth_core::policy::{CheckAnswers, EvaluationContext, ProvedFactors, Verdict, evaluate};
/// use auth_core::{AuthoritySet, Method, Requirement};
///
/// const FRESH: Requirement = Requirement::MaxAge(300);
///
/// let mut context = EvaluationContext {
///     grants: &AuthoritySet::default(),
///     method: Method::Bearer,
///     acr: None,
///     auth_time: Some(1_000),
///     factors: &ProvedFactors::NONE,
///     now: 1_300,
///     checks: CheckAnswers::default(),
/// };
/// assert_eq!(evaluate(&FRESH, &context), Verdict::Met);
/// context.auth_time = None;
/// assert_eq!(evaluate(&FRESH, &context), Verdict::Unmet);
/// assert_eq!(evaluate(&Requirement::Not(&FRESH), &context), Verdict::Unmet);
/// ```
#[must_use]
pub fn evaluate(requirement: &Requirement, context: &EvaluationContext<'_>) -> Verdict {
    read(requirement, context, true, 0).unwrap_or(Verdict::Unmet)
}

/// The first check, in the order written, that the verdict still depends on.
///
/// `None` once the verdict is settled. The guard runs checks one by one until then:
///
/// ```
/// # use auth_core::Requirement;
/// # use auth_core::policy::{EvaluationContext, evaluate, next_check};
/// # fn run(slot: u8) -> bool { true }
/// # fn decide(requirement: &Requirement, mut context: EvaluationContext<'_>) -> auth_core::policy::Verdict {
/// while let Some(slot) = next_check(requirement, &context) {
///     context.checks.answer(slot, run(slot));
/// }
/// evaluate(requirement, &context)
/// # }
/// ```
#[must_use]
pub fn next_check(requirement: &Requirement, context: &EvaluationContext<'_>) -> Option<u8> {
    let (mut open, mut wanted, mut depth) = (requirement, true, 0);
    while read(open, context, wanted, depth)? == Verdict::NeedsCheck {
        match open {
            Requirement::Check { slot, .. } => return Some(*slot),
            Requirement::Not(part) => (open, wanted) = (part, !wanted),
            Requirement::All(parts) | Requirement::Any(parts) => {
                let undecided = |part: &&Requirement| {
                    read(part, context, wanted, depth + 1) == Some(Verdict::NeedsCheck)
                };
                open = parts.iter().find(undecided)?;
            }
            _ => return None,
        }
        depth += 1;
    }
    None
}

/// Whether the facts meet the requirement, or what is opposite to it where it is under `not`
/// (`wanted` is false). `None` if it cannot be read in full.
///
/// `not` is carried down to the single facts instead of turning verdicts around: only there can
/// "known to be otherwise" be distinguished from "not known".
pub(super) fn read(
    requirement: &Requirement,
    context: &EvaluationContext<'_>,
    wanted: bool,
    depth: usize,
) -> Option<Verdict> {
    if depth > Requirement::MAX_DEPTH {
        return None;
    }
    match requirement {
        Requirement::Authority(name) => {
            let held = context.grants.look_up(*name);
            // Unknown is no fault: it rejects what depends on this name and nothing else.
            (held.is_some() || context.grants.is_unknown(*name))
                .then(|| Verdict::of(held == Some(wanted)))
        }
        Requirement::Level(level) if !context.grants.tables().has(*level) => None,
        Requirement::Method([]) => None,
        Requirement::Factor(factor) if factor.is_empty() => None,
        Requirement::Check { slot, .. } if *slot >= CheckAnswers::SLOTS => None,
        // Under `not`, by De Morgan, one part decides an `all` and every part an `any`.
        Requirement::All(parts) => read_list(parts, wanted, context, wanted, depth),
        Requirement::Any(parts) => read_list(parts, !wanted, context, wanted, depth),
        Requirement::Not(part) => read(part, context, !wanted, depth + 1),
        leaf => Some(read_fact(leaf, context, wanted)),
    }
}

/// Whether a single fact that is no name is as wanted.
pub(super) fn read_fact(
    leaf: &Requirement,
    context: &EvaluationContext<'_>,
    wanted: bool,
) -> Verdict {
    let fact = match leaf {
        Requirement::Authenticated => Some(true),
        Requirement::Method(methods) => Some(methods.contains(&context.method)),
        login if login.is_about_login() && !context.method.is_login() => None,
        Requirement::Acr(acr) => context.reaches(acr),
        Requirement::Level(level) => context.reaches(level.name()),
        Requirement::MaxAge(seconds) => context.age().map(|age| age <= *seconds),
        Requirement::Mfa => context.factors.are_multi_factor(context.now).then_some(true),
        Requirement::Factor(factor) => {
            context.factors.satisfy(*factor, context.now).then_some(true)
        }
        Requirement::Check { slot, .. } => match context.checks.get(*slot) {
            None => return Verdict::NeedsCheck,
            answer => answer,
        },
        Requirement::Authority(_)
        | Requirement::All(_)
        | Requirement::Any(_)
        | Requirement::Not(_) => None,
    };
    Verdict::of(fact == Some(wanted))
}

/// Every part is needed, or one of them is enough. All are read even after one has settled it,
/// since a fault in any of them rejects.
fn read_list(
    parts: &[Requirement],
    every: bool,
    context: &EvaluationContext<'_>,
    wanted: bool,
    depth: usize,
) -> Option<Verdict> {
    let (settling, other) = (Verdict::of(!every), Verdict::of(every));
    let mut verdict = (!parts.is_empty()).then_some(other)?;
    for part in parts {
        let part = read(part, context, wanted, depth + 1)?;
        if part == settling || (part == Verdict::NeedsCheck && verdict == other) {
            verdict = part;
        }
    }
    Some(verdict)
}
