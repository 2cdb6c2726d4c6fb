//! What a resolver said of issuers, and for how long that holds.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;

use super::configured::show_the_same;
use super::issuers::Issuers;
use super::resolver::Resolve;
use crate::address;
use crate::authenticator::AuthenticatorError;
use crate::verify::{
    Clock, Epoch, Inquiries, JwtVerifier, NoAnswer, Seldom, Stamp, VerifiedToken, VerifyError,
};

/// An issuer is a short URL; nothing longer is asked for.
const MAX_ISSUER_BYTES: usize = 512;
/// How many issuers are asked for at once.
const AT_ONCE: usize = 32;
/// When to try again if nobody knows better, in seconds.
const RETRY_AFTER: u64 = 5;

/// The answers of a resolver.
pub(super) struct ResolvedIssuers {
    resolver: Box<dyn Resolve>,
    found: Cache<Box<str>, Found>,
    /// Until when there is no such issuer. Apart from those found: issuers can be invented without
    /// end, and must not move a real one out.
    unknown: Cache<Box<str>, u64>,
    inquiries: Inquiries<Box<str>, Result<Found, VerifyError>>,
    /// Grows with every issuer that is forgotten. Held while answers are put in or taken out, and
    /// never on the way of a request whose issuer is known.
    forgotten: Mutex<u64>,
    keep: u64,
    keep_unknown: u64,
    clock: Arc<dyn Clock>,
    resolver_failed: Seldom,
    resolver_is_wrong: Seldom,
}

/// An issuer with its verifier, until when.
#[derive(Clone)]
struct Found {
    issuer: Arc<TrustedIssuer>,
    until: u64,
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
    /// Whatever is moved out cannot be forgotten on demand later, so it is forgotten now.
    fn drop(&mut self) {
        self.retire();
    }
}

impl ResolvedIssuers {
    pub(super) fn new(
        settings: Issuers,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AuthenticatorError> {
        if let Some(problem) = settings.problem() {
            return Err(AuthenticatorError::InvalidIssuers(problem));
        }
        Ok(Self {
            resolver: settings.resolver,
            found: Cache::new(settings.capacity),
            unknown: Cache::new(settings.capacity),
            inquiries: Inquiries::new(AT_ONCE, settings.timeout),
            forgotten: Mutex::default(),
            keep: settings.keep.as_secs(),
            keep_unknown: settings.keep_unknown.as_secs(),
            clock,
            resolver_failed: Seldom::default(),
            resolver_is_wrong: Seldom::default(),
        })
    }

    /// Verifies a token that claims to be of this issuer.
    pub(super) async fn verify(
        &self,
        issuer: &str,
        token: &str,
    ) -> Result<VerifiedToken, VerifyError> {
        let Found { issuer, until } = self.find(issuer).await?;
        let verified = issuer.verifier.verify_unproven_or_refresh(token).await?;
        Ok(verified.limited(issuer.stamp.clone(), until))
    }

    /// Forgets what is known of an issuer, and ends what was verified with its verifier.
    pub(super) fn forget(&self, issuer: &str) {
        let mut forgotten = self.lock();
        *forgotten = forgotten.wrapping_add(1);
        self.inquiries.abandon(&Box::from(issuer));
        self.drop_found(issuer);
        self.unknown.remove(issuer);
    }

    /// The verifier for an issuer, if it is known without asking.
    pub(super) fn known(&self, issuer: &str) -> Option<JwtVerifier> {
        self.found.peek(issuer).map(|found| found.issuer.verifier.clone())
    }

    async fn find(&self, issuer: &str) -> Result<Found, VerifyError> {
        if !is_acceptable(issuer) {
            return Err(VerifyError::Issuer);
        }
        if let Some(answer) = self.remembered(issuer) {
            return answer;
        }
        let question = Box::from(issuer);
        let answer = self.inquiries.ask(&question, || self.resolve(issuer)).await;
        answer.unwrap_or_else(|NoAnswer| {
            if self.resolver_failed.is_due(self.clock.now()) {
                tracing::warn!("no answer of the issuer resolver in time: answered with 503");
            }
            Err(VerifyError::Unavailable { retry_after: RETRY_AFTER })
        })
    }

    fn remembered(&self, issuer: &str) -> Option<Result<Found, VerifyError>> {
        let now = self.clock.now();
        if let Some(found) = self.found.get(issuer)
            && now < found.until
        {
            return Some(Ok(found));
        }
        let is_unknown = self.unknown.get(issuer).is_some_and(|until| now < until);
        is_unknown.then_some(Err(VerifyError::Issuer))
    }

    /// Asks the resolver, and remembers what it says.
    async fn resolve(&self, issuer: &str) -> Result<Found, VerifyError> {
        // Somebody may have asked while this question waited for its turn.
        if let Some(answer) = self.remembered(issuer) {
            return answer;
        }
        let (forgotten, now) = (*self.lock(), self.clock.now());
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
        let until = |keep| now.saturating_add(keep);
        let number = self.lock();
        // If one was forgotten meanwhile, it may be this one, and the answer is older than that:
        // it is for those who wait already, and for nobody after them.
        match (answer, *number == forgotten) {
            (Some(verifier), true) => Ok(self.note_found(issuer, verifier, until(self.keep))),
            (Some(verifier), false) => {
                let once = TrustedIssuer::new(verifier);
                once.retire();
                Ok(Found { issuer: Arc::new(once), until: now })
            }
            (None, is_kept) => {
                if is_kept {
                    self.drop_found(issuer);
                    self.unknown.insert(issuer.into(), until(self.keep_unknown));
                }
                Err(VerifyError::Issuer)
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

    fn note_found(&self, issuer: &str, verifier: JwtVerifier, until: u64) -> Found {
        let former = self.found.peek(issuer).map(|found| found.issuer);
        let trusted = match former {
            Some(former) if former.verifier.is_clone_of(&verifier) => former,
            _ => {
                self.drop_found(issuer);
                Arc::new(TrustedIssuer::new(verifier))
            }
        };
        let found = Found { issuer: trusted, until };
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
