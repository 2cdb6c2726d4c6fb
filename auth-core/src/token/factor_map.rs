//! What a token says of the factors that its subject proved.

use std::borrow::Cow;

use crate::policy::{Factor, ProvedFactors};

/// Says which factors the values of `amr` and `acr` of one issuer mean.
///
/// Nothing is taken for granted: a value that is not mapped proves nothing, and without a map no
/// token proves a factor. The time of each is the time of the login (`auth_time`); where a token does not
/// tell that, no factor of it is ever fresh.
///
/// ```
/// use auth_core::token::FactorMap;
/// use auth_core::{ClaimMap, Factor};
///
/// let factors = FactorMap::rfc8176().acr("urn:example:phr", [Factor::Passkey]);
/// let claims = ClaimMap::rfc9068().factors(factors);
/// # let _ = claims;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactorMap {
    amr: Vec<(Cow<'static, str>, Means)>,
    acr: Vec<(Cow<'static, str>, Means)>,
}

/// What one value means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Means {
    Factors(Vec<Factor>),
    /// That the authenticator verified its user, if there was one.
    UserVerification,
    /// A passkey that verified its user.
    UserVerifiedPasskey,
    /// Several factors, without a word of which ones.
    Several,
}

impl FactorMap {
    /// A map by which nothing is a factor, to be filled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The values of [RFC 8176 §2](https://www.rfc-editor.org/rfc/rfc8176#section-2) in `amr`: `pwd` is a
    /// password; `otp` a one-time code of an app, and `sms` one that was sent; `hwk` and `swk`, keys
    /// of the user's device, are a passkey; `pin`, `fpt`, `face`, `iris`, `retina` and `vbm` say that the
    /// user of such a key was verified, and nothing without one; `mfa` means several factors. `user`
    /// is a test of presence, which proves no factor.
    ///
    /// Only for an issuer that is known to use them so.
    #[must_use]
    pub fn rfc8176() -> Self {
        let verified = ["pin", "fpt", "face", "iris", "retina", "vbm"];
        let map = Self::new()
            .amr("pwd", [Factor::Password])
            .amr("otp", [Factor::Totp])
            .amr("sms", [Factor::Code])
            .amr("hwk", [Factor::Passkey])
            .amr("swk", [Factor::Passkey])
            .several_by_amr("mfa");
        let verified = verified.map(|value| (value.into(), Means::UserVerification));
        Self { amr: map.amr.into_iter().chain(verified).collect(), ..map }
    }

    /// A value of `amr` that means these factors.
    #[must_use]
    pub fn amr(
        mut self,
        value: impl Into<Cow<'static, str>>,
        factors: impl IntoIterator<Item = Factor>,
    ) -> Self {
        self.amr.push((value.into(), Means::Factors(factors.into_iter().collect())));
        self
    }

    /// A value of `amr` that means several factors, without saying which.
    #[must_use]
    pub fn several_by_amr(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        self.amr.push((value.into(), Means::Several));
        self
    }

    /// A class of logins (`acr`) in which these factors are proved. A client that lacks one of them is asked for this
    /// class, too ([RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)).
    #[must_use]
    pub fn acr(
        mut self,
        value: impl Into<Cow<'static, str>>,
        factors: impl IntoIterator<Item = Factor>,
    ) -> Self {
        self.acr.push((value.into(), Means::Factors(factors.into_iter().collect())));
        self
    }

    /// A class of logins in which a passkey verifies its user.
    #[must_use]
    pub fn user_verified_passkey_by_acr(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        self.acr.push((value.into(), Means::UserVerifiedPasskey));
        self
    }

    /// A class of logins in which several factors are proved, whichever they are.
    #[must_use]
    pub fn several_by_acr(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        self.acr.push((value.into(), Means::Several));
        self
    }

    /// The factors that these claims mean: also of a login at a provider from which an application
    /// makes a session of its own.
    ///
    /// ```
    /// use auth_core::Factor;
    /// use auth_core::token::FactorMap;
    ///
    /// let proved = FactorMap::rfc8176().factors(["pwd", "otp", "unheard_of"], None, Some(1_000));
    /// assert!(proved.iter().map(|it| it.factor()).eq([Factor::Password, Factor::Totp]));
    /// assert!(proved.are_multi_factor(1_000));
    /// ```
    #[must_use]
    pub fn factors<'a>(
        &self,
        amr: impl IntoIterator<Item = &'a str>,
        acr: Option<&str>,
        auth_time: Option<u64>,
    ) -> ProvedFactors {
        let mut proved = ProvedFactors::NONE;
        for value in amr {
            let means = self.amr.iter().filter(|(own, _)| own == value);
            proved = means.fold(proved, |proved, (_, means)| means.add_to(proved, auth_time));
        }
        let classes = self.acr.iter().filter(|(own, _)| Some(own.as_ref()) == acr);
        classes.fold(proved, |proved, (_, means)| means.add_to(proved, auth_time))
    }

    /// The classes of logins that are mapped.
    pub(crate) fn classes(&self) -> impl Iterator<Item = &Cow<'static, str>> {
        self.acr.iter().map(|(class, _)| class)
    }

    /// Whether by this map nothing is a factor.
    pub(crate) const fn is_empty(&self) -> bool {
        self.amr.is_empty() && self.acr.is_empty()
    }
}

impl Means {
    fn add_to(&self, proved: ProvedFactors, at: Option<u64>) -> ProvedFactors {
        let with = |proved: ProvedFactors, factor: Factor| match at {
            Some(at) => proved.with(factor, at),
            None => proved.with_undated(factor),
        };
        match self {
            Self::Factors(factors) => factors.iter().copied().fold(proved, with),
            Self::UserVerification => proved.with_user_verification(),
            Self::UserVerifiedPasskey => with(proved, Factor::Passkey).with_user_verification(),
            Self::Several => proved.with_several(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{ProvedFactor, RequiredFactor};

    const NOW: u64 = 1_000_000;

    fn of(amr: &[&str]) -> ProvedFactors {
        FactorMap::rfc8176().factors(amr.iter().copied(), None, Some(NOW))
    }

    #[test]
    fn registered_values_stand_for_factors() {
        for (amr, factors, are_several) in [
            (&["pwd"][..], &[Factor::Password][..], false),
            (&["pwd", "otp"], &[Factor::Password, Factor::Totp], true),
            (&["pwd", "sms"], &[Factor::Password, Factor::Code], true),
            (&["hwk"], &[Factor::Passkey], false),
            (&["hwk", "user"], &[Factor::Passkey], false),
            (&["hwk", "pin"], &[Factor::Passkey], true),
            (&["fpt", "swk"], &[Factor::Passkey], true),
            (&["pin"], &[], false),
            (&["face", "pwd"], &[Factor::Password], false),
            (&["mfa"], &[], true),
            (&["PWD", "otp ", "", "wia", "rba"], &[], false),
        ] {
            let proved = of(amr);
            assert!(proved.iter().map(ProvedFactor::factor).eq(factors.iter().copied()), "{amr:?}");
            assert_eq!(proved.are_multi_factor(NOW), are_several, "{amr:?}");
        }
    }

    #[test]
    fn what_is_not_mapped_proves_nothing() {
        let proved = FactorMap::new().factors(["pwd", "otp", "mfa"], Some("urn:mfa"), Some(NOW));
        assert_eq!(proved, ProvedFactors::NONE);
        let by_class = FactorMap::new()
            .acr("urn:both", [Factor::Password, Factor::Totp])
            .several_by_acr("urn:mfa")
            .user_verified_passkey_by_acr("urn:phr");
        for (acr, are_several) in
            [("urn:both", true), ("urn:mfa", true), ("urn:phr", true), ("urn:other", false)]
        {
            let proved = by_class.factors([], Some(acr), Some(NOW));
            assert_eq!(proved.are_multi_factor(NOW), are_several, "{acr}");
        }
        // A class is no means, and a means is no class.
        assert!(by_class.factors(["urn:both"], None, Some(NOW)).is_empty());
        assert!(FactorMap::rfc8176().factors([], Some("pwd"), Some(NOW)).is_empty());
    }

    #[test]
    fn factors_are_as_old_as_the_login() {
        let password = RequiredFactor::any_of(&[Factor::Password]);
        let stale = FactorMap::rfc8176().factors(["pwd"], None, Some(NOW - 301));
        assert!(stale.satisfy(password, NOW) && !stale.satisfy(password.within(300), NOW));
        let undated = FactorMap::rfc8176().factors(["pwd"], None, None);
        assert!(undated.satisfy(password, NOW) && !undated.satisfy(password.within(300), NOW));
    }
}
