//! What a requirement says of a factor: which ones will do, and how long ago.

use std::fmt;

use serde_json::{Map, Value};

use super::factor::FactorSet;
use super::{Factor, FactorCategory, MaxAge};

/// One of some factors, proved at most so long ago: `factor(Passkey | Totp, within = "5m")`.
///
/// ```
/// use auth_core::Factor;
/// use auth_core::policy::RequiredFactor;
///
/// const FRESH: RequiredFactor = RequiredFactor::any_of(&[Factor::Totp, Factor::Passkey]).within(300);
/// assert!(FRESH.accepts(Factor::Passkey));
/// assert_eq!(FRESH.max_age(), Some(300));
/// assert_eq!(FRESH.to_string(), r#"factor(Totp | Passkey, within = "5m")"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequiredFactor {
    factors: FactorSet,
    /// In seconds; [`ANY_AGE`] if any age will do.
    within: u32,
}

const ANY_AGE: u32 = u32::MAX;

impl RequiredFactor {
    /// Any of these factors, proved in this login at any time. Of no factors at all none is ever proved.
    #[must_use]
    pub const fn any_of(factors: &[Factor]) -> Self {
        Self { factors: FactorSet::of(factors), within: ANY_AGE }
    }

    /// The same, proved at most so many seconds ago. No age is longer than 136 years.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "held against the greatest number before")]
    pub const fn within(self, seconds: u64) -> Self {
        let within = if seconds < ANY_AGE as u64 { seconds as u32 } else { ANY_AGE - 1 };
        Self { within, ..self }
    }

    /// The factors that will do, in the order of listings.
    pub fn factors(self) -> impl Iterator<Item = Factor> {
        self.factors.iter()
    }

    /// Whether this factor will do.
    #[must_use]
    pub const fn accepts(self, factor: Factor) -> bool {
        self.factors.contains(factor)
    }

    /// How long ago the proof may be, in seconds; `None` if any proof of this login will do.
    #[must_use]
    pub const fn max_age(self) -> Option<u64> {
        if self.within == ANY_AGE { None } else { Some(self.within as u64) }
    }

    /// In the shape that the access map has for factors: `{"any_of": ["passkey"], "within": 300}`.
    pub(crate) fn to_json(self) -> Value {
        let factors: Vec<Value> = self.factors().map(|factor| factor.as_str().into()).collect();
        let mut json = Map::new();
        json.insert("any_of".to_owned(), factors.into());
        json.extend(self.max_age().map(|seconds| ("within".to_owned(), seconds.into())));
        json.into()
    }

    /// Whether no factor will do.
    pub(crate) const fn is_empty(self) -> bool {
        self.factors.is_empty()
    }

    /// How many factors will do.
    pub(super) const fn len(self) -> usize {
        self.factors.len()
    }

    /// The same of one of its factors alone.
    pub(super) const fn only(self, factor: Factor) -> Self {
        Self { factors: FactorSet::NONE.with(factor), within: self.within }
    }

    /// The category of what stands alone.
    pub(super) const fn category(self) -> Option<FactorCategory> {
        let mut rest: &[Factor] = &Factor::ALL;
        while let [factor, others @ ..] = rest {
            if self.accepts(*factor) {
                return factor.category();
            }
            rest = others;
        }
        None
    }

    /// Whether both say the same, in const evaluation.
    pub(super) const fn same(self, other: Self) -> bool {
        self.is_within(other) && other.is_within(self)
    }

    /// Whether any proof that this one accepts is accepted by the other one.
    pub(super) const fn is_within(self, other: Self) -> bool {
        let mut rest: &[Factor] = &Factor::ALL;
        while let [factor, others @ ..] = rest {
            if self.accepts(*factor) && !other.accepts(*factor) {
                return false;
            }
            rest = others;
        }
        self.within <= other.within
    }
}

/// As it is written in `#[requires(..)]`.
impl fmt::Display for RequiredFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("factor(")?;
        for (place, factor) in self.factors().enumerate() {
            write!(f, "{}{}", if place > 0 { " | " } else { "" }, factor.word())?;
        }
        match self.max_age() {
            Some(seconds) => write!(f, ", within = \"{}\")", MaxAge(seconds)),
            None => f.write_str(")"),
        }
    }
}

/// `factor passkey or totp within 5m`
pub(super) struct Plainly(pub(super) RequiredFactor);

impl fmt::Display for Plainly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("factor ")?;
        for (place, factor) in self.0.factors().enumerate() {
            write!(f, "{}{factor}", if place > 0 { " or " } else { "" })?;
        }
        match self.0.max_age() {
            Some(seconds) => write!(f, " within {}", MaxAge(seconds)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_time_than_can_be_written_is_no_limit_away() {
        let passkey = RequiredFactor::any_of(&[Factor::Passkey]);
        for seconds in [u64::from(u32::MAX), u64::MAX] {
            assert_eq!(passkey.within(seconds).max_age(), Some(u64::from(u32::MAX) - 1));
        }
        assert_eq!(passkey.within(0).max_age(), Some(0));
        assert_eq!(passkey.max_age(), None);
    }

    #[test]
    fn fewer_factors_and_a_shorter_time_are_within_more() {
        let passkey = RequiredFactor::any_of(&[Factor::Passkey]);
        let either = RequiredFactor::any_of(&[Factor::Totp, Factor::Passkey]);
        assert!(passkey.is_within(either) && !either.is_within(passkey));
        assert!(passkey.within(60).is_within(either.within(300)));
        assert!(!passkey.within(301).is_within(either.within(300)));
        assert!(!passkey.is_within(either.within(300)));
        assert!(either.same(RequiredFactor::any_of(&[Factor::Passkey, Factor::Totp])));
    }
}
