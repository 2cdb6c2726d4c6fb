//! Factors: by what a caller proved to be who they say they are.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A factor of authentication: one thing by which callers prove who they are.
///
/// A requirement names the factors that it wants proved, `#[requires(factor(Passkey, within = "5m"))]`,
/// or demands two of different [categories](FactorCategory) with `#[requires(mfa)]`. What a caller proved
/// is said by the scheme that authenticated the caller, as [`ProvedFactors`](super::ProvedFactors).
///
/// ```
/// use auth_core::Factor;
/// use auth_core::policy::FactorCategory;
///
/// assert_eq!(Factor::Passkey.to_string(), "passkey");
/// assert_eq!(Factor::named("totp"), Some(Factor::Totp));
/// assert_eq!(Factor::Password.category(), Some(FactorCategory::Know));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Factor {
    /// A password.
    Password,
    /// A one-time code of an authenticator app ([RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)).
    Totp,
    /// A passkey ([Web Authentication](https://www.w3.org/TR/webauthn-3/)). With verification of the user
    /// it counts as two factors.
    Passkey,
    /// A recovery code from a list that was given out once.
    Recovery,
    /// A login at another provider. By itself it is of no category: what the provider made sure of is
    /// said by a [`FactorMap`](crate::token::FactorMap).
    Federated,
    /// A one-time code that was sent by e-mail or messenger.
    Code,
}

/// What kind of proof a factor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FactorCategory {
    /// Something that the caller knows.
    Know,
    /// Something that the caller has.
    Have,
    /// Something that the caller is.
    Are,
}

impl Factor {
    /// All factors, in the order of listings.
    pub const ALL: [Self; 6] =
        [Self::Password, Self::Totp, Self::Passkey, Self::Recovery, Self::Federated, Self::Code];

    /// The name, as listings and JSON show it: `password`, `totp`, `passkey`, `recovery`,
    /// `federated`, `code`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::Recovery => "recovery",
            Self::Federated => "federated",
            Self::Code => "code",
        }
    }

    /// The factor of this name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.as_str() == name)
    }

    /// The category; `None` for [`Factor::Federated`], which is of none by itself. A passkey is something
    /// that the caller has; with verification of the user it is of a second category besides.
    #[must_use]
    pub const fn category(self) -> Option<FactorCategory> {
        match self {
            Self::Password => Some(FactorCategory::Know),
            Self::Totp | Self::Passkey | Self::Recovery | Self::Code => Some(FactorCategory::Have),
            Self::Federated => None,
        }
    }

    /// As it is written in `factor(..)`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Password => "Password",
            Self::Totp => "Totp",
            Self::Passkey => "Passkey",
            Self::Recovery => "Recovery",
            Self::Federated => "Federated",
            Self::Code => "Code",
        }
    }

    /// The factor that is written like this in `factor(..)`.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.word() == word)
    }

    /// The place in lists of one entry for each factor.
    pub(super) const fn place(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct FactorSet(u8);

impl FactorSet {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(factors: &[Factor]) -> Self {
        let mut set = Self::NONE;
        let mut rest = factors;
        while let [factor, others @ ..] = rest {
            set = set.with(*factor);
            rest = others;
        }
        set
    }

    pub(crate) const fn with(self, factor: Factor) -> Self {
        Self(self.0 | 1 << factor.place())
    }

    pub(crate) const fn contains(self, factor: Factor) -> bool {
        self.0 >> factor.place() & 1 == 1
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// In the order of listings.
    pub(crate) fn iter(self) -> impl Iterator<Item = Factor> {
        Factor::ALL.into_iter().filter(move |factor| self.contains(*factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_has_its_place_and_its_names() {
        for (place, factor) in Factor::ALL.into_iter().enumerate() {
            assert_eq!(factor.place(), place);
            assert_eq!(Factor::named(factor.as_str()), Some(factor));
            assert_eq!(Factor::of_word(factor.word()), Some(factor));
            assert_eq!(factor.word().to_ascii_lowercase(), factor.as_str());
            assert_eq!(serde_json::to_value(factor).unwrap(), factor.as_str());
        }
        assert_eq!(Factor::named("Passkey"), None);
    }

    #[test]
    fn a_set_of_factors_is_in_the_order_of_listings() {
        let set = FactorSet::of(&[Factor::Code, Factor::Password, Factor::Code]);
        assert!(set.iter().eq([Factor::Password, Factor::Code]));
        assert_eq!((set.len(), set.is_empty()), (2, false));
    }
}
