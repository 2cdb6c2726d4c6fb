//! One key set for several verifiers.

use std::fmt;

use super::configure::{KeyOrigin, KeySources};
use super::issuer_keys::IssuerKeys;
use super::source::{KeySource, OwnSource};
use super::{JwksRefresh, KeySourceError};
use crate::jose::algorithm::AlgorithmSet;
use crate::sync::Arc;

/// Keys that are fetched once for several verifiers: for a provider that signs the tokens of many
/// issuers with the same keys.
///
/// A clone shares the keys. They are kept fresh as long as a clone, or a verifier that has one, is
/// there. Each verifier still accepts its own issuer alone.
///
/// ```
/// # #[cfg(feature = "http_client")] {
/// use auth_core::JwtVerifier;
/// use auth_core::keys::{JwksRefresh, SharedKeys};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = SharedKeys::jwks_uri("https://login.example.com/common/keys", JwksRefresh::default())?;
/// let tenant = |name: &str| {
///     JwtVerifier::builder()
///         .issuer(format!("https://login.example.com/{name}"))
///         .audience("orders-api")
///         .shared_keys(keys.clone())
///         .build()
/// };
/// let (north, south) = (tenant("north")?, tenant("south")?);
/// # Ok(()) } main().unwrap() }
/// ```
#[derive(Clone)]
pub struct SharedKeys {
    name: Arc<str>,
    pub(super) keys: IssuerKeys,
}

impl SharedKeys {
    /// The keys that this source brings.
    ///
    /// # Errors
    /// If a setting is out of its bounds.
    pub fn from_source(
        source: impl KeySource,
        refresh: JwksRefresh,
    ) -> Result<Self, KeySourceError> {
        Self::start("the source of keys", OwnSource(source), refresh)
    }

    pub(super) fn local(keys: IssuerKeys) -> Self {
        Self { name: "the issuer in this program".into(), keys }
    }

    pub(super) fn start(
        name: &str,
        origin: impl KeyOrigin + 'static,
        refresh: JwksRefresh,
    ) -> Result<Self, KeySourceError> {
        let mut sources = KeySources::default();
        sources.add(origin);
        sources.refresh(refresh);
        let opened = sources.open(Some(name), AlgorithmSet::all(), None)?;
        let keys = opened.ok_or(KeySourceError::SeveralKeySources)?.start();
        Ok(Self { name: name.into(), keys })
    }
}

impl fmt::Debug for SharedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedKeys")
            .field("name", &self.name)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
