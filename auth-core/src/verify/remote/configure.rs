//! How a verifier is told to fetch its keys.

use super::discovery;
use super::http::{HttpClient, HttpError};
use super::keeper::RemoteKeys;
use super::key_source::{KeyOrigin, KeySource};
use super::settings::KeyRefresh;
use crate::address;
use crate::sync::Arc;
use crate::verify::algorithm::AlgorithmSet;
use crate::verify::builder::{JwtVerifierBuilder, JwtVerifierError};
use crate::verify::live_keys::LiveKeys;

/// Where keys are to be fetched, and how often.
#[derive(Debug, Default)]
pub(crate) struct RemoteKeysBuilder {
    /// More than one is a mistake that is told later.
    origins: Vec<KeyOrigin>,
    refresh: KeyRefresh,
}

impl RemoteKeysBuilder {
    pub(crate) fn is_wanted(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Starts to fetch, if a runtime is there.
    pub(crate) fn build(
        mut self,
        issuer: &str,
        allowed: AlgorithmSet,
        live: Arc<LiveKeys>,
    ) -> Result<RemoteKeys, JwtVerifierError> {
        let (Some(origin), true) = (self.origins.pop(), self.origins.is_empty()) else {
            return Err(JwtVerifierError::SeveralKeySources);
        };
        let first_address = match &origin {
            KeyOrigin::Metadata if discovery::is_discoverable(issuer) => issuer,
            KeyOrigin::Metadata => {
                return Err(JwtVerifierError::IssuerAddress(issuer.to_owned()));
            }
            KeyOrigin::Address(url) if address::is_trustworthy(url) => url,
            KeyOrigin::Address(url) => return Err(JwtVerifierError::JwksUri(url.clone())),
        };
        self.refresh.check()?;
        let roots = self.refresh.roots();
        let client = HttpClient::for_address(first_address, self.refresh.time_limit(), roots);
        let client = client.map_err(|error| match error {
            HttpError::Certificate => JwtVerifierError::RootCertificates,
            _ => JwtVerifierError::HttpClient,
        })?;
        let metadata_age = self.refresh.pace().max_age;
        let issuer = issuer.into();
        let source = KeySource { client, issuer, origin, allowed, metadata_age };
        Ok(RemoteKeys::new(source, live, &self.refresh))
    }
}

impl JwtVerifierBuilder {
    /// Fetches the keys from where the metadata of the issuer says: authorization server metadata
    /// ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), else OpenID Connect Discovery. Behind
    /// the feature `http_client`.
    ///
    /// The issuer must be an `https` URL (`http` for loopback hosts), and the metadata must name
    /// exactly that issuer. Redirects are not followed. The keys are kept fresh as
    /// [`refresh`](Self::refresh) says, for as long as a clone of the verifier is there. Nothing else
    /// may be a source of keys then.
    ///
    /// [`build`](Self::build) does not wait for the provider: within a tokio runtime it starts to
    /// fetch, outside of one the first request does. Until there are keys, every token is answered
    /// with 503; [`JwtVerifier::ready`](crate::JwtVerifier::ready) waits for them. The runtime must
    /// have its timer and its I/O enabled, as `#[tokio::main]` has.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://id.example.com/realms/shop")
    ///     .audience("orders-api")
    ///     .discover()
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn discover(mut self) -> Self {
        self.remote.origins.push(KeyOrigin::Metadata);
        self
    }

    /// Fetches the keys from this address, an absolute `https` URL (`http` for loopback hosts), as
    /// [`discover`](Self::discover) does, but without asking for metadata: for an issuer that
    /// publishes none. Behind the feature `http_client`.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("accounts.example.com")
    ///     .audience("orders-api")
    ///     .jwks_uri("https://accounts.example.com/keys.json")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.remote.origins.push(KeyOrigin::Address(url.into()));
        self
    }

    /// How keys that are fetched are kept fresh. By default [`KeyRefresh::default`]. Behind the
    /// feature `http_client`.
    pub fn refresh(mut self, refresh: KeyRefresh) -> Self {
        self.remote.refresh = refresh;
        self
    }
}
