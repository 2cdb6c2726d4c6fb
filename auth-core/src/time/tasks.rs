//! What is asked of the tokio runtime, and what happens where it lacks it.
//!
//! `tokio` panics where a runtime has no timer, no I/O, or where there is none at all. A request must
//! cause no panic: a call that would wait here gets an error at once, and the request is rejected.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::task::coop::unconstrained;

use super::clock::{Clock as _, SystemClock};
use super::log_throttle::LogThrottle;

/// Why something was not waited for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// The time is up.
    TooLate,
    /// There is no tokio runtime here, or it has no timer: nothing was begun.
    NoTimer,
}

/// Does some work, for as long as `limit`. This is the one place that waits for the time.
///
/// Without a timer the work is not begun: it could hang for ever.
pub(crate) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, NotDone> {
    let Some(end) = timer(limit) else { return Err(NotDone::NoTimer) };
    let (mut work, mut end) = (pin!(work), pin!(unconstrained(end)));
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Ok(done));
        }
        match contain(|| end.as_mut().poll(context)) {
            Some(Poll::Pending) => Poll::Pending,
            Some(Poll::Ready(())) => Poll::Ready(Err(NotDone::TooLate)),
            // The runtime is being shut down.
            None => Poll::Ready(Err(NotDone::NoTimer)),
        }
    })
    .await
}

/// Does some work beside the request, if there is a runtime to do it on: a client that hangs up
/// does not end it.
pub(crate) fn beside(work: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        drop(runtime.spawn(work));
    }
}

fn timer(limit: Duration) -> Option<tokio::time::Sleep> {
    /// The runtime that was last seen to have none. It is not tried again: a panic is written to the
    /// standard error even where it is contained.
    static WITHOUT: Mutex<Option<Id>> = Mutex::new(None);

    let without = || WITHOUT.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(runtime) = Handle::try_current() else {
        note("there is no tokio runtime");
        return None;
    };
    let id = runtime.id();
    let timer = if *without() == Some(id) { None } else { contain(|| tokio::time::sleep(limit)) };
    if timer.is_none() {
        *without() = Some(id);
        note("the tokio runtime has no timer");
    }
    timer
}

/// Says so in the log, once in a while.
fn note(problem: &'static str) {
    static NOTED: LogThrottle = LogThrottle::new();

    if NOTED.is_due(SystemClock.now()) {
        tracing::error!(
            "{problem}, so nothing outside can be reached: rejected with 503\nhelp: build the runtime with `enable_all`, as `#[tokio::main]` does"
        );
    }
}

/// None if it panics. Nothing of ours is left half done by it: a timer that cannot be had is dropped.
pub(crate) fn contain<T>(part: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(part)) {
        Ok(done) => Some(done),
        Err(payload) => {
            // Dropping it runs foreign code, which may panic again outside of the net.
            std::mem::forget(payload);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::FutureExt as _;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    #[test]
    fn without_a_timer_nothing_is_begun_and_nothing_panics() {
        let begun = || async { panic!("it was begun") };
        assert_eq!(within(LIMIT, begun()).now_or_never(), Some(Err::<(), _>(NotDone::NoTimer)));
        let without = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for _ in 0..2 {
            let done = without.block_on(within(LIMIT, begun()));
            assert_eq!(done, Err::<(), _>(NotDone::NoTimer));
        }
        let with = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        assert_eq!(with.block_on(within(LIMIT, async { 7 })), Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_is_limited() {
        let start = tokio::time::Instant::now();
        assert_eq!(within(LIMIT, pending::<()>()).await, Err(NotDone::TooLate));
        assert_eq!(start.elapsed(), LIMIT);
        assert_eq!(within(Duration::MAX, async { 7 }).await, Ok(7));
    }
}
