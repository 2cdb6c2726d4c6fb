//! What a caller could become: the least that would let a rejected one in.
//!
//! From a caller who holds nothing these are the minimal sets of an endpoint; from one who was
//! rejected, the first of them is what is missing. Each way is tried out with
//! [`evaluate`](crate::policy::evaluate) before it is reported, so none is ever wrong; with very many
//! alternatives some may be overlooked, and [`Solutions::complete`] says so.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::search::{Search, Visitor, search};
use super::{BitSet, Formula, Known, World};
use crate::policy::evaluate::read;
use crate::policy::{
    CheckAnswers, EvaluationContext, Method, ProvedFactors, RequiredFactor, Requirement, Verdict,
    evaluate,
};
use crate::vocabulary::{AuthorityKind, AuthoritySet, VocabularySet};

/// How many parts of alternatives one search looks at for a rejection, which is not to take long,
/// whatever the requirement is.
const STEPS: usize = 1 << 15;

/// How many single facts of a requirement are read for that, a repeated one counted twice.
/// The others count as facts that no caller could bring about.
const FACTS: usize = 1 << 13;

/// One fact that has to become so, or, if it is not `wanted`, to be known not to be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) fact: Requirement,
    pub(crate) wanted: bool,
}

/// The steps that together let a caller in, in the order written. None of them is idle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Solution {
    pub(crate) steps: Vec<Condition>,
}

/// The ways that were found, the shortest first, then in the order written.
#[derive(Debug)]
pub(crate) struct Solutions {
    pub(crate) list: Vec<Solution>,
    /// Whether no bound was hit, so that these are all.
    pub(crate) complete: bool,
}

impl Solutions {
    /// How these facts could become enough. One way without steps if they are enough already.
    ///
    /// No way takes a name from the caller: holding less is nothing that one can be given.
    ///
    /// Follows at most so many ways at once.
    pub(crate) fn of(
        requirement: &Requirement,
        context: &EvaluationContext<'_>,
        bound: usize,
    ) -> Self {
        let mut found = Self { list: Vec::new(), complete: true };
        found.add_those_of(&[], requirement, context, context, bound);
        // A credential of another method changes what every fact about a login and about methods comes to,
        // also where an alternative that is met already leaves the method out of the formula.
        let (others, all) = other_methods(requirement, context.method);
        found.complete &= all;
        for steps in others {
            if let Some(then) = Hypothetical::after(&steps, context) {
                found.add_those_of(&steps, requirement, context, &then.context(), bound);
            }
        }
        found.list.sort_by_key(|way| way.steps.len());
        found
    }

    /// Adds the ways that begin with these steps, which lead from the one context to the other.
    fn add_those_of(
        &mut self,
        taken: &[Condition],
        requirement: &Requirement,
        context: &EvaluationContext<'_>,
        then: &EvaluationContext<'_>,
        bound: usize,
    ) {
        let Some(outlook) = Outlook::of(requirement, then, By::Anybody) else { return };
        let (mut found, complete) = outlook.candidates(bound);
        self.complete &= complete;
        found.sort_by(|one, two| {
            outlook.by_price(one, two).then_with(|| outlook.as_written(one, two))
        });
        for candidate in found {
            // A new login may undo what was so before: then that has to be said as well.
            let needed = outlook.steps(&candidate, |place| outlook.priced.contains(place));
            let tried = [needed, outlook.steps(&candidate, |_| true)];
            let mut tried = tried.into_iter().map(|mut steps| {
                steps.retain(|step| !taken.contains(step));
                Solution { steps: [taken, &steps].concat() }
            });
            let Some(mut way) = tried.find(|way| way.leads_in(requirement, context)) else {
                continue;
            };
            way.shorten(requirement, context);
            if !self.list.iter().any(|known| known.is_part_of(&way)) {
                self.list.push(way);
            }
        }
    }
}

/// How many lists of methods are tried in every combination.
const LISTS: usize = 6;

/// The fewest steps that lead to a credential of each other method that a requirement names, and whether
/// these are all.
fn other_methods(requirement: &Requirement, own: Method) -> (Vec<Vec<Condition>>, bool) {
    let mut lists: Vec<&'static [Method]> = Vec::new();
    for list in requirement.lists_of_methods() {
        if !lists.contains(&list) {
            lists.push(list);
        }
    }
    if lists.iter().all(|list| list.contains(&own)) {
        return (Vec::new(), true);
    }
    let complete = lists.len() <= LISTS;
    let count = lists.len().min(LISTS);
    let mut sets: Vec<u32> = (1..1 << count).collect();
    sets.sort_by_key(|set| set.count_ones());
    let (mut reached, mut ways) = (Vec::new(), Vec::new());
    for set in sets {
        let chosen = (0..).zip(&lists).filter(|(place, _)| set >> place & 1 == 1);
        let chosen: Vec<&'static [Method]> = chosen.map(|(_, list)| *list).collect();
        // As long as the own method will do, the caller stays with it.
        let method = if chosen.iter().all(|list| list.contains(&own)) {
            None
        } else {
            method_of_all(&chosen)
        };
        if let Some(method) = method.filter(|it| !reached.contains(it)) {
            reached.push(method);
            let step = |list| Condition { fact: Requirement::Method(list), wanted: true };
            ways.push(chosen.into_iter().map(step).collect());
        }
    }
    (ways, complete)
}

/// The first method that is in each of the lists.
fn method_of_all(lists: &[&'static [Method]]) -> Option<Method> {
    let (first, rest) = lists.split_first()?;
    first.iter().copied().find(|method| rest.iter().all(|list| list.contains(method)))
}

impl Solution {
    fn is_part_of(&self, other: &Self) -> bool {
        self.steps.iter().all(|step| other.steps.contains(step))
    }

    /// Leaves out the steps that another one brings along.
    fn shorten(&mut self, requirement: &Requirement, context: &EvaluationContext<'_>) {
        let mut place = 0;
        while place < self.steps.len() {
            let mut shorter = self.clone();
            shorter.steps.remove(place);
            if shorter.leads_in(requirement, context) {
                *self = shorter;
            } else {
                place += 1;
            }
        }
    }

    fn leads_in(&self, requirement: &Requirement, context: &EvaluationContext<'_>) -> bool {
        Hypothetical::after(&self.steps, context)
            .is_some_and(|then| evaluate(requirement, &then.context()) == Verdict::Met)
    }
}

/// What a client could do that would let it in: the names of scopes to ask for, and the login to go
/// through again.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// All scopes that the way needs, held already or not, in the order in which it needs them.
    pub(crate) scopes: Vec<&'static str>,
    /// How many of them the caller lacks.
    pub(crate) missing: usize,
    /// The classes of which the login may be: first those that are asked for, then the stronger ones.
    pub(crate) acr_values: Vec<&'static str>,
    pub(crate) max_age: Option<u64>,
    pub(crate) mfa: bool,
    pub(crate) factors: Vec<RequiredFactor>,
}

/// What the client of a rejected caller could ask for: what takes the fewest new scopes first, then in
/// the order written.
///
/// No request counts on a `not` that is not met today: asking for less, or waiting for a login to grow
/// old, is no remedy. Nothing is counted on that others have to do.
pub(crate) fn requests<'a>(
    requirement: &'a Requirement,
    context: &'a EvaluationContext<'a>,
    bound: usize,
) -> impl Iterator<Item = Request> + 'a {
    // A tree without an end is met by no caller.
    let may_help = !requirement.is_too_deep() && could_become(requirement, context, true, 0);
    let outlook = if may_help { Outlook::of(requirement, context, By::Client) } else { None };
    outlook.into_iter().flat_map(move |outlook| {
        let mut found = outlook.candidates(bound).0;
        // The way that is written first, with what it takes there.
        let ways =
            found.drain(..).map(|candidate| (outlook.formula.first_way(&candidate), candidate));
        let mut ways: Vec<_> = ways.collect();
        ways.sort_by(|((one, _), a), ((two, _), b)| {
            outlook.by_price(a, b).then_with(|| one.cmp(two))
        });
        ways.into_iter().filter_map(move |((_, order), candidate)| {
            outlook.leads_in(&candidate, requirement).then(|| outlook.request(&order))
        })
    })
}

/// Whether a client who could ask for every scope and every login at once would be let in, as far as
/// each part tells for itself. Where not, as with most callers who lack a role, there is nothing to
/// look for, and nothing to make room for.
fn could_become(
    requirement: &Requirement,
    context: &EvaluationContext<'_>,
    wanted: bool,
    depth: usize,
) -> bool {
    let part = |part: &Requirement| could_become(part, context, wanted, depth + 1);
    match requirement {
        Requirement::All(parts) if wanted => parts.iter().all(part),
        Requirement::Any(parts) if !wanted => parts.iter().all(part),
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().any(part),
        Requirement::Not(part) => could_become(part, context, !wanted, depth + 1),
        fact => {
            By::Client.can_bring_about(&Condition { fact: *fact, wanted }, context)
                || read(fact, context, wanted, depth) == Some(Verdict::Met)
        }
    }
}

/// Who would have to bring a change about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// The issuer or the application, which assign names; the caller, by another login; the answers of checks.
    Anybody,
    /// The client, who can ask for another token.
    Client,
}

impl By {
    fn can_bring_about(self, step: &Condition, context: &EvaluationContext<'_>) -> bool {
        match (&step.fact, self) {
            // What is not said of factors is not known: no step makes them known to be lacking.
            (Requirement::Mfa | Requirement::Factor(_), _) if !step.wanted => false,
            // No login makes a key more than a key.
            (fact, Self::Client) if fact.is_about_login() && !context.method.is_login() => false,
            (Requirement::Authenticated, _) | (Requirement::Check { .. }, Self::Client) => false,
            // No answer asks the client to use another method: what an endpoint accepts is in its
            // challenges. That it is not a certain one takes another method, a step of its own.
            (Requirement::Method(_), _) => self == Self::Anybody,
            // Nothing is taken from a caller.
            (Requirement::Authority(name), _) => {
                step.wanted && (self == Self::Anybody || name.kind() == AuthorityKind::Scope)
            }
            _ => step.wanted || self == Self::Anybody,
        }
    }

    /// Whether what is so already has to be distinguished all the same: since a change elsewhere may
    /// undo it, or since the client has to ask for it again.
    fn keeps(self, step: &Condition) -> bool {
        match &step.fact {
            fact if fact.is_about_login() => true,
            Requirement::Authority(name) => {
                !step.wanted || (self == Self::Client && name.kind() == AuthorityKind::Scope)
            }
            Requirement::Check { .. } | Requirement::Method(_) => self == Self::Anybody,
            _ => false,
        }
    }
}

/// A requirement as a formula over the steps that lead from one caller's facts to it.
///
/// The facts of the formula are the steps; one that is so already is had for nothing, as long as it
/// stays so. Steps say nothing of each other here: what they come to is tried out.
struct Outlook<'a> {
    context: &'a EvaluationContext<'a>,
    steps: Vec<Condition>,
    formula: Formula,
    /// The steps that are not so yet and that the fewest are taken of.
    priced: BitSet,
    /// Whether the formula says all that the requirement says.
    complete: bool,
}

impl<'a> Outlook<'a> {
    /// None if the requirement cannot be read in full, which no caller meets.
    fn of(requirement: &Requirement, context: &'a EvaluationContext<'a>, by: By) -> Option<Self> {
        let (mut steps, mut priced): (Vec<Condition>, _) = (Vec::new(), BitSet::new());
        let mut read_so_far = 0;
        let formula = Formula::of(requirement, true, &mut |fact, wanted| {
            let met = read(fact, context, wanted, 0)? == Verdict::Met;
            read_so_far += 1;
            if read_so_far > FACTS {
                return Some(Formula::No);
            }
            let step = Condition { fact: *fact, wanted };
            if !(if met { by.keeps(&step) } else { by.can_bring_about(&step, context) }) {
                return Some(Formula::constant(met));
            }
            let place = steps.iter().position(|known| *known == step).unwrap_or_else(|| {
                steps.push(step);
                steps.len() - 1
            });
            if !met && (by == By::Anybody || matches!(fact, Requirement::Authority(_))) {
                priced.insert(place);
            }
            Some(Formula::Has(place))
        })?;
        Some(Self { context, steps, formula, priced, complete: read_so_far <= FACTS })
    }

    /// Sets of steps of which none is part of another one, the cheapest of them if there are more
    /// than so many, and whether these are all.
    fn candidates(&self, bound: usize) -> (Vec<Known>, bool) {
        let world = World::free(self.steps.len());
        let mut cheapest =
            Cheapest { priced: &self.priced, bound, list: Vec::new(), complete: true };
        let conditions = std::slice::from_ref(&self.formula);
        let ended = search(&world, conditions, world.nothing_known(), STEPS, &mut cheapest);
        let complete = self.complete && cheapest.complete && ended == Search::Complete;
        (cheapest.list.into_iter().map(|(_, known)| known).collect(), complete)
    }

    fn by_price(&self, one: &Known, two: &Known) -> Ordering {
        let price = |known: &Known| price(known, &self.priced);
        price(one).cmp(&price(two))
    }

    /// What is written first comes first, what has to be changed before what only has to stay.
    fn as_written(&self, one: &Known, two: &Known) -> Ordering {
        let places = |known: &'_ Known, needed: bool| {
            let places = known.has.iter().filter(|place| self.priced.contains(*place) == needed);
            places.collect::<Vec<_>>()
        };
        let order = |needed| places(one, needed).cmp(&places(two, needed));
        order(true).then_with(|| order(false))
    }

    fn steps(&self, candidate: &Known, of: impl Fn(usize) -> bool) -> Vec<Condition> {
        let places = candidate.has.iter().filter(|place| of(*place));
        places.filter_map(|place| self.steps.get(place).copied()).collect()
    }

    fn is_met(&self, step: &Condition) -> bool {
        read(&step.fact, self.context, step.wanted, 0) == Some(Verdict::Met)
    }

    /// Tries it out: whether a caller who asked for all this would be let in, and what must not be so
    /// still is not.
    fn leads_in(&self, candidate: &Known, requirement: &Requirement) -> bool {
        let is_login = |step: &Condition| step.fact.is_about_login();
        let (mut asked, ruled_out): (Vec<Condition>, Vec<Condition>) =
            self.steps(candidate, |_| true).into_iter().partition(|step| step.wanted);
        // As long as the login is good enough, it stays the one that it is.
        if asked.iter().filter(|step| is_login(step)).all(|step| self.is_met(step)) {
            asked.retain(|step| !is_login(step));
        } else {
            // A new login is always fresh.
            asked.push(Condition { fact: Requirement::MaxAge(u64::MAX), wanted: true });
        }
        // Of the classes that would do, none is taken that is ruled out.
        asked.extend(ruled_out.iter().filter(|step| step.fact.class().is_some()));
        Hypothetical::after(&asked, self.context).is_some_and(|then| {
            let then = then.context();
            let stays = |it: &Condition| read(&it.fact, &then, it.wanted, 0) == Some(Verdict::Met);
            evaluate(requirement, &then) == Verdict::Met && ruled_out.iter().all(stays)
        })
    }

    /// The classes of which the login may be, each once.
    fn classes(&self, order: &[usize]) -> Vec<&'static str> {
        let steps = order.iter().filter_map(|place| self.steps.get(*place));
        let classes = Classes::of(steps);
        let mut values: Vec<&'static str> = Vec::new();
        if !classes.wanted.is_empty() {
            for class in classes.named(self.context.grants.tables()) {
                if !values.contains(&class) {
                    values.push(class);
                }
            }
        }
        values
    }

    /// What the client has to ask for.
    fn request(&self, order: &[usize]) -> Request {
        let mut request = Request {
            scopes: Vec::new(),
            missing: 0,
            acr_values: self.classes(order),
            max_age: None,
            mfa: false,
            factors: Vec::new(),
        };
        for place in order {
            match self.steps.get(*place) {
                Some(Condition { fact: Requirement::Authority(name), wanted: true }) => {
                    request.scopes.push(name.name());
                    request.missing += usize::from(self.priced.contains(*place));
                }
                Some(Condition { fact: Requirement::MaxAge(age), wanted: true }) => {
                    let known = request.max_age.unwrap_or(*age);
                    request.max_age = Some(known.min(*age));
                }
                // What is proved already, and recently enough, stays so.
                Some(step @ Condition { fact: Requirement::Mfa, .. }) => {
                    request.mfa |= !self.is_met(step);
                }
                Some(step @ Condition { fact: Requirement::Factor(factor), .. })
                    if !self.is_met(step) =>
                {
                    request.factors.push(*factor);
                }
                _ => {}
            }
        }
        request
    }
}

/// What steps ask for of the class of a login.
#[derive(Default)]
struct Classes {
    wanted: Vec<&'static str>,
    unwanted: Vec<&'static str>,
}

impl Classes {
    fn of<'a>(steps: impl Iterator<Item = &'a Condition>) -> Self {
        let mut classes = Self::default();
        for step in steps {
            if let Some(class) = step.fact.class() {
                let list = if step.wanted { &mut classes.wanted } else { &mut classes.unwanted };
                list.push(class);
            }
        }
        classes
    }

    const fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// Whether a login of this class is enough for all of those wanted, and for none of the others.
    fn fit(&self, tables: &VocabularySet, class: &str) -> bool {
        self.wanted.iter().all(|it| tables.reaches(class, it) == Some(true))
            && self.unwanted.iter().all(|it| tables.reaches(class, it) == Some(false))
    }

    /// The classes that have a name and would do: those that are wanted, then levels.
    fn named<'a>(&'a self, tables: &'a VocabularySet) -> impl Iterator<Item = &'static str> + 'a {
        let all = self.wanted.iter().copied().chain(tables.levels());
        all.filter(move |class| self.fit(tables, class))
    }

    /// A class that would do: the caller's own if it does.
    fn choose(&self, tables: &VocabularySet, own: Option<&str>) -> Option<String> {
        let own = own.filter(|own| self.fit(tables, own));
        let named = own.or_else(|| self.named(tables).next());
        named.map(str::to_owned).or_else(|| {
            let other = self.other();
            self.fit(tables, &other).then_some(other)
        })
    }

    /// A class that no step names.
    fn other(&self) -> String {
        let mut class = "other".to_owned();
        while self.unwanted.contains(&class.as_str()) {
            class.push('-');
        }
        class
    }
}

/// How many of the priced steps a way has.
fn price(known: &Known, priced: &BitSet) -> usize {
    let mut needed = known.has.clone();
    needed.keep(priced);
    needed.len()
}

/// The cheapest ways of which none is part of another one.
struct Cheapest<'a> {
    priced: &'a BitSet,
    bound: usize,
    /// With their prices, the least first.
    list: Vec<(usize, Known)>,
    complete: bool,
}

impl Visitor for Cheapest<'_> {
    /// A way never gets cheaper by getting longer.
    fn goes_on(&mut self, known: &Known) -> bool {
        let is_full = self.list.len() >= self.bound;
        let dearest = self.list.last().filter(|_| is_full);
        let goes_on = dearest.is_none_or(|(dearest, _)| price(known, self.priced) < *dearest);
        self.complete &= goes_on;
        goes_on
    }

    fn found(&mut self, known: &Known) -> ControlFlow<()> {
        if self.list.iter().any(|(_, other)| other.has.is_within(&known.has)) {
            return ControlFlow::Continue(());
        }
        self.list.retain(|(_, other)| !known.has.is_within(&other.has));
        let price = price(known, self.priced);
        let place = self.list.partition_point(|(other, _)| *other <= price);
        self.list.insert(place, (price, known.clone()));
        if self.list.len() > self.bound {
            self.list.pop();
            self.complete = false;
        }
        ControlFlow::Continue(())
    }
}

/// A caller after some steps: facts that own what they are about.
#[derive(Clone, Debug)]
pub(crate) struct Hypothetical {
    pub(crate) grants: AuthoritySet,
    pub(crate) method: Method,
    pub(crate) acr: Option<String>,
    pub(crate) auth_time: Option<u64>,
    pub(crate) factors: ProvedFactors,
    pub(crate) now: u64,
    pub(crate) checks: CheckAnswers,
}

impl Hypothetical {
    pub(crate) fn context(&self) -> EvaluationContext<'_> {
        EvaluationContext {
            grants: &self.grants,
            method: self.method,
            acr: self.acr.as_deref(),
            auth_time: self.auth_time,
            factors: &self.factors,
            now: self.now,
            checks: self.checks,
        }
    }

    /// A caller with these facts after the steps. None if no login is all of that.
    pub(crate) fn after(steps: &[Condition], context: &EvaluationContext<'_>) -> Option<Self> {
        let mut grants = context.grants.clone();
        let mut checks = context.checks;
        let mut methods: Option<Vec<Method>> = None;
        let mut factors = *context.factors;
        let (mut youngest, mut oldest): (u64, Option<u64>) = (0, None);
        for Condition { fact, wanted } in steps {
            match fact {
                Requirement::Authority(name) if *wanted => grants.add(name.table(), name.index()),
                Requirement::Method(list) if *wanted => {
                    let known = methods.unwrap_or_else(|| list.to_vec());
                    let common = known.into_iter().filter(|method| list.contains(method));
                    methods = Some(common.collect());
                }
                Requirement::Mfa if *wanted => factors = factors.with_several(Some(context.now)),
                Requirement::Factor(factor) if *wanted => {
                    factors = factors.renewed(factor.factors().next()?, context.now);
                }
                Requirement::MaxAge(age) if *wanted => {
                    oldest = Some(oldest.map_or(*age, |known| known.min(*age)));
                }
                Requirement::MaxAge(age) => youngest = youngest.max(age.checked_add(1)?),
                Requirement::Check { slot, .. } => {
                    let answered = checks.get(*slot) != context.checks.get(*slot);
                    if answered && checks.get(*slot) != Some(*wanted) {
                        return None;
                    }
                    checks.answer(*slot, *wanted);
                }
                // What is not held stays so by itself, unless another step brings it; classes are looked at
                // all at once, below.
                Requirement::Authority(_)
                | Requirement::Method(_)
                | Requirement::Acr(_)
                | Requirement::Level(_) => {}
                _ => return None,
            }
        }
        // A credential has one method: the caller's own as long as that will do.
        let method = match methods {
            None => context.method,
            Some(methods) if methods.contains(&context.method) => context.method,
            Some(methods) => *methods.first()?,
        };
        if oldest.is_some_and(|oldest| oldest < youngest) {
            return None;
        }
        let classes = Classes::of(steps.iter());
        let auth_time = match (classes.wanted.is_empty(), oldest, youngest) {
            // As it was; but a login of another class is a new one, where times are known at all.
            (true, None, 0) => context.auth_time,
            (false, None, 0) => context.auth_time.map(|_| context.now),
            (_, _, age) => Some(context.now.checked_sub(age)?),
        };
        let acr = if classes.is_empty() {
            context.acr.map(str::to_owned)
        } else {
            Some(classes.choose(context.grants.tables(), context.acr)?)
        };
        Some(Self { grants, method, acr, auth_time, factors, now: context.now, checks })
    }
}
