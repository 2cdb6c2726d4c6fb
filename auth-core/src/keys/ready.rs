//! Waiting for the first keys.

use std::time::Duration;

use thiserror::Error;

/// There are no keys yet.
#[derive(Clone, PartialEq, Eq, Error)]
#[error(
    "there are no keys of `{issuer}` after {waited:?}: {reason}\nhelp: see that the address can be reached from here; without waiting, the service answers 503 until it can"
)]
pub struct NotReady {
    pub(crate) issuer: String,
    pub(crate) waited: Duration,
    pub(crate) reason: String,
}

crate::wording::debug_in_words!(NotReady);
