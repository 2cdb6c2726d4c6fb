//! A resolver, and how long its answers are kept.

use std::fmt;
use std::time::Duration;

use super::resolver::{IssuerResolver, Resolve};
use crate::authenticator::AuthenticatorError;
use crate::wording::Problems;

const MAX_CAPACITY: usize = 1 << 20;
const MAX_TTL: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// An [`IssuerResolver`] and how long its answers are kept.
///
/// ```
/// # use auth_core::{JwtVerifier, authenticator::{IssuerResolver, ResolveError}};
/// # struct Tenants;
/// # impl IssuerResolver for Tenants {
/// #     async fn resolve(&self, _: &str) -> Result<Option<JwtVerifier>, ResolveError> { Ok(None) }
/// # }
/// use std::time::Duration;
///
/// use auth_core::Authenticator;
/// use auth_core::authenticator::IssuerResolverSettings;
///
/// let issuers = IssuerResolverSettings::new(Tenants).capacity(10_000).ttl(Duration::from_secs(600));
/// let builder = Authenticator::builder().issuers(issuers);
/// ```
#[must_use]
pub struct IssuerResolverSettings {
    pub(super) resolver: Box<dyn Resolve>,
    pub(super) capacity: usize,
    pub(super) ttl: Duration,
    pub(super) negative_ttl: Duration,
    pub(super) timeout: Duration,
}

impl IssuerResolverSettings {
    /// The issuers that this resolver knows.
    pub fn new(resolver: impl IssuerResolver) -> Self {
        Self {
            resolver: Box::new(resolver),
            capacity: 1_024,
            ttl: Duration::from_secs(300),
            negative_ttl: Duration::from_secs(10),
            timeout: Duration::from_secs(5),
        }
    }

    /// How many verifiers are kept, and apart from them how many unknown issuers: by default
    /// 1,024, at most 1,048,576. Beyond that the least used is asked for again.
    pub fn capacity(mut self, issuers: usize) -> Self {
        self.capacity = issuers;
        self
    }

    /// How long a verifier is kept, in whole seconds: by default five minutes, at most a day. After
    /// that the resolver is asked again, and the tokens that were verified with it are verified
    /// anew.
    pub fn ttl(mut self, time: Duration) -> Self {
        self.ttl = time;
        self
    }

    /// How long it is remembered that there is no such issuer, in whole seconds: by default 10 s,
    /// at most a day. A new tenant waits as long if someone came with its tokens too early.
    pub fn negative_ttl(mut self, time: Duration) -> Self {
        self.negative_ttl = time;
        self
    }

    /// How long a request waits for the resolver: by default 5 s, at most a minute. Then it is
    /// answered with 503.
    ///
    /// The time is that of the tokio runtime. Where there is none, or one without a timer, the
    /// resolver is not asked, and the answer is 503.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// These settings, if they are within their bounds.
    pub(super) fn checked(self, problems: &mut Problems<AuthenticatorError>) -> Option<Self> {
        let mut own = Problems::default();
        let second = Duration::from_secs(1);
        for (is_good, bounds) in [
            (
                (1..=MAX_CAPACITY).contains(&self.capacity),
                "`.capacity(..)` takes 1 to 1048576 issuers",
            ),
            ((second..=MAX_TTL).contains(&self.ttl), "`.ttl(..)` takes one second to one day"),
            (
                (second..=MAX_TTL).contains(&self.negative_ttl),
                "`.negative_ttl(..)` takes one second to one day",
            ),
            (
                !self.timeout.is_zero() && self.timeout <= MAX_TIMEOUT,
                "`.timeout(..)` takes more than nothing and at most a minute",
            ),
        ] {
            own.unless(is_good, || AuthenticatorError::InvalidIssuers(bounds));
        }
        problems.right(own.finish(Some(self)))
    }
}

impl<R: IssuerResolver> From<R> for IssuerResolverSettings {
    fn from(resolver: R) -> Self {
        Self::new(resolver)
    }
}

impl fmt::Debug for IssuerResolverSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerResolverSettings")
            .field("capacity", &self.capacity)
            .field("ttl", &self.ttl)
            .field("negative_ttl", &self.negative_ttl)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
