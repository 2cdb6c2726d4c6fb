//! Minutes of requests while keys rotate and the provider fails: is every good token let in at once
//! and no bad one at all, and does memory stay where it is? `tests/soak/run` starts it.

mod load;
mod memory;
mod trouble;

use std::error::Error;
use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use auth_core::Authenticator;
use auth_core::binding::Dpop;
use auth_core::token::IntrospectionVerifier;
use auth_tests::identity_provider::shop::{self, Names};
use auth_tests::identity_provider::{API_CLIENT, AUDIENCE, IdentityProvider};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use load::{Client, Count};
use memory::{mebibytes, resident};

/// So small that all of it is used before the warm-up ends.
const CACHED: usize = 64;
/// Buffers, caches and the allocator's pools fill during this part, and are full after it.
const WARM_UP: f64 = 0.3;
/// How much more memory there may be at any later time.
const MAY_GROW: u64 = 8 * 1024 * 1024;
/// Somebody with a known key who waits that long waits for the provider.
const MAY_WAIT: u64 = 2_000;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let seconds: u64 = match std::env::args().nth(1) {
        Some(seconds) => seconds.parse().map_err(|_| "expected a number of seconds")?,
        None => 300,
    };
    let provider = Arc::new(IdentityProvider::start());
    provider.cache_for(1).await;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let shop = listener.local_addr()?;
    let app = shop::protected(authenticator(&provider, &format!("http://{shop}"))?);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let (newest, newest_seen) = watch::channel(provider.machine_token(AUDIENCE).await);
    shop::wait_until_ready(shop, &newest_seen.borrow().clone()).await;

    let count = Arc::new(Count::default());
    let client = Client::new(shop, &count)?;
    let mut parts = JoinSet::new();
    for _ in 0..2 {
        parts.spawn(client.clone().regular(newest_seen.clone()));
        parts.spawn(client.clone().stranger(newest_seen.clone()));
    }
    parts.spawn(client.clone().newcomer(Arc::clone(&provider)));
    parts.spawn(client.bound(Arc::clone(&provider)));
    parts.spawn(async { trouble::make(provider, newest).await });

    let whole = Duration::from_secs(seconds);
    let interval = (whole / 20).max(Duration::from_secs(1));
    let (start, mut warm, mut most, mut slowest) = (Instant::now(), 0, 0, 0);
    while start.elapsed() < whole {
        tokio::time::sleep(interval).await;
        if let Some(ended) = parts.try_join_next() {
            return Err(format!("a part of the soak ended: {ended:?}").into());
        }
        let (now, waited) = (resident()?, count.slowest.swap(0, Relaxed));
        if start.elapsed() < whole.mul_f64(WARM_UP) || warm == 0 {
            warm = now;
        }
        most = most.max(now);
        slowest = slowest.max(waited);
        say(start, now, &count, waited)?;
    }
    let (grown, wrong) = (most.saturating_sub(warm), count.wrong.load(Relaxed));
    writeln!(
        stdout(),
        "{:.1} MiB more than after the warm-up, at most {} are allowed; {wrong} wrong answers; \
         known keys waited for {slowest} ms at most",
        mebibytes(grown),
        MAY_GROW >> 20,
    )?;
    let good = grown <= MAY_GROW && wrong == 0 && slowest < MAY_WAIT;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn authenticator(
    provider: &IdentityProvider,
    origin: &str,
) -> Result<Authenticator, Box<dyn Error>> {
    let (client, secret) = API_CLIENT;
    let introspection = IntrospectionVerifier::builder()
        .issuer(provider.issuer())
        .endpoint(format!("{}/token/introspection", provider.issuer()))
        .client_secret_basic(client, secret)
        .audience(AUDIENCE)
        .client_id_as_subject()
        .timeout(Duration::from_secs(1))
        .capacity(CACHED)
        .build()?;
    Ok(Authenticator::builder()
        .vocabulary::<Names>()
        .verifier(shop::discovery(provider.issuer()))
        .verifier(introspection)
        .token_cache(CACHED)
        .dpop(Dpop::builder(origin).build()?)
        .build()?)
}

fn say(start: Instant, resident: u64, count: &Count, waited: u64) -> std::io::Result<()> {
    writeln!(
        stdout(),
        "{:>4} s  {:>6.1} MiB  {:>8} let in  {:>8} refused  {:>3} wrong  {waited:>4} ms",
        start.elapsed().as_secs(),
        mebibytes(resident),
        count.let_in.load(Relaxed),
        count.refused.load(Relaxed),
        count.wrong.load(Relaxed),
    )
}
