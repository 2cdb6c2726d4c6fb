//! The keys of one issuer, as a verifier sees them.

use std::fmt;
use std::time::Duration;

use super::current_keys::{CurrentKeys, LiveKeys};
use super::refresh::RefreshedKeys;
use super::unavailable::{KeysUnavailable, Retry};
use crate::jose::key_set::KeySet;
use crate::sync::Arc;

/// The keys of one issuer: fixed, or kept fresh. A clone shares them.
#[derive(Clone)]
pub(crate) struct IssuerKeys {
    live: Arc<LiveKeys>,
    /// What keeps them fresh, if anything does.
    refreshed: Option<Arc<RefreshedKeys>>,
}

impl IssuerKeys {
    /// Keys that are configured and stay.
    pub(crate) fn fixed(keys: KeySet) -> Self {
        Self { live: Arc::new(LiveKeys::fixed(keys)), refreshed: None }
    }

    /// Keys that their issuer publishes in this program: others are there before a token is signed with them.
    pub(super) fn local(live: Arc<LiveKeys>) -> Self {
        Self { live, refreshed: None }
    }

    /// Keys that are fetched.
    pub(super) fn refreshed(live: Arc<LiveKeys>, refreshed: RefreshedKeys) -> Self {
        Self { live, refreshed: Some(Arc::new(refreshed)) }
    }

    /// Whether others may come.
    pub(crate) fn may_change(&self) -> bool {
        self.refreshed.is_some()
    }

    /// The keys that may be used now, and for how many seconds. The stamp is taken before their age is
    /// looked at: what is stamped after they have become too old is not verified with them. Takes no lock.
    pub(crate) fn current(&self) -> Result<(CurrentKeys, u64), KeysUnavailable> {
        let keys = self.live.current();
        let usable_for = match &self.refreshed {
            Some(refreshed) => refreshed.check_age()?.as_secs(),
            None => u64::MAX,
        };
        Ok((keys?, usable_for))
    }

    /// The keys at hand, however old: nothing is accepted with these, they are only looked at.
    pub(crate) fn at_hand(&self) -> Result<CurrentKeys, KeysUnavailable> {
        self.live.current()
    }

    /// How many refreshes have ended, to be asked before the keys are looked at. Takes no lock.
    pub(crate) fn refreshes(&self) -> u64 {
        self.refreshed.as_ref().map_or(0, |refreshed| refreshed.completed())
    }

    /// Waits for other keys, as far as it makes sense, and tries again with them
    /// ([`RefreshedKeys::retry`]). The keys were looked at after `seen` refreshes. Fixed keys have no others.
    pub(crate) async fn retry<T, E: From<KeysUnavailable>>(
        &self,
        seen: u64,
        refused: E,
        again: impl FnMut() -> Result<T, Retry<E>>,
        no_others: impl FnOnce(E) -> E,
    ) -> Result<T, E> {
        match &self.refreshed {
            Some(refreshed) => refreshed.retry(seen, refused, again, no_others).await,
            None => Err(refused),
        }
    }

    /// Waits until there are keys, for as long as `limit`. Else says why there are no keys.
    pub(crate) async fn ready(&self, limit: Duration) -> Result<(), Option<String>> {
        match &self.refreshed {
            Some(refreshed) => refreshed.ready(limit).await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.live.fmt(f)
    }
}
