//! All ways in which a caller can have or lack the facts of a requirement, 64 of them in a word.

use super::atoms::{Atoms, Relation};
use crate::policy::Requirement;

/// How many facts are looked at in every combination.
pub(super) const MAX_FACTS: usize = 10;
const WORDS: usize = 1 << (MAX_FACTS - 6);

/// Where the fact at each of the first six places is there, among 64 ways.
const COLUMNS: [u64; 6] = [
    0xaaaa_aaaa_aaaa_aaaa,
    0xcccc_cccc_cccc_cccc,
    0xf0f0_f0f0_f0f0_f0f0,
    0xff00_ff00_ff00_ff00,
    0xffff_0000_ffff_0000,
    0xffff_ffff_0000_0000,
];

/// Which rules between facts are heeded.
#[derive(Clone, Copy)]
pub(super) enum Rules {
    All,
    /// None but the one between these two facts; to find out which rule makes a requirement idle.
    Only(usize, usize),
    None,
}

/// The ways in which a caller can have or lack each fact.
///
/// A login that does not tell its class or its time is a way of its own, as long as there is a
/// `not`: then neither `acr = ".."` nor `not(acr = "..")` is met.
pub(super) struct Space<'a> {
    atoms: &'a Atoms,
    no_acr: usize,
    no_auth_time: usize,
    words: usize,
    /// The ways that no rule between facts forbids.
    possible: [u64; WORDS],
}

impl<'a> Space<'a> {
    /// `None` if there are too many facts.
    pub(super) const fn of(atoms: &'a Atoms, rules: Rules) -> Option<Self> {
        let (mut no_acr, mut no_auth_time) = (false, false);
        let mut place = 0;
        while place < atoms.len() {
            let unwanted = atoms.unwanted >> place & 1 == 1;
            match atoms.get(place) {
                Requirement::Acr(_) => no_acr |= unwanted,
                Requirement::MaxAge(_) => no_auth_time |= unwanted,
                _ => {}
            }
            place += 1;
        }
        // A place that does not exist stands for what is never so.
        let mut facts = atoms.len();
        let no_acr = if no_acr { facts } else { usize::MAX };
        facts += (no_acr != usize::MAX) as usize;
        let no_auth_time = if no_auth_time { facts } else { usize::MAX };
        facts += (no_auth_time != usize::MAX) as usize;
        if atoms.too_many || facts > MAX_FACTS {
            return None;
        }
        let words = if facts > 6 { 1 << (facts - 6) } else { 1 };
        let mut space = Self { atoms, no_acr, no_auth_time, words, possible: [0; WORDS] };
        space.heed(rules);
        Some(space)
    }

    #[expect(clippy::indexing_slicing, reason = "counts up to the number of words")]
    const fn heed(&mut self, rules: Rules) {
        let mut word = 0;
        while word < self.words {
            let mut possible = u64::MAX;
            let mut one = 0;
            while one < self.atoms.len() {
                let has_one = column(one, word);
                // What is not told is not one of the classes, nor one of the ages.
                possible &= !match self.atoms.get(one) {
                    Requirement::Acr(_) => has_one & column(self.no_acr, word),
                    Requirement::MaxAge(_) => has_one & column(self.no_auth_time, word),
                    _ => 0,
                };
                let mut other = 0;
                while other < self.atoms.len() {
                    if rules.heed(one, other) {
                        let has_other = column(other, word);
                        possible &= !match self.atoms.relation(one, other) {
                            Relation::Implies => has_one & !has_other,
                            Relation::Excludes => has_one & has_other,
                            Relation::Nothing => 0,
                        };
                    }
                    other += 1;
                }
                one += 1;
            }
            self.possible[word] = possible;
            word += 1;
        }
    }

    /// Whether in no possible way the requirement is met, or its opposite if it is not `wanted`.
    #[expect(clippy::indexing_slicing, reason = "counts up to the number of words")]
    pub(super) const fn never(&self, requirement: &Requirement, wanted: bool) -> bool {
        let mut word = 0;
        while word < self.words {
            if self.possible[word] & self.met(requirement, wanted, word) != 0 {
                return false;
            }
            word += 1;
        }
        true
    }

    /// Whether it is met in every possible way.
    #[expect(clippy::indexing_slicing, reason = "counts up to the number of words")]
    pub(super) const fn always(&self, requirement: &Requirement, wanted: bool) -> bool {
        let mut word = 0;
        while word < self.words {
            if self.possible[word] & !self.met(requirement, wanted, word) != 0 {
                return false;
            }
            word += 1;
        }
        true
    }

    /// Whether the other is met in every possible way in which the one is.
    #[expect(clippy::indexing_slicing, reason = "counts up to the number of words")]
    pub(super) const fn implied(
        &self,
        one: &Requirement,
        other: &Requirement,
        wanted: bool,
    ) -> bool {
        let mut word = 0;
        while word < self.words {
            let met = self.possible[word] & self.met(one, wanted, word);
            if met != 0 && met & !self.met(other, wanted, word) != 0 {
                return false;
            }
            word += 1;
        }
        true
    }

    /// The ways of one word in which the requirement is met, or its opposite if not `wanted`.
    /// The same rules as [`evaluate`](crate::policy::evaluate): `not` is carried down to the facts.
    const fn met(&self, requirement: &Requirement, wanted: bool, word: usize) -> u64 {
        let (parts, every) = match requirement {
            Requirement::Authenticated => return if wanted { u64::MAX } else { 0 },
            Requirement::Not(part) => return self.met(part, !wanted, word),
            Requirement::All(parts) => (*parts, wanted),
            Requirement::Any(parts) => (*parts, !wanted),
            fact => {
                let has = column(self.atoms.place(fact), word);
                return match fact {
                    _ if wanted => has,
                    Requirement::Acr(_) => !has & !column(self.no_acr, word),
                    Requirement::MaxAge(_) => !has & !column(self.no_auth_time, word),
                    _ => !has,
                };
            }
        };
        let mut met = if every { u64::MAX } else { 0 };
        let mut parts: &[Requirement] = parts;
        while let [part, rest @ ..] = parts {
            let part = self.met(part, wanted, word);
            met = if every { met & part } else { met | part };
            parts = rest;
        }
        met
    }
}

impl Rules {
    const fn heed(self, one: usize, other: usize) -> bool {
        match self {
            Self::All => one != other,
            Self::Only(first, second) => one == first && other == second,
            Self::None => false,
        }
    }
}

/// In which of the 64 ways of a word the fact at a place is there. Beyond the first six places it
/// is there in all of them or in none: the number of the word has a bit for each of those.
#[expect(clippy::indexing_slicing, reason = "the first six are told apart just before")]
const fn column(place: usize, word: usize) -> u64 {
    if place < 6 {
        COLUMNS[place]
    } else if place < MAX_FACTS && word >> (place - 6) & 1 == 1 {
        u64::MAX
    } else {
        0
    }
}
