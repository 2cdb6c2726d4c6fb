//! How key sets that are fetched are kept fresh, as one value.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::schedule::RefreshLimits;
use crate::keys::KeySourceError;
use crate::keys::http_settings::HttpSettings;
use crate::wording::Problems;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How the keys of an issuer are kept fresh.
///
/// The defaults fit any provider that publishes a new key some minutes before it signs with it.
///
/// ```
/// # #[cfg(feature = "http_client")] {
/// use std::time::Duration;
///
/// use auth_core::JwtVerifier;
/// use auth_core::keys::JwksRefresh;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = JwtVerifier::builder()
///     .issuer("https://id.example.com")
///     .audience("orders-api")
///     .discover()
///     .refresh(JwksRefresh::default().min_refetch_interval(Duration::from_secs(10)))
///     .build()?;
/// # Ok(()) } main().unwrap() }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct JwksRefresh {
    min_refetch_interval: Duration,
    min_age: Duration,
    max_age: Duration,
    max_stale: Duration,
    pub(in crate::keys) http: HttpSettings,
    pub(in crate::keys) token_file: Option<PathBuf>,
}

impl Default for JwksRefresh {
    fn default() -> Self {
        Self {
            min_refetch_interval: Duration::from_secs(30),
            min_age: Duration::from_secs(60),
            max_age: HOUR,
            max_stale: 24 * HOUR,
            http: HttpSettings::default(),
            token_file: None,
        }
    }
}

impl JwksRefresh {
    /// How long tokens of unknown keys cause no further refresh after one: by default 30 s, at most
    /// an hour. Within it such a token is rejected at once, so a client that invents key ids costs the
    /// provider one request in this time.
    pub fn min_refetch_interval(mut self, time: Duration) -> Self {
        self.min_refetch_interval = time;
        self
    }

    /// How long a key set counts as fresh at least, even where its `Cache-Control` says less: by
    /// default 60 s, at least 100 ms.
    pub fn min_age(mut self, time: Duration) -> Self {
        self.min_age = time;
        self
    }

    /// How long a key set counts as fresh at most, even where its `Cache-Control` says more: by
    /// default an hour, at most a day. A withdrawn key is accepted no longer than that, as long as
    /// the provider can be reached. Where nothing is said, a set is fresh for five minutes.
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = time;
        self
    }

    /// How long the last good key set is used while no other can be fetched: by default 24 h, from
    /// the greatest age up to 30 days. Then every token is answered with 503.
    pub fn max_stale(mut self, time: Duration) -> Self {
        self.max_stale = time;
        self
    }

    /// How long one refresh may take as a whole, metadata and key set: by default 5 s, from 10 ms
    /// to 60 s. No request waits longer for a key.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.http.timeout = time;
        self
    }

    pub(in crate::keys) fn limits(&self) -> RefreshLimits {
        let Self { min_refetch_interval, min_age, max_age, max_stale, .. } = *self;
        RefreshLimits { min_refetch_interval, min_age, max_age, max_stale }
    }

    pub(super) fn time_limit(&self) -> Duration {
        self.http.timeout
    }

    /// For a file, which costs next to nothing to read.
    pub(in crate::keys) fn of_file() -> Self {
        Self {
            min_refetch_interval: Duration::from_secs(1),
            min_age: Duration::from_secs(1),
            max_age: Duration::from_secs(5),
            ..Self::default()
        }
    }

    pub(in crate::keys) fn check(&self) -> Result<(), KeySourceError> {
        let (milli, day) = (Duration::from_millis, 24 * HOUR);
        let mut problems = Problems::default();
        for (setting, given, least, most) in [
            ("min_refetch_interval", self.min_refetch_interval, Duration::ZERO, HOUR),
            ("timeout", self.http.timeout, milli(10), Duration::from_secs(60)),
            ("max_age", self.max_age, milli(100), day),
            ("min_age", self.min_age, milli(100), self.max_age),
            ("max_stale", self.max_stale, self.max_age, 30 * day),
        ] {
            problems.unless((least..=most).contains(&given), || KeySourceError::JwksRefresh {
                setting,
                given,
                least,
                most,
            });
        }
        problems.finish(Some(()))
    }
}

impl fmt::Debug for JwksRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksRefresh")
            .field("min_refetch_interval", &self.min_refetch_interval)
            .field("min_age", &self.min_age)
            .field("max_age", &self.max_age)
            .field("max_stale", &self.max_stale)
            .field("timeout", &self.http.timeout)
            .field("user_agent", &self.http.user_agent)
            .field("insecure_http", &self.http.insecure_hosts)
            .finish_non_exhaustive()
    }
}
