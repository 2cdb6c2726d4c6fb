//! One refresh at a time: who does it, and who waits for it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::schedule::{self, Outcome, RefreshLimits, Refusal, Schedule};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Arc, Mutex, PoisonError};

/// The [`Schedule`] of a key set, shared. Locked for moments, and never by a request whose key is
/// at hand.
pub(crate) struct Refresh {
    state: Mutex<State>,
    /// How many refreshes have ended. Changed under the lock.
    completed: AtomicU64,
}

struct State {
    schedule: Schedule,
    waiting: BTreeMap<u64, Waker>,
    next_waiter: u64,
}

/// What to do without being asked.
pub(crate) enum Due {
    /// Refresh now.
    Start(RefreshPermit),
    /// The set has just become too old to be used.
    Stale,
    /// Nothing until then, or until a refresh has ended.
    At(Duration, RefreshDone),
}

/// What to do for a token whose key is not there.
pub(crate) enum Ask {
    /// Refresh now, and wait for it.
    Start(RefreshPermit, RefreshDone),
    /// Wait for the refresh in flight.
    Join(RefreshDone),
    /// Try again: a refresh has ended since the keys were looked at.
    Again,
    Refuse(Refusal),
}

impl Refresh {
    pub(crate) fn new(limits: RefreshLimits) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                schedule: Schedule::new(limits),
                waiting: BTreeMap::new(),
                next_waiter: 0,
            }),
            completed: AtomicU64::new(0),
        })
    }

    /// [`Schedule::due`]. What is awaited is an end after this call: none is missed in between.
    pub(crate) fn due(self: &Arc<Self>, now: Duration) -> Due {
        self.with(|state| match state.schedule.due(now) {
            schedule::Due::Start => Due::Start(RefreshPermit::new(self)),
            schedule::Due::Stale => Due::Stale,
            schedule::Due::At(until) => Due::At(until, RefreshDone::after(self, state)),
        })
    }

    /// How many refreshes have ended. Asked before the keys are looked at, so that [`ask`](Self::ask)
    /// can tell whether they have been refreshed since.
    pub(crate) fn completed(&self) -> u64 {
        self.completed.load(Ordering::SeqCst)
    }

    /// [`Schedule::ask`], by someone who looked at the keys after `seen` refreshes.
    pub(crate) fn ask(self: &Arc<Self>, now: Duration, seen: u64) -> Ask {
        self.with(|state| {
            // Else a key that has just come would be said to be unknown.
            if self.completed() != seen {
                return Ask::Again;
            }
            match state.schedule.ask(now) {
                schedule::Ask::Start => {
                    Ask::Start(RefreshPermit::new(self), RefreshDone::after(self, state))
                }
                schedule::Ask::Join => Ask::Join(RefreshDone::after(self, state)),
                schedule::Ask::Refuse(refusal) => Ask::Refuse(refusal),
            }
        })
    }

    /// [`Schedule::refusal`].
    pub(crate) fn refusal(&self, now: Duration) -> Refusal {
        self.with(|state| state.schedule.refusal(now))
    }

    /// When the next refresh is due.
    pub(crate) fn next(&self) -> Duration {
        self.with(|state| state.schedule.next())
    }

    /// The end of the next refresh to end.
    pub(crate) fn done(self: &Arc<Self>) -> RefreshDone {
        self.with(|state| RefreshDone::after(self, state))
    }

    /// Nothing that holds the lock can panic; if it did, the state would still be a whole one.
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn complete(&self, at: Option<Duration>, outcome: Outcome, random: u32) {
        let waiting = self.with(|state| {
            let at = at.or(state.schedule.started()).unwrap_or_default();
            state.schedule.complete(at, outcome, random);
            self.completed.fetch_add(1, Ordering::SeqCst);
            std::mem::take(&mut state.waiting)
        });
        waiting.into_values().for_each(Waker::wake);
    }
}

/// The right and the duty to do the one refresh. Dropped without an outcome, the refresh has
/// failed, so that no request waits for it.
pub(crate) struct RefreshPermit {
    refresh: Option<Arc<Refresh>>,
}

impl RefreshPermit {
    fn new(refresh: &Arc<Refresh>) -> Self {
        Self { refresh: Some(Arc::clone(refresh)) }
    }

    /// When the refresh was begun.
    pub(crate) fn started(&self) -> Duration {
        let started = |refresh: &Arc<Refresh>| refresh.with(|state| state.schedule.started());
        self.refresh.as_ref().and_then(started).unwrap_or_default()
    }

    /// Ends the refresh. What it brought must be in force by now: requests that wait look at once.
    pub(crate) fn complete(mut self, now: Duration, outcome: Outcome, random: u32) {
        if let Some(refresh) = self.refresh.take() {
            refresh.complete(Some(now), outcome, random);
        }
    }
}

impl Drop for RefreshPermit {
    fn drop(&mut self) {
        if let Some(refresh) = self.refresh.take() {
            refresh.complete(None, Outcome::Failed, 0);
        }
    }
}

/// The end of a refresh, to be awaited.
pub(crate) struct RefreshDone {
    refresh: Arc<Refresh>,
    before: u64,
    waiter: u64,
}

impl RefreshDone {
    fn after(refresh: &Arc<Refresh>, state: &mut State) -> Self {
        state.next_waiter += 1;
        Self {
            refresh: Arc::clone(refresh),
            before: refresh.completed(),
            waiter: state.next_waiter,
        }
    }
}

impl Future for RefreshDone {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.refresh.with(|state| {
            if self.refresh.completed() > self.before {
                return Poll::Ready(());
            }
            state.waiting.insert(self.waiter, context.waker().clone());
            Poll::Pending
        })
    }
}

impl Drop for RefreshDone {
    fn drop(&mut self) {
        // The waker may hold the last of something that must not be dropped under the lock.
        let waker = self.refresh.with(|state| state.waiting.remove(&self.waiter));
        drop(waker);
    }
}
