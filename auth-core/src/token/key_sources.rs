//! How a verifier is told where its keys come from, and waits for the first of them. Behind the feature
//! `http_client`.

use std::time::Duration;

use super::builder::JwtVerifierBuilder;
use super::verifier::JwtVerifier;
use crate::keys::remote::Origin;
use crate::keys::{JwksFile, JwksRefresh, KeySource, NotReady, SharedKeys};
use crate::sync::Arc;

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
        self.remote.from(Origin::Metadata);
        self
    }

    /// [`discover`](Self::discover), with the metadata at this address: for an issuer that does not
    /// serve it where its own address says, such as Azure AD B2C, AD FS, or a Kubernetes cluster seen
    /// from outside. Behind the feature `http_client`.
    ///
    /// The document must still name the configured issuer, in `issuer` or (as AD FS does) in
    /// `access_token_issuer`.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://kubernetes.default.svc.cluster.local")
    ///     .audience("orders-api")
    ///     .discover_at("https://cluster.example.com:6443/.well-known/openid-configuration")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn discover_at(mut self, url: impl Into<String>) -> Self {
        self.remote.from(Origin::MetadataAt(url.into()));
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
        self.remote.from(Origin::Address(url.into()));
        self
    }

    /// Has the keys from a source of the application, asked as [`refresh`](Self::refresh) says. Behind
    /// the feature `http_client`.
    pub fn key_source(mut self, source: impl KeySource) -> Self {
        self.remote.from(Origin::Own(Arc::new(source)));
        self
    }

    /// Reads the keys from a file that may change while the service runs, such as one that is mounted:
    /// it is read anew every five seconds, and once a second when tokens come whose key is not there.
    /// [`refresh`](Self::refresh) can say otherwise. Behind the feature `http_client`.
    ///
    /// A file that is read once is [`Jwks::from_file`](crate::Jwks::from_file).
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://id.example.com")
    ///     .audience("orders-api")
    ///     .jwks_file("/etc/orders/jwks.json")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn jwks_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.remote.from(Origin::File(JwksFile::new(path)));
        self
    }

    /// Has keys that other verifiers have too. [`refresh`](Self::refresh) says nothing then: they are
    /// kept fresh as they were made. Behind the feature `http_client`.
    pub fn shared_keys(mut self, keys: SharedKeys) -> Self {
        self.remote.from(Origin::Shared(keys));
        self
    }

    /// How keys that are fetched are kept fresh. By default [`JwksRefresh::default`]. Behind the
    /// feature `http_client`.
    pub fn refresh(mut self, refresh: JwksRefresh) -> Self {
        self.remote.refresh(refresh);
        self
    }
}

impl JwtVerifier {
    /// Waits until there are keys to verify with, for as long as `limit`: for services that want to
    /// start only then. With keys that were configured it is ready at once. Behind the feature
    /// `http_client`.
    ///
    /// # Errors
    /// If there are none by then, with the reason why the last attempt failed. The verifier goes on
    /// trying. Outside of a tokio runtime at once.
    ///
    /// ```no_run
    /// # async fn start(verifier: auth_core::JwtVerifier) -> Result<(), auth_core::keys::NotReady> {
    /// verifier.ready(std::time::Duration::from_secs(10)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn ready(&self, limit: Duration) -> Result<(), NotReady> {
        let Some(remote) = self.remote() else { return Ok(()) };
        remote.ready(limit).await.map_err(|reason| NotReady {
            issuer: self.issuer().to_owned(),
            waited: limit,
            reason: reason.unwrap_or_else(|| "no attempt has ended".to_owned()),
        })
    }
}
