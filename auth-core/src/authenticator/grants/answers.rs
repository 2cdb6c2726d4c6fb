//! The answers that are kept, and who asks for those that are not.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::cache::AskedAt;
use super::{AssignmentCache, SourceGrants, unavailable};
use crate::error::AuthError;
use crate::identity::Identity;
use crate::time::SingleFlight;
use crate::vocabulary::AuthoritySet;

/// Which credential in which tenant: two tokens of one subject may say different things.
///
/// A digest, so that no credential stays in memory. It is the whole credential and not claims of
/// it, which an issuer may leave out or give twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::authenticator) struct Key {
    digest: [u8; 32],
    /// The place of the scheme whose own digest that is, and 1 added; 0: it was made here.
    made_by: usize,
}

impl Key {
    /// The digest that a scheme has made of its credential, outside of tenants.
    pub(in crate::authenticator) const fn of_scheme(place: usize, digest: [u8; 32]) -> Self {
        Self { digest, made_by: place.saturating_add(1) }
    }

    pub(in crate::authenticator) fn new(credential: &[u8], tenant: Option<&str>) -> Self {
        let mut digest = Sha256::new();
        // The length goes first, so that the end of one is never the start of the other.
        digest.update((credential.len() as u64).to_be_bytes());
        digest.update(credential);
        // No tenant is another one than the tenant of no name.
        digest.update([u8::from(tenant.is_some())]);
        digest.update(tenant.unwrap_or_default());
        Self { digest: digest.finalize().into(), made_by: 0 }
    }
}

/// What a source said, and until when it counts.
#[derive(Debug)]
pub(super) struct Answer {
    said: SourceGrants,
    asked_at: AskedAt,
    from: u64,
    until: u64,
}

impl Answer {
    /// All that a caller holds, whose token says `token`.
    pub(super) fn with(&self, token: &AuthoritySet) -> AuthoritySet {
        self.said.with(token)
    }

    /// A clock that was set back does not bring an answer back to life.
    fn counts(&self, now: u64) -> bool {
        self.from <= now && now < self.until && self.asked_at.is_current()
    }
}

/// The answers of one source for one vocabulary.
pub(super) struct Answers {
    cache: AssignmentCache,
    /// None: nothing is kept.
    kept: Option<Cache<Key, Arc<Answer>>>,
    /// The questions that are being asked.
    open: SingleFlight<Key, Result<Arc<Answer>, AuthError>>,
}

impl Answers {
    pub(super) fn new(cache: &AssignmentCache) -> Self {
        let keeps = cache.time_to_live.as_secs() > 0;
        let kept = keeps.then(|| Cache::new(cache.capacity));
        Self { kept, open: SingleFlight::default(), cache: cache.clone() }
    }

    /// The answer that is there, if it counts.
    pub(super) fn kept(&self, key: &Key, caller: &Identity) -> Option<Arc<Answer>> {
        self.kept.as_ref()?.get(key).filter(|answer| answer.counts(caller.now()))
    }

    /// The answer that is there, or else the one that `ask` brings.
    ///
    /// While one caller asks, others for the same key wait for the same answer. A caller who waited looks again: an
    /// answer that was asked for before something was forgotten is not for callers who came after. A request that asks
    /// may give up at any time; then the next one asks. The argument of `ask` is whether there was an answer before.
    pub(super) async fn kept_or<F: Future<Output = Result<SourceGrants, AuthError>>>(
        &self,
        key: &Key,
        caller: &Identity,
        ask: impl FnOnce(bool) -> F,
    ) -> Result<Arc<Answer>, AuthError> {
        let Some(kept) = &self.kept else { return self.asked(caller, ask(false)).await };
        let mut ask = Some(ask);
        loop {
            let may_ask = &mut ask;
            let answer = self.open.ask(key, || async move {
                let there = kept.get(key);
                let renews = there.is_some();
                if let Some(answer) = there.filter(|answer| answer.counts(caller.now())) {
                    return Ok(answer);
                }
                // A second question is asked by no one: what was asked here is answered here.
                let Some(ask) = may_ask.take() else { return Err(unavailable()) };
                let answer = self.asked(caller, ask(renews)).await?;
                kept.insert(*key, Arc::clone(&answer));
                Ok(answer)
            });
            let answer = answer.await?;
            if ask.is_none() || answer.counts(caller.now()) {
                return Ok(answer);
            }
        }
    }

    /// The stamp is taken before the question is asked: what is forgotten in between ends it.
    async fn asked(
        &self,
        caller: &Identity,
        ask: impl Future<Output = Result<SourceGrants, AuthError>>,
    ) -> Result<Arc<Answer>, AuthError> {
        let asked_at = self.cache.stamp(caller.issuer(), caller.subject());
        let from = caller.now();
        let until = from.saturating_add(self.cache.time_to_live.as_secs());
        let said = ask.await?;
        let until = until.min(caller.expires_at()).min(said.ends_at.unwrap_or(u64::MAX));
        Ok(Arc::new(Answer { said, asked_at, from, until }))
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Answers").field(&self.cache).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_key_is_of_one_credential_in_one_tenant() {
        let pairs = [
            ("token", None),
            ("token", Some("")),
            ("token", Some("a")),
            ("tokena", None),
            ("tokena", Some("")),
            ("toke", Some("na")),
            ("token\u{1}", Some("a")),
            ("token", Some("\u{1}a")),
        ];
        for (at, one) in pairs.iter().enumerate() {
            for (place, other) in pairs.iter().enumerate() {
                let same =
                    Key::new(one.0.as_bytes(), one.1) == Key::new(other.0.as_bytes(), other.1);
                assert_eq!(same, at == place, "{one:?} {other:?}");
            }
        }
    }
}
