//! Minutes of requests while keys rotate and the provider fails: is every good token let in, no bad
//! one, and does memory stay where it is? `tests/soak/run` starts it.

mod load;
mod memory;
mod trouble;

use std::error::Error;
use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use auth_tests::http::serve;
use auth_tests::identity_provider::{AUDIENCE, IdentityProvider};
use auth_tests::shop;
use tokio::sync::watch;
use tokio::task::JoinSet;

use load::Count;
use memory::{mebibytes, resident};

const CALLERS: u64 = 4;
/// Buffers, caches and the allocator's pools fill during the first part, and are full after it.
const WARM_UP: f64 = 0.3;
/// How much more memory there may be at the end of any later interval.
const MAY_GROW: u64 = 8 * 1024 * 1024;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let seconds: u64 = match std::env::args().nth(1) {
        Some(seconds) => seconds.parse().map_err(|_| "expected a number of seconds")?,
        None => 300,
    };
    let whole = Duration::from_secs(seconds);
    let provider = Arc::new(IdentityProvider::start());
    provider.cache_for(1).await;
    let shop = serve(shop::discovering(provider.issuer())).await;
    let (newest, newest_seen) = watch::channel(provider.machine_token(AUDIENCE).await);
    shop::wait_until_ready(shop, &newest_seen.borrow().clone()).await;

    let count = Arc::new(Count::default());
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(load::call(shop, newest_seen.clone(), caller, Arc::clone(&count)));
    }
    let trouble = tokio::spawn(trouble::make(provider, newest));

    let (start, mut warm, mut most) = (Instant::now(), 0, 0);
    let interval = (whole / 20).max(Duration::from_secs(1));
    while start.elapsed() < whole {
        tokio::time::sleep(interval).await;
        let now = resident()?;
        if start.elapsed() < whole.mul_f64(WARM_UP) {
            warm = now;
        } else {
            warm = if warm == 0 { now } else { warm };
            most = most.max(now);
        }
        say(start, now, &count)?;
        if trouble.is_finished() || callers.try_join_next().is_some() {
            return Err("a part of the soak ended".into());
        }
    }
    let grown = most.saturating_sub(warm);
    writeln!(stdout(), "{:.1} MiB more than after the warm-up", mebibytes(grown))?;
    let wrong = count.wrong.load(Relaxed);
    if wrong > 0 || grown > MAY_GROW || count.let_in.load(Relaxed) == 0 {
        writeln!(stdout(), "failed: {wrong} wrong answers, at most {} MiB more", MAY_GROW >> 20)?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn say(start: Instant, resident: u64, count: &Count) -> std::io::Result<()> {
    writeln!(
        stdout(),
        "{:>4} s  {:>6.1} MiB  {:>8} let in  {:>8} refused  {} wrong",
        start.elapsed().as_secs(),
        mebibytes(resident),
        count.let_in.load(Relaxed),
        count.refused.load(Relaxed),
        count.wrong.load(Relaxed),
    )
}
