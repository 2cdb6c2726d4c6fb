//! How a verifier is told to fetch its keys.

use super::discovery;
use super::fetch::{Fetcher, HttpKeys, Place, Published};
use super::http::{HttpClient, HttpError};
use super::refresher::RemoteKeys;
use super::settings::JwksRefresh;
use super::shared::SharedKeys;
use super::source::{AnyKeySource, JwksFile};
use super::token_file::TokenFile;
use crate::address;
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::backend::CryptoBackend;
use crate::keys::KeySourceError;
use crate::keys::current_keys::LiveKeys;
use crate::sync::Arc;

/// Where keys are to be fetched, and how often.
#[derive(Debug, Default)]
pub(crate) struct RemoteKeysBuilder {
    /// More than one is a mistake that is told later.
    origins: Vec<Origin>,
    refresh: Option<JwksRefresh>,
}

/// Where keys come from, as it is configured.
#[derive(Debug)]
pub(crate) enum Origin {
    /// From where the metadata of the issuer says.
    Metadata,
    /// The same, with the metadata at this address.
    MetadataAt(String),
    /// From this address.
    Address(String),
    /// From this file, as often as suits a file.
    File(JwksFile),
    /// From a source of the application.
    Own(Arc<dyn AnyKeySource>),
    /// From this address, but for keys that are for one issuer alone.
    OfEntra(String),
    /// From where other verifiers have them too.
    Shared(SharedKeys),
}

/// The keys in force, and what keeps them fresh.
type Fetching = (Arc<LiveKeys>, Arc<RemoteKeys>);

impl RemoteKeysBuilder {
    /// Adds a place that keys come from.
    pub(crate) fn from(&mut self, origin: Origin) {
        self.origins.push(origin);
    }

    pub(crate) fn refresh(&mut self, refresh: JwksRefresh) {
        self.refresh = Some(refresh);
    }

    pub(super) fn of(origin: Origin, refresh: JwksRefresh) -> Self {
        Self { origins: vec![origin], refresh: Some(refresh) }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Starts to fetch, if a runtime is there.
    pub(crate) fn build(
        mut self,
        issuer: &str,
        allowed: AlgorithmSet,
        backend: Option<CryptoBackend>,
    ) -> Result<Fetching, KeySourceError> {
        let (Some(origin), true) = (self.origins.pop(), self.origins.is_empty()) else {
            return Err(KeySourceError::SeveralKeySources);
        };
        let refresh = match (&origin, self.refresh) {
            (_, Some(refresh)) => refresh,
            (Origin::File(_), None) => JwksRefresh::of_file(),
            (_, None) => JwksRefresh::default(),
        };
        refresh.check()?;
        let for_every_issuer = matches!(origin, Origin::OfEntra(_));
        let from = match origin {
            Origin::Shared(_) if backend.is_some() => {
                return Err(KeySourceError::ProviderOfSharedKeys);
            }
            Origin::Shared(keys) => return Ok((keys.live, keys.remote)),
            Origin::Own(source) => Place::Own(source),
            Origin::File(file) => Place::Own(Arc::new(file)),
            Origin::Metadata => over_http(Published::InMetadata, issuer, &refresh)?,
            Origin::MetadataAt(url) => over_http(Published::InMetadataAt(url), issuer, &refresh)?,
            Origin::Address(url) | Origin::OfEntra(url) => {
                over_http(Published::At(url), issuer, &refresh)?
            }
        };
        let live = Arc::new(LiveKeys::awaited());
        let fetcher = Fetcher { issuer: issuer.into(), allowed, backend, for_every_issuer, from };
        let remote = RemoteKeys::new(fetcher, Arc::clone(&live), &refresh);
        Ok((live, Arc::new(remote)))
    }
}

fn over_http(
    published: Published,
    issuer: &str,
    refresh: &JwksRefresh,
) -> Result<Place, KeySourceError> {
    let hosts = &refresh.http().insecure_hosts;
    let parse = |url: &str| address::parse_or_named(url, hosts);
    let (first_address, parsed) = match &published {
        Published::InMetadata => {
            let parsed = parse(issuer).filter(|_| discovery::is_discoverable(issuer, hosts));
            (issuer, parsed.ok_or_else(|| KeySourceError::IssuerAddress(issuer.to_owned()))?)
        }
        Published::InMetadataAt(url) => {
            (url.as_str(), parse(url).ok_or_else(|| KeySourceError::MetadataUrl(url.clone()))?)
        }
        Published::At(url) => {
            (url.as_str(), parse(url).ok_or_else(|| KeySourceError::JwksUri(url.clone()))?)
        }
    };
    let client = HttpClient::for_address(first_address, refresh.http());
    let client = client.map_err(|error| match error {
        HttpError::Certificate => KeySourceError::RootCertificates,
        HttpError::UserAgent => KeySourceError::UserAgent(refresh.http().user_agent.clone()),
        _ => KeySourceError::HttpClient,
    })?;
    let token_file = refresh.token_file().map(|path| TokenFile::new(path.to_owned(), parsed));
    let metadata_age = refresh.pace().max_age;
    Ok(Place::Http(HttpKeys { client, published, metadata_age, token_file }))
}
