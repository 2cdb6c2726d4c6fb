//! The settings that say where the keys of a verifier come from.

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
use crate::wording::Problems;

/// Where keys are to be fetched, and how often.
#[derive(Debug, Default)]
pub(crate) struct KeySources {
    /// More than one is an error of `build`.
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

/// Where keys come from, checked.
pub(crate) enum OpenedKeys {
    Own(Fetcher, Box<JwksRefresh>),
    Shared(IssuerKeys),
}

/// What becomes a source of keys once it is known for which issuer.
pub(crate) trait KeyOrigin: fmt::Debug + Send + Sync {
    /// Whether there can be no source without the name of the issuer.
    fn needs_issuer(&self) -> bool {
        false
    }

    /// The source for this issuer. Reaches out to no one.
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

    /// Checks all of it, and reaches out to no one yet. Nothing comes of it if the issuer would have to be
    /// known and is not.
    pub(crate) fn open(
        self,
        issuer: Option<&str>,
        allowed: AlgorithmSet,
        backend: Option<CryptoBackend>,
    ) -> Result<Option<OpenedKeys>, KeySourceError> {
        let mut problems = Problems::default();
        if let Some(refresh) = &self.refresh {
            problems.right(refresh.check());
        }
        let mut origins = self.origins.into_iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else {
            problems.add(KeySourceError::SeveralKeySources);
            return problems.finish(None);
        };
        let opened = match origin {
            Origin::Shared(shared) => {
                problems.unless(backend.is_none(), || KeySourceError::ProviderOfSharedKeys);
                Some(Some(OpenedKeys::Shared(shared.keys)))
            }
            Origin::Own(origin) if issuer.is_none() && origin.needs_issuer() => Some(None),
            Origin::Own(origin) => {
                let issuer = issuer.unwrap_or_default();
                let refresh = self.refresh.unwrap_or_else(|| origin.default_refresh());
                let for_every_issuer = origin.is_for_every_issuer();
                problems.right(origin.open(issuer, &refresh)).map(|from| {
                    let issuer = issuer.into();
                    let fetcher = Fetcher { issuer, allowed, backend, for_every_issuer, from };
                    Some(OpenedKeys::Own(fetcher, Box::new(refresh)))
                })
            }
        };
        problems.finish(opened)
    }
}

impl OpenedKeys {
    /// Starts to fetch, if a runtime is there.
    pub(crate) fn start(self) -> IssuerKeys {
        match self {
            Self::Shared(keys) => keys,
            Self::Own(fetcher, refresh) => {
                let live = Arc::new(LiveKeys::pending());
                let refreshed = RefreshedKeys::new(fetcher, Arc::clone(&live), &refresh);
                IssuerKeys::refreshed(live, refreshed)
            }
        }
    }
}
