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
use crate::wording::Problems;

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
        let mut problems = Problems::default();
        let hosts = &refresh.http().insecure_hosts;
        let parse = |url: &str| address::parse_or_named(url, hosts);
        let (first, address) = match &*self {
            Self::InMetadata => {
                let address = parse(issuer).filter(|_| discovery::is_discoverable(issuer, hosts));
                (issuer, address.ok_or_else(|| KeySourceError::IssuerAddress(issuer.to_owned())))
            }
            Self::InMetadataAt(url) => {
                (url.as_str(), parse(url).ok_or_else(|| KeySourceError::MetadataUrl(url.clone())))
            }
            Self::At(url) => {
                (url.as_str(), parse(url).ok_or_else(|| KeySourceError::JwksUri(url.clone())))
            }
        };
        let address = problems.right(address);
        let client = HttpClient::for_address(first, refresh.http()).map_err(|errors| {
            let user_agent = || KeySourceError::UserAgent(refresh.http().user_agent.clone());
            let problem = |error| match error {
                HttpError::Certificate => KeySourceError::RootCertificates,
                HttpError::UserAgent => user_agent(),
                _ => KeySourceError::HttpClient,
            };
            KeySourceError::Several(errors.into_iter().map(problem).collect())
        });
        let keys = address.zip(problems.right(client)).map(|(server, client)| HttpKeys {
            client,
            issuer: issuer.into(),
            published: *self,
            metadata_age: refresh.limits().max_age,
            token_file: refresh.token_file().map(|path| TokenFile::new(path.to_owned(), server)),
            memory: Mutex::default(),
        });
        Ok(Box::new(problems.finish(keys)?))
    }

    fn needs_issuer(&self) -> bool {
        matches!(self, Self::InMetadata)
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
