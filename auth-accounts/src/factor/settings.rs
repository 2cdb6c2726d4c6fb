//! Which second factors there are.

/// Whether codes are sent by e-mail, or by what the application's
/// [`Delivery`](crate::delivery::Delivery) makes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveredCodes {
    /// No.
    #[default]
    Off,
    /// After its password, an account with a verified address and no other second factor has to enter a
    /// code that was sent there. Beside a stronger factor no code is sent: it would be the easier way in.
    SecondStep,
}

/// Which second factors there are.
///
/// ```
/// use auth_accounts::factor::{DeliveredCodes, FactorSettings};
///
/// let settings = FactorSettings::default()
///     .issuer_name("Acme Notes")
///     .delivered_codes(DeliveredCodes::SecondStep);
/// # drop(settings);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct FactorSettings {
    pub(crate) issuer_name: Option<String>,
    pub(super) delivered_codes: DeliveredCodes,
    codes_count: bool,
    #[cfg(feature = "passkey")]
    pub(crate) passkeys: super::PasskeySettings,
    #[cfg(feature = "passkey")]
    pub(crate) without_passkeys: bool,
}

impl FactorSettings {
    /// What authenticator applications call this one, without `:`; the host of the origin.
    pub fn issuer_name(mut self, name: impl Into<String>) -> Self {
        self.issuer_name = Some(name.into());
        self
    }

    /// Whose passkeys there are; those of the origin.
    #[cfg(feature = "passkey")]
    pub fn passkeys(mut self, passkeys: super::PasskeySettings) -> Self {
        self.passkeys = passkeys;
        self
    }

    /// No passkeys, though the feature is there: none is asked for, and none can be added.
    #[cfg(feature = "passkey")]
    pub const fn without_passkeys(mut self) -> Self {
        self.without_passkeys = true;
        self
    }

    /// Whether codes are sent; off.
    pub const fn delivered_codes(mut self, codes: DeliveredCodes) -> Self {
        self.delivered_codes = codes;
        self
    }

    /// Whether a code that was sent counts as a factor of its own for `mfa`; false.
    ///
    /// Say so only if the codes go to something that its owner has, and not to a mailbox that opens with
    /// a password.
    pub const fn codes_count_as_factor(mut self, count: bool) -> Self {
        self.codes_count = count;
        self
    }

    pub(crate) const fn code_is_a_factor(&self) -> bool {
        self.codes_count
    }

    /// What is wrong with the settings is added to the problems.
    pub(crate) fn check(&self, problems: &mut Vec<String>) {
        let is_valid = |name: &String| {
            !name.is_empty()
                && name.len() <= 64
                && !name.contains(':')
                && !name.contains(char::is_control)
        };
        if let Some(name) = self.issuer_name.as_ref().filter(|name| !is_valid(name)) {
            problems.push(format!(
                "authenticator applications cannot show `{name}`: expected 1 to 64 bytes without `:`"
            ));
        }
    }
}
