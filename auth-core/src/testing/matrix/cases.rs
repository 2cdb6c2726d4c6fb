//! Who calls one endpoint, and what has to come of it.

use super::Assumed;
use super::tokens::{Flaw, TokenSpec, as_told};
use crate::access_map::Endpoint;
use crate::policy::solver::hypothetical::{Condition, Hypothetical, Solutions};
use crate::policy::{
    CheckAnswers, CheckInfo, Decision, EvaluationContext, Method, ProvedFactor, ProvedFactors,
    Remediation, Requirement, Verdict, evaluate, next_check,
};
use crate::vocabulary::{AuthoritySet, VocabularySet};

/// How many minimal sets of one endpoint are tried, and how many are followed to find them.
const SETS: usize = 64;
const WAYS: usize = 256;

/// Why callers by other methods are left out.
const TOKENS_ONLY: &str = "the matrix sends bearer tokens";

/// Why callers are left out whose factors would have to be of another age than their login.
const ONE_AGE: &str = "in a token, factors are as old as the login";

/// One caller of one endpoint.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// The caller, for people.
    pub(super) caller: String,
    /// None: no credential at all.
    pub(super) token: Option<TokenSpec>,
    /// What every check of the endpoint answers.
    pub(super) answers: Vec<(&'static CheckInfo, bool)>,
    pub(super) expected: Expected,
}

/// What has to come of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Passes,
    /// Rejected in one of these ways. There are several only where a router around the endpoint
    /// asks for something too: which of them speaks first depends on where it is.
    Refused(Vec<Refusal>),
}

/// A rejection as documented: status, code, and what the challenge says besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    /// The `error` of the challenge.
    pub(super) error: Option<&'static str>,
    /// Other parameters of the challenge.
    pub(super) params: Vec<String>,
}

/// The cases of one endpoint, and what is left out.
#[derive(Debug, Default)]
pub(super) struct Cases {
    pub(super) list: Vec<Case>,
    pub(super) skipped: Vec<String>,
    /// Why no caller can pass, if no caller can.
    pub(super) nobody: Option<String>,
}

/// What the cases of all endpoints have in common.
pub(super) struct World<'a> {
    pub(super) tables: VocabularySet,
    pub(super) now: u64,
    pub(super) assumed: &'a [(Assumed, bool)],
}

impl World<'_> {
    pub(super) fn cases(&self, endpoint: &Endpoint) -> Cases {
        let mut cases = Cases::default();
        let Some(requirement) = endpoint.requirement() else {
            cases.list.push(Case {
                caller: "anonymous: no token".to_owned(),
                token: None,
                answers: Vec::new(),
                expected: Expected::Passes,
            });
            return cases;
        };
        let accepted = requirement.accepted_methods().unwrap_or_else(|| Method::DEFAULT.to_vec());
        if !accepted.is_empty() && !accepted.contains(&Method::Bearer) {
            cases.skipped.push(format!("all of it: {TOKENS_ONLY}"));
            return cases;
        }
        let answers = self.answers(requirement, &[], false);
        cases.list.push(Case {
            caller: "anonymous: no token".to_owned(),
            token: None,
            answers: answers.clone(),
            expected: refused(401, "unauthenticated", None),
        });
        let nobody = AuthoritySet::empty(&self.tables);
        let ways = Solutions::of(requirement, &self.nothing(&nobody), WAYS);
        if !ways.complete {
            cases.skipped.push("there are more minimal sets than were searched".to_owned());
        }
        if ways.list.len() > SETS {
            let more = ways.list.len() - SETS;
            cases.skipped.push(format!("{more} more minimal sets, after the first {SETS}"));
        }
        let mut flawed = false;
        for way in ways.list.iter().take(SETS) {
            if let Some(step) = way.steps.iter().find(|step| self.rules_out(step)) {
                cases.skipped.push(format!("the set `{}`: {}", text(&way.steps), assumption(step)));
                continue;
            }
            self.set(endpoint, requirement, &way.steps, &mut cases);
            self.stale(endpoint, requirement, &way.steps, &mut cases);
            if !flawed {
                self.flaws(requirement, &way.steps, &mut cases);
                flawed = true;
            }
        }
        if !flawed {
            let reason = match cases.skipped.first() {
                Some(skipped) => format!("all is left out, {skipped}"),
                None => format!("no caller meets `{requirement}`"),
            };
            cases.nobody = Some(reason);
        }
        cases
    }

    /// A minimal set passes; with each member taken away it does not.
    fn set(
        &self,
        endpoint: &Endpoint,
        requirement: &Requirement,
        set: &[Condition],
        cases: &mut Cases,
    ) {
        let nobody = AuthoritySet::empty(&self.tables);
        let Some(all) = Hypothetical::after(set, &self.nothing(&nobody)).map(|it| as_told(set, it))
        else {
            return;
        };
        let caller = if set.is_empty() { "any valid token".to_owned() } else { text(set) };
        let answers = self.answers(requirement, set, false);
        if all.factors != ProvedFactors::NONE && refusal(requirement, &all, &answers).is_some() {
            cases.skipped.push(format!("the set `{caller}`: {ONE_AGE}"));
            return;
        }
        cases.list.push(Case {
            caller: caller.clone(),
            token: Some(TokenSpec::new(set, &all)),
            answers: self.answers(requirement, set, false),
            expected: Expected::Passes,
        });
        for (place, member) in set.iter().enumerate() {
            let title = format!("{caller} — but without {member}");
            if let Requirement::Check { check, .. } = member.fact
                && self.answer_of(check).is_some()
            {
                cases.skipped.push(format!("`{title}`: {}", assumption(member)));
                continue;
            }
            let mut rest = set.to_vec();
            rest.remove(place);
            let then =
                Hypothetical::after(&rest, &self.nothing(&nobody)).map(|it| as_told(&rest, it));
            let Some(then) = then else { continue };
            let found = [false, true].into_iter().find_map(|default| {
                let mut answers = self.answers(requirement, &rest, default);
                if let Requirement::Check { check, .. } = member.fact {
                    set_answer(&mut answers, check, !member.wanted);
                }
                let refusals = refusals(endpoint, &then, &answers)?;
                Some((answers, refusals))
            });
            match found {
                Some((answers, refusals)) => cases.list.push(Case {
                    caller: title,
                    token: Some(TokenSpec::new(&rest, &then)),
                    answers,
                    expected: Expected::Refused(refusals),
                }),
                None => cases.skipped.push(format!(
                    "`{title}`: with the answers of its checks the caller has another way in"
                )),
            }
        }
    }

    /// A caller who has all that is needed, but proved a factor too long ago.
    fn stale(
        &self,
        endpoint: &Endpoint,
        requirement: &Requirement,
        set: &[Condition],
        cases: &mut Cases,
    ) {
        let nobody = AuthoritySet::empty(&self.tables);
        let answers = self.answers(requirement, set, false);
        for member in set {
            let Requirement::Factor(factor) = member.fact else { continue };
            let Some(age) = factor.max_age().and_then(|within| within.checked_add(1)) else {
                continue;
            };
            let Some(all) = Hypothetical::after(set, &self.nothing(&nobody)) else { return };
            let old = Hypothetical { auth_time: Some(self.now.saturating_sub(age)), ..all };
            let old = as_told(set, old);
            // The same caller may have another way in that asks for less.
            let Some(refusals) = refusals(endpoint, &old, &answers) else { continue };
            cases.list.push(Case {
                caller: format!("{} — but {age} seconds ago", text(set)),
                token: Some(TokenSpec::new(set, &old)),
                answers: answers.clone(),
                expected: Expected::Refused(refusals),
            });
        }
    }

    /// A caller who has all that is needed, in a token that must not be accepted.
    fn flaws(&self, requirement: &Requirement, set: &[Condition], cases: &mut Cases) {
        let nobody = AuthoritySet::empty(&self.tables);
        let standing = Hypothetical::after(set, &self.nothing(&nobody)).map(|it| as_told(set, it));
        let Some(standing) = standing else { return };
        for flaw in Flaw::ALL {
            let grants = if set.is_empty() { "anybody".to_owned() } else { text(set) };
            cases.list.push(Case {
                caller: format!("{grants} — but with {flaw}"),
                token: Some(TokenSpec::new(set, &standing).with_flaw(flaw)),
                answers: self.answers(requirement, set, false),
                expected: refused(401, "invalid_token", Some("invalid_token")),
            });
        }
    }

    /// A caller who holds nothing and whose login tells nothing.
    fn nothing<'a>(&self, grants: &'a AuthoritySet) -> EvaluationContext<'a> {
        let checks = CheckAnswers::default();
        EvaluationContext {
            grants,
            method: Method::Bearer,
            acr: None,
            auth_time: None,
            factors: &ProvedFactors::NONE,
            now: self.now,
            checks,
        }
    }

    /// What every check answers: what the steps need, what is assumed, or the default.
    fn answers(
        &self,
        requirement: &Requirement,
        steps: &[Condition],
        default: bool,
    ) -> Vec<(&'static CheckInfo, bool)> {
        let mut answers = Vec::new();
        for (_, check) in requirement.checks() {
            let needed = steps.iter().find_map(|step| match step.fact {
                Requirement::Check { check: own, .. } if own == check => Some(step.wanted),
                _ => None,
            });
            let answer = self.answer_of(check).or(needed).unwrap_or(default);
            answers.push((check, answer));
        }
        answers
    }

    fn answer_of(&self, check: &CheckInfo) -> Option<bool> {
        self.assumed.iter().find(|(assumed, _)| assumed.is(check)).map(|(_, answer)| *answer)
    }

    fn rules_out(&self, step: &Condition) -> bool {
        match step.fact {
            Requirement::Check { check, .. } => {
                self.answer_of(check).is_some_and(|answer| answer != step.wanted)
            }
            Requirement::Method(methods) => methods.contains(&Method::Bearer) != step.wanted,
            _ => false,
        }
    }
}

/// How a caller is rejected; none if the caller is not.
///
/// Each part of the requirement that is not met may be the one that speaks: the whole, what the
/// routers around the endpoint ask for, or what it asks for itself.
fn refusals(
    endpoint: &Endpoint,
    standing: &Hypothetical,
    answers: &[(&'static CheckInfo, bool)],
) -> Option<Vec<Refusal>> {
    let mut refusals = vec![refusal(endpoint.requirement()?, standing, answers)?];
    for part in [endpoint.outer, endpoint.own].iter().flatten() {
        if let Some(refusal) = refusal(part, standing, answers)
            && !refusals.contains(&refusal)
        {
            refusals.push(refusal);
        }
    }
    Some(refusals)
}

/// The answer to a rejected caller, by the table of `docs/answers.md`; none if the caller is not
/// rejected. It is written down here once more on purpose: the guard has to agree with it.
fn refusal(
    requirement: &Requirement,
    standing: &Hypothetical,
    answers: &[(&'static CheckInfo, bool)],
) -> Option<Refusal> {
    let mut context = EvaluationContext { checks: CheckAnswers::default(), ..standing.context() };
    while let Some(slot) = next_check(requirement, &context) {
        let check = requirement.checks().find(|(own, _)| *own == slot);
        let answer = answers.iter().find(|(known, _)| Some(*known) == check.map(|(_, it)| it));
        // A check without an answer stays open, as in the guard.
        let Some((_, answer)) = answer else { break };
        context.checks.answer(slot, *answer);
    }
    let decision = Decision::of(*requirement, &context);
    if decision.is_allowed() {
        return None;
    }
    let told = documented(&decision, &context);
    if told.error.is_some() {
        return Some(told);
    }
    // The client hears what its token lacks even if a check, which then does not run, would reject
    // it afterwards.
    for (slot, _) in requirement.checks() {
        if context.checks.get(slot).is_none() {
            context.checks.answer(slot, true);
        }
    }
    Some(documented(&Decision::of(*requirement, &context), &context))
}

fn documented(decision: &Decision, context: &EvaluationContext<'_>) -> Refusal {
    match decision.remediation() {
        // The issuer of the matrix has no classes to ask for: all that a client can do is to log in again
        // in the same way.
        Remediation::StepUp(step_up) if step_up.asks_for_factors() => {
            if !helps_again(decision.requirement(), context) {
                return FORBIDDEN;
            }
            let ages = step_up.factors.iter().filter_map(|factor| factor.max_age());
            let max_age = ages.chain(step_up.max_age).min();
            let params = max_age.map(|seconds| format!("max_age=\"{seconds}\"")).into_iter();
            let code = "insufficient_user_authentication";
            Refusal { status: 401, code, error: Some(code), params: params.collect() }
        }
        Remediation::StepUp(step_up) => {
            let acr_values = (!step_up.acr_values.is_empty())
                .then(|| format!("acr_values=\"{}\"", step_up.acr_values.join(" ")));
            let max_age = step_up.max_age.map(|seconds| format!("max_age=\"{seconds}\""));
            let code = "insufficient_user_authentication";
            let params = acr_values.into_iter().chain(max_age).collect();
            Refusal { status: 401, code, error: Some(code), params }
        }
        Remediation::RequestScopes(scopes) => {
            let code = "insufficient_scope";
            let params = vec![format!("scope=\"{}\"", scopes.join(" "))];
            Refusal { status: 403, code, error: Some(code), params }
        }
        Remediation::None => FORBIDDEN,
    }
}

const FORBIDDEN: Refusal =
    Refusal { status: 403, code: "forbidden", error: None, params: Vec::new() };

/// Whether the same login is enough if it is done again now.
fn helps_again(requirement: &Requirement, context: &EvaluationContext<'_>) -> bool {
    let again = |proved: ProvedFactors, it: ProvedFactor| proved.with(it.factor(), context.now);
    let mut factors = context.factors.iter().fold(ProvedFactors::NONE, again);
    if context.factors.are_told_to_be_several() {
        factors = factors.with_several(Some(context.now));
    }
    let auth_time = Some(context.now);
    let then = EvaluationContext { auth_time, factors: &factors, ..*context };
    evaluate(requirement, &then) != Verdict::Unmet
}

fn refused(status: u16, code: &'static str, error: Option<&'static str>) -> Expected {
    Expected::Refused(vec![Refusal { status, code, error, params: Vec::new() }])
}

fn set_answer(answers: &mut [(&'static CheckInfo, bool)], check: &CheckInfo, answer: bool) {
    for (_, own) in answers.iter_mut().filter(|(known, _)| *known == check) {
        *own = answer;
    }
}

fn assumption(step: &Condition) -> String {
    match step.fact {
        Requirement::Check { check, .. } => format!("the answer of `{}` is assumed", check.name),
        Requirement::Method(_) => TOKENS_ONLY.to_owned(),
        _ => String::new(),
    }
}

fn text(steps: &[Condition]) -> String {
    let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
    steps.join(", ")
}
