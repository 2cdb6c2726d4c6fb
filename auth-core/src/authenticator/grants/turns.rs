//! Whose question a source is asked next: so many at once, and few of them by one caller.
//!
//! A request chooses its tenant, so one token can ask about as many as it likes. A caller who does that
//! waits for its own queries, and does not delay others.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{Either, select};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::identity::Identity;

/// One in so many places is for callers whose answer was kept and has to be renewed.
const RENEWALS: usize = 4;

/// One caller may take one in so many places.
const CALLERS: usize = 8;

/// The places of callers who ask a source.
pub(super) struct Turns {
    anybody: Semaphore,
    renewals: Semaphore,
    of_one_caller: usize,
    callers: Mutex<HashMap<Caller, Waiting>>,
    /// With random keys, a client that can choose a subject cannot choose its place.
    hashers: [RandomState; 2],
}

/// A caller at its issuer, as two hashes with keys of the process.
type Caller = [u64; 2];

struct Waiting {
    places: Arc<Semaphore>,
    count: usize,
}

/// A turn to ask; over when it is dropped.
pub(super) struct Turn<'a> {
    _shared: SemaphorePermit<'a>,
    _own: OwnedSemaphorePermit,
    _line: Line<'a>,
}

impl Turns {
    /// At most so many at once.
    pub(super) fn new(at_once: usize) -> Self {
        let at_once = at_once.min(Semaphore::MAX_PERMITS);
        let renewals = if at_once > 1 { (at_once / RENEWALS).max(1) } else { 0 };
        Self {
            anybody: Semaphore::new(at_once.saturating_sub(renewals)),
            renewals: Semaphore::new(renewals),
            of_one_caller: (at_once / CALLERS).max(1),
            callers: Mutex::default(),
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    /// Waits for a turn. `renews`: an answer for this was kept before.
    ///
    /// None cannot happen: no semaphore is ever closed.
    pub(super) async fn take(&self, caller: &Identity, renews: bool) -> Option<Turn<'_>> {
        let (line, places) = self.line_up(caller);
        let own = places.acquire_owned().await.ok()?;
        let shared = if renews {
            let (kept_free, any) = (pin!(self.renewals.acquire()), pin!(self.anybody.acquire()));
            match select(kept_free, any).await {
                Either::Left((permit, _)) | Either::Right((permit, _)) => permit,
            }
        } else {
            self.anybody.acquire().await
        };
        Some(Turn { _shared: shared.ok()?, _own: own, _line: line })
    }

    fn line_up(&self, caller: &Identity) -> (Line<'_>, Arc<Semaphore>) {
        let name = (caller.issuer(), caller.subject());
        let caller = self.hashers.each_ref().map(|hasher| hasher.hash_one(name));
        let mut callers = self.lock();
        let waiting = callers.entry(caller).or_insert_with(|| Waiting {
            places: Arc::new(Semaphore::new(self.of_one_caller)),
            count: 0,
        });
        waiting.count = waiting.count.saturating_add(1);
        (Line { turns: self, caller }, Arc::clone(&waiting.places))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Caller, Waiting>> {
        // Nothing panics while it is held, and every change is a whole one.
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the questions of one caller. A caller who goes away leaves nothing behind.
struct Line<'a> {
    turns: &'a Turns,
    caller: Caller,
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let mut callers = self.turns.lock();
        if let Some(waiting) = callers.get_mut(&self.caller) {
            waiting.count = waiting.count.saturating_sub(1);
            if waiting.count == 0 {
                callers.remove(&self.caller);
            }
        }
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns")
            .field("anybody", &self.anybody.available_permits())
            .field("renewals", &self.renewals.available_permits())
            .field("of_one_caller", &self.of_one_caller)
            .finish_non_exhaustive()
    }
}
