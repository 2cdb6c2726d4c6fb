//! Where the introspection endpoint is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::endpoint::NoAnswer;
use crate::keys::remote::{self, HttpClient};
use crate::time::clock::Clock;
use crate::time::single_flight::{Asker, BoundedSingleFlight};

/// How long an address that was discovered is used before it is looked up again, in seconds.
const KEEP: u64 = 60 * 60;

/// Where the endpoint is.
pub(super) enum Location {
    /// There.
    Fixed(Arc<str>),
    /// Where the metadata of the issuer says.
    Discovered(Discovery),
}

/// An address that is looked up when it is needed.
pub(super) struct Discovery {
    issuer: Arc<str>,
    /// Where the metadata is, if not where the issuer's own address says.
    metadata: Option<Arc<str>>,
    last: ArcSwapOption<Found>,
    questions: BoundedSingleFlight<(), Result<Arc<str>, NoAnswer>>,
}

struct Found {
    url: Arc<str>,
    /// In seconds since 1970.
    until: u64,
}

impl Location {
    pub(super) fn discovered(
        issuer: Arc<str>,
        metadata: Option<Arc<str>>,
        timeout: Duration,
    ) -> Self {
        let questions = BoundedSingleFlight::with_reserve(1, 0, timeout);
        Self::Discovered(Discovery { issuer, metadata, last: ArcSwapOption::empty(), questions })
    }

    /// What its owner knows it by: its address, or that of the metadata, or the issuer whose it is.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Fixed(url) => url,
            Self::Discovered(discovery) => discovery.metadata.as_ref().unwrap_or(&discovery.issuer),
        }
    }

    /// The address, looked up if it has to be.
    pub(super) async fn find(
        &self,
        http: &HttpClient,
        clock: &dyn Clock,
    ) -> Result<Arc<str>, NoAnswer> {
        match self {
            Self::Fixed(url) => Ok(Arc::clone(url)),
            Self::Discovered(discovery) => discovery.find(http, clock).await,
        }
    }
}

impl Discovery {
    async fn find(&self, http: &HttpClient, clock: &dyn Clock) -> Result<Arc<str>, NoAnswer> {
        match &*self.last.load() {
            Some(found) if clock.now() < found.until => return Ok(Arc::clone(&found.url)),
            _ => {}
        }
        self.questions
            .ask_for(Asker::Stranger, &(), || self.look_up(http, clock))
            .await
            .unwrap_or(Err(NoAnswer::NotInTime))
    }

    async fn look_up(&self, http: &HttpClient, clock: &dyn Clock) -> Result<Arc<str>, NoAnswer> {
        let wanted = remote::Endpoint::Introspection;
        let found = match &self.metadata {
            Some(url) => remote::endpoint_at(http, url, &self.issuer, wanted).await,
            None => remote::endpoint(http, &self.issuer, wanted).await,
        };
        let url = match found {
            Ok(url) => Arc::from(url),
            // An endpoint seldom moves: while the metadata cannot be had, the last address is the
            // best one.
            Err(problem) => match &*self.last.load() {
                Some(last) => Arc::clone(&last.url),
                None => return Err(NoAnswer::NotDiscovered(problem)),
            },
        };
        let until = clock.now().saturating_add(KEEP);
        self.last.store(Some(Arc::new(Found { url: Arc::clone(&url), until })));
        Ok(url)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(url) => write!(f, "{url:?}"),
            Self::Discovered(discovery) => write!(f, "discovered from {:?}", discovery.issuer),
        }
    }
}
