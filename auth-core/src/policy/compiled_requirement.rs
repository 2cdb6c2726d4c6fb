//! A requirement made ready for the bits of one vocabulary.

use super::evaluate::read_fact;
use super::{CheckAnswers, EvaluationContext, Requirement, Verdict, evaluate};
use crate::vocabulary::{AuthoritySet, Bit, VocabularySet};

/// A requirement with its names as masks over the bits of one vocabulary: what is decided thousands
/// of times is looked up once.
///
/// It says what [`evaluate()`] says of the same requirement and the same facts, and allocates
/// nothing in doing so. [`evaluate()`] is the definition, this is the fast way; the guard of a
/// handler goes it.
///
/// ```
/// use auth_core::__private::CompiledRequirement;
/// use auth_core::policy::{CheckAnswers, EvaluationContext, ProvedFactors, Verdict};
/// use auth_core::vocabulary::Vocabulary;
/// use auth_core::{AuthorityKind, Method, Scopes, requirement};
///
/// #[derive(Clone, Copy, Scopes)]
/// enum Scope {
///     Read,
///     Write,
/// }
///
/// let tables = <(Scope,)>::TABLES;
/// let compiled = CompiledRequirement::new(requirement!(scope = Read | Write), &tables);
/// let grants = tables.intern([(AuthorityKind::Scope, "write")]);
/// let checks = CheckAnswers::default();
/// let method = Method::Bearer;
/// let factors = &ProvedFactors::NONE;
/// let context =
///     EvaluationContext { grants: &grants, method, acr: None, auth_time: None, factors, now: 0, checks };
/// assert_eq!(compiled.evaluate(&context), Verdict::Met);
/// ```
#[derive(Clone, Debug)]
pub struct CompiledRequirement {
    requirement: Requirement,
    tables: VocabularySet,
    steps: Box<[Step]>,
    entry: Next,
    facts: Box<[Fact]>,
}

/// One question, and where its answer leads: always to a step that was written before, so that
/// every way through a compiled requirement ends.
///
/// Whether one of some names is as it must be: held, or not held if it is in `flipped`. That all of
/// them are is the same question with the opposite names and the opposite answer.
#[derive(Clone, Copy, Debug)]
struct Step {
    names: Group,
    if_so: Next,
    if_not: Next,
}

/// Names of one word: those in `flipped` must not be held, the others must.
#[derive(Clone, Copy, Debug)]
struct Group {
    mask: u64,
    flipped: u64,
    /// From [`FACTS`] on, the question is about something else, and this is its place in the list.
    word: u32,
}

/// Something else than names, or the opposite of it.
#[derive(Clone, Copy, Debug)]
struct Fact {
    leaf: Requirement,
    wanted: bool,
}

/// The place of a step, or the end.
type Next = u32;

/// The ends, which are no places: a compiled requirement has fewer steps.
const MET: Next = Next::MAX;
const UNMET: Next = Next::MAX - 1;

/// The word of the first fact that is no name. No vocabulary has so many words, so what is read there
/// is distinguished from names by the look-up that any step begins with.
const FACTS: u32 = 1 << 31;

impl CompiledRequirement {
    /// Makes a requirement ready for grants over these tables.
    ///
    /// A name of an enum that is not among them makes a compiled requirement that no caller meets, as
    /// [`evaluate()`] says of such grants.
    #[must_use]
    pub fn new(requirement: Requirement, tables: &VocabularySet) -> Self {
        let mut writer = Writer::default();
        let entry = Part::of(&requirement, tables, true, 0)
            .and_then(|part| writer.write(&part, MET, UNMET))
            .unwrap_or(UNMET);
        let Writer { steps, facts } = writer;
        Self { requirement, tables: *tables, steps: steps.into(), entry, facts: facts.into() }
    }

    /// Whether the facts meet the requirement.
    ///
    /// Grants over other tables than those it was made for go the long way of [`evaluate()`], and so
    /// do those that leave something open.
    #[must_use]
    pub fn evaluate(&self, context: &EvaluationContext<'_>) -> Verdict {
        if !context.grants.is_known() || !context.grants.tables().are(&self.tables) {
            return evaluate(&self.requirement, context);
        }
        match self.through_names(self.entry, context.grants.words()) {
            MET => Verdict::Met,
            UNMET => Verdict::Unmet,
            fact => self.beyond_names(fact, context),
        }
    }

    /// What [`evaluate`](Self::evaluate) says if names alone decide, as for most requests; `None` if
    /// it takes more.
    #[must_use]
    #[inline]
    pub fn by_names(&self, grants: &AuthoritySet) -> Option<Verdict> {
        if !grants.is_known() || !grants.tables().are_at_once(&self.tables) {
            return None;
        }
        match self.through_names(self.entry, grants.words()) {
            MET => Some(Verdict::Met),
            UNMET => Some(Verdict::Unmet),
            _ => None,
        }
    }

    /// From one step to the next, as long as only names are asked for.
    #[inline]
    fn through_names(&self, mut next: Next, words: &[u64]) -> Next {
        while let Some(Step { names, if_so, if_not }) = self.steps.get(next as usize)
            && let Some(held) = words.get(names.word as usize)
        {
            next = if (held ^ names.flipped) & names.mask == 0 { *if_not } else { *if_so };
        }
        next
    }

    /// An open check counts as no, and then as yes, wherever it is: no answers of checks lead to
    /// less than the one or to more than the other.
    #[inline(never)]
    fn beyond_names(&self, fact: Next, context: &EvaluationContext<'_>) -> Verdict {
        if self.leads_in(fact, context, false) {
            Verdict::Met
        } else if self.leads_in(fact, context, true) {
            Verdict::NeedsCheck
        } else {
            Verdict::Unmet
        }
    }

    fn leads_in(&self, mut next: Next, context: &EvaluationContext<'_>, open: bool) -> bool {
        while let Some(step) = self.steps.get(next as usize) {
            let place = step.names.word.checked_sub(FACTS);
            let fact = place.and_then(|place| self.facts.get(place as usize));
            let Some(Fact { leaf, wanted }) = fact else { return false };
            let answer = match read_fact(leaf, context, *wanted) {
                Verdict::NeedsCheck => open,
                known => known == Verdict::Met,
            };
            let after = if answer { step.if_so } else { step.if_not };
            next = self.through_names(after, context.grants.words());
        }
        next == MET
    }
}

/// A part of a requirement without `not`, in which names of one word are together.
enum Part {
    /// All of these names, or one of them.
    Names { every: bool, groups: Vec<Group> },
    /// Something else, or the opposite of it.
    Fact(Fact),
    /// All of these parts, or one of them.
    List { every: bool, parts: Vec<Part> },
}

impl Part {
    /// A part, or what is opposite to it where it is under `not` (`wanted` is false). `None` if
    /// it cannot be read in full.
    fn of(
        requirement: &Requirement,
        tables: &VocabularySet,
        wanted: bool,
        depth: usize,
    ) -> Option<Self> {
        if depth > Requirement::MAX_DEPTH {
            return None;
        }
        match requirement {
            Requirement::Authority(name) => {
                let Bit { word, mask } = tables.bit(*name)?;
                let flipped = if wanted { 0 } else { mask };
                let word = u32::try_from(word).ok().filter(|word| *word < FACTS)?;
                let group = Group { mask, flipped, word };
                Some(Self::Names { every: true, groups: vec![group] })
            }
            Requirement::Level(level) if !tables.has(*level) => None,
            Requirement::Method([]) => None,
            Requirement::Factor(factor) if factor.is_empty() => None,
            Requirement::Check { slot, .. } if *slot >= CheckAnswers::SLOTS => None,
            Requirement::All(parts) => Self::list(parts, wanted, tables, wanted, depth),
            Requirement::Any(parts) => Self::list(parts, !wanted, tables, wanted, depth),
            Requirement::Not(part) => Self::of(part, tables, !wanted, depth + 1),
            leaf => Some(Self::Fact(Fact { leaf: *leaf, wanted })),
        }
    }

    fn list(
        parts: &[Requirement],
        every: bool,
        tables: &VocabularySet,
        wanted: bool,
        depth: usize,
    ) -> Option<Self> {
        let mut list = List::default();
        for part in parts {
            list.add(every, Self::of(part, tables, wanted, depth + 1)?);
        }
        list.finish(every)
    }
}

/// A list while it is being made: its names, and what else there is.
#[derive(Default)]
struct List {
    groups: Vec<Group>,
    rest: Vec<Part>,
}

impl List {
    /// Adds a part. Lists of the same kind become one, and so do names.
    fn add(&mut self, every: bool, part: Part) {
        match part {
            Part::Names { every: own, groups } if own == every || is_one_name(&groups) => {
                for group in groups {
                    self.add_group(group);
                }
            }
            Part::List { every: own, parts } if own == every => {
                for part in parts {
                    self.add(every, part);
                }
            }
            other => self.rest.push(other),
        }
    }

    fn add_group(&mut self, new: Group) {
        // The same name cannot be wanted and not wanted in one mask.
        let fits = |group: &&mut Group| {
            group.word == new.word && (group.flipped ^ new.flipped) & group.mask & new.mask == 0
        };
        match self.groups.iter_mut().find(fits) {
            Some(group) => {
                group.mask |= new.mask;
                group.flipped |= new.flipped;
            }
            None => self.groups.push(new),
        }
    }

    /// The list, unless it is empty: no caller meets that, anywhere in the tree.
    fn finish(self, every: bool) -> Option<Part> {
        let Self { groups, mut rest } = self;
        if !groups.is_empty() {
            // First, since they take the least time.
            rest.insert(0, Part::Names { every, groups });
        }
        match rest.len() {
            0 => None,
            1 => rest.pop(),
            _ => Some(Part::List { every, parts: rest }),
        }
    }
}

fn is_one_name(groups: &[Group]) -> bool {
    matches!(groups, [only] if only.mask.is_power_of_two())
}

/// Writes the steps of a compiled requirement, the last one first.
#[derive(Default)]
struct Writer {
    steps: Vec<Step>,
    facts: Vec<Fact>,
}

impl Writer {
    /// The step that a part begins with, given where its outcomes lead. `None` if there are more
    /// steps than places.
    fn write(&mut self, part: &Part, if_so: Next, if_not: Next) -> Option<Next> {
        match part {
            // All that are needed lead from one to the next, and so do several that are enough
            // where each fails: the last one first.
            Part::Names { every: true, groups } => {
                groups.iter().rev().try_fold(if_so, |next, it| {
                    self.push(Group { flipped: it.flipped ^ it.mask, ..*it }, if_not, next)
                })
            }
            Part::Names { every: false, groups } => {
                groups.iter().rev().try_fold(if_not, |next, it| self.push(*it, if_so, next))
            }
            Part::List { every: true, parts } => {
                parts.iter().rev().try_fold(if_so, |next, part| self.write(part, next, if_not))
            }
            Part::List { every: false, parts } => {
                parts.iter().rev().try_fold(if_not, |next, part| self.write(part, if_so, next))
            }
            Part::Fact(fact) => {
                let word = FACTS.checked_add(u32::try_from(self.facts.len()).ok()?)?;
                self.facts.push(*fact);
                self.push(Group { mask: 0, flipped: 0, word }, if_so, if_not)
            }
        }
    }

    fn push(&mut self, names: Group, if_so: Next, if_not: Next) -> Option<Next> {
        let place = Next::try_from(self.steps.len()).ok().filter(|place| *place < UNMET)?;
        self.steps.push(Step { names, if_so, if_not });
        Some(place)
    }
}
