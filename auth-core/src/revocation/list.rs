//! Revocations in the memory of this process.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use thiserror::Error;

use super::revoked::{self, Revocation};
use super::table::{Digest, Entry, RevocationTable, Writer};
use super::{FeedError, RevocationCheck, RevocationStatus};
use crate::identity::Authentication;
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};
use crate::time::clock::{Clock, SystemClock};
use crate::wording::Problems;

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
/// What is revoked is rejected from the next request on, at this node. Nodes that share a store
/// revoke with [`SharedRevocations`](super::SharedRevocations), which survives a restart too.
///
/// Its size is bounded, by default to 65,536 entries of 32 bytes. What a token's expiry has made
/// needless is dropped. What is about tokens whose end is not known (a subject, a session, an opaque
/// token) stays for as long as there is room, and for
/// [`max_token_lifetime`](RevocationListBuilder::max_token_lifetime) at least. When there is no
/// room, [`revoke`](Self::revoke) says so and revokes nothing: a revocation that was acknowledged is
/// never pushed out by another one. Entries are filed under keyed digests: the list holds no names.
///
/// A check takes no lock. Where nothing is revoked it costs a few loads; otherwise a hash of the
/// issuer with the name, for each kind of which there is anything.
///
/// ```
/// use std::time::Duration;
/// use auth_core::revocation::{Revocation, RevocationList};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let revocations = RevocationList::builder()
///     .capacity(100_000)
///     .max_token_lifetime(Duration::from_secs(3_600))
///     .build()?;
///
/// // All tokens that alice holds by now, and the session that was reported stolen.
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
    tokens: RevocationTable,
    /// Signed tokens without `jti`.
    claims: RevocationTable,
    /// Opaque tokens, by themselves and by `jti`. What is said of their end may change.
    opaque: RevocationTable,
    subjects: RevocationTable,
    sessions: RevocationTable,
    writer: Mutex<Writer>,
    keys: (RandomState, RandomState),
    capacity: usize,
    /// How long after a moment a token that was issued by then may still be valid, in seconds.
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
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
}

crate::wording::debug_in_words!(RevocationListError);
crate::wording::several_problems!(RevocationListError);

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

crate::wording::debug_in_words!(RevokeError);

impl RevocationListBuilder {
    /// How many entries there may be, of all kinds together: by default 65,536, at most 16,777,216.
    /// Each takes 32 bytes. An opaque token whose endpoint says a `jti` takes two.
    pub fn capacity(mut self, entries: usize) -> Self {
        self.capacity = entries;
        self
    }

    /// The longest time from `iat` to `exp` of any token: by default 24 hours, at most 366 days,
    /// whole seconds. So long are subjects, sessions and opaque tokens kept at least, and longer
    /// while there is room.
    ///
    /// A token that lives longer is rejected as soon as an entry that may have been about it is
    /// dropped, so a value that is too small costs logins and lets no caller in. It is found by `iat`,
    /// or else by how long its verifier lets a signed token live
    /// ([`max_lifetime`](crate::token::JwtVerifierBuilder::max_lifetime)): set both alike where
    /// tokens have no `iat`. An opaque token without `iat` may have been meant by any entry that
    /// was dropped, even if its endpoint reports another `exp` now.
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
    /// If a setting is out of range. All mistakes are reported at once.
    pub fn build(self) -> Result<RevocationList, RevocationListError> {
        let Self { capacity, max_token_lifetime: lifetime, .. } = self;
        let mut problems = Problems::default();
        problems.unless((1..=MAX_CAPACITY).contains(&capacity), || {
            RevocationListError::Capacity(capacity)
        });
        problems.unless((Duration::from_secs(1)..=MAX_TOKEN_LIFETIME).contains(&lifetime), || {
            RevocationListError::TokenLifetime(lifetime)
        });
        problems.finish(Some(self)).map(Self::checked)
    }

    fn checked(self) -> RevocationList {
        RevocationList(Arc::new(Inner {
            tokens: RevocationTable::default(),
            claims: RevocationTable::default(),
            opaque: RevocationTable::default(),
            subjects: RevocationTable::default(),
            sessions: RevocationTable::default(),
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
    /// When this returns, the next request is rejected. What was revoked before may be revoked again.
    ///
    /// # Errors
    /// [`RevokeError::Full`]: there is no room, and nothing was revoked.
    pub fn revoke(&self, what: impl Into<Revocation>) -> Result<(), RevokeError> {
        self.add(&what.into().at(self.clock().now()))
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

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(crate) fn add(&self, what: &Revocation) -> Result<(), RevokeError> {
        let this = &*self.0;
        let now = this.clock.now();
        let mut filed = this.filed(what);
        let mut writer = this.write();
        filed.retain(|filed| filed.lasts || !filed.forget_if_due(now, &mut writer));
        if !this.has_room_for(&filed) {
            this.tables().into_iter().for_each(|table| table.sweep(now, &mut writer));
            filed.retain(|filed| !filed.forget_if_due(now, &mut writer));
            if !this.has_room_for(&filed) {
                return Err(RevokeError::Full { capacity: this.capacity });
            }
        }
        for Filed { table, entry, lasts } in filed {
            // Where entries last, none is dropped before there is no room.
            table.add(entry, if lasts { 0 } else { now }, &mut writer);
        }
        Ok(())
    }
}

impl RevocationCheck for RevocationList {
    fn status(&self, authentication: &Authentication) -> RevocationStatus {
        if self.0.revokes(authentication) {
            RevocationStatus::Revoked
        } else {
            RevocationStatus::Valid
        }
    }
}

/// An entry, and where it is filed.
struct Filed<'a> {
    table: &'a RevocationTable,
    entry: Entry,
    /// Whether it stays for as long as there is room: no one knows the end of all tokens that it is
    /// about.
    lasts: bool,
}

impl Filed<'_> {
    /// Notes an entry that need not be kept as forgotten.
    fn forget_if_due(&self, now: u64, writer: &mut Writer) -> bool {
        let is_due = self.entry.is_due(now);
        if is_due {
            self.table.forget(self.entry, writer);
        }
        is_due
    }
}

impl Inner {
    /// Where a revocation is noted, and how.
    fn filed(&self, what: &Revocation) -> Vec<Filed<'_>> {
        let file = |table, digest, issued_until, forget_at, lasts| Filed {
            table,
            entry: Entry { digest, issued_until, forget_at },
            lasts,
        };
        let after = |expires_at: &u64| expires_at.saturating_add(LEEWAY);
        let since = |moment: &u64| moment.saturating_add(self.lifetime);
        match what {
            Revocation::Token { issuer, token_id, expires_at } => {
                let digest = self.digest(issuer, token_id);
                vec![file(&self.tokens, digest, u64::MAX, after(expires_at), false)]
            }
            Revocation::TokenWithoutId { claims_sha256, expires_at } => {
                let digest = self.digest("", claims_sha256);
                vec![file(&self.claims, digest, u64::MAX, after(expires_at), false)]
            }
            Revocation::OpaqueToken { token_sha256, issuer, token_id, expires_at, revoked_at } => {
                // No issuer is without a name: what is filed under none is no `jti`.
                let itself = Some(self.digest("", token_sha256));
                let by_id = token_id.as_ref().map(|id| self.digest(issuer, id));
                let forget_at = since(revoked_at).max(expires_at.as_ref().map_or(0, after));
                let names = itself.into_iter().chain(by_id);
                names.map(|digest| file(&self.opaque, digest, u64::MAX, forget_at, true)).collect()
            }
            Revocation::Subject { issuer, subject, issued_until } => {
                let digest = self.digest(issuer, subject);
                vec![file(&self.subjects, digest, *issued_until, since(issued_until), true)]
            }
            Revocation::Session { issuer, session_id, revoked_at } => {
                let digest = self.digest(issuer, session_id);
                vec![file(&self.sessions, digest, u64::MAX, since(revoked_at), true)]
            }
        }
    }

    fn revokes(&self, authentication: &Authentication) -> bool {
        let issuer = authentication.issuer();
        let issued_at = authentication.issued_at();
        let by_expiry = match authentication.stated_expiry() {
            Some(expires_at) => expires_at.saturating_add(LEEWAY),
            None => u64::MAX,
        };
        let by_lifetime = authentication.issued_from().saturating_add(self.lifetime);
        let by_id = revoked::token_id(authentication.token_id()).is_some_and(|id| {
            let digest = || self.digest(issuer, id);
            self.tokens.revokes(digest, issued_at, by_expiry)
                || self.opaque.revokes(digest, issued_at, by_lifetime)
        });
        let by_itself = match authentication.opaque() {
            Some(opaque) => {
                let digest = || self.digest("", &opaque.sha256);
                self.opaque.revokes(digest, issued_at, by_lifetime)
            }
            None if revoked::token_id(authentication.token_id()).is_none() => {
                let digest =
                    || self.digest("", &revoked::claims_sha256(&authentication.distinguishing()));
                self.claims.revokes(digest, issued_at, by_expiry)
            }
            None => false,
        };
        let subject = || self.digest(issuer, authentication.subject());
        by_id
            || by_itself
            || self.subjects.revokes(subject, issued_at, by_lifetime)
            || authentication.session_id().is_some_and(|id| {
                self.sessions.revokes(|| self.digest(issuer, id), issued_at, by_lifetime)
            })
    }

    /// A digest under the keys of this list. Both halves are `SipHash`, each under its own key.
    fn digest(&self, issuer: &str, name: &str) -> Digest {
        let (first, second) = &self.keys;
        let name = (issuer, name);
        u128::from(first.hash_one(name)) << 64 | u128::from(second.hash_one(name))
    }

    fn tables(&self) -> [&RevocationTable; 5] {
        [&self.tokens, &self.claims, &self.opaque, &self.subjects, &self.sessions]
    }

    fn len(&self) -> usize {
        self.tables().into_iter().map(RevocationTable::len).sum()
    }

    fn has_room_for(&self, filed: &[Filed<'_>]) -> bool {
        let is_new = |filed: &&Filed<'_>| !filed.table.contains(filed.entry.digest);
        let new = filed.iter().filter(is_new).count();
        new == 0 || self.len().saturating_add(new) <= self.capacity
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
