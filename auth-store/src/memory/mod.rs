//! Everything in the memory of one process: for tests, and for a single node that may forget. It is
//! also the reference that the other stores are compared with.

mod accounts;
mod api_keys;
mod assignments;
mod attempts;
mod audit;
#[cfg(feature = "authorization")]
mod authorization;
mod changes;
mod ends;
mod factors;
mod faults;
mod one_time;
mod sessions;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auth_accounts::model::{AuditEntry, ChangeKind};
use auth_accounts::store::StoreError;
use tokio::sync::Notify;

use crate::MAX_VALUE_BYTES;

pub use faults::Faults;

/// How many records of each kind a store holds by default.
const RECORDS_OF_A_KIND: usize = 1 << 20;

/// How many expired records a method removes where there is no more room.
const SWEPT_WHEN_FULL: usize = 1000;

/// How long the end of the feed waits for a change.
const WAIT_FOR_CHANGE: Duration = Duration::from_secs(1);

/// A store in the memory of this process. Clones are the same store.
///
/// All of it is behind one lock, so that each method is one step. It is bounded: where it holds as
/// many records of a kind as it may, more are refused with [`StoreError::Full`]; what has expired is
/// swept before. The feed keeps as many of the latest changes; a reader that is behind them gets
/// another generation. Everything is gone when the process ends.
///
/// ```
/// use auth_accounts::store::Stores;
/// use auth_store::memory::MemoryStore;
///
/// let stores = Stores::all_in(MemoryStore::new());
/// # let _ = stores;
/// ```
#[derive(Clone)]
pub struct MemoryStore(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Notify,
    faults: Faults,
}

/// All tables.
struct State {
    /// How many records of a kind there may be.
    limit: usize,
    accounts: accounts::Accounts,
    assignments: assignments::Assignments,
    factors: factors::Factors,
    sessions: sessions::Sessions,
    api_keys: api_keys::ApiKeys,
    one_time: one_time::OneTime,
    attempts: attempts::Attempts,
    audit: audit::Trail,
    feed: changes::Feed,
    #[cfg(feature = "authorization")]
    authorization: authorization::Authorization,
}

impl MemoryStore {
    /// A store that is empty. It holds about a million records of each kind.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(RECORDS_OF_A_KIND)
    }

    /// A store that is empty, and holds so many records of each kind: accounts, sessions, entries of the
    /// audit trail and so on.
    #[must_use]
    pub fn with_limit(records_of_a_kind: usize) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                limit: records_of_a_kind,
                accounts: accounts::Accounts::default(),
                assignments: assignments::Assignments::default(),
                factors: factors::Factors::default(),
                sessions: sessions::Sessions::default(),
                api_keys: api_keys::ApiKeys::default(),
                one_time: one_time::OneTime::default(),
                attempts: attempts::Attempts::default(),
                audit: audit::Trail::default(),
                feed: changes::Feed::new(),
                #[cfg(feature = "authorization")]
                authorization: authorization::Authorization::default(),
            }),
            changed: Notify::new(),
            faults: Faults::default(),
        }))
    }

    /// What makes this store fail or be slow, and counts what it was asked: for tests.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Runs a method: one step under the lock, with nothing to wait for in it. What it does is done
    /// or not; a caller that goes away has no part in it.
    async fn run<T>(
        &self,
        method: &'static str,
        step: impl FnOnce(&mut State) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        self.0.faults.before(method).await?;
        let answer = {
            let mut state = self.lock();
            let ends = state.ends();
            let answer = step(&mut state);
            if state.ends() != ends {
                self.0.changed.notify_waiters();
            }
            answer
        };
        self.0.faults.after(method)?;
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No step panics half-way, and a poisoned lock would reject all calls from then on.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Where the feeds end.
    const fn ends(&self) -> (u64, u64) {
        #[cfg(feature = "authorization")]
        let revoked = self.authorization.end();
        #[cfg(not(feature = "authorization"))]
        let revoked = 0;
        (self.feed.end(), revoked)
    }

    /// Whether an entry can be recorded. Asked before a change, so that the change is not made where
    /// it cannot be.
    fn can_record(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        room(self.audit.len(), 1, self.limit, "the audit trail")?;
        let length = serde_json::to_vec(entry).map_or(usize::MAX, |json| json.len());
        if length > MAX_VALUE_BYTES {
            return Err(StoreError::TooLong("the audit entry"));
        }
        Ok(())
    }

    /// Records a change that was made, and tells it to the feed.
    fn record(&mut self, entry: &AuditEntry, changes: impl IntoIterator<Item = ChangeKind>) {
        self.audit.append(entry);
        for change in changes {
            self.feed.append(change, self.limit);
        }
    }
}

/// Whether so many more records fit.
fn room(held: usize, more: usize, limit: usize, what: &'static str) -> Result<(), StoreError> {
    if held.saturating_add(more) > limit { Err(StoreError::Full(what)) } else { Ok(()) }
}

/// Whether all of these are as short as a value must be.
fn short(values: &[(&[u8], &'static str)]) -> Result<(), StoreError> {
    match values.iter().find(|(value, _)| value.len() > MAX_VALUE_BYTES) {
        Some((_, what)) => Err(StoreError::TooLong(what)),
        None => Ok(()),
    }
}

/// A number of records for a caller.
fn count(records: usize) -> u64 {
    u64::try_from(records).unwrap_or(u64::MAX)
}

/// A limit of a caller.
fn at_most(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    /// Shows no record.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
