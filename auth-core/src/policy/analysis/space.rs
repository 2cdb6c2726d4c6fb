//! All ways in which a caller can have or lack the facts of a requirement, 64 of them in a word.

use super::atoms::{Atoms, place_in};
use super::outline::{MAX_PARTS, Outline, Shape};
use crate::vocabulary::AuthorityTable;

/// How many facts are looked at in every combination.
pub(super) const MAX_FACTS: usize = 10;

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
    /// The one between these two facts alone: to find out which rule it is that makes a flaw.
    Only(usize, usize),
    /// That a credential has one method.
    OneMethod,
    /// That a key is no login.
    NoLogin,
    None,
}

/// What was seen of each part of a requirement in all possible ways.
///
/// Each part is taken as what is meant where it is: under `not`, its opposite.
pub(super) struct Seen {
    /// The parts that are met in some way, and those that are not met in some way.
    met: u128,
    unmet: u128,
    /// For each part, those that are not met in some way in which it is.
    met_without: [u128; MAX_PARTS],
}

impl Seen {
    pub(super) const fn never(&self, part: usize) -> bool {
        self.met >> part & 1 == 0
    }

    pub(super) const fn always(&self, part: usize) -> bool {
        self.unmet >> part & 1 == 0
    }

    /// Whether the other part of the same list is met wherever the one is.
    #[expect(clippy::indexing_slicing, reason = "parts are counted up to `MAX_PARTS`")]
    pub(super) const fn implies(&self, one: usize, other: usize) -> bool {
        self.met_without[one] >> other & 1 == 0
    }

    /// `None` if there are too many facts.
    #[expect(clippy::indexing_slicing, reason = "parts are counted up to `MAX_PARTS`")]
    pub(super) const fn of(outline: &Outline, rules: Rules) -> Option<Self> {
        let Some(space) = Space::of(outline, rules) else { return None };
        let mut seen = Self { met: 0, unmet: 0, met_without: [0; MAX_PARTS] };
        let mut values = [0_u64; MAX_PARTS];
        let mut word = 0;
        while word < 1 << space.facts.saturating_sub(6) {
            let possible = space.possible(word);
            // From the last part to the first: the parts of a part are behind it.
            let mut part = outline.len();
            while part > 0 {
                part -= 1;
                let value = space.value(part, word, &values);
                values[part] = value;
                seen.met |= ((possible & value != 0) as u128) << part;
                seen.unmet |= ((possible & !value != 0) as u128) << part;
                seen.compare(outline, part, possible, &values);
            }
            word += 1;
        }
        Some(seen)
    }

    /// Holds the direct parts of one part against each other.
    #[expect(clippy::indexing_slicing, reason = "parts are counted up to `MAX_PARTS`")]
    const fn compare(
        &mut self,
        outline: &Outline,
        part: usize,
        possible: u64,
        values: &[u64; MAX_PARTS],
    ) {
        let end = outline.get(part).end;
        let mut one = part + 1;
        while one < end {
            let met = possible & values[one];
            let unmet = possible & !values[one];
            let mut other = outline.get(one).end;
            while other < end {
                self.met_without[one] |= ((met & !values[other] != 0) as u128) << other;
                self.met_without[other] |= ((unmet & values[other] != 0) as u128) << one;
                other = outline.get(other).end;
            }
            one = outline.get(one).end;
        }
    }
}

/// The ways in which a caller can have or lack each fact.
///
/// A login that does not tell its class or its time is a way of its own, as long as there is a
/// `not`: then neither `acr = ".."` nor `not(acr = "..")` is met. So is a login of a class that is none
/// of the levels that are ruled out.
struct Space<'a> {
    outline: &'a Outline,
    rules: Rules,
    /// The number of facts, these three among them.
    facts: usize,
    /// The places of "the login does not tell its class", "... no level" and "... not its time". A place
    /// beyond the number of facts means what is never so.
    no_acr: usize,
    no_level: usize,
    no_auth_time: usize,
}

impl<'a> Space<'a> {
    const fn of(outline: &'a Outline, rules: Rules) -> Option<Self> {
        let mut facts = outline.atoms.len();
        let (mut no_acr, mut no_level, mut no_auth_time) = (usize::MAX, usize::MAX, usize::MAX);
        if outline.unwanted & outline.atoms.classes & !outline.atoms.levels != 0 {
            no_acr = facts;
            facts += 1;
        }
        if outline.unwanted & outline.atoms.levels != 0 {
            no_level = facts;
            facts += 1;
        }
        if outline.unwanted & outline.atoms.ages != 0 {
            no_auth_time = facts;
            facts += 1;
        }
        if outline.too_large || facts > MAX_FACTS {
            return None;
        }
        Some(Self { outline, rules, facts, no_acr, no_level, no_auth_time })
    }

    /// The ways of one word that no rule between facts forbids.
    const fn possible(&self, word: usize) -> u64 {
        let atoms = &self.outline.atoms;
        let (no_acr, no_auth_time) = (column(self.no_acr, word), column(self.no_auth_time, word));
        let no_level = column(self.no_level, word);
        // What tells no class tells no level.
        let mut forbidden = no_acr & self.told(self.no_level, word);
        let mut one = 0;
        while one < atoms.len() {
            let has_one = column(one, word);
            if atoms.classes >> one & 1 == 1 {
                forbidden |= has_one & no_acr;
                forbidden |= has_one
                    & if atoms.levels >> one & 1 == 1 {
                        no_level
                    } else {
                        self.told(self.no_level, word)
                    };
            }
            forbidden |= has_one & any_of(self.rules.of(one, atoms.excludes(one), atoms), word);
            if atoms.keys >> one & 1 == 1 && self.rules.are_all() {
                forbidden |=
                    has_one & (self.told(self.no_acr, word) | self.told(self.no_auth_time, word));
                forbidden |= has_one & self.told(self.no_level, word);
            }
            if atoms.ages >> one & 1 == 1 {
                forbidden |= has_one & no_auth_time;
            }
            let implied = self.rules.of(one, atoms.implies(one), atoms);
            if implied != 0 {
                forbidden |= has_one & !every_of(implied, word);
            }
            one += 1;
        }
        if self.rules.are_all() && atoms.levels != 0 {
            forbidden |= !self.as_some_level(word);
        }
        if self.rules.are_all() {
            // Two factors of different categories, without being two factors.
            let (know, have) = (any_of(atoms.known, word), any_of(atoms.had, word));
            forbidden |= know & have & !every_of(atoms.mfa, word);
        }
        !forbidden
    }

    /// The ways of one word in which the login is of one of the levels, and so is enough for those that
    /// it includes and for no others; or in which it is of none of them.
    const fn as_some_level(&self, word: usize) -> u64 {
        let atoms = &self.outline.atoms;
        let of_none = !any_of(atoms.levels, word);
        // Without a `not`, being none of them comes to the same as being a level that is not named.
        let mut ways = of_none & (column(self.no_level, word) | self.not_there(self.no_level));
        let mut rest = atoms.levels;
        while rest != 0 {
            if let Some(table) = atoms.levels_from(rest.trailing_zeros() as usize) {
                let mut level = 0;
                while (level as usize) < table.len() {
                    ways |= self.as_level(table, level, word);
                    level += 1;
                }
            }
            rest &= rest - 1;
        }
        ways
    }

    /// The ways of one word in which a login of this level is enough for what it is enough for.
    const fn as_level(&self, table: &'static AuthorityTable, level: u16, word: usize) -> u64 {
        let atoms = &self.outline.atoms;
        let mut ways = !column(self.no_level, word);
        let mut rest = atoms.levels;
        while rest != 0 {
            let fact = rest.trailing_zeros() as usize;
            let is_enough = match place_in(table, &atoms.get(fact)) {
                Some(asked) => table.includes(level, asked),
                None => false,
            };
            ways &= if is_enough { column(fact, word) } else { !column(fact, word) };
            rest &= rest - 1;
        }
        ways
    }

    /// Every way, if this fact is none of those that are looked at.
    const fn not_there(&self, fact: usize) -> u64 {
        if fact < self.facts { 0 } else { u64::MAX }
    }

    /// The ways of one word in which the login tells what `not_told` is the opposite of, if it matters.
    const fn told(&self, not_told: usize, word: usize) -> u64 {
        if not_told < self.facts { !column(not_told, word) } else { 0 }
    }

    /// The ways of one word in which a part is met as it is meant, given those of its own parts.
    /// The same rules as [`evaluate()`](crate::policy::evaluate()).
    #[expect(clippy::indexing_slicing, reason = "parts are counted up to `MAX_PARTS`")]
    const fn value(&self, place: usize, word: usize, values: &[u64; MAX_PARTS]) -> u64 {
        let part = self.outline.get(place);
        let every = match part.shape {
            Shape::Always => return u64::MAX,
            Shape::Never => return 0,
            Shape::Fact(fact) if part.wanted => return column(fact, word),
            Shape::Fact(fact) => {
                let unknown = if self.outline.atoms.levels >> fact & 1 == 1 {
                    column(self.no_level, word)
                } else if self.outline.atoms.classes >> fact & 1 == 1 {
                    column(self.no_acr, word)
                } else if self.outline.atoms.ages >> fact & 1 == 1 {
                    column(self.no_auth_time, word)
                } else {
                    0
                };
                return !(column(fact, word) | unknown);
            }
            Shape::Every => true,
            Shape::One => false,
        };
        let mut value = if every { u64::MAX } else { 0 };
        let mut inner = place + 1;
        while inner < part.end {
            value = if every { value & values[inner] } else { value | values[inner] };
            inner = self.outline.get(inner).end;
        }
        value
    }
}

impl Rules {
    /// Those of the facts that are in a rule with `one` which is to be heeded.
    const fn of(self, one: usize, facts: u64, atoms: &Atoms) -> u64 {
        let is_method = atoms.methods >> one & 1 == 1;
        match self {
            Self::All => facts,
            Self::Only(first, second) if first == one => facts & 1 << second,
            Self::OneMethod if is_method => facts & atoms.methods,
            Self::NoLogin if is_method => facts & !atoms.methods,
            Self::NoLogin => facts & atoms.methods,
            _ => 0,
        }
    }

    const fn are_all(self) -> bool {
        matches!(self, Self::All)
    }
}

/// The ways of one word in which a caller has one of the facts.
const fn any_of(mut facts: u64, word: usize) -> u64 {
    let mut ways = 0;
    while facts != 0 {
        ways |= column(facts.trailing_zeros() as usize, word);
        facts &= facts - 1;
    }
    ways
}

/// The ways of one word in which a caller has each of the facts.
const fn every_of(mut facts: u64, word: usize) -> u64 {
    let mut ways = u64::MAX;
    while facts != 0 {
        ways &= column(facts.trailing_zeros() as usize, word);
        facts &= facts - 1;
    }
    ways
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
