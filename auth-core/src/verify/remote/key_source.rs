//! Where the keys of an issuer come from, and what is remembered of the last time.

use std::time::Duration;

use http::header::ETAG;
use http::{HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::discovery::{self, DiscoveryError, Endpoint};
use super::freshness::freshness;
use super::http::{HttpAnswer, HttpClient, HttpError};
use crate::verify::algorithm::AlgorithmSet;
use crate::verify::jwks::{Jwks, JwksError};

/// Who says where the key set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyOrigin {
    /// The metadata of the issuer.
    Metadata,
    /// The configuration.
    Address(String),
}

/// A place where key sets are fetched.
pub(crate) struct KeySource {
    pub(crate) client: HttpClient,
    pub(crate) issuer: Box<str>,
    pub(crate) origin: KeyOrigin,
    /// A set without a key for any of these is of no use.
    pub(crate) allowed: AlgorithmSet,
    /// How long the metadata is believed without being asked for again.
    pub(crate) metadata_age: Duration,
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

impl KeySource {
    /// Fetches the key set, in at most five requests: from where it was last time; if it is not there
    /// any more, from where the metadata says that it has moved to.
    pub(crate) async fn fetch(
        &self,
        memory: &mut Memory,
        now: Duration,
    ) -> Result<Fetched, FetchError> {
        let known = match &self.origin {
            KeyOrigin::Address(address) => return self.fetch_from(address, memory).await,
            KeyOrigin::Metadata => memory.located.clone(),
        };
        let Some((known, since)) = known else {
            let address = self.locate(memory, now).await?;
            return self.fetch_from(&address, memory).await;
        };
        let is_old = now.saturating_sub(since) >= self.metadata_age;
        if is_old != memory.in_doubt {
            let address = self.locate(memory, now).await.unwrap_or(known);
            return self.fetch_from(&address, memory).await;
        }
        let failed = match self.fetch_from(&known, memory).await {
            Err(failed) => failed,
            fetched => return fetched,
        };
        match self.locate(memory, now).await {
            Ok(moved) if moved != known => self.fetch_from(&moved, memory).await,
            _ => Err(failed),
        }
    }

    /// Asks the metadata. Another address means another set, whatever its tag.
    async fn locate(&self, memory: &mut Memory, now: Duration) -> Result<String, DiscoveryError> {
        let address = discovery::endpoint(&self.client, &self.issuer, Endpoint::KeySet).await?;
        if memory.located.as_ref().is_none_or(|(known, _)| *known != address) {
            memory.etag = None;
        }
        memory.located = Some((address.clone(), now));
        memory.in_doubt = false;
        Ok(address)
    }

    async fn fetch_from(&self, address: &str, memory: &mut Memory) -> Result<Fetched, FetchError> {
        let answer = self.client.get(address, memory.etag.as_ref()).await?;
        let age = freshness(&answer.headers);
        match answer.status {
            StatusCode::NOT_MODIFIED if memory.etag.is_some() => Ok(Fetched::Same { age }),
            StatusCode::OK => self.read(&answer, memory, age),
            status => Err(FetchError::Status(status)),
        }
    }

    fn read(
        &self,
        answer: &HttpAnswer,
        memory: &mut Memory,
        age: Option<Duration>,
    ) -> Result<Fetched, FetchError> {
        let digest: [u8; 32] = Sha256::digest(&answer.body).into();
        let fetched = if memory.digest == Some(digest) {
            Fetched::Same { age }
        } else {
            let text = std::str::from_utf8(&answer.body).map_err(|_| JwksError::NotJson)?;
            let jwks = Jwks::read(text)?;
            if !jwks.keys().can_verify(self.allowed) {
                return Err(FetchError::NoAllowedKey);
            }
            Fetched::New { jwks, age }
        };
        // Only what is good is remembered: bad sets are looked at anew each time.
        memory.digest = Some(digest);
        memory.etag = answer.headers.get(ETAG).cloned();
        Ok(fetched)
    }
}
