//! Revocations that several nodes share.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use thiserror::Error;

#[cfg(doc)]
use super::feed::FeedBatch;
use super::feed::{AnyFeed, RevocationLog};
use super::follow::{self, CatchUpError};
use super::list::{RevocationList, RevokeError};
use super::place::Place;
use super::revoked::Revocation;
use super::{RevocationCheck, RevocationStatus};
use crate::identity::Authentication;
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::SeqCst;
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};
use crate::time::{RETRY_AFTER, SharedRead};
use crate::wording::Problems;

const DEFAULT_STALENESS: Duration = Duration::from_secs(30);
const MAX_STALENESS: Duration = Duration::from_secs(600);
const DEFAULT_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Revocations of all nodes that share a store: every node reads from memory, and follows the
/// store's [feed](RevocationLog) to keep that memory complete. A clone shares everything.
///
/// The promise: **from `max_staleness` after a revocation was acknowledged, no node lets its tokens
/// pass.** A node that cannot be sure, because it has not read everything yet, or heard nothing for
/// longer than that, or because no task runs [`run`](Self::run), answers 503 to every request with a
/// credential, and goes on by itself when it has caught up.
///
/// The application runs it in a task:
///
/// ```no_run
/// use auth_core::revocation::{RevocationList, RevocationLog, SharedRevocations};
///
/// # async fn example(feed: impl RevocationLog) -> Result<(), Box<dyn std::error::Error>> {
/// let revocations = SharedRevocations::builder(feed).build()?;
/// tokio::spawn(revocations.clone().run(tokio::time::sleep));
/// // Authenticator::builder().revocations(revocations.clone()) ..
///
/// // In the handler of `DELETE /session`: on all nodes, or an error.
/// revocations.revoke_subject("https://id.example.com", "alice").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SharedRevocations(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) list: RevocationList,
    pub(crate) feed: Box<dyn AnyFeed>,
    pub(crate) max_staleness: Duration,
    pub(crate) poll_interval: Duration,
    /// The list has everything that was acknowledged before this second. 0 until that is known.
    pub(crate) known_until: AtomicU64,
    /// How far the feed was read, by the follower or by a call that catches up. `known_until` changes with it,
    /// under its lock.
    place: Mutex<Place>,
    /// The read that is shared by the requests that wait for everything that was revoked until now.
    catching_up: SharedRead<Result<u64, CatchUpError>>,
}

impl Inner {
    pub(crate) fn place(&self) -> MutexGuard<'_, Place> {
        // Nothing panics while it is held, and every change is a whole one.
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Configures [`SharedRevocations`].
#[must_use]
pub struct SharedRevocationsBuilder {
    feed: Box<dyn AnyFeed>,
    list: RevocationList,
    max_staleness: Duration,
    poll_interval: Duration,
}

/// Why shared revocations cannot be built.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SharedRevocationsError {
    /// The store may be silent for too short or too long a time.
    #[error(
        "the store may be silent for {0:?}, expected between 2 seconds and 10 minutes\nhelp: so long may a revoked token pass at another node; `.max_staleness(..)` is 30 seconds by default"
    )]
    MaxStaleness(Duration),
    /// The interval between two reads is zero, or so long that the store would be silent.
    #[error(
        "the poll interval is {0:?}, expected between 1 millisecond and half of the longest silence\nhelp: `.poll_interval(..)` is one second by default"
    )]
    PollInterval(Duration),
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
}

crate::wording::debug_in_words!(SharedRevocationsError);
crate::wording::several_problems!(SharedRevocationsError);

impl SharedRevocationsBuilder {
    /// The list that is read, where it is to have another capacity, lifetime or clock than by
    /// default. The clock of the list is the one that measures the silence.
    pub fn list(mut self, list: RevocationList) -> Self {
        self.list = list;
        self
    }

    /// How long the store may be silent before no caller is let in: by default 30 seconds, from 2
    /// seconds to 10 minutes, whole seconds.
    ///
    /// It bounds how long a revoked token may pass at another node, and so how long an outage of the
    /// store goes unnoticed. Nodes whose clocks differ do no harm: each measures by its own.
    pub fn max_staleness(mut self, max_staleness: Duration) -> Self {
        self.max_staleness = max_staleness;
        self
    }

    /// How long to wait before the store is asked again, if it had nothing to tell or could not be
    /// reached: by default one second, at most half of `max_staleness`.
    pub fn poll_interval(mut self, poll_interval: Duration) -> Self {
        self.poll_interval = poll_interval;
        self
    }

    /// Builds the revocations. They answer "cannot be determined" until they [run](SharedRevocations::run)
    /// and have read everything.
    ///
    /// # Errors
    /// If a time is out of its bounds. All mistakes are reported at once.
    pub fn build(self) -> Result<SharedRevocations, SharedRevocationsError> {
        let Self { feed, list, max_staleness, poll_interval } = self;
        let mut problems = Problems::default();
        problems.unless((Duration::from_secs(2)..=MAX_STALENESS).contains(&max_staleness), || {
            SharedRevocationsError::MaxStaleness(max_staleness)
        });
        // With a silence that cannot be, what it would allow is not known: then the longest counts.
        let longest = if problems.are_none() { max_staleness / 2 } else { MAX_STALENESS / 2 };
        problems.unless((Duration::from_millis(1)..=longest).contains(&poll_interval), || {
            SharedRevocationsError::PollInterval(poll_interval)
        });
        let built = Inner {
            list,
            feed,
            max_staleness,
            poll_interval,
            known_until: AtomicU64::new(0),
            place: Mutex::new(Place::START),
            catching_up: SharedRead::new(),
        };
        problems.finish(Some(built)).map(|built| SharedRevocations(Arc::new(built)))
    }
}

impl SharedRevocations {
    /// Starts to configure what follows this feed.
    pub fn builder(feed: impl RevocationLog) -> SharedRevocationsBuilder {
        SharedRevocationsBuilder {
            feed: Box::new(feed),
            list: RevocationList::default(),
            max_staleness: DEFAULT_STALENESS,
            poll_interval: DEFAULT_POLL_INTERVAL,
        }
    }

    /// Follows the store for as long as it is polled: give it a task of its own, with the timer of
    /// the runtime, for example `tokio::spawn(revocations.clone().run(tokio::time::sleep))`.
    ///
    /// It never ends. If it is dropped, no caller is let in after `max_staleness`; a further `run` reads
    /// everything again and goes on.
    pub async fn run<S, F>(self, sleep: S) -> Infallible
    where
        S: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        follow::follow(&self.0, sleep).await
    }

    /// Whether everything is known that was revoked until `max_staleness` ago, so that requests can be
    /// answered: for the readiness of the service.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let known_until = self.0.known_until.load(SeqCst);
        // Both ways: a clock that was set back does not know how long ago that was.
        let silence = self.0.list.clock().now().abs_diff(known_until);
        silence < self.0.max_staleness.as_secs()
    }

    /// Reads the store until the list has everything that any node acknowledged before this call. Then what
    /// [`status`](RevocationCheck::status) says of a token is not older than the call. It is for requests that
    /// need this and can wait for a read; for all others, what [`run`](Self::run) reads is enough.
    ///
    /// It returns the [numbering](FeedBatch::generation) of the store: as long as that is the same, the store
    /// is the one that was read before. Calls that wait at the same time share the reads ([`SharedRead`]). A task
    /// that [runs](Self::run) it is not needed.
    ///
    /// ```
    /// use auth_core::Authentication;
    /// use auth_core::revocation::{
    ///     CatchUpError, RevocationCheck, RevocationStatus, SharedRevocations,
    /// };
    ///
    /// /// Whether a credential is valid, and no node has revoked it before this call.
    /// async fn is_good(
    ///     revocations: &SharedRevocations,
    ///     credential: &Authentication,
    /// ) -> Result<bool, CatchUpError> {
    ///     revocations.catch_up().await?;
    ///     Ok(revocations.status(credential) == RevocationStatus::Valid)
    /// }
    /// ```
    ///
    /// # Errors
    /// If the store fails, does not answer within `max_staleness`, or says more than the list has room for;
    /// if there is no tokio runtime with a timer. Then it is not known what was revoked.
    pub async fn catch_up(&self) -> Result<u64, CatchUpError> {
        self.0.catching_up.ask(|| follow::catch_up(&self.0)).await
    }

    /// Revokes here at once, and at all other nodes: [`RevocationList::revoke`], and the store.
    ///
    /// # Errors
    /// [`RevokeError::Full`]: there is no room, and nothing was revoked anywhere;
    /// [`RevokeError::NotShared`]: the store did not take it, and it holds at this node only.
    pub async fn revoke(&self, what: impl Into<Revocation>) -> Result<(), RevokeError> {
        self.share(what.into().at(self.0.list.clock().now())).await
    }

    /// Revokes every token that a subject of an issuer was issued until now, this second included:
    /// [`RevocationList::revoke_subject`], at all nodes.
    ///
    /// # Errors
    /// Those of [`revoke`](Self::revoke).
    pub async fn revoke_subject(&self, issuer: &str, subject: &str) -> Result<(), RevokeError> {
        let now = self.0.list.clock().now();
        self.share(Revocation::subject(issuer, subject, now)).await
    }

    /// Revokes every token of a session of an issuer (`sid`), at all nodes.
    ///
    /// # Errors
    /// Those of [`revoke`](Self::revoke).
    pub async fn revoke_session(&self, issuer: &str, session_id: &str) -> Result<(), RevokeError> {
        let now = self.0.list.clock().now();
        self.share(Revocation::session(issuer, session_id, now)).await
    }

    async fn share(&self, what: Revocation) -> Result<(), RevokeError> {
        self.0.list.add(&what)?;
        self.0.feed.append(&what).await.map_err(RevokeError::NotShared)
    }
}

impl RevocationCheck for SharedRevocations {
    fn status(&self, authentication: &Authentication) -> RevocationStatus {
        // Asked before the list is read, so that it holds for what is read then.
        let is_ready = self.is_ready();
        match self.0.list.status(authentication) {
            RevocationStatus::Valid if !is_ready => {
                RevocationStatus::Unknown { retry_after: RETRY_AFTER }
            }
            known => known,
        }
    }
}

impl fmt::Debug for SharedRevocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRevocations")
            .field("list", &self.0.list)
            .field("ready", &self.is_ready())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SharedRevocationsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRevocationsBuilder")
            .field("list", &self.list)
            .field("max_staleness", &self.max_staleness)
            .field("poll_interval", &self.poll_interval)
            .finish_non_exhaustive()
    }
}
