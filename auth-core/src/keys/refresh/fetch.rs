//! One key set from a source, read.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::jose::algorithm::AlgorithmSet;
use crate::jose::backend::CryptoBackend;
use crate::jose::jwks::{Jwks, JwksError};
use crate::keys::source::{Answer, AnyKeySource};
use crate::sync::{Mutex, PoisonError};

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
    pub(crate) from: Box<dyn AnyKeySource>,
}

/// What a refresh brought.
pub(crate) enum Fetched {
    /// The set is the one that there was.
    Same { age: Option<Duration> },
    /// Another set.
    New { jwks: Jwks, age: Option<Duration> },
}

/// The last good set, by its bytes.
pub(super) type LastSet = Mutex<Option<[u8; 32]>>;

/// Why there is no key set. Holds nothing of what was sent.
#[derive(Debug, Error)]
pub(crate) enum FetchError {
    /// The source brought none: why, in its words.
    #[error("{0}")]
    Source(String),
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

impl Fetcher {
    /// Fetches the key set at this time, counted from some start. `last` is the last good set; only a
    /// good one takes its place, so a bad one is looked at anew each time.
    pub(crate) async fn fetch(&self, last: &LastSet, now: Duration) -> Result<Fetched, FetchError> {
        // Nothing that holds the lock can panic.
        let last = || last.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = |json: &str| -> [u8; 32] { Sha256::digest(json.as_bytes()).into() };
        let usable = |json: &str| *last() == Some(digest(json)) || self.read(json).is_ok();
        let answer = self.from.fetch(now, &usable).await.map_err(FetchError::Source)?;
        let Answer { json: Some(json), age } = answer else {
            return Ok(Fetched::Same { age: answer.age });
        };
        let digest = digest(&json);
        let fetched = if *last() == Some(digest) {
            Fetched::Same { age }
        } else {
            Fetched::New { jwks: self.read(&json)?, age }
        };
        *last() = Some(digest);
        self.from.accepted();
        Ok(fetched)
    }

    fn read(&self, json: &str) -> Result<Jwks, FetchError> {
        let jwks = Jwks::read(json, self.for_every_issuer)?;
        let jwks = match self.backend {
            Some(backend) => jwks.bound_to(backend),
            None => jwks,
        };
        if jwks.keys().can_verify(self.allowed) { Ok(jwks) } else { Err(FetchError::NoAllowedKey) }
    }
}
