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
    root: Node,
}

/// A part of a plan. Nothing in it can be at fault: a requirement that cannot be read in full has
/// the plan [`Node::nobody`].
#[derive(Clone, Debug)]
enum Node {
    /// All of these names, or one of them.
    Names { every: bool, groups: Box<[Group]> },
    /// Something else, or the opposite of it.
    Fact { leaf: Requirement, wanted: bool },
    /// All of these parts, or one of them.
    Parts { every: bool, parts: Box<[Node]> },
}

/// Names of one word. Those in `flipped` must not be held, the others must.
#[derive(Clone, Copy, Debug)]
struct Group {
    word: usize,
    mask: u64,
    flipped: u64,
}

impl Plan {
    /// Makes a requirement ready for grants over these tables.
    ///
    /// A name of an enum that is not among them makes a plan that nobody meets, as
    /// [`evaluate()`] says of such grants.
    #[must_use]
    pub fn new(requirement: Requirement, tables: &VocabularyTables) -> Self {
        let root = Node::of(&requirement, tables, true, 0).unwrap_or_else(Node::nobody);
        Self { requirement, tables: *tables, root }
    }

    /// Whether the facts meet the requirement.
    ///
    /// Grants over other tables than those it was made for go the long way of [`evaluate()`].
    #[must_use]
    pub fn evaluate(&self, facts: &Facts<'_>) -> Verdict {
        if facts.grants.tables().are(&self.tables) {
            self.root.read(facts, facts.grants.words())
        } else {
            evaluate(&self.requirement, facts)
        }
    }
}

impl Node {
    /// The plan of a part, or of what is opposite to it where it stands under `not` (`wanted` is
    /// false). `None` if it cannot be read in full.
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
                Some(Self::Names { every: true, groups: [Group { word, mask, flipped }].into() })
            }
            Requirement::Check { slot, .. } if *slot >= CheckAnswers::SLOTS => None,
            Requirement::All(parts) => Self::list(parts, wanted, tables, wanted, depth),
            Requirement::Any(parts) => Self::list(parts, !wanted, tables, wanted, depth),
            Requirement::Not(part) => Self::of(part, tables, !wanted, depth + 1),
            leaf => Some(Self::Fact { leaf: *leaf, wanted }),
        }
    }

    /// Nobody meets this.
    fn nobody() -> Self {
        Self::Names { every: false, groups: Box::default() }
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

    fn read(&self, facts: &Facts<'_>, words: &[u64]) -> Verdict {
        match self {
            Self::Names { every: true, groups } => {
                Verdict::of(groups.iter().all(|group| group.found_in(words) == group.mask))
            }
            Self::Names { every: false, groups } => {
                Verdict::of(groups.iter().any(|group| group.found_in(words) != 0))
            }
            Self::Fact { leaf, wanted } => read_fact(leaf, facts, *wanted),
            Self::Parts { every, parts } => {
                let settling = Verdict::of(!every);
                let mut verdict = Verdict::of(*every);
                for part in parts {
                    match part.read(facts, words) {
                        settled if settled == settling => return settled,
                        Verdict::Undecided => verdict = Verdict::Undecided,
                        _ => {}
                    }
                }
                verdict
            }
        }
    }
}

impl Group {
    /// Those of the names that are as they must be.
    fn found_in(&self, words: &[u64]) -> u64 {
        words.get(self.word).map_or(0, |word| (word ^ self.flipped) & self.mask)
    }
}

/// A list while it is being made: its names, and what else there is.
#[derive(Default)]
struct List {
    groups: Vec<Group>,
    rest: Vec<Node>,
}

impl List {
    /// Adds a part. Lists of the same kind become one, and so do names.
    fn add(&mut self, every: bool, part: Node) {
        match part {
            Node::Names { every: own, groups } if own == every || is_one_name(&groups) => {
                groups.iter().for_each(|group| self.add_group(*group));
            }
            Node::Parts { every: own, parts } if own == every => {
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
    fn finish(self, every: bool) -> Option<Node> {
        let Self { groups, mut rest } = self;
        if !groups.is_empty() {
            // First, since they take the least time.
            rest.insert(0, Node::Names { every, groups: groups.into() });
        }
        match rest.len() {
            0 => None,
            1 => rest.pop(),
            _ => Some(Node::Parts { every, parts: rest.into() }),
        }
    }
}

fn is_one_name(groups: &[Group]) -> bool {
    matches!(groups, [only] if only.mask.is_power_of_two())
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
