//! Waiting for the first keys.

use std::time::Duration;

use thiserror::Error;

use crate::token::verifier::JwtVerifier;

/// There are no keys yet.
#[derive(Clone, PartialEq, Eq, Error)]
#[error(
    "there are no keys of `{issuer}` after {waited:?}: {reason}\nhelp: see that the address can be reached from here; without waiting, the service answers 503 until it can"
)]
pub struct NotReady {
    issuer: String,
    waited: Duration,
    reason: String,
}

crate::wording::debug_in_words!(NotReady);

impl JwtVerifier {
    /// Waits until there are keys to verify with, for as long as `limit`: for services that want to
    /// start only then. With keys that were configured it is ready at once. Behind the feature
    /// `http_client`.
    ///
    /// # Errors
    /// If there are none by then, with the reason why the last attempt failed. The verifier goes on
    /// trying. Outside of a tokio runtime at once.
    ///
    /// ```no_run
    /// # async fn start(verifier: auth_core::JwtVerifier) -> Result<(), auth_core::keys::NotReady> {
    /// verifier.ready(std::time::Duration::from_secs(10)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn ready(&self, limit: Duration) -> Result<(), NotReady> {
        let Some(remote) = self.remote() else { return Ok(()) };
        remote.ready(limit).await.map_err(|reason| NotReady {
            issuer: self.issuer().to_owned(),
            waited: limit,
            reason: reason.unwrap_or_else(|| "no attempt has ended".to_owned()),
        })
    }
}
