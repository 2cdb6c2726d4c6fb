//! A requirement made ready for the bits of one vocabulary.

use std::sync::OnceLock;

use super::evaluate::read_fact;
use super::{CheckAnswers, Facts, Requirement, Verdict, evaluate};
use crate::vocabulary::{Bit, VocabularyTables};

/// A requirement with its names as masks over the bits of one vocabulary: what is decided thousands
/// of times is looked up once.
///
/// It says what [`evaluate()`] says of the same requirement and the same facts, and allocates
/// nothing in doing so. [`evaluate()`] is the definition, this is the fast way; the guard of a
/// handler goes it.
///
/// ```
/// use auth_core::policy::{CheckAnswers, Facts, Plan, Verdict};
/// use auth_core::vocabulary::NameKind;
/// use auth_core::{Scopes, Vocabulary, requirement};
///
/// #[derive(Clone, Copy, Scopes)]
/// enum Scope {
///     Read,
///     Write,
/// }
///
/// let tables = <(Scope,)>::TABLES;
/// let plan = Plan::new(requirement!(scope = Read | Write), &tables);
/// let grants = tables.intern([(NameKind::Scope, "write")]);
/// let checks = CheckAnswers::default();
/// let facts = Facts { grants: &grants, acr: None, auth_time: None, now: 0, checks };
/// assert_eq!(plan.evaluate(&facts), Verdict::Met);
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    requirement: Requirement,
    tables: VocabularyTables,
    steps: Box<[Step]>,
    entry: Next,
    has_checks: bool,
}

/// One question, and where its answer leads: always to a step that was written before, so that
/// every way through a plan ends.
#[derive(Clone, Copy, Debug)]
struct Step {
    ask: Ask,
    if_so: Next,
    if_not: Next,
}

#[derive(Clone, Copy, Debug)]
enum Ask {
    /// Whether one of these names is as it must be: held, or not held if it is in `flipped`.
    ///
    /// That all of them are is the same question with the opposite names and the opposite answer.
    Names { word: u32, mask: u64, flipped: u64 },
    /// Whether this is so, or the opposite of it.
    Fact { leaf: Requirement, wanted: bool },
}

/// The place of a step, or the end.
type Next = u32;

/// The ends, which are no places: a plan has fewer steps.
const MET: Next = Next::MAX;
const UNMET: Next = Next::MAX - 1;

impl Plan {
    /// Makes a requirement ready for grants over these tables.
    ///
    /// A name of an enum that is not among them makes a plan that nobody meets, as
    /// [`evaluate()`] says of such grants.
    #[must_use]
    pub fn new(requirement: Requirement, tables: &VocabularyTables) -> Self {
        let mut writer = Writer { steps: Vec::new() };
        let entry = Part::of(&requirement, tables, true, 0)
            .and_then(|part| writer.write(&part, MET, UNMET))
            .unwrap_or(UNMET);
        let has_checks = requirement.checks().next().is_some();
        Self { requirement, tables: *tables, steps: writer.steps.into(), entry, has_checks }
    }

    /// Whether the facts meet the requirement.
    ///
    /// Grants over other tables than those it was made for go the long way of [`evaluate()`].
    #[must_use]
    pub fn evaluate(&self, facts: &Facts<'_>) -> Verdict {
        if !facts.grants.tables().are(&self.tables) {
            return evaluate(&self.requirement, facts);
        }
        // An open check counts as no, and then as yes, wherever it stands: no answers of checks
        // lead to less than the one or to more than the other.
        if self.leads_in(facts, false) {
            Verdict::Met
        } else if self.has_checks && self.leads_in(facts, true) {
            Verdict::Undecided
        } else {
            Verdict::Unmet
        }
    }

    fn leads_in(&self, facts: &Facts<'_>, open: bool) -> bool {
        let words = facts.grants.words();
        let mut next = self.entry;
        while let Some(step) = self.steps.get(next as usize) {
            let answer = match &step.ask {
                Ask::Names { word, mask, flipped } => match words.get(*word as usize) {
                    Some(held) => (held ^ flipped) & mask != 0,
                    None => return false,
                },
                Ask::Fact { leaf, wanted } => match read_fact(leaf, facts, *wanted) {
                    Verdict::Met => true,
                    Verdict::Unmet => false,
                    Verdict::Undecided => open,
                },
            };
            next = if answer { step.if_so } else { step.if_not };
        }
        next == MET
    }
}

/// A part of a requirement without `not`, in which names of one word stand together.
enum Part {
    /// All of these names, or one of them.
    Names { every: bool, groups: Vec<Group> },
    /// Something else, or the opposite of it.
    Fact { leaf: Requirement, wanted: bool },
    /// All of these parts, or one of them.
    List { every: bool, parts: Vec<Part> },
}

/// Names of one word. Those in `flipped` must not be held, the others must.
#[derive(Clone, Copy)]
struct Group {
    word: u32,
    mask: u64,
    flipped: u64,
}

impl Part {
    /// A part, or what is opposite to it where it stands under `not` (`wanted` is false). `None` if
    /// it cannot be read in full.
    fn of(
        requirement: &Requirement,
        tables: &VocabularyTables,
        wanted: bool,
        depth: usize,
    ) -> Option<Self> {
        if depth > Requirement::MAX_DEPTH {
            return None;
        }
        match requirement {
            Requirement::Name(name) => {
                let Bit { word, mask } = tables.bit(*name)?;
                let flipped = if wanted { 0 } else { mask };
                let group = Group { word: u32::try_from(word).ok()?, mask, flipped };
                Some(Self::Names { every: true, groups: vec![group] })
            }
            Requirement::Check { slot, .. } if *slot >= CheckAnswers::SLOTS => None,
            Requirement::All(parts) => Self::list(parts, wanted, tables, wanted, depth),
            Requirement::Any(parts) => Self::list(parts, !wanted, tables, wanted, depth),
            Requirement::Not(part) => Self::of(part, tables, !wanted, depth + 1),
            leaf => Some(Self::Fact { leaf: *leaf, wanted }),
        }
    }

    fn list(
        parts: &[Requirement],
        every: bool,
        tables: &VocabularyTables,
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
                groups.into_iter().for_each(|group| self.add_group(group));
            }
            Part::List { every: own, parts } if own == every => {
                parts.into_iter().for_each(|part| self.add(every, part));
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

    /// The list, unless it is empty: that is met by nobody, whatever stands around it.
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

/// Writes the steps of a plan, the last one first.
struct Writer {
    steps: Vec<Step>,
}

impl Writer {
    /// The step that a part begins with, given where its outcomes lead. `None` if there are more
    /// steps than places.
    fn write(&mut self, part: &Part, if_so: Next, if_not: Next) -> Option<Next> {
        match part {
            Part::Names { every, groups } => self.chain(*every, groups, if_so, if_not, Self::names),
            Part::List { every, parts } => {
                self.chain(*every, parts, if_so, if_not, |writer, part, _, if_so, if_not| {
                    writer.write(part, if_so, if_not)
                })
            }
            Part::Fact { leaf, wanted } => {
                self.push(Ask::Fact { leaf: *leaf, wanted: *wanted }, if_so, if_not)
            }
        }
    }

    /// Links in a row: of all that are needed each leads to the next, of several that are enough
    /// each that fails does.
    fn chain<T>(
        &mut self,
        every: bool,
        links: &[T],
        if_so: Next,
        if_not: Next,
        link: impl Fn(&mut Self, &T, bool, Next, Next) -> Option<Next>,
    ) -> Option<Next> {
        links.iter().rev().try_fold(if every { if_so } else { if_not }, |next, part| {
            if every {
                link(self, part, every, next, if_not)
            } else {
                link(self, part, every, if_so, next)
            }
        })
    }

    fn names(&mut self, group: &Group, every: bool, if_so: Next, if_not: Next) -> Option<Next> {
        let Group { word, mask, flipped } = *group;
        if every {
            self.push(Ask::Names { word, mask, flipped: flipped ^ mask }, if_not, if_so)
        } else {
            self.push(Ask::Names { word, mask, flipped }, if_so, if_not)
        }
    }

    fn push(&mut self, ask: Ask, if_so: Next, if_not: Next) -> Option<Next> {
        let place = Next::try_from(self.steps.len()).ok().filter(|place| *place < UNMET)?;
        self.steps.push(Step { ask, if_so, if_not });
        Some(place)
    }
}

/// A place for the plan of one requirement, which is made for the first caller.
#[derive(Debug, Default)]
pub struct PlanCell(OnceLock<Plan>);

impl PlanCell {
    /// An empty place.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Whether the facts meet the requirement, which has to be the same with every call.
    pub(crate) fn evaluate(&self, requirement: Requirement, facts: &Facts<'_>) -> Verdict {
        self.0.get_or_init(|| Plan::new(requirement, facts.grants.tables())).evaluate(facts)
    }
}
