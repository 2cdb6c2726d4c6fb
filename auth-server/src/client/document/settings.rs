//! The settings for clients with a document.

use std::sync::Arc;

use crate::fetch::{FetchSettings, Lookup};
use crate::issuer::Issuer;

/// Clients whose id is the address of a document that describes them (Client ID Metadata Documents), such as AI
/// agents. The operator has not vetted them, so they get few scopes, and users are asked for consent.
///
/// ```
/// use auth_server::Cimd;
///
/// let documents = Cimd::any_host().max_scopes(["openid", "offline_access", "read"]);
/// # let _ = documents;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Cimd {
    pub(crate) hosts: Option<Vec<String>>,
    pub(crate) scopes: Vec<String>,
    pub(crate) allow_application_schemes: bool,
    pub(crate) fetch: FetchSettings,
}

impl Cimd {
    /// A document may be at any host of the public internet.
    pub fn any_host() -> Self {
        Self::default()
    }

    /// A document has to be at one of these hosts, such as `vscode.dev`.
    pub fn hosts<H: Into<String>>(hosts: impl IntoIterator<Item = H>) -> Self {
        Self { hosts: Some(hosts.into_iter().map(Into::into).collect()), ..Self::default() }
    }

    /// The scopes that such a client may have; none by default. It may have access tokens for the resources with
    /// one of these, and for no other.
    pub fn max_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Accepts redirect URIs with the scheme of an application, such as `com.example.app:/callback`. Any
    /// application on a device can claim such a scheme.
    pub fn allow_application_schemes(mut self) -> Self {
        self.allow_application_schemes = true;
        self
    }

    /// Accepts documents at loopback addresses, also by `http`. For tests and development: otherwise a client could
    /// make the server send requests to other programs on its machine. If the issuer is not on loopback, the program
    /// refuses to start, and an embedded server logs a warning.
    pub fn allow_http_on_loopback(mut self) -> Self {
        self.fetch.allow_http_on_loopback = true;
        self
    }

    /// How documents are fetched. Warns of what is for tests alone.
    pub(crate) fn fetch_for(&self, issuer: Option<&Issuer>) -> FetchSettings {
        if self.fetch.allow_http_on_loopback && issuer.is_some_and(Issuer::is_https) {
            tracing::warn!(
                "documents of clients may be on loopback, and the issuer is not: this is for tests"
            );
        }
        self.fetch.clone()
    }

    /// Certificates (PEM) that are trusted besides those of the operating system.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.fetch.root_certificates = pem.into();
        self
    }

    /// A resolver of host names; that of the operating system by default. Its addresses are filtered, too.
    pub fn lookup(mut self, lookup: impl Lookup) -> Self {
        self.fetch.lookup = Arc::new(lookup);
        self
    }
}
