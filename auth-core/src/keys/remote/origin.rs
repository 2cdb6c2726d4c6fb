//! How a key set is configured that is fetched over HTTP.

use super::address;
use super::discovery;
use super::http::{HttpClient, HttpError};
use super::key_set::HttpKeys;
use super::token_file::TokenFile;
use crate::keys::configure::KeyOrigin;
use crate::keys::source::AnyKeySource;
use crate::keys::{JwksRefresh, KeySourceError};
use crate::sync::Mutex;

/// Who says where the key set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// The metadata of the issuer, at its own address.
    InMetadata,
    /// The metadata of the issuer, at this address.
    InMetadataAt(String),
    /// The configuration.
    At(String),
}

impl KeyOrigin for Published {
    fn open(
        self: Box<Self>,
        issuer: &str,
        refresh: &JwksRefresh,
    ) -> Result<Box<dyn AnyKeySource>, KeySourceError> {
        let published = *self;
        let hosts = &refresh.http().insecure_hosts;
        let parse = |url: &str| address::parse_or_named(url, hosts);
        let (first_address, parsed) = match &published {
            Self::InMetadata => {
                let parsed = parse(issuer).filter(|_| discovery::is_discoverable(issuer, hosts));
                (issuer, parsed.ok_or_else(|| KeySourceError::IssuerAddress(issuer.to_owned()))?)
            }
            Self::InMetadataAt(url) => {
                (url.as_str(), parse(url).ok_or_else(|| KeySourceError::MetadataUrl(url.clone()))?)
            }
            Self::At(url) => {
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
        Ok(Box::new(HttpKeys {
            client,
            issuer: issuer.into(),
            published,
            metadata_age: refresh.limits().max_age,
            token_file,
            memory: Mutex::default(),
        }))
    }
}

/// The key set of Entra at this address, for all of its tenants.
#[derive(Debug)]
pub(super) struct OfEntra(pub(super) String);

impl KeyOrigin for OfEntra {
    fn open(
        self: Box<Self>,
        issuer: &str,
        refresh: &JwksRefresh,
    ) -> Result<Box<dyn AnyKeySource>, KeySourceError> {
        Box::new(Published::At(self.0)).open(issuer, refresh)
    }

    fn is_for_every_issuer(&self) -> bool {
        true
    }
}
