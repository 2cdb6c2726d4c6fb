//! What tests make a store do: fail, be slow, count.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auth_accounts::store::StoreError;

/// What makes a [`MemoryStore`](super::MemoryStore) fail or be slow, and counts what it was asked.
///
/// Methods are named by trait and method: `SessionStore::load`.
///
/// ```
/// # use std::time::Duration;
/// use auth_accounts::store::AuditStore as _;
/// use auth_store::memory::MemoryStore;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let store = MemoryStore::new();
/// store.faults().fail(true);
/// assert!(store.records(0, None, 10).await.is_err());
/// store.faults().fail(false);
/// assert!(store.records(0, None, 10).await.is_ok());
/// assert_eq!(store.faults().calls("AuditStore::records"), 2);
/// # });
/// ```
#[derive(Default)]
pub struct Faults(Mutex<Plan>);

#[derive(Default)]
struct Plan {
    fail: bool,
    fail_on: Vec<&'static str>,
    lose_answers: bool,
    delay: Duration,
    sessions_apart: bool,
    calls: BTreeMap<&'static str, u64>,
    sequence: Option<Vec<&'static str>>,
}

impl Faults {
    /// Whether every method fails before it does anything, as if the store could not be reached.
    pub fn fail(&self, fail: bool) {
        self.plan().fail = fail;
    }

    /// These methods fail, and no others; none with an empty list.
    pub fn fail_on(&self, methods: &[&'static str]) {
        self.plan().fail_on = methods.to_vec();
    }

    /// Whether every method does what it is asked and fails then, as if the answer was lost.
    pub fn lose_answers(&self, lose: bool) {
        self.plan().lose_answers = lose;
    }

    /// How long every method waits before it does anything.
    pub fn delay(&self, delay: Duration) {
        self.plan().delay = delay;
    }

    /// Whether sessions are found without the state of their account, as in a store of sessions alone.
    pub fn sessions_apart(&self, apart: bool) {
        self.plan().sessions_apart = apart;
    }

    pub(super) fn are_sessions_apart(&self) -> bool {
        self.plan().sessions_apart
    }

    /// How often this method was called since the start or the last [`reset`](Self::reset).
    #[must_use]
    pub fn calls(&self, method: &str) -> u64 {
        self.plan().calls.get(method).copied().unwrap_or(0)
    }

    /// How often any method was called, but those of the feed of changes, which is followed in the
    /// background.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.all_calls().iter().filter(|(method, _)| !is_feed(method)).map(|(_, calls)| calls).sum()
    }

    /// How often each method was called.
    #[must_use]
    pub fn all_calls(&self) -> BTreeMap<&'static str, u64> {
        self.plan().calls.clone()
    }

    /// Counts from zero.
    pub fn reset(&self) {
        self.plan().calls.clear();
    }

    /// Notes the methods in the order of their calls from now on, without those of the feed.
    pub fn start_sequence(&self) {
        self.plan().sequence = Some(Vec::new());
    }

    /// The methods that were called since [`start_sequence`](Self::start_sequence), and ends it.
    #[must_use]
    pub fn end_sequence(&self) -> Vec<&'static str> {
        self.plan().sequence.take().unwrap_or_default()
    }

    /// Counts a call and waits; an error if the method is to fail.
    pub(super) async fn before(&self, method: &'static str) -> Result<(), StoreError> {
        let (delay, fails) = {
            let mut plan = self.plan();
            let calls = plan.calls.entry(method).or_default();
            *calls = calls.saturating_add(1);
            if let Some(sequence) = plan.sequence.as_mut().filter(|_| !is_feed(method)) {
                sequence.push(method);
            }
            (plan.delay, plan.fail || plan.fail_on.contains(&method))
        };
        if delay > Duration::ZERO {
            tokio::time::sleep(delay).await;
        }
        if fails { Err(StoreError::NotReachable("it is to fail".to_owned())) } else { Ok(()) }
    }

    /// An error if answers are to be lost.
    pub(super) fn after(&self, method: &'static str) -> Result<(), StoreError> {
        if self.plan().lose_answers && !is_feed(method) {
            return Err(StoreError::NotReachable("its answer is to be lost".to_owned()));
        }
        Ok(())
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_feed(method: &str) -> bool {
    method.starts_with("ChangeStore::") || method.starts_with("AuthorizationStore::revoked_")
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("calls", &self.all_calls()).finish_non_exhaustive()
    }
}
