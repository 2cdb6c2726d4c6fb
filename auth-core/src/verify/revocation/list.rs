//! Revocations in the memory of this process.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use thiserror::Error;

use super::ledger::{Digest, Entry, Ledger, Writer};
use super::what::{self, Revocation};
use super::{FeedError, RevocationStatus, Revocations};
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};
use crate::verify::clock::{Clock, SystemClock};
use crate::verify::token::VerifiedToken;

const DEFAULT_CAPACITY: usize = 65_536;
const MAX_CAPACITY: usize = 1 << 24;
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_TOKEN_LIFETIME: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// What a token may live beyond its `exp`, in seconds: the largest leeway, and a fraction of a
/// second that `exp` is rounded by.
const LEEWAY: u64 = 61;
/// How far the issuer's clock may be ahead where it wrote `iat`, in seconds.
const AHEAD: u64 = 60;

/// Revocations in memory: a clone shares them, and they end with the process.
///
/// What is revoked is refused from the next request on, at this node. Nodes that share a store
/// revoke with [`SharedRevocations`](super::SharedRevocations), which survives a restart too.
///
/// Its size is bounded, by default to 65,536 entries of 32 bytes. What a token's expiry has made
/// needless is dropped; when there is no room, [`revoke`](Self::revoke) says so and revokes nothing:
/// a revocation that was acknowledged is never pushed out by another one. Entries are filed under
/// keyed digests: the list holds no names.
///
/// A check takes no lock. Where nothing is revoked it costs a few loads; otherwise a hash of the
/// issuer with the name, for each kind of which there is anything.
///
/// ```
/// use std::time::Duration;
/// use auth_core::RevocationList;
/// use auth_core::verify::Revocation;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let revocations = RevocationList::builder()
///     .capacity(100_000)
///     .max_token_lifetime(Duration::from_secs(3_600))
///     .build()?;
///
/// // Whatever alice holds by now, and the session that was reported stolen.
/// revocations.revoke_subject("https://id.example.com", "alice")?;
/// revocations.revoke_session("https://id.example.com", "f3a1")?;
/// // One token, by its `jti` and its `exp`. In a handler: `revocations.revoke(&identity)?`.
/// revocations.revoke(Revocation::token("https://id.example.com", "a81b", 1_800_000_000))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RevocationList(Arc<Inner>);

struct Inner {
    tokens: Ledger,
    /// Tokens without `jti`.
    claims: Ledger,
    subjects: Ledger,
    sessions: Ledger,
    writer: Mutex<Writer>,
    keys: (RandomState, RandomState),
    capacity: usize,
    /// How long after a moment a token that was issued by then may still be good, in seconds.
    lifetime: u64,
    clock: Arc<dyn Clock>,
}

/// Configures a [`RevocationList`].
#[derive(Debug)]
#[must_use]
pub struct RevocationListBuilder {
    capacity: usize,
    max_token_lifetime: Duration,
    clock: Arc<dyn Clock>,
}

/// Why a revocation list cannot be built.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RevocationListError {
    /// There is room for nothing, or for too much.
    #[error("the revocation list has a capacity of {0}, expected between 1 and 16777216")]
    Capacity(usize),
    /// No token lives that long.
    #[error(
        "the longest token lifetime is {0:?}, expected between one second and 366 days\nhelp: the longest difference between `iat` and `exp` that your issuers sign"
    )]
    TokenLifetime(Duration),
}

crate::error::debug_in_words!(RevocationListError);

/// Why something was not revoked, or not everywhere.
#[derive(Error)]
#[non_exhaustive]
pub enum RevokeError {
    /// The list is full: nothing was revoked.
    #[error(
        "the revocation list is full: {capacity} entries, nothing was revoked\nhelp: raise `.capacity(..)`, 32 bytes for each; an entry is kept until its tokens have expired, so shorter `.max_token_lifetime(..)` makes room too"
    )]
    Full {
        /// How many entries there may be.
        capacity: usize,
    },
    /// The shared store did not take it: it holds on this node, and on no other.
    #[error(
        "the shared store did not take the revocation, which holds on this node only: {0}\nhelp: try again until it succeeds"
    )]
    NotShared(#[source] FeedError),
}

crate::error::debug_in_words!(RevokeError);

impl RevocationListBuilder {
    /// How many entries there may be, of all kinds together: by default 65,536, at most 16,777,216.
    /// Each takes 32 bytes.
    pub fn capacity(mut self, entries: usize) -> Self {
        self.capacity = entries;
        self
    }

    /// The longest time from `iat` to `exp` of any token: by default 24 hours, at most 366 days,
    /// whole seconds. So long are subjects and sessions kept.
    ///
    /// A token that lives longer is refused as soon as an entry that may have been about it is
    /// dropped, so a value that is too small costs logins and lets nobody in. It is found by `iat`:
    /// tokens without one are taken to keep to this.
    pub fn max_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_token_lifetime = lifetime;
        self
    }

    /// The clock: the same as the verifier's. By default [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the list.
    ///
    /// # Errors
    /// If a bound is out of its bounds.
    pub fn build(self) -> Result<RevocationList, RevocationListError> {
        if !(1..=MAX_CAPACITY).contains(&self.capacity) {
            return Err(RevocationListError::Capacity(self.capacity));
        }
        if !(Duration::from_secs(1)..=MAX_TOKEN_LIFETIME).contains(&self.max_token_lifetime) {
            return Err(RevocationListError::TokenLifetime(self.max_token_lifetime));
        }
        Ok(self.checked())
    }

    fn checked(self) -> RevocationList {
        RevocationList(Arc::new(Inner {
            tokens: Ledger::default(),
            claims: Ledger::default(),
            subjects: Ledger::default(),
            sessions: Ledger::default(),
            writer: Mutex::new(Writer::new()),
            keys: (RandomState::new(), RandomState::new()),
            capacity: self.capacity,
            lifetime: self.max_token_lifetime.as_secs().saturating_add(LEEWAY + AHEAD),
            clock: self.clock,
        }))
    }
}

impl Default for RevocationList {
    /// A list with the defaults of its [builder](Self::builder).
    fn default() -> Self {
        Self::builder().checked()
    }
}

impl RevocationList {
    /// Starts to configure a list.
    pub fn builder() -> RevocationListBuilder {
        RevocationListBuilder {
            capacity: DEFAULT_CAPACITY,
            max_token_lifetime: DEFAULT_TOKEN_LIFETIME,
            clock: Arc::new(SystemClock),
        }
    }

    /// Revokes a token, what a subject holds, or a session. In a handler, `revoke(&identity)` ends
    /// the token that the request came with.
    ///
    /// When this returns, the next request is refused. What was revoked before may be revoked again.
    ///
    /// # Errors
    /// [`RevokeError::Full`]: there is no room, and nothing was revoked.
    pub fn revoke(&self, what: impl Into<Revocation>) -> Result<(), RevokeError> {
        self.add(&what.into())
    }

    /// Revokes every token that a subject of an issuer was issued until now, this second included,
    /// and those without `iat`: [`Revocation::subject`] says what that means.
    ///
    /// # Errors
    /// [`RevokeError::Full`]: there is no room, and nothing was revoked.
    pub fn revoke_subject(&self, issuer: &str, subject: &str) -> Result<(), RevokeError> {
        self.revoke(Revocation::subject(issuer, subject, self.clock().now()))
    }

    /// Revokes every token of a session of an issuer (`sid`).
    ///
    /// # Errors
    /// [`RevokeError::Full`]: there is no room, and nothing was revoked.
    pub fn revoke_session(&self, issuer: &str, session_id: &str) -> Result<(), RevokeError> {
        self.revoke(Revocation::session(issuer, session_id, self.clock().now()))
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(super) fn add(&self, what: &Revocation) -> Result<(), RevokeError> {
        let this = &*self.0;
        let now = this.clock.now();
        let (ledger, entry) = this.entry(what);
        let mut writer = this.write();
        if entry.is_due(now) {
            ledger.forget(entry, &mut writer);
            return Ok(());
        }
        if this.is_full() && !ledger.contains(entry.digest) {
            this.ledgers().into_iter().for_each(|ledger| ledger.sweep(now, &mut writer));
            if this.is_full() {
                return Err(RevokeError::Full { capacity: this.capacity });
            }
        }
        ledger.add(entry, now, &mut writer);
        Ok(())
    }
}

impl Revocations for RevocationList {
    fn status(&self, token: &VerifiedToken) -> RevocationStatus {
        if self.0.revokes(token) { RevocationStatus::Revoked } else { RevocationStatus::Valid }
    }
}

impl Inner {
    /// Where a revocation is noted, and how.
    fn entry(&self, what: &Revocation) -> (&Ledger, Entry) {
        let entry = |digest, issued_until, forget_at| Entry { digest, issued_until, forget_at };
        match what {
            Revocation::Token { issuer, token_id, expires_at } => {
                let digest = self.digest(issuer, token_id);
                (&self.tokens, entry(digest, u64::MAX, expires_at.saturating_add(LEEWAY)))
            }
            Revocation::TokenWithoutId { claims_sha256, expires_at } => {
                let digest = self.digest("", claims_sha256);
                (&self.claims, entry(digest, u64::MAX, expires_at.saturating_add(LEEWAY)))
            }
            Revocation::Subject { issuer, subject, issued_until } => {
                let digest = self.digest(issuer, subject);
                let forget_at = issued_until.saturating_add(self.lifetime);
                (&self.subjects, entry(digest, *issued_until, forget_at))
            }
            Revocation::Session { issuer, session_id, revoked_at } => {
                let digest = self.digest(issuer, session_id);
                let forget_at = revoked_at.saturating_add(self.lifetime);
                (&self.sessions, entry(digest, u64::MAX, forget_at))
            }
        }
    }

    fn revokes(&self, token: &VerifiedToken) -> bool {
        let issuer = token.issuer();
        let issued_at = token.issued_at();
        let by_expiry = token.expires_at().saturating_add(LEEWAY);
        let by_lifetime = match issued_at {
            Some(issued_at) => issued_at.saturating_add(self.lifetime),
            None => by_expiry,
        };
        let of_token = if let Some(id) = what::token_id(token) {
            self.tokens.revokes(|| self.digest(issuer, id), issued_at, by_expiry)
        } else {
            let digest = || self.digest("", &what::claims_sha256(token.claims()));
            self.claims.revokes(digest, issued_at, by_expiry)
        };
        let subject = || self.digest(issuer, token.subject());
        of_token
            || self.subjects.revokes(subject, issued_at, by_lifetime)
            || token.session_id().is_some_and(|id| {
                self.sessions.revokes(|| self.digest(issuer, id), issued_at, by_lifetime)
            })
    }

    /// A digest under the keys of this list. Both halves are `SipHash`, each under its own key.
    fn digest(&self, issuer: &str, name: &str) -> Digest {
        let (first, second) = &self.keys;
        let name = (issuer, name);
        u128::from(first.hash_one(name)) << 64 | u128::from(second.hash_one(name))
    }

    fn ledgers(&self) -> [&Ledger; 4] {
        [&self.tokens, &self.claims, &self.subjects, &self.sessions]
    }

    fn len(&self) -> usize {
        self.ledgers().into_iter().map(Ledger::len).sum()
    }

    fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    /// A writer that panicked left a shard as it was, or as it should be.
    fn write(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("entries", &self.0.len())
            .field("capacity", &self.0.capacity)
            .finish_non_exhaustive()
    }
}
