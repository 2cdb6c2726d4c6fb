//! How API keys look, and how long they last.

use std::time::Duration;

use http::HeaderName;

use super::format::KeyFormat;

/// The longest time for which a replaced key may stay valid.
pub(super) const MAX_OVERLAP: Duration = Duration::from_secs(7 * DAY);

const DAY: u64 = 24 * 60 * 60;

/// How API keys look, and how long they last.
///
/// ```
/// use auth_accounts::api_key::ApiKeySettings;
///
/// let settings = ApiKeySettings::default().prefix("acme").environment("live");
/// # drop(settings);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ApiKeySettings {
    prefix: String,
    environment: Option<String>,
    pub(super) header: HeaderName,
    pub(super) lifetime: Duration,
    pub(super) overlap: Duration,
    pub(super) keys_per_owner: usize,
    pub(super) lendable_scopes: Vec<String>,
    pub(super) networks: bool,
}

impl Default for ApiKeySettings {
    fn default() -> Self {
        Self {
            prefix: "key".to_owned(),
            environment: None,
            header: HeaderName::from_static("x-api-key"),
            lifetime: Duration::from_secs(90 * DAY),
            overlap: Duration::from_secs(DAY),
            keys_per_owner: 100,
            lendable_scopes: Vec::new(),
            networks: false,
        }
    }
}

impl ApiKeySettings {
    /// What keys begin with, 2 to 12 lower-case letters and digits; `key`. Choose a name of your own, so
    /// that secret scanners know whose key they have found.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The environment that keys are for, such as `live` or `test`, in the same letters; none. It follows
    /// the prefix.
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// The header that takes a key beside `Authorization: Bearer`; `X-Api-Key`.
    pub fn header(mut self, header: HeaderName) -> Self {
        self.header = header;
        self
    }

    /// For how long a key is valid whose maker says nothing, in whole seconds; 90 days. That one never
    /// expires has to be said for each.
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// For how long the key that is replaced stays valid if nothing is said, in whole seconds and at most
    /// 7 days; 24 hours.
    pub const fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// How many valid keys an account may have; 100.
    pub const fn keys_per_owner(mut self, keys: usize) -> Self {
        self.keys_per_owner = keys;
        self
    }

    /// Keys can be confined to networks.
    ///
    /// The application has to be served with the addresses of its clients
    /// (`into_make_service_with_connect_info::<SocketAddr>()`); behind proxies they have to be
    /// [named](crate::AccountsBuilder::trusted_proxies). Where the address of a client is not known, a key
    /// that is confined is rejected.
    pub const fn with_networks(mut self) -> Self {
        self.networks = true;
        self
    }

    /// The scopes that every owner may put into a key; none.
    ///
    /// A *permission* in a key is limited by those of its owner. A *scope* is not: no role brings it, and
    /// an account does not have any. So a scope that the issuer of tokens gives to few clients is not to
    /// be had by making a key, unless this list has it.
    pub fn lendable_scopes<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.lendable_scopes.extend(names.into_iter().map(Into::into));
        self
    }

    /// The format of keys; what is wrong with the settings is added to the problems.
    pub(super) fn check(&self, problems: &mut Vec<String>) -> KeyFormat {
        let environment = self.environment.as_deref();
        for part in [Some(self.prefix.as_str()), environment].into_iter().flatten() {
            let is_letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
            if !(2..=12).contains(&part.len()) || !part.bytes().all(is_letter) {
                problems.push(format!(
                    "API keys cannot begin with `{part}`: expected 2 to 12 of `a-z` and `0-9`"
                ));
            }
        }
        if self.lifetime.as_secs() == 0 {
            problems.push("API keys need a lifetime of at least a second".to_owned());
        }
        if self.overlap > MAX_OVERLAP {
            problems.push("a replaced API key stays valid for at most 7 days".to_owned());
        }
        KeyFormat::new(&self.prefix, environment)
    }
}
