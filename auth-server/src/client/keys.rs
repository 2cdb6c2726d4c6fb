//! The public keys of a client at its `jwks_uri`.

use std::fmt;
use std::sync::Arc;

use auth_core::Jwks;
use quick_cache::sync::Cache;
use serde_json::Value;

use crate::fetch::{FetchError, FetchFor, Fetcher};

/// How long a key set may be, in bytes: with a chain of certificates a key has some kilobytes.
const MAX_BYTES: usize = 64 * 1024;
/// How many key sets are cached.
const CAPACITY: usize = 1_000;
/// How long a key set is cached, in seconds: at least, by default, and at most.
const LEAST: u64 = 60;
const STANDARD: u64 = 600;
const MOST: u64 = 24 * 3600;
/// For how many seconds after a fetch there is no other one.
const COOL_DOWN: u64 = 30;

type Keys = (Arc<Jwks>, Arc<[String]>);

/// Key sets by their addresses.
pub(crate) struct RemoteKeys {
    fetcher: Fetcher,
    cache: Cache<String, Cached>,
}

#[derive(Clone)]
struct Cached {
    /// What the last fetch found: the keys and their `kid`s; `None` if the document is not a key set.
    found: Result<Option<Keys>, FetchError>,
    /// When this was read, in seconds since 1970.
    read_at: u64,
    /// When the last fetch was, in seconds since 1970.
    fetched_at: u64,
    /// Until when no other fetch is needed, in seconds since 1970.
    fresh_until: u64,
}

impl RemoteKeys {
    pub(crate) fn new(fetcher: Fetcher) -> Self {
        Self { fetcher, cache: Cache::new(CAPACITY) }
    }

    /// The keys at this address; `None` if there is no key set. A `kid` that is not among them causes another
    /// fetch, but not within the cool-down: assertions with random `kid`s cause no more requests.
    ///
    /// # Errors
    /// If the last fetch failed, and no earlier one is recent enough.
    pub(super) async fn get(
        &self,
        uri: &str,
        kid: Option<&str>,
        asker: FetchFor,
        now: u64,
    ) -> Result<Option<Arc<Jwks>>, FetchError> {
        let cached = self.cache.get(uri);
        if let Some(cached) = &cached {
            let is_known = match &cached.found {
                Ok(Some((_, kids))) => kid.is_none_or(|kid| kids.iter().any(|it| it == kid)),
                Ok(None) | Err(_) => false,
            };
            let is_cooling = now < cached.fetched_at.saturating_add(COOL_DOWN);
            if is_cooling || (is_known && now < cached.fresh_until) {
                return keys(&cached.found);
            }
        }
        let (found, read_at, fresh_for) = match self.fetcher.fetch(uri, MAX_BYTES, asker).await {
            Ok(document) => (Ok(read(&document.body)), now, document.fresh_for.unwrap_or(STANDARD)),
            // The earlier keys are valid for a day if their host cannot be reached.
            Err(error) => match cached.filter(|it| now < it.read_at.saturating_add(MOST)) {
                Some(Cached { found: found @ Ok(Some(_)), read_at, .. }) => (found, read_at, LEAST),
                // Its host was not asked, so that there is nothing to wait for.
                _ if error == FetchError::Busy => return Err(error),
                _ => (Err(error), now, LEAST),
            },
        };
        let fresh_until = now.saturating_add(fresh_for.clamp(LEAST, MOST));
        let result = keys(&found);
        self.cache.insert(uri.to_owned(), Cached { found, read_at, fetched_at: now, fresh_until });
        result
    }
}

fn keys(found: &Result<Option<Keys>, FetchError>) -> Result<Option<Arc<Jwks>>, FetchError> {
    match found {
        Ok(keys) => Ok(keys.as_ref().map(|(keys, _)| Arc::clone(keys))),
        Err(error) => Err(*error),
    }
}

fn read(document: &[u8]) -> Option<Keys> {
    let text = std::str::from_utf8(document).ok()?;
    let value: Value = serde_json::from_str(text).ok()?;
    let kids = value.get("keys")?.as_array()?.iter().filter_map(|it| it.get("kid")?.as_str());
    let kids = kids.map(str::to_owned).collect();
    let keys = Jwks::from_json(text).ok().filter(|it| !it.is_empty())?;
    Some((Arc::new(keys), kids))
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteKeys")
    }
}
