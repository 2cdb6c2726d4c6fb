//! Clients whose id is the address of a document that describes them (Client ID Metadata Documents).
//!
//! A document is fetched only for a user who has signed in, or if a user has allowed its client something: an
//! unauthenticated request cannot cause fetches from addresses of its choice, and no more than one in some
//! seconds from the host of such a client.

mod address;
mod read;
mod settings;

use std::fmt;
use std::sync::Arc;

use auth_accounts::store::StoreError;
use quick_cache::sync::Cache;

use super::Client;
use super::metadata::UnvettedPolicy;
use crate::fetch::{FetchError, FetchFor, Fetcher};
use crate::resource::Resource;
use crate::server::AuthorizationServer;
use crate::store::GrantSelector;

pub(crate) use read::client_of_document;
pub use settings::Cimd;

/// How long a document may be, in bytes.
const MAX_BYTES: usize = 5 * 1024;
/// How many documents are cached.
const CAPACITY: usize = 1_000;
/// How long a document is cached, in seconds: at least, by default, and at most.
const LEAST: u64 = 60;
const STANDARD: u64 = 600;
const MOST: u64 = 24 * 3600;
/// For how many seconds after a failure only users who have signed in cause another fetch.
const COOL_DOWN: u64 = 10;

/// The documents of clients, and how they are obtained.
pub(crate) struct Documents {
    settings: Cimd,
    pub(crate) policy: UnvettedPolicy,
    fetcher: Fetcher,
    kept: Cache<String, Kept>,
    /// When the last fetch of a document failed, in seconds since 1970.
    failed_at: Cache<String, u64>,
}

/// A client as its document described it.
#[derive(Clone)]
struct Kept {
    client: Arc<Client>,
    /// Until when no other fetch is needed, in seconds since 1970.
    fresh_until: u64,
    /// Until when it is used if its host cannot be reached, in seconds since 1970.
    stale_until: u64,
}

impl Documents {
    pub(crate) fn new(settings: Cimd, resources: &[Resource], fetcher: Fetcher) -> Self {
        let schemes = settings.allow_application_schemes;
        let policy = UnvettedPolicy::new(&settings.scopes, resources, schemes);
        let (kept, failed_at) = (Cache::new(CAPACITY), Cache::new(CAPACITY));
        Self { settings, policy, fetcher, kept, failed_at }
    }

    pub(crate) fn is_address(&self, id: &str) -> bool {
        let is_allowed_host = || match &self.settings.hosts {
            Some(hosts) => {
                let host = url::Url::parse(id).ok();
                let host = host.as_ref().and_then(|it| it.host_str());
                host.is_some_and(|host| hosts.iter().any(|it| it == host))
            }
            None => true,
        };
        address::is_document_address(id, self.settings.fetch.allow_http_on_loopback)
            && is_allowed_host()
    }

    /// The client, if its document was fetched and is fresh.
    fn fresh(&self, id: &str, now: u64) -> Option<Arc<Client>> {
        self.kept.get(id).filter(|it| now < it.fresh_until).map(|it| it.client)
    }

    /// The client as it was known before, for as long as that may be used without another fetch.
    fn stale(&self, id: &str, now: u64) -> Option<Arc<Client>> {
        self.kept.get(id).filter(|it| now < it.stale_until).map(|it| it.client)
    }

    /// Whether a fetch has failed a moment ago.
    fn is_cooling_down(&self, id: &str, now: u64) -> bool {
        self.failed_at.get(id).is_some_and(|it| now < it.saturating_add(COOL_DOWN))
    }

    /// Fetches the document of a client. `None`: there is no valid document.
    async fn fetch(
        &self,
        id: &str,
        user: Option<&str>,
        now: u64,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let asker = user.map_or(FetchFor::Client, |it| FetchFor::User(it.to_owned()));
        let fetched = self.fetcher.fetch(id, MAX_BYTES, asker).await;
        if matches!(&fetched, Err(error) if *error != FetchError::Busy) {
            self.failed_at.insert(id.to_owned(), now);
        }
        match fetched {
            Ok(document) => {
                let read = client_of_document(id, &document.body, &self.policy);
                let client = match read {
                    Ok(client) => Arc::new(client),
                    Err(error) => {
                        tracing::info!(
                            client_id = id,
                            why = error.description(),
                            "the document of a client is not accepted"
                        );
                        self.kept.remove(id);
                        self.failed_at.insert(id.to_owned(), now);
                        return Ok(None);
                    }
                };
                let fresh_for = document.fresh_for.unwrap_or(STANDARD).clamp(LEAST, MOST);
                let kept = Kept {
                    client: client.clone(),
                    fresh_until: now.saturating_add(fresh_for),
                    stale_until: now.saturating_add(MOST),
                };
                self.kept.insert(id.to_owned(), kept);
                Ok(Some(client))
            }
            // A failure of the host is not a change of the client.
            Err(
                error @ (FetchError::Busy
                | FetchError::Timeout
                | FetchError::Connect
                | FetchError::Broken
                | FetchError::Status(500..=599)),
            ) => match self.stale(id, now) {
                Some(client) => Ok(Some(client)),
                None if error == FetchError::Busy => {
                    Err(StoreError::Full("too many documents are fetched"))
                }
                None => Ok(None),
            },
            Err(_) => {
                self.kept.remove(id);
                Ok(None)
            }
        }
    }
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl AuthorizationServer {
    /// The client of a document. A document that is not fresh is fetched if a user is signed in, or if a user
    /// has allowed its client something before.
    pub(super) async fn client_of_document(
        &self,
        id: &str,
        user: Option<&str>,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let Some(documents) = self.0.documents.as_ref().filter(|it| it.is_address(id)) else {
            return Ok(None);
        };
        let now = self.now();
        if let Some(client) = documents.fresh(id, now) {
            return Ok(Some(client));
        }
        if user.is_none() {
            if documents.is_cooling_down(id, now) {
                return Ok(documents.stale(id, now));
            }
            let granted = GrantSelector::Client(id.to_owned());
            if self.0.store.list_grants(&granted, now, 1).await?.is_empty() {
                return Ok(None);
            }
        }
        documents.fetch(id, user, now).await
    }
}
