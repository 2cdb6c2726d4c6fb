//! The factors that a caller proved, with their times.

use std::fmt;

use super::factor::FactorSet;
use super::{Factor, FactorCategory, RequiredFactor};

/// The factors that a caller proved in one login, each with the time of its last proof.
///
/// What is not in it is not known to be proved, and is never held in the caller's favour. A device
/// that is remembered is no factor.
///
/// ```
/// use auth_core::Factor;
/// use auth_core::policy::ProvedFactors;
///
/// let proved = ProvedFactors::NONE.with(Factor::Password, 1_000).with(Factor::Totp, 1_020);
/// assert_eq!(proved.get(Factor::Totp).and_then(|it| it.at()), Some(1_020));
/// assert!(proved.are_multi_factor(1_030));
///
/// let passkey = ProvedFactors::NONE.with(Factor::Passkey, 1_000);
/// assert!(!passkey.are_multi_factor(1_030));
/// assert!(passkey.with_user_verified_passkey(1_000).are_multi_factor(1_030));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ProvedFactors {
    held: FactorSet,
    /// Of each factor that is held, in seconds since 1970; [`UNKNOWN`] if the scheme does not say it.
    at: [u64; Factor::ALL.len()],
    /// Whether the user was verified by the passkey.
    user_verified: bool,
    /// When there was a login with several factors, if the issuer says that there was one.
    several: Option<u64>,
}

/// A time that is not known.
const UNKNOWN: u64 = u64::MAX;

/// How far ahead the clock may be by which a factor was proved, in seconds.
const AHEAD: u64 = 60;

/// One factor that a caller proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvedFactor {
    factor: Factor,
    at: u64,
    user_verified: bool,
}

impl ProvedFactor {
    /// Which one.
    #[must_use]
    pub const fn factor(self) -> Factor {
        self.factor
    }

    /// When it was proved last, in seconds since 1970; `None` if that is not known.
    #[must_use]
    pub const fn at(self) -> Option<u64> {
        known(self.at)
    }

    /// Whether the authenticator verified the user, by a PIN or a feature of the body. False of all
    /// factors but passkeys.
    #[must_use]
    pub const fn is_user_verified(self) -> bool {
        self.user_verified
    }
}

impl ProvedFactors {
    /// Nothing was proved, or nothing is known of it.
    pub const NONE: Self = Self {
        held: FactorSet::NONE,
        at: [UNKNOWN; Factor::ALL.len()],
        user_verified: false,
        several: None,
    };

    /// The same with a factor that was proved at that time, in seconds since 1970. Of one that was proved
    /// several times the last one counts.
    ///
    /// Of a passkey this says nothing of the user's verification: see
    /// [`with_user_verified_passkey`](Self::with_user_verified_passkey).
    #[must_use]
    pub fn with(mut self, factor: Factor, at: u64) -> Self {
        let known = self.get(factor).and_then(ProvedFactor::at);
        if let Some(own) = self.at.get_mut(factor.place()) {
            *own = known.map_or(at, |before| before.max(at));
        }
        self.held = self.held.with(factor);
        self
    }

    /// The same with a factor that was proved at an unknown time. It is never fresh.
    #[must_use]
    pub const fn with_undated(mut self, factor: Factor) -> Self {
        self.held = self.held.with(factor);
        self
    }

    /// The same with a passkey that was used at that time, in seconds since 1970, after its authenticator
    /// had verified the user (flag `UV`,
    /// [Web Authentication §6.1](https://www.w3.org/TR/webauthn-3/#authdata-flags-uv)). It counts as two
    /// factors.
    #[must_use]
    pub fn with_user_verified_passkey(self, at: u64) -> Self {
        Self { user_verified: true, ..self.with(Factor::Passkey, at) }
    }

    /// The same with the word of another party that several factors were proved, at that time if it is
    /// known, in seconds since 1970. It says nothing of which ones.
    #[must_use]
    pub fn with_several(self, at: Option<u64>) -> Self {
        Self { several: Some(at.unwrap_or(UNKNOWN)), ..self }
    }

    /// The same with a factor that is proved again; this replaces what was known of it.
    pub(crate) fn renewed(mut self, factor: Factor, at: u64) -> Self {
        if let Some(own) = self.at.get_mut(factor.place()) {
            *own = at;
        }
        self.held = self.held.with(factor);
        self
    }

    pub(crate) const fn with_user_verification(self) -> Self {
        Self { user_verified: true, ..self }
    }

    /// Whether someone else said that there were several.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) const fn are_told_to_be_several(&self) -> bool {
        self.several.is_some()
    }

    /// Whether nothing was proved.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.held.is_empty() && self.several.is_none()
    }

    /// What was proved, in the order of listings.
    pub fn iter(&self) -> impl Iterator<Item = ProvedFactor> {
        self.held.iter().filter_map(|factor| self.get(factor))
    }

    /// This factor, if it was proved.
    #[must_use]
    pub fn get(&self, factor: Factor) -> Option<ProvedFactor> {
        let at = *self.at.get(factor.place()).filter(|_| self.held.contains(factor))?;
        let user_verified = self.user_verified && factor == Factor::Passkey;
        Some(ProvedFactor { factor, at, user_verified })
    }

    /// Whether factors of two categories were proved, given the time in seconds since 1970: what `mfa`
    /// of a requirement asks. A proof from the future does not count.
    #[must_use]
    pub fn are_multi_factor(&self, now: u64) -> bool {
        if self.several.is_some_and(|at| is_past(at, now)) {
            return true;
        }
        let (mut know, mut have) = (false, false);
        for proved in self.iter().filter(|proved| is_past(proved.at, now)) {
            if proved.user_verified {
                return true;
            }
            know |= proved.factor.category() == Some(FactorCategory::Know);
            have |= proved.factor.category() == Some(FactorCategory::Have);
        }
        know && have
    }

    /// Whether one of the required factors was proved, and recently enough.
    #[must_use]
    pub fn satisfy(&self, required: RequiredFactor, now: u64) -> bool {
        self.iter().filter(|proved| required.accepts(proved.factor)).any(|proved| {
            is_past(proved.at, now)
                && required
                    .max_age()
                    .is_none_or(|most| proved.at().is_some_and(|at| now.saturating_sub(at) <= most))
        })
    }
}

/// Whether a time is not in the future. An unknown time is not.
const fn is_past(at: u64, now: u64) -> bool {
    at == UNKNOWN || at <= now.saturating_add(AHEAD)
}

const fn known(at: u64) -> Option<u64> {
    if at == UNKNOWN { None } else { Some(at) }
}

impl Default for ProvedFactors {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Debug for ProvedFactors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        list.entries(self.iter());
        if self.several.is_some() {
            list.entry(&"several");
        }
        list.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn passkey(within: u64) -> RequiredFactor {
        RequiredFactor::any_of(&[Factor::Passkey]).within(within)
    }

    #[test]
    fn two_factors_of_one_category_are_one() {
        let proved = |factors: &[Factor]| {
            factors.iter().fold(ProvedFactors::NONE, |all, factor| all.with(*factor, NOW))
        };
        for (factors, are_two) in [
            (&[Factor::Password][..], false),
            (&[Factor::Totp, Factor::Recovery, Factor::Code, Factor::Passkey], false),
            (&[Factor::Password, Factor::Federated], false),
            (&[Factor::Federated, Factor::Totp], false),
            (&[Factor::Password, Factor::Totp], true),
            (&[Factor::Password, Factor::Code], true),
            (&[Factor::Password, Factor::Recovery], true),
            (&[Factor::Password, Factor::Passkey], true),
        ] {
            assert_eq!(proved(factors).are_multi_factor(NOW), are_two, "{factors:?}");
        }
        assert!(!ProvedFactors::NONE.are_multi_factor(NOW));
        assert!(ProvedFactors::NONE.with_user_verified_passkey(NOW).are_multi_factor(NOW));
        assert!(ProvedFactors::NONE.with_several(None).are_multi_factor(NOW));
    }

    #[test]
    fn a_verified_user_stays_so_when_the_passkey_is_used_again() {
        let proved = ProvedFactors::NONE.with_user_verified_passkey(NOW - 10);
        let again = proved.with(Factor::Passkey, NOW);
        assert!(again.are_multi_factor(NOW));
        assert_eq!(again.get(Factor::Passkey).and_then(ProvedFactor::at), Some(NOW));
    }

    #[test]
    fn the_last_proof_counts() {
        let proved = ProvedFactors::NONE.with(Factor::Passkey, NOW - 10);
        for other in [proved.with(Factor::Passkey, NOW - 400), proved.with_undated(Factor::Passkey)]
        {
            assert_eq!(other, proved);
        }
        let undated = ProvedFactors::NONE.with_undated(Factor::Passkey);
        assert_eq!(undated.with(Factor::Passkey, NOW - 10), proved);
    }

    #[test]
    fn a_proof_ages() {
        let satisfy = |at: u64, within: u64| {
            ProvedFactors::NONE.with(Factor::Passkey, at).satisfy(passkey(within), NOW)
        };
        assert!(satisfy(NOW - 300, 300));
        assert!(!satisfy(NOW - 301, 300));
        assert!(satisfy(NOW, 0));
        assert!(!satisfy(NOW - 1, 0));
        assert!(!ProvedFactors::NONE.with(Factor::Totp, NOW).satisfy(passkey(300), NOW));
        let any_time = RequiredFactor::any_of(&[Factor::Passkey]);
        assert!(ProvedFactors::NONE.with(Factor::Passkey, 0).satisfy(any_time, NOW));
        assert!(!ProvedFactors::NONE.satisfy(any_time, NOW));
    }

    #[test]
    fn a_proof_without_a_time_is_never_fresh() {
        let undated = ProvedFactors::NONE.with_undated(Factor::Passkey);
        assert!(undated.satisfy(RequiredFactor::any_of(&[Factor::Passkey]), NOW));
        assert!(!undated.satisfy(passkey(u64::MAX), NOW));
        assert!(undated.with_undated(Factor::Password).are_multi_factor(NOW));
    }

    #[test]
    fn a_proof_in_the_future_counts_for_nothing() {
        let any_time = RequiredFactor::any_of(&[Factor::Passkey]);
        for (ahead, counts) in [(60, true), (61, false)] {
            let proved = ProvedFactors::NONE.with_user_verified_passkey(NOW + ahead);
            assert_eq!(proved.satisfy(any_time, NOW), counts);
            assert_eq!(proved.satisfy(passkey(300), NOW), counts);
            assert_eq!(proved.are_multi_factor(NOW), counts);
            let several = ProvedFactors::NONE.with_several(Some(NOW + ahead));
            assert_eq!(several.are_multi_factor(NOW), counts);
        }
    }
}
