//! How long answers of a assignment source are kept, and the handle to forget them sooner.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use super::AuthenticatorError;
use crate::time::{Epoch, Stamp};
use crate::wording::Problems;

/// How many subjects are distinguished when one of them is forgotten. Those that share a place with
/// it are asked for anew too, which costs a query and nothing else.
const PLACES: usize = 1024;

/// How the answers of an [`AssignmentSource`](crate::AssignmentSource) are kept, and the handle to forget
/// them. A clone shares the handle.
///
/// An answer is kept for one credential in one tenant: at most for the time to live, never past the
/// `exp` of the token, and not at all once it is forgotten. Of several requests that need the same
/// answer at the same time, one asks.
///
/// When an assignment changes, forget the subject *after* the change is committed. The next
/// request on this node then sees it, even if a query from before is still on its way. Other nodes
/// see it once the time to live has passed.
///
/// ```
/// use std::time::Duration;
/// use auth_core::Authenticator;
/// use auth_core::authenticator::AssignmentCache;
///
/// let cache = AssignmentCache::new().time_to_live(Duration::from_secs(60)).capacity(50_000);
/// let builder = Authenticator::builder().assignment_cache(cache.clone());
/// // .. and where an assignment changes, with the `cache` in the state of the handlers:
/// cache.forget("https://id.example.com", "alice");
/// # drop(builder);
/// ```
#[derive(Clone)]
#[must_use]
pub struct AssignmentCache {
    pub(super) time_to_live: Duration,
    pub(super) capacity: usize,
    stamps: Arc<Stamps>,
}

/// The states that answers are stamped with. An answer counts while none of its stamps has passed.
struct Stamps {
    subjects: Box<[Epoch]>,
    all: Epoch,
    /// With random keys, a client that can choose a subject cannot choose its place.
    hasher: RandomState,
}

/// The moment at which an answer was asked for.
#[derive(Debug)]
pub(super) struct AskedAt {
    subject: Option<Stamp>,
    all: Stamp,
}

impl AssignmentCache {
    /// For how long an answer is kept if nothing else is said.
    pub const DEFAULT_TIME_TO_LIVE: Duration = Duration::from_secs(30);
    /// The longest that an answer may be kept.
    pub const MAX_TIME_TO_LIVE: Duration = Duration::from_secs(60 * 60);
    /// How many answers are kept if nothing else is said.
    pub const DEFAULT_CAPACITY: usize = 10_000;
    /// The most answers that may be kept.
    pub const MAX_CAPACITY: usize = 1_000_000;

    /// Keeps up to 10,000 answers for 30 seconds.
    pub fn new() -> Self {
        Self {
            time_to_live: Self::DEFAULT_TIME_TO_LIVE,
            capacity: Self::DEFAULT_CAPACITY,
            stamps: Arc::new(Stamps {
                subjects: std::iter::repeat_with(Epoch::default).take(PLACES).collect(),
                all: Epoch::default(),
                hasher: RandomState::new(),
            }),
        }
    }

    /// How long an answer counts, in whole seconds, at most an hour. With less than a second,
    /// nothing is kept and every request asks.
    pub const fn time_to_live(mut self, time_to_live: Duration) -> Self {
        self.time_to_live = time_to_live;
        self
    }

    /// How many answers are kept, at most a million. When more are needed, those that were not
    /// used for long go first.
    pub const fn capacity(mut self, answers: usize) -> Self {
        self.capacity = answers;
        self
    }

    /// Forgets every answer about a subject, in all tenants, at once. Call it after the change is
    /// committed.
    pub fn forget(&self, issuer: &str, subject: &str) {
        if let Some(epoch) = self.stamps.of(issuer, subject) {
            epoch.advance();
        }
    }

    /// Forgets every answer: after a change that concerns many, as of what a role in a tenant means.
    pub fn forget_all(&self) {
        self.stamps.all.advance();
    }

    /// To be taken before the question is asked.
    pub(super) fn stamp(&self, issuer: &str, subject: &str) -> AskedAt {
        let subject = self.stamps.of(issuer, subject).map(Epoch::stamp);
        AskedAt { subject, all: self.stamps.all.stamp() }
    }

    /// Whether the settings are within their bounds.
    pub(super) fn check(&self) -> Result<(), AuthenticatorError> {
        let mut problems = Problems::default();
        problems.unless(self.time_to_live <= Self::MAX_TIME_TO_LIVE, || {
            AuthenticatorError::GrantsKeptTooLong(self.time_to_live)
        });
        problems.unless((1..=Self::MAX_CAPACITY).contains(&self.capacity), || {
            AuthenticatorError::InvalidGrantCapacity(self.capacity)
        });
        problems.finish(Some(()))
    }
}

impl Stamps {
    fn of(&self, issuer: &str, subject: &str) -> Option<&Epoch> {
        let hash = self.hasher.hash_one((issuer, subject));
        let place = usize::try_from(hash % PLACES as u64).ok()?;
        self.subjects.get(place)
    }
}

impl AskedAt {
    /// Whether nothing was forgotten since that could be about this.
    pub(super) fn is_current(&self) -> bool {
        self.all.is_current() && self.subject.as_ref().is_some_and(Stamp::is_current)
    }
}

impl Default for AssignmentCache {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AssignmentCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssignmentCache")
            .field("time_to_live", &self.time_to_live)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
