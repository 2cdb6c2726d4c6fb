//! How a assignment source is configured.

use std::sync::Arc;
use std::time::Duration;

use super::super::{AuthenticatorBuilder, AuthenticatorError};
use super::{AssignmentCache, AssignmentSource};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);
const DEFAULT_AT_ONCE: usize = 64;
const MAX_AT_ONCE: usize = 65_536;
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

impl AuthenticatorBuilder {
    /// Where else the roles, permissions and groups of a caller come from, for example the
    /// application's database. By default the token says all.
    pub fn assignment_source(mut self, source: impl AssignmentSource) -> Self {
        self.grants.source = Some(Arc::new(source));
        self
    }

    /// How long the answers of the [assignment source](Self::assignment_source) are kept, and the handle to
    /// forget them. By default [`AssignmentCache::new`].
    pub fn assignment_cache(mut self, cache: AssignmentCache) -> Self {
        self.grants.cache = cache;
        self
    }

    /// How many questions the [assignment source](Self::assignment_source) is asked at once, 1 to 65,536. By
    /// default 64: not more than a pool of database connections can use. Anyone who gets no turn within
    /// [`assignment_timeout`](Self::assignment_timeout) is answered with 503.
    ///
    /// One caller (issuer and subject) has at most an eighth of the places at a time, however many
    /// tenants they ask for, and a quarter is left for callers whose kept answer has to be renewed:
    /// those who were answered before go on being served while many others ask.
    pub const fn assignment_concurrency(mut self, questions: usize) -> Self {
        self.grants.at_once = Some(questions);
        self
    }

    /// How long a request waits for the [assignment source](Self::assignment_source) before it is answered
    /// with 503. By default two seconds, at most a minute.
    pub const fn assignment_timeout(mut self, timeout: Duration) -> Self {
        self.grants.timeout = Some(timeout);
        self
    }
}

pub(super) fn timeout(given: Option<Duration>) -> Result<Duration, AuthenticatorError> {
    let timeout = given.unwrap_or(DEFAULT_TIMEOUT);
    if timeout.is_zero() || timeout > MAX_TIMEOUT {
        return Err(AuthenticatorError::InvalidGrantTimeout(timeout));
    }
    Ok(timeout)
}

pub(super) const fn at_once(given: Option<usize>) -> Result<usize, AuthenticatorError> {
    match given {
        None => Ok(DEFAULT_AT_ONCE),
        Some(questions @ 1..=MAX_AT_ONCE) => Ok(questions),
        Some(questions) => Err(AuthenticatorError::InvalidGrantConcurrency(questions)),
    }
}
