//! A key set that is served over HTTP.

use std::time::Duration;

use http::header::ETAG;
use http::{HeaderValue, StatusCode};
use thiserror::Error;

use super::discovery::{self, DiscoveryError, Endpoint};
use super::freshness::freshness;
use super::http::{HttpClient, HttpError, Wanted};
use super::origin::Published;
use super::token_file::{TokenFile, TokenFileError};
use crate::jose::jwks::JwksError;
use crate::keys::source::{Answer, AnyKeySource, Fetching, Usable};
use crate::sync::{Mutex, MutexGuard, PoisonError};

/// A key set that is served over HTTP.
pub(super) struct HttpKeys {
    pub(super) client: HttpClient,
    pub(super) issuer: Box<str>,
    pub(super) published: Published,
    /// How long the metadata is accepted without being asked for again.
    pub(super) metadata_age: Duration,
    pub(super) token_file: Option<TokenFile>,
    /// Locked for moments: there is one refresh at a time.
    pub(super) memory: Mutex<Memory>,
}

/// What is remembered from one refresh to the next.
#[derive(Default)]
pub(super) struct Memory {
    /// Where the metadata says that the key set is, and when it said so.
    located: Option<(String, Duration)>,
    /// The last refresh hung, on the metadata or on the set: the next begins with the other.
    in_doubt: bool,
    /// What its server calls the last good set.
    etag: Option<HeaderValue>,
    /// What its server calls the last set, which may turn out to be a bad one.
    offered: Option<HeaderValue>,
}

/// Why there is no key set. Holds nothing of what was sent.
#[derive(Debug, Error)]
enum HttpKeysError {
    #[error("{0}")]
    Discovery(#[from] DiscoveryError),
    #[error("the key set cannot be fetched: {0}")]
    Http(#[from] HttpError),
    #[error("the key set is answered with status {0}")]
    Status(StatusCode),
    #[error("{0}")]
    Jwks(JwksError),
    #[error(transparent)]
    TokenFile(#[from] TokenFileError),
}

impl AnyKeySource for HttpKeys {
    fn fetch<'a>(&'a self, now: Duration, usable: &'a Usable<'_>) -> Fetching<'a> {
        Box::pin(
            async move { self.fetch_set(now, usable).await.map_err(|error| error.to_string()) },
        )
    }

    fn accepted(&self) {
        let mut memory = self.memory();
        memory.etag = memory.offered.take();
    }

    fn timed_out(&self) {
        let mut memory = self.memory();
        memory.in_doubt = !memory.in_doubt;
    }
}

impl HttpKeys {
    /// Fetches the key set, in at most five requests: from where it was last time; if none of use is
    /// there any more, from where the metadata says that it has moved to.
    async fn fetch_set(&self, now: Duration, usable: &Usable<'_>) -> Result<Answer, HttpKeysError> {
        let known = match &self.published {
            Published::At(address) => return self.fetch_from(address).await,
            Published::InMetadata | Published::InMetadataAt(_) => self.memory().located.clone(),
        };
        let Some((known, since)) = known else {
            let address = self.locate(now).await?;
            return self.fetch_from(&address).await;
        };
        let is_old = now.saturating_sub(since) >= self.metadata_age;
        if is_old != self.memory().in_doubt {
            let address = self.locate(now).await.unwrap_or(known);
            return self.fetch_from(&address).await;
        }
        let outcome = self.fetch_from(&known).await;
        if let Ok(Answer { json, .. }) = &outcome
            && json.as_deref().is_none_or(usable)
        {
            return outcome;
        }
        match self.locate(now).await {
            Ok(moved) if moved != known => self.fetch_from(&moved).await,
            _ => outcome,
        }
    }

    /// Asks the metadata. Another address means another set, also with the same tag.
    async fn locate(&self, now: Duration) -> Result<String, DiscoveryError> {
        let (client, issuer, wanted) = (&self.client, &*self.issuer, Endpoint::KeySet);
        let address = match &self.published {
            Published::InMetadataAt(url) => {
                discovery::endpoint_at(client, url, issuer, wanted).await?
            }
            Published::InMetadata | Published::At(_) => {
                discovery::endpoint(client, issuer, wanted).await?
            }
        };
        let mut memory = self.memory();
        if memory.located.as_ref().is_none_or(|(known, _)| *known != address) {
            memory.etag = None;
        }
        memory.located = Some((address.clone(), now));
        memory.in_doubt = false;
        Ok(address)
    }

    async fn fetch_from(&self, address: &str) -> Result<Answer, HttpKeysError> {
        let authorization = match &self.token_file {
            Some(file) => file.authorization_for(address).await?,
            None => None,
        };
        let etag = self.memory().etag.clone();
        let wanted = Wanted::KeySet { etag: etag.as_ref(), authorization: authorization.as_ref() };
        let answer = self.client.get(address, wanted).await?;
        let age = freshness(&answer.headers);
        match answer.status {
            StatusCode::NOT_MODIFIED if etag.is_some() => Ok(Answer { json: None, age }),
            StatusCode::OK => {
                self.memory().offered = answer.headers.get(ETAG).cloned();
                let json = String::from_utf8(answer.body)
                    .map_err(|_| HttpKeysError::Jwks(JwksError::NotJson))?;
                Ok(Answer { json: Some(json), age })
            }
            status => Err(HttpKeysError::Status(status)),
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Nothing that holds the lock can panic.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
