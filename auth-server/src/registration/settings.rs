//! The settings for registration.

use auth_accounts::store::Limit;

use crate::client::ClientSecret;

/// How many networks may use up their limit of registrations before that of all is reached.
const NETWORKS: u32 = 10;

/// Clients that register themselves ([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591)). Prefer clients with a
/// document ([`client_id_metadata_documents`]), which store nothing.
///
/// A registered client is removed an hour after its registration if it is not used, and 30 days after its last
/// use.
///
/// [`client_id_metadata_documents`]: crate::AuthorizationServerBuilder::client_id_metadata_documents
///
/// ```
/// use auth_server::{ClientSecret, DynamicRegistration};
///
/// let token = ClientSecret::new("an initial access token of 32 or more random bytes");
/// let registration = DynamicRegistration::with_initial_access_token(token).max_scopes(["read"]);
/// # let _ = registration;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct DynamicRegistration {
    /// The required token; `None`: every client may register.
    pub(super) initial_access_token: Option<ClientSecret>,
    pub(crate) scopes: Vec<String>,
    pub(super) registrations: Option<Limit>,
    pub(super) max_clients: u64,
    pub(crate) allow_application_schemes: bool,
}

impl DynamicRegistration {
    fn new(initial_access_token: Option<ClientSecret>) -> Self {
        Self {
            initial_access_token,
            scopes: Vec::new(),
            registrations: Some(Limit { attempts: 60, window_seconds: 3600 }),
            max_clients: 10_000,
            allow_application_schemes: false,
        }
    }

    /// Clients may register without a token, within the limits.
    pub fn open() -> Self {
        Self::new(None)
    }

    /// Clients may register with this token
    /// ([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)).
    pub fn with_initial_access_token(token: ClientSecret) -> Self {
        Self::new(Some(token))
    }

    /// The scopes that a registered client may have; none by default. It may have access tokens for the resources
    /// with one of these, and for no other.
    pub fn max_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// How many registrations are accepted from one network (an IPv4 address, or 64 bits of an IPv6 address); 60
    /// in an hour. From all networks together ten times as many are, so that one cannot use up the limit of all
    /// others. Callers whose network is unknown count as one. `None`: no limit.
    pub fn registrations(mut self, limit: Option<Limit>) -> Self {
        self.registrations = limit;
        self
    }

    /// The same for all networks together.
    pub(super) fn registrations_by_all(&self) -> Option<Limit> {
        let limit = self.registrations?;
        Some(Limit { attempts: limit.attempts.saturating_mul(NETWORKS), ..limit })
    }

    /// How many registered clients there may be; 10,000.
    pub fn max_clients(mut self, most: u64) -> Self {
        self.max_clients = most;
        self
    }

    /// Accepts redirect URIs with the scheme of an application, such as `com.example.app:/callback`. Any
    /// application on a device can claim such a scheme.
    pub fn allow_application_schemes(mut self) -> Self {
        self.allow_application_schemes = true;
        self
    }

    pub(crate) fn check(&self, problems: &mut Vec<String>) {
        if self.initial_access_token.as_ref().is_some_and(|it| !it.is_long_enough()) {
            problems.push(
                "the initial access token of registrations is too short: expected 32 random bytes or more"
                    .to_owned(),
            );
        }
    }
}
