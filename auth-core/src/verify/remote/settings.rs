//! How key sets that are fetched are kept fresh, as one value.

use std::fmt;
use std::time::Duration;

use super::schedule::Pace;
use crate::verify::JwtVerifierError;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How the keys of an issuer are kept fresh.
///
/// The defaults fit any provider that publishes a new key some minutes before it signs with it.
///
/// ```
/// use std::time::Duration;
///
/// use auth_core::verify::{JwtVerifier, KeyRefresh};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = JwtVerifier::builder()
///     .issuer("https://id.example.com")
///     .audience("orders-api")
///     .discover()
///     .refresh(KeyRefresh::default().cool_down(Duration::from_secs(10)))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct KeyRefresh {
    cool_down: Duration,
    min_age: Duration,
    max_age: Duration,
    max_stale: Duration,
    timeout: Duration,
    root_certificates: Vec<u8>,
}

impl Default for KeyRefresh {
    fn default() -> Self {
        Self {
            cool_down: Duration::from_secs(30),
            min_age: Duration::from_secs(60),
            max_age: HOUR,
            max_stale: 24 * HOUR,
            timeout: super::http::DEFAULT_TIMEOUT,
            root_certificates: Vec::new(),
        }
    }
}

impl KeyRefresh {
    /// How long tokens of unknown keys cause no further refresh after one: by default 30 s, at most
    /// an hour. Within it such a token is refused at once, so whoever makes up key ids costs the
    /// provider one request in this time.
    pub fn cool_down(mut self, time: Duration) -> Self {
        self.cool_down = time;
        self
    }

    /// How long a key set counts as fresh at least, even where its `Cache-Control` says less: by
    /// default 60 s, at least 100 ms.
    pub fn min_age(mut self, time: Duration) -> Self {
        self.min_age = time;
        self
    }

    /// How long a key set counts as fresh at most, even where its `Cache-Control` says more: by
    /// default an hour, at most a day. A withdrawn key is believed no longer than that, as long as
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
        self.timeout = time;
        self
    }

    /// Root certificates to trust besides those of the system, as PEM: for a provider whose
    /// certificate comes from a private authority.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = pem.into();
        self
    }

    pub(super) fn pace(&self) -> Pace {
        let Self { cool_down, min_age, max_age, max_stale, .. } = *self;
        Pace { cool_down, min_age, max_age, max_stale }
    }

    pub(super) fn time_limit(&self) -> Duration {
        self.timeout
    }

    pub(super) fn roots(&self) -> &[u8] {
        &self.root_certificates
    }

    pub(super) fn check(&self) -> Result<(), JwtVerifierError> {
        let (milli, day) = (Duration::from_millis, 24 * HOUR);
        for (setting, given, least, most) in [
            ("cool_down", self.cool_down, Duration::ZERO, HOUR),
            ("timeout", self.timeout, milli(10), Duration::from_secs(60)),
            ("max_age", self.max_age, milli(100), day),
            ("min_age", self.min_age, milli(100), self.max_age),
            ("max_stale", self.max_stale, self.max_age, 30 * day),
        ] {
            if given < least || given > most {
                return Err(JwtVerifierError::KeyRefresh { setting, given, least, most });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for KeyRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRefresh")
            .field("cool_down", &self.cool_down)
            .field("min_age", &self.min_age)
            .field("max_age", &self.max_age)
            .field("max_stale", &self.max_stale)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
