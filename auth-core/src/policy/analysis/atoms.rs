//! The single facts of a requirement, and what one of them says of another.

use crate::policy::{FactorCategory, Method, Requirement};
use crate::vocabulary::{AuthorityRef, AuthorityTable, lookup};

/// How many different facts are distinguished.
pub(super) const MAX_ATOMS: usize = 64;

/// The different facts of a requirement: names, classes and ages of a login, checks.
pub(super) struct Atoms {
    list: [Requirement; MAX_ATOMS],
    len: usize,
    /// For each fact, those that every caller with it has, too.
    implies: [u64; MAX_ATOMS],
    /// For each fact, those that no caller has beside it: a login has one class, a credential one
    /// method.
    excludes: [u64; MAX_ATOMS],
    /// The classes of a login, and those of them that are levels of an enum.
    pub(super) classes: u64,
    pub(super) levels: u64,
    /// The ages of a login.
    pub(super) ages: u64,
    /// The methods of a credential, one each, and those of them that are no login.
    pub(super) methods: u64,
    pub(super) keys: u64,
    /// `mfa`, and the proofs of what a caller knows and of what a caller has.
    pub(super) mfa: u64,
    pub(super) known: u64,
    pub(super) had: u64,
    /// For each name, the place of the first name of its enum: enums are compared once.
    enums: [usize; MAX_ATOMS],
    /// The first name of each kind, as a rule of the only enum of that kind.
    first_of_kind: [Option<(AuthorityRef, usize)>; 5],
}

impl Atoms {
    pub(super) const NONE: Self = Self {
        list: [Requirement::Authenticated; MAX_ATOMS],
        len: 0,
        implies: [0; MAX_ATOMS],
        excludes: [0; MAX_ATOMS],
        classes: 0,
        levels: 0,
        ages: 0,
        methods: 0,
        keys: 0,
        mfa: 0,
        known: 0,
        had: 0,
        enums: [0; MAX_ATOMS],
        first_of_kind: [None; 5],
    };

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// A fact that was added.
    #[expect(clippy::indexing_slicing, reason = "places come from `add` alone")]
    pub(super) const fn get(&self, place: usize) -> Requirement {
        self.list[place]
    }

    /// The facts that every caller with this one has, too.
    #[expect(clippy::indexing_slicing, reason = "places come from `add` alone")]
    pub(super) const fn implies(&self, place: usize) -> u64 {
        self.implies[place]
    }

    /// The facts that no caller has beside this one.
    #[expect(clippy::indexing_slicing, reason = "places come from `add` alone")]
    pub(super) const fn excludes(&self, place: usize) -> u64 {
        self.excludes[place]
    }

    /// The place of a fact, which is a new one if it was not there yet; `None` if there is no room.
    #[expect(clippy::indexing_slicing, reason = "each place was held against the size or `len`")]
    pub(super) const fn add(&mut self, fact: &Requirement) -> Option<usize> {
        let own_enum = match fact {
            Requirement::Authority(name) => self.enum_of(*name),
            _ => 0,
        };
        let mut place = 0;
        while place < self.len {
            if same(&self.list[place], fact) && self.enums[place] == own_enum {
                return Some(place);
            }
            place += 1;
        }
        if place == MAX_ATOMS {
            return None;
        }
        if let Requirement::Authority(name) = fact
            && self.first_of_kind[name.kind() as usize].is_none()
        {
            self.first_of_kind[name.kind() as usize] = Some((*name, place));
        }
        self.enums[place] = own_enum;
        self.list[place] = *fact;
        self.len += 1;
        match fact {
            Requirement::Acr(_) => self.classes |= 1 << place,
            Requirement::Level(_) => {
                self.classes |= 1 << place;
                self.levels |= 1 << place;
            }
            Requirement::MaxAge(_) => self.ages |= 1 << place,
            Requirement::Method(methods) => {
                self.methods |= 1 << place;
                if !are_logins(methods) {
                    self.keys |= 1 << place;
                }
            }
            Requirement::Mfa => self.mfa |= 1 << place,
            // One factor each: see `Outline`.
            Requirement::Factor(factor) => match factor.category() {
                Some(FactorCategory::Know) => self.known |= 1 << place,
                Some(FactorCategory::Have) => self.had |= 1 << place,
                _ => {}
            },
            _ => {}
        }
        Some(place)
    }

    /// The enum of the level at a place, if it is the first one of that enum.
    #[expect(clippy::indexing_slicing, reason = "both are places below `len`")]
    pub(super) const fn levels_from(&self, fact: usize) -> Option<&'static AuthorityTable> {
        let Requirement::Level(level) = &self.list[fact] else { return None };
        let mut before = 0;
        while before < fact {
            if let Requirement::Level(other) = &self.list[before]
                && same_enum(other.table(), level.table())
            {
                return None;
            }
            before += 1;
        }
        Some(level.table())
    }

    /// The place of the first name of the same enum, which is the next one if there is none yet.
    #[expect(clippy::indexing_slicing, reason = "kinds are five, places are below `len`")]
    const fn enum_of(&self, name: AuthorityRef) -> usize {
        let Some((first, place)) = self.first_of_kind[name.kind() as usize] else {
            return self.len;
        };
        if same_enum(first.table(), name.table()) {
            return place;
        }
        let mut place = 0;
        while place < self.len {
            if let Requirement::Authority(other) = &self.list[place]
                && self.enums[place] == place
                && same_enum(other.table(), name.table())
            {
                return place;
            }
            place += 1;
        }
        self.len
    }

    /// Compares each fact with each other one, once all are there.
    #[expect(clippy::indexing_slicing, reason = "both count up to `len`")]
    pub(super) const fn relate(&mut self) {
        let mut one = 0;
        while one < self.len {
            let mut other = 0;
            while other < one {
                // Checks say nothing of anything, and most pairs are of different kinds.
                if are_exclusive(&self.list[one], &self.list[other]) {
                    self.excludes[one] |= 1 << other;
                    self.excludes[other] |= 1 << one;
                }
                // The text of a level, written where its enum is not in scope.
                if pair(&self.list[one], &self.list[other]).is_some() {
                    self.levels |= 1 << one | 1 << other;
                }
                let (forth, back) = match (&self.list[one], &self.list[other]) {
                    // Enums of one kind say nothing of each other.
                    (Requirement::Authority(a), Requirement::Authority(b)) => {
                        let unrelated =
                            a.kind().same(b.kind()) && self.enums[one] != self.enums[other];
                        (!unrelated && brings(*a, *b), !unrelated && brings(*b, *a))
                    }
                    (one, other) if one.class().is_some() && other.class().is_some() => {
                        (reaches(one, other), reaches(other, one))
                    }
                    (Requirement::MaxAge(a), Requirement::MaxAge(b)) => (*a < *b, *b < *a),
                    (Requirement::Factor(a), Requirement::Factor(b)) => {
                        (a.is_within(*b), b.is_within(*a))
                    }
                    _ => (false, false),
                };
                self.implies[one] |= (forth as u64) << other;
                self.implies[other] |= (back as u64) << one;
                other += 1;
            }
            one += 1;
        }
    }
}

/// Whether no caller has both of two different facts.
const fn are_exclusive(one: &Requirement, other: &Requirement) -> bool {
    match (one, other) {
        // One method each: see `Outline`.
        (Requirement::Method(_), Requirement::Method(_)) => true,
        (Requirement::Method(methods), fact) | (fact, Requirement::Method(methods)) => {
            fact.is_about_login() && !are_logins(methods)
        }
        // A login has one class, which may include both.
        (one, other) if one.class().is_some() && other.class().is_some() => {
            match pair(one, other) {
                Some((table, a, b)) => !table.has_both(a, b),
                None => true,
            }
        }
        _ => false,
    }
}

/// Whether a login of the one class is enough for the other one.
const fn reaches(one: &Requirement, other: &Requirement) -> bool {
    match pair(one, other) {
        Some((table, a, b)) => table.includes(a, b),
        None => false,
    }
}

/// The places of two classes in the enum of levels that has both.
const fn pair(
    one: &Requirement,
    other: &Requirement,
) -> Option<(&'static AuthorityTable, u16, u16)> {
    let table = match (one, other) {
        (Requirement::Level(level), _) | (_, Requirement::Level(level)) => level.table(),
        _ => return None,
    };
    match (place_in(table, one), place_in(table, other)) {
        (Some(a), Some(b)) => Some((table, a, b)),
        _ => None,
    }
}

pub(super) const fn place_in(table: &'static AuthorityTable, fact: &Requirement) -> Option<u16> {
    match fact {
        Requirement::Level(level) if same_enum(level.table(), table) => Some(level.index()),
        Requirement::Acr(class) => table.find(class),
        _ => None,
    }
}

/// Whether a caller by each of these methods logged in.
const fn are_logins(methods: &[Method]) -> bool {
    let mut rest = methods;
    while let [method, more @ ..] = rest {
        if !method.is_login() {
            return false;
        }
        rest = more;
    }
    true
}

/// Whether one of two facts says anything of the other, or they exclude each other.
pub(super) const fn are_related(one: &Requirement, other: &Requirement) -> bool {
    match (one, other) {
        (Requirement::Authority(a), Requirement::Authority(b)) => are_related_names(*a, *b),
        (Requirement::Check { slot: a, .. }, Requirement::Check { slot: b, .. }) => *a == *b,
        // A login has one class, and of two ages one is the shorter.
        (
            Requirement::Acr(_) | Requirement::Level(_),
            Requirement::Acr(_) | Requirement::Level(_),
        )
        | (Requirement::Method(_), Requirement::Method(_))
        | (Requirement::MaxAge(_), Requirement::MaxAge(_))
        | (Requirement::Mfa | Requirement::Factor(_), Requirement::Mfa | Requirement::Factor(_)) => {
            true
        }
        (Requirement::Method(methods), fact) | (fact, Requirement::Method(methods)) => {
            fact.is_about_login() && !are_logins(methods)
        }
        _ => false,
    }
}

// Few calls, here and in `plain`: each takes const evaluation as long as ten other steps.
const fn are_related_names(one: AuthorityRef, other: AuthorityRef) -> bool {
    let (table, target) = (one.table(), other.table());
    if table.kind as u8 == target.kind as u8 {
        return (brings(one, other) || brings(other, one)) && same_enum(table, target);
    }
    table.implied.is_some() && brings(one, other) || target.implied.is_some() && brings(other, one)
}

/// Whether both are the same single fact; of two names, provided that they are of one enum.
const fn same(one: &Requirement, other: &Requirement) -> bool {
    match (one, other) {
        (Requirement::Authority(a), Requirement::Authority(b)) => {
            a.index() == b.index() && a.kind().same(b.kind())
        }
        (Requirement::Acr(a), Requirement::Acr(b)) => lookup::same(a, b),
        // Whether written in one way or the other.
        (Requirement::Level(a), Requirement::Level(b)) => {
            a.index() == b.index() && same_enum(a.table(), b.table())
        }
        (Requirement::MaxAge(a), Requirement::MaxAge(b)) => *a == *b,
        (Requirement::Method([a]), Requirement::Method([b])) => a.same(*b),
        (Requirement::Mfa, Requirement::Mfa) => true,
        (Requirement::Factor(a), Requirement::Factor(b)) => a.same(*b),
        (Requirement::Check { slot: a, .. }, Requirement::Check { slot: b, .. }) => *a == *b,
        _ => false,
    }
}

/// Whether two tables are of one enum, as far as const evaluation can tell: types cannot be
/// compared there, so the tables are, by kind, name of the enum, and number and hashes of names.
///
/// Two enums that pass for one here have the same name, size and first and last hash, hence names
/// in common, so that no vocabulary has both. A mistake costs a message of the build and never a
/// decision: at run time types are compared.
const fn same_enum(one: &AuthorityTable, other: &AuthorityTable) -> bool {
    let ends = match (one.by_hash, other.by_hash) {
        ([(a, _), .., (b, _)], [(c, _), .., (d, _)]) => *a == *c && *b == *d,
        ([(a, _)], [(b, _)]) => *a == *b,
        _ => false,
    };
    ends && one.kind.same(other.kind)
        && one.len() == other.len()
        && lookup::same(one.enum_name, other.enum_name)
}

/// Whether every caller who holds `one` holds `other`: a role includes roles and brings permissions, a
/// group brings roles and what those bring. Two names of one kind must be of one enum.
const fn brings(one: AuthorityRef, other: AuthorityRef) -> bool {
    let (table, target) = (one.table(), other.table());
    if table.kind.same(target.kind) {
        return table.includes(one.index(), other.index());
    }
    let Some(first) = &table.implied else { return false };
    if first.table.kind.same(target.kind) {
        return first.brings(one.index(), other.index()) && same_enum(first.table, target);
    }
    let Some(second) = &first.table.implied else { return false };
    if !second.table.kind.same(target.kind) || !same_enum(second.table, target) {
        return false;
    }
    let mut between = 0;
    while (between as usize) < first.table.len() {
        if first.brings(one.index(), between) && second.brings(between, other.index()) {
            return true;
        }
        between += 1;
    }
    false
}
