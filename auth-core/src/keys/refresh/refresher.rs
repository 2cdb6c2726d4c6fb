//! Keeps the keys of one issuer fresh, beside the requests.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::fetch::{FetchError, Fetched, Fetcher, LastSet};
use super::jitter;
use super::log;
use super::permit::{Due, Refresh, RefreshDone, RefreshPermit};
use super::schedule::{Outcome, Refusal};
use super::settings::JwksRefresh;
use super::wait::wait_for_key;
use crate::keys::current_keys::LiveKeys;
use crate::keys::{KeysUnavailable, Retry};
use crate::sync::{Arc, Mutex, PoisonError};
use crate::time::tasks::{NotDone, within};

/// Keys that are fetched and fetched again. Dropping it ends that.
pub(crate) struct RefreshedKeys {
    refresher: Arc<Refresher>,
    timer: Mutex<Option<AbortHandle>>,
}

/// What requests, the timer and a refresh in flight share.
struct Refresher {
    source: Fetcher,
    live: Arc<LiveKeys>,
    refresh: Arc<Refresh>,
    time_limit: Duration,
    max_stale: Duration,
    /// The begin of all times in here.
    start: Instant,
    /// Until when the keys at hand may be used, in milliseconds since the start.
    usable_until: AtomicU64,
    timer_runs: AtomicBool,
    last: LastSet,
    /// Why there is no key set, in words.
    failure: Mutex<Option<String>>,
}

impl RefreshedKeys {
    pub(crate) fn new(source: Fetcher, live: Arc<LiveKeys>, settings: &JwksRefresh) -> Self {
        let limits = settings.limits();
        let this = Self {
            refresher: Arc::new(Refresher {
                source,
                live,
                refresh: Refresh::new(limits),
                time_limit: settings.time_limit(),
                max_stale: limits.max_stale,
                start: Instant::now(),
                usable_until: AtomicU64::new(0),
                timer_runs: AtomicBool::new(false),
                last: LastSet::default(),
                failure: Mutex::default(),
            }),
            timer: Mutex::default(),
        };
        this.run_timer();
        this
    }

    /// For how long the keys at hand may still be used, asked after they were looked at. Takes no
    /// lock.
    ///
    /// Who verifies with them holds on to that time: the timer, which ends what is too old, may end
    /// with its runtime. The first call within a runtime starts it, should there have been none
    /// before.
    pub(crate) fn check_age(&self) -> Result<Duration, KeysUnavailable> {
        self.run_timer();
        self.refresher.usable_for().ok_or_else(|| self.refresher.live.unavailable())
    }

    /// How many refreshes have ended, to be asked before the keys are looked at. Takes no lock.
    pub(crate) fn completed(&self) -> u64 {
        self.refresher.refresh.completed()
    }

    /// Waits for other keys, as far as it makes sense, and tries again with them.
    ///
    /// `refused` is what the keys led to that were at hand after so many refreshes had `completed`, and `no_others`
    /// what it means if the issuer has no other keys. Bounded by the time limit of a refresh.
    pub(crate) async fn retry<T, E: From<KeysUnavailable>>(
        &self,
        completed: u64,
        mut refused: E,
        mut again: impl FnMut() -> Result<T, Retry<E>>,
        no_others: impl FnOnce(E) -> E,
    ) -> Result<T, E> {
        let refresher = &self.refresher;
        let Ok(runtime) = Handle::try_current() else { return Err(refused) };
        let again = || match again() {
            Ok(done) => Some(Ok(done)),
            Err(Retry::No(error)) => Some(Err(error)),
            Err(Retry::WithFreshKeys(error)) => {
                refused = error;
                None
            }
        };
        let start = |permit| refresher.spawn(&runtime, permit);
        let found = wait_for_key(&refresher.refresh, completed, || refresher.now(), start, again);
        match within(refresher.time_limit, found).await {
            Ok(Ok(done)) => done,
            Ok(Err(Refusal::UnknownKey)) => Err(no_others(refused)),
            Ok(Err(Refusal::Unreachable { until })) => {
                Err(KeysUnavailable { retry_after: seconds_until(until, refresher.now()) }.into())
            }
            Err(_) => Err(refresher.live.unavailable().into()),
        }
    }

    /// Waits until there are keys, for as long as `limit`. Else says why there are no keys.
    pub(crate) async fn ready(&self, limit: Duration) -> Result<(), Option<String>> {
        let refresher = &self.refresher;
        let ready = within(limit, async {
            loop {
                let done = refresher.refresh.done();
                if refresher.is_usable() {
                    return;
                }
                // The timer makes the attempts; it may have to be started again.
                self.run_timer();
                let soon = refresher.now() + Duration::from_secs(1);
                if refresher.wait(soon, done).await == Err(NotDone::NoTimer) {
                    return;
                }
            }
        });
        match ready.await {
            Ok(()) if refresher.is_usable() => Ok(()),
            Ok(()) | Err(NotDone::NoTimer) => Err(Some(FetchError::NoTimer.to_string())),
            Err(NotDone::TooLate) => Err(lock(&refresher.failure).clone()),
        }
    }

    /// Starts the timer, unless it runs or there is no runtime to run it on.
    fn run_timer(&self) {
        // A timer ends with its runtime, so there may be need of another.
        if self.refresher.timer_runs.load(Ordering::Relaxed) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let mut timer = lock(&self.timer);
        if !self.refresher.timer_runs.swap(true, Ordering::SeqCst) {
            let running = TimerRuns(Arc::clone(&self.refresher));
            *timer = Some(runtime.spawn(run_timer(running)).abort_handle());
        }
    }
}

impl Drop for RefreshedKeys {
    fn drop(&mut self) {
        if let Some(timer) = lock(&self.timer).take() {
            timer.abort();
        }
    }
}

/// Says that the timer runs for as long as it does, however it ends.
struct TimerRuns(Arc<Refresher>);

impl Drop for TimerRuns {
    fn drop(&mut self) {
        self.0.timer_runs.store(false, Ordering::SeqCst);
    }
}

/// Refreshes ahead of time, for as long as the runtime has a timer.
async fn run_timer(running: TimerRuns) {
    let refresher = &running.0;
    loop {
        match refresher.refresh.due(refresher.now()) {
            Due::Start(permit) => Arc::clone(refresher).run(permit).await,
            Due::Stale => {
                // The keys stay where they are, and nothing counts as verified with them any more.
                refresher.live.epoch.advance();
                log::stale(&refresher.source.issuer, refresher.max_stale);
            }
            // The next request starts it again, should there be a timer then.
            Due::At(until, done) => match refresher.wait(until, done).await {
                Err(NotDone::NoTimer) => return,
                Ok(()) | Err(NotDone::TooLate) => {}
            },
        }
    }
}

impl Refresher {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn is_usable(&self) -> bool {
        self.usable_for().is_some()
    }

    /// How long the keys at hand may still be used.
    fn usable_for(&self) -> Option<Duration> {
        let until = self.usable_until.load(Ordering::SeqCst);
        let left = until.saturating_sub(millis(self.now()));
        (left > 0).then(|| Duration::from_millis(left))
    }

    /// Waits until then, or until a refresh has ended.
    ///
    /// Either end is a reason to look again, but for want of a timer there is none.
    async fn wait(&self, until: Duration, done: RefreshDone) -> Result<(), NotDone> {
        let left = until.saturating_sub(self.now());
        within(left, done).await
    }

    /// Refreshes beside the requests that asked: a client that hangs up does not end it.
    fn spawn(self: &Arc<Self>, runtime: &Handle, permit: RefreshPermit) {
        drop(runtime.spawn(Arc::clone(self).run(permit)));
    }

    /// Does one refresh.
    async fn run(self: Arc<Self>, permit: RefreshPermit) {
        let started = permit.started();
        let fetch = self.source.fetch(&self.last, started);
        let fetched =
            within(self.time_limit, fetch).await.unwrap_or_else(|problem| match problem {
                NotDone::TooLate => {
                    self.source.from.timed_out();
                    Err(FetchError::Timeout)
                }
                NotDone::NoTimer => Err(FetchError::NoTimer),
            });
        match fetched {
            Ok(fetched) => {
                let age = self.publish(fetched, started);
                permit.complete(self.now(), Outcome::Good { age }, jitter::random());
            }
            Err(error) => self.fail(&error, permit),
        }
    }

    /// Puts in force what a refresh brought, and says how long it is fresh.
    fn publish(&self, fetched: Fetched, started: Duration) -> Option<Duration> {
        let age = match fetched {
            Fetched::Same { age } => {
                log::unchanged(&self.source.issuer);
                age
            }
            Fetched::New { jwks, age } => {
                log::changed(&self.source.issuer, self.live.current().ok().as_deref(), &jwks);
                self.live.publish(jwks.into());
                age
            }
        };
        // Only now: keys that have become too old are not used once more before they are replaced.
        let until = millis(started.saturating_add(self.max_stale));
        self.usable_until.store(until, Ordering::SeqCst);
        age
    }

    /// Leaves everything as it is.
    fn fail(&self, error: &FetchError, permit: RefreshPermit) {
        *lock(&self.failure) = Some(error.to_string());
        let outcome = if error.is_unusable_set() { Outcome::NoUsableKey } else { Outcome::Failed };
        let now = self.now();
        permit.complete(now, outcome, jitter::random());
        let retry = seconds_until(self.refresh.next(), now);
        self.live.retry_after.store(retry, Ordering::Relaxed);
        log::failed(&self.source.issuer, error, self.is_usable(), retry);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> impl std::ops::DerefMut<Target = T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Whole seconds, rounded up, and never none.
fn seconds_until(until: Duration, now: Duration) -> u64 {
    let left = until.saturating_sub(now);
    left.as_secs().saturating_add(u64::from(left.subsec_nanos() > 0)).max(1)
}
