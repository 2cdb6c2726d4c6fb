//! One read for all who wait for it, which began after the last of them asked.

use std::fmt;

use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::SeqCst;

/// A question whose answer must not be older than the question: those who ask at once share one read.
///
/// A read that began before a call does not count for it. The next one does, and it answers all that wait by
/// then. So at most two reads lie between a call and its answer, however many call, and under load many calls
/// cost one read. Nothing is kept for later callers.
///
/// Nothing runs in the background: one of those who wait reads. If that call is dropped, the next one begins
/// anew; what a read answers, an error too, reaches all that waited for it. A read that hangs holds up all of
/// them, so `read` has to end by itself.
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
    /// The number of the last read that has ended, and its answer. Whoever holds the lock reads.
    last: tokio::sync::Mutex<Option<(u64, T)>>,
}

impl<T: Clone> SharedRead<T> {
    /// Nothing was read yet.
    #[must_use]
    pub fn new() -> Self {
        Self { begun: AtomicU64::new(0), last: tokio::sync::Mutex::new(None) }
    }

    /// The answer of a read that began after this call: of one of those who wait, or of this one.
    pub async fn ask<F: Future<Output = T>>(&self, read: impl FnOnce() -> F) -> T {
        // Reads with a greater number begin later than this.
        let before = self.begun.load(SeqCst);
        // Whoever waits gets the lock in turn, and mostly finds an answer there.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::sync::oneshot;
    use tokio::time::sleep;

    use super::*;
    use crate::sync::Arc;

    /// A read that takes a second, and says how many there were before it.
    struct Slow {
        read: SharedRead<u64>,
        reads: AtomicU64,
    }

    impl Slow {
        fn new() -> Arc<Self> {
            Arc::new(Self { read: SharedRead::new(), reads: AtomicU64::new(0) })
        }

        async fn ask(&self) -> u64 {
            let read = || async {
                let number = self.reads.fetch_add(1, SeqCst);
                sleep(Duration::from_secs(1)).await;
                number
            };
            self.read.ask(read).await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_began_before_does_not_count_and_the_next_one_serves_all_that_wait() {
        let slow = Slow::new();
        let start = tokio::time::Instant::now();
        let first = slow.ask();
        let others = async {
            sleep(Duration::from_millis(500)).await;
            join_all((0..100).map(|_| slow.ask())).await
        };
        let (first, others) = tokio::join!(first, others);
        assert_eq!((first, others), (0, vec![1; 100]));
        assert_eq!(slow.reads.load(SeqCst), 2);
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        assert_eq!(slow.ask().await, 2, "no answer is kept");
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_takes_nothing_from_those_who_wait() {
        let slow = Slow::new();
        let calls: Vec<_> = (0..4)
            .map(|_| {
                let slow = Arc::clone(&slow);
                tokio::spawn(async move { slow.ask().await })
            })
            .collect();
        sleep(Duration::from_millis(500)).await;
        // The one that reads, and one that waits.
        calls[0].abort();
        calls[2].abort();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.ok());
        }
        assert_eq!(answers, [None, Some(1), None, Some(1)]);
    }

    #[tokio::test]
    async fn an_error_reaches_all_that_waited_for_its_read_and_no_one_else() {
        let read = SharedRead::<Result<u64, &'static str>>::new();
        let (go, gone) = oneshot::channel::<()>();
        let first = read.ask(|| async {
            gone.await.unwrap();
            Ok(1)
        });
        let failing = || read.ask(|| async { Err("no store") });
        let (first, second, third, _) =
            tokio::join!(first, failing(), failing(), async { go.send(()) });
        assert_eq!([first, second, third], [Ok(1), Err("no store"), Err("no store")]);
        assert_eq!(read.begun.load(SeqCst), 2);
        assert_eq!(read.ask(|| async { Ok(7) }).await, Ok(7));
    }
}
