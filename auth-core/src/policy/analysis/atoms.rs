//! The single facts of a requirement, and what one of them says of another.

use crate::policy::{CheckAnswers, Requirement};
use crate::vocabulary::{NameRef, NameTable, lookup};

/// How many different facts are told apart.
pub(super) const MAX_ATOMS: usize = 64;

/// The different facts of a requirement: names, classes and ages of a login, checks.
pub(super) struct Atoms {
    list: [Requirement; MAX_ATOMS],
    len: usize,
    /// For each fact, those that whoever has it has too.
    implies: [u64; MAX_ATOMS],
    /// For each fact, those that nobody has together with it.
    excludes: [u64; MAX_ATOMS],
    /// The facts that stand outside of `not`, and those that stand under it.
    pub(super) wanted: u64,
    pub(super) unwanted: u64,
    /// Whether there is a `not`.
    pub(super) negated: bool,
    /// Whether no fact stands in it twice.
    pub(super) read_once: bool,
    /// Whether `authenticated` stands in it.
    pub(super) authenticated: bool,
    /// Whether there are more facts than are told apart.
    pub(super) too_many: bool,
    /// What makes it unreadable, hence met by nobody.
    pub(super) fault: Option<Fault>,
}

/// Why a requirement cannot be read.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// `all()`, `any()`
    Empty(&'static str),
    TooDeep,
    /// A check beyond the last slot.
    Slot(&'static str),
    /// A name outside of its enum.
    NoName(&'static str),
    /// Names of one kind from two enums: a caller has those of one.
    TwoEnums(NameRef, NameRef),
}

/// What one fact says of another.
#[derive(Clone, Copy)]
pub(super) enum Relation {
    Nothing,
    /// Whoever has the one has the other.
    Implies,
    /// Nobody has both.
    Excludes,
}

impl Atoms {
    pub(super) const fn of(requirement: &Requirement) -> Self {
        let mut atoms = Self {
            list: [Requirement::Authenticated; MAX_ATOMS],
            len: 0,
            implies: [0; MAX_ATOMS],
            excludes: [0; MAX_ATOMS],
            wanted: 0,
            unwanted: 0,
            negated: false,
            read_once: true,
            authenticated: false,
            too_many: false,
            fault: None,
        };
        atoms.collect(requirement, true, 0);
        atoms.relate();
        atoms
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    #[expect(clippy::indexing_slicing, reason = "every caller counts up to `len`")]
    pub(super) const fn get(&self, place: usize) -> Requirement {
        self.list[place]
    }

    /// Where a single fact stands; `len` if nowhere.
    pub(super) const fn place(&self, fact: &Requirement) -> usize {
        let mut place = 0;
        while place < self.len && !same(&self.get(place), fact) {
            place += 1;
        }
        place
    }

    #[expect(clippy::indexing_slicing, reason = "every caller counts up to `len`")]
    pub(super) const fn relation(&self, one: usize, other: usize) -> Relation {
        if self.implies[one] >> other & 1 == 1 {
            Relation::Implies
        } else if self.excludes[one] >> other & 1 == 1 {
            Relation::Excludes
        } else {
            Relation::Nothing
        }
    }

    /// Whether no fact says anything of another.
    pub(super) const fn unrelated(&self) -> bool {
        let (mut implies, mut excludes) = (self.implies.as_slice(), self.excludes.as_slice());
        while let ([one, more @ ..], [two, rest @ ..]) = (implies, excludes) {
            if *one | *two != 0 {
                return false;
            }
            (implies, excludes) = (more, rest);
        }
        true
    }

    const fn collect(&mut self, requirement: &Requirement, wanted: bool, depth: usize) {
        if depth > Requirement::MAX_DEPTH {
            self.fault = Some(Fault::TooDeep);
        }
        if self.fault.is_some() {
            return;
        }
        match requirement {
            Requirement::Authenticated => self.authenticated = true,
            Requirement::All([]) => self.fault = Some(Fault::Empty("all()")),
            Requirement::Any([]) => self.fault = Some(Fault::Empty("any()")),
            Requirement::All(parts) | Requirement::Any(parts) => {
                let mut parts: &[Requirement] = parts;
                while let [part, rest @ ..] = parts {
                    self.collect(part, wanted, depth + 1);
                    parts = rest;
                }
            }
            Requirement::Not(part) => {
                self.negated = true;
                self.collect(part, !wanted, depth + 1);
            }
            Requirement::Check { slot, check } if *slot >= CheckAnswers::SLOTS => {
                self.fault = Some(Fault::Slot(check.name));
            }
            Requirement::Name(name) if name.info().is_none() => {
                self.fault = Some(Fault::NoName(name.table().enum_name));
            }
            fact => self.add(fact, wanted),
        }
    }

    #[expect(clippy::indexing_slicing, reason = "the place was just held against the size")]
    const fn add(&mut self, fact: &Requirement, wanted: bool) {
        let place = self.place(fact);
        if place == MAX_ATOMS {
            self.too_many = true;
            return;
        }
        if place == self.len {
            self.list[place] = *fact;
            self.len += 1;
        } else {
            self.read_once = false;
        }
        *(if wanted { &mut self.wanted } else { &mut self.unwanted }) |= 1 << place;
    }

    /// Compares each fact with each other one.
    #[expect(clippy::indexing_slicing, reason = "both count up to `len`")]
    const fn relate(&mut self) {
        let mut one = 0;
        while one < self.len {
            let mut other = 0;
            while other < self.len {
                if let (Requirement::Name(a), Requirement::Name(b)) =
                    (&self.list[one], &self.list[other])
                    && a.kind().same(b.kind())
                    && !same_enum(*a, *b)
                {
                    self.fault = Some(Fault::TwoEnums(*a, *b));
                    return;
                }
                if one != other {
                    match relation(&self.list[one], &self.list[other]) {
                        Relation::Implies => self.implies[one] |= 1 << other,
                        Relation::Excludes => self.excludes[one] |= 1 << other,
                        Relation::Nothing => {}
                    }
                }
                other += 1;
            }
            one += 1;
        }
    }
}

/// Whether both are the same single fact. Names of one kind are of one enum here, or
/// [`Fault::TwoEnums`] is reported in place of anything that depends on it.
pub(super) const fn same(one: &Requirement, other: &Requirement) -> bool {
    match (one, other) {
        (Requirement::Name(a), Requirement::Name(b)) => {
            a.index() == b.index() && a.kind().same(b.kind()) && same_enum(*a, *b)
        }
        (Requirement::Acr(a), Requirement::Acr(b)) => lookup::same(a, b),
        (Requirement::MaxAge(a), Requirement::MaxAge(b)) => *a == *b,
        (Requirement::Check { slot: a, .. }, Requirement::Check { slot: b, .. }) => *a == *b,
        _ => false,
    }
}

/// Whether both names are of one enum, as far as const evaluation can tell: types cannot be
/// compared there, so the tables are, by kind, name of the enum, and number and hashes of names.
///
/// Two enums that pass for one here have the same name, size and first and last hash. Even then a
/// mistake costs a message of the build and never a decision: at run time types are compared, and
/// a name of another enum than the caller's grants is met by nobody.
const fn same_enum(one: NameRef, other: NameRef) -> bool {
    same_table(one.table(), other.table())
}

const fn same_table(one: &NameTable, other: &NameTable) -> bool {
    let ends = match (one.by_hash, other.by_hash) {
        ([(a, _), .., (b, _)], [(c, _), .., (d, _)]) => *a == *c && *b == *d,
        ([(a, _)], [(b, _)]) => *a == *b,
        _ => one.by_hash.len() == other.by_hash.len(),
    };
    ends && one.kind.same(other.kind)
        && one.len() == other.len()
        && lookup::same(one.enum_name, other.enum_name)
}

const fn relation(one: &Requirement, other: &Requirement) -> Relation {
    let implies = match (one, other) {
        (Requirement::Name(a), Requirement::Name(b)) => brings(*a, *b),
        (Requirement::MaxAge(a), Requirement::MaxAge(b)) => *a < *b,
        // A login has one class.
        (Requirement::Acr(_), Requirement::Acr(_)) => return Relation::Excludes,
        _ => false,
    };
    if implies { Relation::Implies } else { Relation::Nothing }
}

/// Whether whoever holds `one` holds `other`: a role includes roles and brings permissions, a
/// group brings roles and what those bring.
const fn brings(one: NameRef, other: NameRef) -> bool {
    let (table, target) = (one.table(), other.table());
    if table.kind.same(target.kind) {
        return table.includes(one.index(), other.index());
    }
    let Some(first) = &table.implied else { return false };
    if same_table(first.table, target) {
        return first.brings(one.index(), other.index());
    }
    let Some(second) = &first.table.implied else { return false };
    if !same_table(second.table, target) {
        return false;
    }
    let mut between = 0;
    while between < first.table.len() {
        #[expect(clippy::cast_possible_truncation, reason = "a table has at most 65,536 names")]
        let name = between as u16;
        if first.brings(one.index(), name) && second.brings(name, other.index()) {
            return true;
        }
        between += 1;
    }
    false
}
