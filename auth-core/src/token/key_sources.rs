//! The settings that say where the keys of a verifier come from, and the wait for the first keys.

use std::time::Duration;

use super::builder::JwtVerifierBuilder;
use super::verifier::JwtVerifier;
use crate::keys::{JwksFile, JwksRefresh, KeySource, NotReady, OwnSource, SharedKeys};

impl JwtVerifierBuilder {
    /// Has the keys from a source of the application, asked as [`refresh`](Self::refresh) says.
    pub fn key_source(mut self, source: impl KeySource) -> Self {
        self.sources.add(OwnSource(source));
        self
    }

    /// Reads the keys from a file that may change while the service runs, such as one that is mounted:
    /// it is read anew every five seconds, and once a second when tokens come whose key is not there.
    /// [`refresh`](Self::refresh) can say otherwise.
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
        self.sources.add(JwksFile::new(path));
        self
    }

    /// Has keys that other verifiers have too. [`refresh`](Self::refresh) says nothing then: they are
    /// kept fresh as they were made.
    pub fn shared_keys(mut self, keys: SharedKeys) -> Self {
        self.sources.share(keys);
        self
    }

    /// How keys that are fetched are kept fresh. By default [`JwksRefresh::default`].
    pub fn refresh(mut self, refresh: JwksRefresh) -> Self {
        self.sources.refresh(refresh);
        self
    }
}

impl JwtVerifier {
    /// Waits until there are keys to verify with, for as long as `limit`: for services that want to
    /// start only then. With keys that were configured it is ready at once.
    ///
    /// # Errors
    /// If there are no keys by then, with the reason why the last attempt failed. The verifier goes on
    /// trying. Outside of a tokio runtime at once.
    ///
    /// ```no_run
    /// # async fn start(verifier: auth_core::JwtVerifier) -> Result<(), auth_core::keys::NotReady> {
    /// verifier.ready(std::time::Duration::from_secs(10)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn ready(&self, limit: Duration) -> Result<(), NotReady> {
        self.inner().keys.ready(limit).await.map_err(|reason| NotReady {
            issuer: self.issuer().to_owned(),
            waited: limit,
            reason: reason.unwrap_or_else(|| "no attempt has ended".to_owned()),
        })
    }
}
