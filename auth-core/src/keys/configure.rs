//! How a verifier is told where its keys come from.

use std::fmt;

use super::KeySourceError;
use super::current_keys::LiveKeys;
use super::issuer_keys::IssuerKeys;
use super::refresh::{Fetcher, JwksRefresh, RefreshedKeys};
use super::shared::SharedKeys;
use super::source::AnyKeySource;
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::backend::CryptoBackend;
use crate::sync::Arc;

/// Where keys are to be fetched, and how often.
#[derive(Debug, Default)]
pub(crate) struct KeySources {
    /// More than one is a mistake that is told later.
    origins: Vec<Origin>,
    refresh: Option<JwksRefresh>,
}

/// Where keys come from, as it is configured.
#[derive(Debug)]
pub(crate) enum Origin {
    /// From a source of their own.
    Own(Box<dyn KeyOrigin>),
    /// From where other verifiers have them too.
    Shared(SharedKeys),
}

/// What becomes a source of keys once it is known for which issuer.
pub(crate) trait KeyOrigin: fmt::Debug + Send + Sync {
    /// The source for this issuer.
    fn open(
        self: Box<Self>,
        issuer: &str,
        refresh: &JwksRefresh,
    ) -> Result<Box<dyn AnyKeySource>, KeySourceError>;

    /// How it is kept fresh if nothing else is said.
    fn default_refresh(&self) -> JwksRefresh {
        JwksRefresh::default()
    }

    /// Whether a key that says that it is for one issuer is left out.
    fn is_for_every_issuer(&self) -> bool {
        false
    }
}

impl KeySources {
    /// Adds a place that keys come from.
    pub(crate) fn add(&mut self, origin: impl KeyOrigin + 'static) {
        self.origins.push(Origin::Own(Box::new(origin)));
    }

    /// Adds keys that other verifiers have too.
    pub(crate) fn share(&mut self, keys: SharedKeys) {
        self.origins.push(Origin::Shared(keys));
    }

    pub(crate) fn refresh(&mut self, refresh: JwksRefresh) {
        self.refresh = Some(refresh);
    }

    pub(crate) fn are_wanted(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Starts to fetch, if a runtime is there.
    pub(crate) fn build(
        mut self,
        issuer: &str,
        allowed: AlgorithmSet,
        backend: Option<CryptoBackend>,
    ) -> Result<IssuerKeys, KeySourceError> {
        let (Some(origin), true) = (self.origins.pop(), self.origins.is_empty()) else {
            return Err(KeySourceError::SeveralKeySources);
        };
        if let Some(refresh) = &self.refresh {
            refresh.check()?;
        }
        let origin = match origin {
            Origin::Shared(_) if backend.is_some() => {
                return Err(KeySourceError::ProviderOfSharedKeys);
            }
            Origin::Shared(shared) => return Ok(shared.keys),
            Origin::Own(origin) => origin,
        };
        let refresh = self.refresh.unwrap_or_else(|| origin.default_refresh());
        let for_every_issuer = origin.is_for_every_issuer();
        let from = origin.open(issuer, &refresh)?;
        let live = Arc::new(LiveKeys::awaited());
        let fetcher = Fetcher { issuer: issuer.into(), allowed, backend, for_every_issuer, from };
        let refreshed = RefreshedKeys::new(fetcher, Arc::clone(&live), &refresh);
        Ok(IssuerKeys::refreshed(live, refreshed))
    }
}
