//! Whose passkeys they are, and where they may be used.

/// Whose passkeys they are, and where they may be used. The defaults suit an application at one origin.
///
/// ```
/// use auth_accounts::factor::{FactorSettings, PasskeySettings};
///
/// let passkeys = PasskeySettings::default().relying_party("example.com");
/// let settings = FactorSettings::default().passkeys(passkeys);
/// # drop(settings);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PasskeySettings {
    pub(super) relying_party: Option<String>,
    pub(super) other_origins: Vec<String>,
}

impl PasskeySettings {
    /// The domain that passkeys belong to: the host of the origin, or a domain above it, for
    /// applications that share their passkeys. When it changes, the passkeys that exist no longer work.
    pub fn relying_party(mut self, domain: impl Into<String>) -> Self {
        self.relying_party = Some(domain.into());
        self
    }

    /// One more origin that passkeys may be used at, such as `android:apk-key-hash:..` of an app. It is
    /// compared as it is: scheme, host and port.
    pub fn also_at(mut self, origin: impl Into<String>) -> Self {
        self.other_origins.push(origin.into());
        self
    }
}
