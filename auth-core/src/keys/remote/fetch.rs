//! Where the keys of an issuer come from, and what is remembered of the last time.

use std::time::Duration;

use http::header::ETAG;
use http::{HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::discovery::{self, DiscoveryError, Endpoint};
use super::freshness::freshness;
use super::http::{HttpClient, HttpError, Wanted};
use super::source::AnyKeySource;
use super::token_file::{TokenFile, TokenFileError};
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::backend::CryptoBackend;
use crate::jose::jwks::{Jwks, JwksError};
use crate::sync::Arc;

/// Where a key set is fetched, and what makes it one of use.
pub(crate) struct Fetcher {
    /// What the log calls it by.
    pub(crate) issuer: Box<str>,
    /// A set without a key for any of these is of no use.
    pub(crate) allowed: AlgorithmSet,
    /// What verifies with the keys, if it is another library than the default.
    pub(crate) backend: Option<CryptoBackend>,
    /// Whether a key that says that it is for one issuer is left out.
    pub(crate) for_every_issuer: bool,
    pub(crate) from: Place,
}

/// Where key sets come from.
pub(crate) enum Place {
    /// A server.
    Http(HttpKeys),
    /// The application.
    Own(Arc<dyn AnyKeySource>),
}

/// A key set that is served over HTTP.
pub(crate) struct HttpKeys {
    pub(crate) client: HttpClient,
    pub(crate) published: Published,
    /// How long the metadata is accepted without being asked for again.
    pub(crate) metadata_age: Duration,
    pub(crate) token_file: Option<TokenFile>,
}

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

/// What is remembered from one refresh to the next.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    /// Where the metadata says that the key set is, and when it said so.
    located: Option<(String, Duration)>,
    /// The last refresh hung, on the metadata or on the set: the next begins with the other.
    in_doubt: bool,
    /// The last good set, by what its server calls it and by its bytes.
    etag: Option<HeaderValue>,
    digest: Option<[u8; 32]>,
}

impl Memory {
    /// A refresh was not finished in time.
    pub(crate) fn hung(&mut self) {
        self.in_doubt = !self.in_doubt;
    }
}

/// What a refresh brought.
pub(crate) enum Fetched {
    /// The set is the one that there was.
    Same { age: Option<Duration> },
    /// Another set.
    New { jwks: Jwks, age: Option<Duration> },
}

/// Why there is no key set. Holds nothing of what was sent.
#[derive(Debug, Error)]
pub(crate) enum FetchError {
    #[error("{0}")]
    Discovery(#[from] DiscoveryError),
    #[error("the key set cannot be fetched: {0}")]
    Http(#[from] HttpError),
    #[error("the key set is answered with status {0}")]
    Status(StatusCode),
    #[error("{0}")]
    Jwks(#[from] JwksError),
    #[error("no key of the set is for an allowed algorithm")]
    NoAllowedKey,
    #[error(transparent)]
    TokenFile(#[from] TokenFileError),
    #[error("the source of keys has none: {0}")]
    Source(String),
    #[error("no whole answer within the time limit")]
    Timeout,
    #[error("the tokio runtime has no timer\nhelp: build it with `enable_all`")]
    NoTimer,
}

impl FetchError {
    /// Whether a key set came that holds keys, none of them usable.
    pub(crate) const fn is_unusable_set(&self) -> bool {
        matches!(self, Self::NoAllowedKey | Self::Jwks(JwksError::NoUsableKey { keys: 1.., .. }))
    }
}

/// A key set as it came.
struct Answer {
    body: Vec<u8>,
    etag: Option<HeaderValue>,
    age: Option<Duration>,
}

impl Fetcher {
    /// Fetches the key set.
    pub(crate) async fn fetch(
        &self,
        memory: &mut Memory,
        now: Duration,
    ) -> Result<Fetched, FetchError> {
        match &self.from {
            Place::Http(http) => http.fetch(self, memory, now).await,
            Place::Own(source) => {
                let document = source.fetch().await.map_err(FetchError::Source)?;
                let (json, age) = document.into_parts();
                self.read(Answer { body: json.into_bytes(), etag: None, age }, memory)
            }
        }
    }

    fn read(&self, answer: Answer, memory: &mut Memory) -> Result<Fetched, FetchError> {
        let Answer { body, etag, age } = answer;
        let digest: [u8; 32] = Sha256::digest(&body).into();
        let fetched = if memory.digest == Some(digest) {
            Fetched::Same { age }
        } else {
            let text = std::str::from_utf8(&body).map_err(|_| JwksError::NotJson)?;
            let jwks = Jwks::read(text, self.for_every_issuer)?;
            let jwks = match self.backend {
                Some(backend) => jwks.bound_to(backend),
                None => jwks,
            };
            if !jwks.keys().can_verify(self.allowed) {
                return Err(FetchError::NoAllowedKey);
            }
            Fetched::New { jwks, age }
        };
        // Only what is good is remembered: bad sets are looked at anew each time.
        memory.digest = Some(digest);
        memory.etag = etag;
        Ok(fetched)
    }
}

impl HttpKeys {
    /// Fetches the key set, in at most five requests: from where it was last time; if it is not there
    /// any more, from where the metadata says that it has moved to.
    async fn fetch(
        &self,
        fetcher: &Fetcher,
        memory: &mut Memory,
        now: Duration,
    ) -> Result<Fetched, FetchError> {
        let known = match &self.published {
            Published::At(address) => return self.fetch_from(address, fetcher, memory).await,
            Published::InMetadata | Published::InMetadataAt(_) => memory.located.clone(),
        };
        let Some((known, since)) = known else {
            let address = self.locate(fetcher, memory, now).await?;
            return self.fetch_from(&address, fetcher, memory).await;
        };
        let is_old = now.saturating_sub(since) >= self.metadata_age;
        if is_old != memory.in_doubt {
            let address = self.locate(fetcher, memory, now).await.unwrap_or(known);
            return self.fetch_from(&address, fetcher, memory).await;
        }
        let failed = match self.fetch_from(&known, fetcher, memory).await {
            Err(failed) => failed,
            done => return done,
        };
        match self.locate(fetcher, memory, now).await {
            Ok(moved) if moved != known => self.fetch_from(&moved, fetcher, memory).await,
            _ => Err(failed),
        }
    }

    /// Asks the metadata. Another address means another set, whatever its tag.
    async fn locate(
        &self,
        fetcher: &Fetcher,
        memory: &mut Memory,
        now: Duration,
    ) -> Result<String, DiscoveryError> {
        let (client, issuer, wanted) = (&self.client, &*fetcher.issuer, Endpoint::KeySet);
        let address = match &self.published {
            Published::InMetadataAt(url) => {
                discovery::endpoint_at(client, url, issuer, wanted).await?
            }
            Published::InMetadata | Published::At(_) => {
                discovery::endpoint(client, issuer, wanted).await?
            }
        };
        if memory.located.as_ref().is_none_or(|(known, _)| *known != address) {
            memory.etag = None;
        }
        memory.located = Some((address.clone(), now));
        memory.in_doubt = false;
        Ok(address)
    }

    async fn fetch_from(
        &self,
        address: &str,
        fetcher: &Fetcher,
        memory: &mut Memory,
    ) -> Result<Fetched, FetchError> {
        let authorization = match &self.token_file {
            Some(file) => file.authorization_for(address).await?,
            None => None,
        };
        let etag = memory.etag.as_ref();
        let wanted = Wanted::KeySet { etag, authorization: authorization.as_ref() };
        let answer = self.client.get(address, wanted).await?;
        let age = freshness(&answer.headers);
        match answer.status {
            StatusCode::NOT_MODIFIED if memory.etag.is_some() => Ok(Fetched::Same { age }),
            StatusCode::OK => {
                let etag = answer.headers.get(ETAG).cloned();
                fetcher.read(Answer { body: answer.body, etag, age }, memory)
            }
            status => Err(FetchError::Status(status)),
        }
    }
}
