//! What a resolver said of issuers, and for how long that holds.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;

use super::configured::show_the_same;
use super::issuers::IssuerResolverSettings;
use super::resolver::Resolve;
use crate::address;
use crate::time::{
    Asker, BoundedSingleFlight, Clock, Epoch, LogThrottle, RETRY_AFTER, Stamp, TimedOut, beside,
};
use crate::token::{JwtVerifier, UnprovenToken, Unverified, VerifyError};

/// An issuer is a short URL; nothing longer is asked for.
const MAX_ISSUER_BYTES: usize = 512;
/// How many issuers are asked for at once.
const AT_ONCE: usize = 40;
/// So many of these places are for issuers that were found before.
const FOR_KNOWN: usize = 8;

/// The answers of a resolver.
pub(super) struct ResolvedIssuers {
    resolver: Box<dyn Resolve>,
    found: Cache<Box<str>, Found>,
    /// Until when there is no such issuer. Apart from those found: issuers can be invented without
    /// end, and must not move a real one out.
    unknown: Cache<Box<str>, u64>,
    questions: BoundedSingleFlight<Box<str>, Result<Found, VerifyError>>,
    /// Grows with every issuer that is forgotten. Held while answers are put in or taken out, and
    /// never on the way of a request whose issuer is known.
    forgotten: Mutex<u64>,
    ttl: u64,
    negative_ttl: u64,
    clock: Arc<dyn Clock>,
    resolver_failed: LogThrottle,
    resolver_is_wrong: LogThrottle,
}

/// An issuer with its verifier, until when.
#[derive(Clone)]
struct Found {
    issuer: Arc<TrustedIssuer>,
    until: u64,
    /// From when on the resolver is asked again beside a request, once.
    renewed_from: u64,
    is_renewed: Arc<AtomicBool>,
}

impl Found {
    /// What was found by a question of this time, for so many seconds. In the last quarter of them it
    /// is renewed.
    fn new(issuer: Arc<TrustedIssuer>, asked_at: u64, ttl: u64) -> Self {
        let until = asked_at.saturating_add(ttl);
        let renewed_from = until.saturating_sub(ttl / 4);
        Self { issuer, until, renewed_from, is_renewed: Arc::default() }
    }

    /// For how long what is verified with it is known. A cache of it asks again in time to
    /// have it renewed.
    fn known_until(&self, now: u64) -> u64 {
        if now < self.renewed_from { self.renewed_from } else { self.until }
    }

    /// Whether it is to be renewed and no other call has begun to: then this one has.
    fn begin_renewal(&self, now: u64) -> bool {
        now >= self.renewed_from && !self.is_renewed.swap(true, Ordering::Relaxed)
    }
}

/// A verifier and the end of it.
struct TrustedIssuer {
    verifier: JwtVerifier,
    epoch: Epoch,
    /// Taken before anything was verified, so that it ends everything.
    stamp: Stamp,
}

impl TrustedIssuer {
    fn new(verifier: JwtVerifier) -> Self {
        let epoch = Epoch::default();
        let stamp = epoch.stamp();
        Self { verifier, epoch, stamp }
    }

    /// What was verified with it, and what still will be, is not to be known any more.
    fn retire(&self) {
        self.epoch.advance();
    }
}

impl Drop for TrustedIssuer {
    /// What is moved out cannot be forgotten on demand later, so it is forgotten now.
    fn drop(&mut self) {
        self.retire();
    }
}

impl ResolvedIssuers {
    pub(super) fn new(settings: IssuerResolverSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            resolver: settings.resolver,
            found: Cache::new(settings.capacity),
            unknown: Cache::new(settings.capacity),
            questions: BoundedSingleFlight::with_reserve(AT_ONCE, FOR_KNOWN, settings.timeout),
            forgotten: Mutex::default(),
            ttl: settings.ttl.as_secs(),
            negative_ttl: settings.negative_ttl.as_secs(),
            clock,
            resolver_failed: LogThrottle::default(),
            resolver_is_wrong: LogThrottle::default(),
        }
    }

    /// Verifies a token that claims to be of this issuer.
    pub(super) async fn verify(
        self: &Arc<Self>,
        issuer: &str,
        token: &mut Unverified<'_>,
    ) -> Result<UnprovenToken, VerifyError> {
        let found = self.find(issuer).await?;
        let verified = found.issuer.verifier.verify_unproven(token).await?;
        let known_until = found.known_until(self.clock.now());
        Ok(verified.map(|token| token.limited(found.issuer.stamp.clone(), known_until)))
    }

    /// Forgets what is known of an issuer, and ends what was verified with its verifier.
    pub(super) fn forget(&self, issuer: &str) {
        let mut forgotten = self.lock();
        *forgotten = forgotten.wrapping_add(1);
        self.questions.abandon(&Box::from(issuer));
        self.drop_found(issuer);
        self.unknown.remove(issuer);
    }

    /// The verifier for an issuer, if it is known without asking.
    pub(super) fn known(&self, issuer: &str) -> Option<JwtVerifier> {
        self.found.peek(issuer).map(|found| found.issuer.verifier.clone())
    }

    async fn find(self: &Arc<Self>, issuer: &str) -> Result<Found, VerifyError> {
        if !is_acceptable(issuer) {
            return Err(VerifyError::IssuerMismatch);
        }
        let now = self.clock.now();
        match self.remembered(issuer, now) {
            Some(Ok(found)) => {
                if found.begin_renewal(now) {
                    self.renew(issuer);
                }
                Ok(found)
            }
            Some(refused) => refused,
            None => self.ask(issuer).await,
        }
    }

    /// Asks the resolver beside the request, whose answer still holds. Where that fails, it is asked
    /// again when the answer has ended.
    fn renew(self: &Arc<Self>, issuer: &str) {
        let (this, issuer) = (Arc::clone(self), Box::<str>::from(issuer));
        beside(async move {
            // What it says is noted where it is asked.
            drop(this.ask(&issuer).await);
        });
    }

    /// Asks the resolver, once for all who wait for the same answer.
    async fn ask(&self, issuer: &str) -> Result<Found, VerifyError> {
        let question = Box::from(issuer);
        // An answer stays there when its time is over, until others need the room.
        let asker = match self.found.peek(issuer) {
            Some(_) => Asker::Known,
            None => Asker::Stranger,
        };
        let answer = self.questions.ask_for(asker, &question, || self.resolve(issuer)).await;
        answer.unwrap_or_else(|TimedOut| {
            if self.resolver_failed.is_due(self.clock.now()) {
                tracing::warn!("no answer of the issuer resolver in time: answered with 503");
            }
            Err(VerifyError::Unavailable { retry_after: RETRY_AFTER })
        })
    }

    fn remembered(&self, issuer: &str, now: u64) -> Option<Result<Found, VerifyError>> {
        if let Some(found) = self.found.get(issuer)
            && now < found.until
        {
            return Some(Ok(found));
        }
        let is_unknown = self.unknown.get(issuer).is_some_and(|until| now < until);
        is_unknown.then_some(Err(VerifyError::IssuerMismatch))
    }

    /// Asks the resolver, and remembers what it says.
    async fn resolve(&self, issuer: &str) -> Result<Found, VerifyError> {
        // Someone may have asked while this question waited for its turn.
        let now = self.clock.now();
        match self.remembered(issuer, now) {
            Some(Ok(found)) if now >= found.renewed_from => {}
            Some(answer) => return answer,
            None => {}
        }
        let forgotten = *self.lock();
        let answer = match self.resolver.resolve(issuer).await {
            Ok(Some(verifier)) => self.accept(verifier, issuer),
            Ok(None) => None,
            Err(error) => {
                if self.resolver_failed.is_due(now) {
                    // Quoted: it may repeat what the caller sent.
                    let reason = error.to_string();
                    tracing::warn!(?reason, "the issuer resolver failed: answered with 503");
                }
                return Err(VerifyError::Unavailable { retry_after: RETRY_AFTER });
            }
        };
        let number = self.lock();
        // If one was forgotten meanwhile, it may be this one, and the answer is older than that:
        // it is for requests that wait already, and for none after them.
        match (answer, *number == forgotten) {
            (Some(verifier), true) => Ok(self.note_found(issuer, verifier, now)),
            (Some(verifier), false) => {
                let once = TrustedIssuer::new(verifier);
                once.retire();
                Ok(Found::new(Arc::new(once), now, 0))
            }
            (None, is_kept) => {
                if is_kept {
                    self.drop_found(issuer);
                    self.unknown.insert(issuer.into(), now.saturating_add(self.negative_ttl));
                }
                Err(VerifyError::IssuerMismatch)
            }
        }
    }

    /// A verifier is for the issuer that was asked for, and goes by the same time.
    fn accept(&self, verifier: JwtVerifier, asked: &str) -> Option<JwtVerifier> {
        let problem = if verifier.issuer() != asked {
            "the issuer resolver gave the verifier of another issuer than it was asked for"
        } else if !show_the_same(&*verifier.clock(), &*self.clock) {
            "the issuer resolver gave a verifier whose clock differs from the authenticator's"
        } else {
            return Some(verifier);
        };
        if self.resolver_is_wrong.is_due(self.clock.now()) {
            tracing::error!(issuer = verifier.issuer(), "{problem}: refused");
        }
        None
    }

    fn note_found(&self, issuer: &str, verifier: JwtVerifier, asked_at: u64) -> Found {
        let former = self.found.peek(issuer).map(|found| found.issuer);
        let trusted = match former {
            Some(former) if former.verifier.is_clone_of(&verifier) => former,
            _ => {
                self.drop_found(issuer);
                Arc::new(TrustedIssuer::new(verifier))
            }
        };
        let found = Found::new(trusted, asked_at, self.ttl);
        self.found.insert(issuer.into(), found.clone());
        self.unknown.remove(issuer);
        found
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        // Nothing panics while it is held.
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drop_found(&self, issuer: &str) {
        if let Some((_, found)) = self.found.remove(issuer) {
            found.issuer.retire();
        }
    }
}

/// Whether a resolver is to see this text at all.
fn is_acceptable(issuer: &str) -> bool {
    issuer.len() <= MAX_ISSUER_BYTES
        && issuer.bytes().all(|byte| byte.is_ascii_graphic())
        && !issuer.contains('?')
        && address::is_trustworthy(issuer)
}

/// Shows how many issuers are known, not which.
impl fmt::Debug for ResolvedIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolvedIssuers")
            .field("found", &self.found.len())
            .field("unknown", &self.unknown.len())
            .finish_non_exhaustive()
    }
}
