//! One key set for several verifiers.

use std::fmt;

use super::configure::{Origin, RemoteKeysBuilder};
use super::refresher::RemoteKeys;
use super::settings::JwksRefresh;
use super::source::KeySource;
use crate::jose::algorithm::AlgorithmSet;
use crate::keys::KeySourceError;
use crate::keys::current_keys::LiveKeys;
use crate::sync::Arc;

/// Keys that are fetched once for several verifiers: for a provider that signs the tokens of many
/// issuers with the same keys. Behind the feature `http_client`.
///
/// A clone shares the keys. They are kept fresh as long as a clone, or a verifier that has one, is
/// there. Each verifier still accepts its own issuer alone.
///
/// ```
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
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SharedKeys {
    name: Arc<str>,
    pub(super) live: Arc<LiveKeys>,
    pub(super) remote: Arc<RemoteKeys>,
}

impl SharedKeys {
    /// The keys at this address: [`JwtVerifierBuilder::jwks_uri`](crate::token::JwtVerifierBuilder::jwks_uri).
    ///
    /// # Errors
    /// If the address is no `https` URL, or a setting is out of its bounds.
    pub fn jwks_uri(url: impl Into<String>, refresh: JwksRefresh) -> Result<Self, KeySourceError> {
        let url = url.into();
        Self::start(&url.clone(), Origin::Address(url), refresh)
    }

    /// The keys that this source brings.
    ///
    /// # Errors
    /// If a setting is out of its bounds.
    pub fn from_source(
        source: impl KeySource,
        refresh: JwksRefresh,
    ) -> Result<Self, KeySourceError> {
        Self::start("the source of keys", Origin::Own(Arc::new(source)), refresh)
    }

    /// The keys of Entra for all of its tenants. A key that is for one issuer alone (the members of its
    /// set say so, in `issuer`) is none of them: the one for personal accounts must not sign for a
    /// company.
    pub(crate) fn entra(url: &str, refresh: JwksRefresh) -> Result<Self, KeySourceError> {
        Self::start(url, Origin::OfEntra(url.to_owned()), refresh)
    }

    pub(crate) fn start(
        name: &str,
        origin: Origin,
        refresh: JwksRefresh,
    ) -> Result<Self, KeySourceError> {
        let builder = RemoteKeysBuilder::of(origin, refresh);
        let (live, remote) = builder.build(name, AlgorithmSet::all(), None)?;
        Ok(Self { name: name.into(), live, remote })
    }
}

impl fmt::Debug for SharedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedKeys")
            .field("name", &self.name)
            .field("keys", &self.live)
            .finish_non_exhaustive()
    }
}
