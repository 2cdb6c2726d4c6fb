//! How a assignment source is configured.

use std::time::Duration;

use super::super::AuthenticatorError;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);
const DEFAULT_AT_ONCE: usize = 64;
const MAX_AT_ONCE: usize = 65_536;
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

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
