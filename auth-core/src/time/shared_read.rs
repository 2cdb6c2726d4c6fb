//! One read for all calls that wait for it. It begins after the last of them.

use std::fmt;

use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::SeqCst;

/// A read whose answer must not be older than the call. Calls at the same time share one read.
///
/// A read that began before a call does not count for it. The next one does, and it answers all that wait by
/// then. So at most two reads lie between a call and its answer, however many call, and under load many calls
/// cost one read. Nothing is kept for later callers.
///
/// Nothing runs in the background: one of the calls that wait reads. If that call is dropped, the next one begins
/// a new read. The answer of a read, also an error, goes to all calls that waited for it. A read that hangs holds
/// up all of them, so `read` has to end by itself.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
///
/// use auth_core::time::SharedRead;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (store, read) = (AtomicU64::new(1), SharedRead::new());
/// let ask = || read.ask(|| async { store.load(SeqCst) });
/// assert_eq!(ask().await, 1);
/// store.store(2, SeqCst);
/// assert_eq!(ask().await, 2);
/// # });
/// ```
pub struct SharedRead<T> {
    /// How many reads have begun.
    begun: AtomicU64,
    /// The number of the last read that has ended, and its answer. The call that holds the lock reads.
    last: tokio::sync::Mutex<Option<(u64, T)>>,
}

impl<T: Clone> SharedRead<T> {
    /// Nothing was read yet.
    #[must_use]
    pub fn new() -> Self {
        Self { begun: AtomicU64::new(0), last: tokio::sync::Mutex::new(None) }
    }

    /// The answer of a read that began after this call. Another call that waits may have read it.
    pub async fn ask<F: Future<Output = T>>(&self, read: impl FnOnce() -> F) -> T {
        // Reads with a greater number begin later than this.
        let before = self.begun.load(SeqCst);
        // The calls that wait get the lock one after the other, and most of them find an answer there.
        let mut last = self.last.lock().await;
        if let Some((number, answer)) = &*last
            && *number > before
        {
            return answer.clone();
        }
        let number = self.begun.fetch_add(1, SeqCst).wrapping_add(1);
        let answer = read().await;
        *last = Some((number, answer.clone()));
        answer
    }
}

impl<T: Clone> Default for SharedRead<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows how many reads there were, not their answers.
impl<T> fmt::Debug for SharedRead<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRead")
            .field("begun", &self.begun.load(SeqCst))
            .finish_non_exhaustive()
    }
}
