//! The targets T1 to T14 of accounts, measured one by one: each gives lines of the table.

pub mod clean_up;
pub mod compiling;
pub mod databases;
pub mod known;
pub mod look_ups;
pub mod memory;
pub mod peer;
pub mod revocation;
pub mod sign_in;
pub mod strict;
pub mod writes;

use std::future::Future;
use std::time::{Duration, Instant};

use axum::Router;
use http::StatusCode;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

use crate::service::exchange::Exchange;

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Which target: `T1`.
    pub target: &'static str,
    /// What was measured.
    pub what: String,
    /// What came out.
    pub measured: String,
    /// What was promised; empty where the line is there to compare.
    pub promised: &'static str,
    /// Whether that is kept; `None` where there is nothing to keep.
    pub kept: Option<bool>,
}

impl Figure {
    /// A line with a promise.
    pub fn new(
        target: &'static str,
        what: impl Into<String>,
        measured: impl Into<String>,
        promised: &'static str,
        kept: bool,
    ) -> Self {
        let (what, measured) = (what.into(), measured.into());
        Self { target, what, measured, promised, kept: Some(kept) }
    }

    /// A line to compare others with.
    pub fn note(
        target: &'static str,
        what: impl Into<String>,
        measured: impl Into<String>,
    ) -> Self {
        let (what, measured) = (what.into(), measured.into());
        Self { target, what, measured, promised: "", kept: None }
    }

    /// Why nothing was measured.
    pub fn missing(target: &'static str, what: impl Into<String>, why: &str) -> Self {
        Self::note(target, what, format!("not measured: {why}"))
    }
}

/// How much time there is.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How long one side of a comparison runs in one round.
    pub round: Duration,
    /// How many rounds: what disturbs the machine disturbs both sides of each.
    pub rounds: usize,
    /// How many pairs of sign-ins, and revocations.
    pub pairs: usize,
}

impl Effort {
    /// For numbers that are written down.
    pub const FULL: Self = Self { round: Duration::from_secs(2), rounds: 5, pairs: 2_000 };
    /// To see that it works.
    pub const QUICK: Self = Self { round: Duration::from_millis(400), rounds: 3, pairs: 50 };
}

/// A runtime with two threads, as a server has it.
///
/// # Panics
/// If there can be none.
#[must_use]
pub fn server() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// How often a second this is done by so many tasks at once, each with its number.
pub async fn rate<F, W>(tasks: usize, lasting: Duration, mut task: impl FnMut(usize) -> F) -> f64
where
    F: FnMut(u64) -> W + Send + 'static,
    W: Future<Output = ()> + Send,
{
    let start = Instant::now();
    let run = |mut work: F| async move {
        let mut done = 0_u64;
        while start.elapsed() < lasting {
            work(done).await;
            done += 1;
        }
        done
    };
    let running: Vec<_> = (0..tasks).map(|number| tokio::spawn(run(task(number)))).collect();
    let mut done = 0;
    for task in running {
        done += task.await.expect("no task fails");
    }
    count(done) / start.elapsed().as_secs_f64()
}

/// How long each request takes, in nanoseconds, where one comes after every such pause.
///
/// # Panics
/// If a request is not let in.
pub async fn paced(
    router: &Router,
    request: &Exchange,
    pause: Duration,
    lasting: Duration,
) -> Vec<f64> {
    let (router, request) = (router.clone(), request.clone());
    let sending = tokio::spawn(async move {
        let (start, mut times) = (Instant::now(), Vec::new());
        while start.elapsed() < lasting {
            tokio::time::sleep(pause).await;
            let before = Instant::now();
            let answer = router.clone().oneshot(request.request()).await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::OK);
            times.push(nanoseconds(before.elapsed()));
        }
        times
    });
    sending.await.expect("it ends")
}

/// A number as what can be divided.
///
/// # Panics
/// If it is larger than any that is counted here.
#[must_use]
pub fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).expect("not so many"))
}

/// The middle one.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn median(numbers: &[f64]) -> f64 {
    percentile(numbers, 50)
}

/// The number that so many of a hundred are not above.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn percentile(numbers: &[f64], percent: usize) -> f64 {
    let mut numbers = numbers.to_vec();
    numbers.sort_by(f64::total_cmp);
    numbers[(numbers.len() * percent / 100).min(numbers.len() - 1)]
}

/// Nanoseconds.
#[must_use]
pub fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

/// A time in nanoseconds with its unit.
#[must_use]
pub fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 1e3 => format!("{short:.0} ns"),
        short if short < 1e6 => format!("{:.2} µs", short / 1e3),
        long if long < 1e9 => format!("{:.2} ms", long / 1e6),
        long => format!("{:.2} s", long / 1e9),
    }
}
