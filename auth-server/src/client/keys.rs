//! The public keys that a client has at an address.

use std::fmt;
use std::sync::Arc;

use auth_core::Jwks;
use quick_cache::sync::Cache;
use serde_json::Value;

use crate::fetch::{FetchError, Fetcher};

/// How long a key set may be, in bytes: with a chain of certificates a key has some kilobytes.
const MAX_BYTES: usize = 64 * 1024;
/// How many key sets are kept.
const CAPACITY: usize = 1_000;
/// How long a key set is kept, in seconds: at least, if nothing is said, and at most.
const LEAST: u64 = 60;
const STANDARD: u64 = 600;
const MOST: u64 = 24 * 3600;
/// For how many seconds an unknown `kid` does not make the server fetch again.
const COOL_DOWN: u64 = 30;

type Keys = (Arc<Jwks>, Arc<[String]>);

/// Key sets by their addresses.
pub(crate) struct RemoteKeys {
    fetcher: Fetcher,
    kept: Cache<String, Kept>,
}

#[derive(Clone)]
struct Kept {
    /// The keys as they were read, and the `kid`s among them; `None`: the last fetch failed.
    keys: Option<Keys>,
    /// When these were read, in seconds since 1970.
    read_at: u64,
    /// When they were last asked for, in seconds since 1970.
    fetched_at: u64,
    fresh_until: u64,
}

impl RemoteKeys {
    pub(crate) fn new(fetcher: Fetcher) -> Self {
        Self { fetcher, kept: Cache::new(CAPACITY) }
    }

    /// The keys at this address. With a `kid` that is not among those that are kept they are fetched again,
    /// but not twice within the cool-down: who sends assertions with random `kid`s causes no more requests.
    pub(super) async fn get(
        &self,
        uri: &str,
        kid: Option<&str>,
        now: u64,
    ) -> Result<Option<Arc<Jwks>>, FetchError> {
        let kept = self.kept.get(uri);
        if let Some(kept) = &kept {
            let is_cooling = now < kept.fetched_at.saturating_add(COOL_DOWN);
            if let Some((keys, kids)) = &kept.keys {
                let is_known = kid.is_none_or(|kid| kids.iter().any(|it| it == kid));
                if is_cooling || (is_known && now < kept.fresh_until) {
                    return Ok(Some(keys.clone()));
                }
            } else if is_cooling {
                return Ok(None);
            }
        }
        let fetched = self.fetcher.fetch(uri, MAX_BYTES).await;
        let (keys, read_at, fresh_for) = match &fetched {
            Ok(document) => (read(&document.body), now, document.fresh_for.unwrap_or(STANDARD)),
            // The keys of before are good for a day when their host cannot be reached.
            Err(_) => match kept.filter(|it| now < it.read_at.saturating_add(MOST)) {
                Some(before) => (before.keys, before.read_at, LEAST),
                None => (None, now, LEAST),
            },
        };
        let fresh_until = now.saturating_add(fresh_for.clamp(LEAST, MOST));
        let kept = Kept { keys: keys.clone(), read_at, fetched_at: now, fresh_until };
        self.kept.insert(uri.to_owned(), kept);
        match (keys, fetched) {
            (Some((keys, _)), _) => Ok(Some(keys)),
            (None, Ok(_)) => Ok(None),
            (None, Err(error)) => Err(error),
        }
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
