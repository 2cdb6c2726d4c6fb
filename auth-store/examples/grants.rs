//! How many codes are redeemed and how many refresh tokens rotated in a second: durably, one after the
//! other and 64 at once, beside the rate at which the disk takes a small write.
//!
//! ```sh
//! cargo run --release -p auth-store --features authorization,sqlite,postgres --example grants -- \
//!     sqlite:/var/tmp/grants.db 5
//! ```
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a program that measures"
)]

mod measured;

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use auth_store::authorization::{AuthorizationStore, GrantId, Redeemed};
use measured::grants::{code, grant, granted, redemption};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "sqlite::memory:".to_owned());
    let seconds = arguments.next().map_or(5, |it| it.parse().unwrap());
    let time = Duration::from_secs(seconds);
    let store = measured::open(&url).await;
    if let Some(path) = url.strip_prefix("sqlite:").filter(|it| !it.starts_with(':')) {
        println!("writes with fsync, one after the other: {:.0}/s", fsyncs(path, time));
    }
    for in_flight in [1, 64] {
        let rate = measure(&store, in_flight, time, redeem).await;
        println!("codes made and redeemed, {in_flight} at once: {rate:.0}/s");
        let rate = measure(&store, in_flight, time, rotate).await;
        println!("refresh tokens rotated, {in_flight} at once: {rate:.0}/s");
    }
}

/// How often a second a file takes 4 KiB and has them on the disk.
fn fsyncs(path: &str, time: Duration) -> f64 {
    let path = format!("{path}.fsync");
    let mut file = File::create(&path).unwrap();
    let (begin, mut count) = (Instant::now(), 0_u32);
    while begin.elapsed() < time {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    std::fs::remove_file(path).unwrap();
    f64::from(count) / begin.elapsed().as_secs_f64()
}

async fn measure<F>(
    store: &Arc<dyn AuthorizationStore>,
    in_flight: usize,
    time: Duration,
    work: impl Fn(Arc<dyn AuthorizationStore>, Arc<AtomicU64>, Instant) -> F,
) -> f64
where
    F: Future<Output = ()> + Send + 'static,
{
    let done = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| tokio::spawn(work(store.clone(), done.clone(), begin + time)))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    done.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64()
}

async fn redeem(store: Arc<dyn AuthorizationStore>, done: Arc<AtomicU64>, end: Instant) {
    while Instant::now() < end {
        let grant = grant(GrantId::random().as_str(), "client");
        let code = code(&grant);
        store.authorize(&grant, &code, &[]).await.unwrap();
        assert!(store.find_code(&code.digest).await.unwrap().is_some());
        assert_eq!(store.redeem_code(&redemption(&code)).await, Ok(Redeemed::First));
        done.fetch_add(1, Ordering::Relaxed);
    }
}

async fn rotate(store: Arc<dyn AuthorizationStore>, done: Arc<AtomicU64>, end: Instant) {
    let mut token = granted(&*store, GrantId::random().as_str()).await;
    while Instant::now() < end {
        (token, _) = measured::rotate(&*store, &token).await;
        done.fetch_add(1, Ordering::Relaxed);
    }
}
