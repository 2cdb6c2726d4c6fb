//! A million dead tokens go while others refresh: how long a rotation takes meanwhile, beside how long it
//! takes when nothing is swept.
//!
//! The database is filled, so give it one of its own. After its address come the size of a batch, the
//! milliseconds between two batches, and for how many seconds at most is swept.
//!
//! ```sh
//! cargo run --release -p auth-store --features authorization,sqlite,postgres --example sweep -- \
//!     sqlite:/var/tmp/sweep.db 100 10 60
//! ```
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program that measures"
)]

mod measured;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use auth_store::authorization::AuthorizationStore;
use measured::grants::{NOW, granted};
use sqlx::Connection as _;

/// How long is measured what it takes when nothing is swept.
const QUIET: Duration = Duration::from_secs(10);

/// 200,000 grants that are over, with five tokens each.
const DEAD_IN_SQLITE: &str = "
    INSERT INTO auth_grant (id, subject, client_id, scopes, resources, authentication, granted_at,
        expires_at)
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200000)
    SELECT printf('%022d', n), 's' || n, 'client', '[]', '[]', '{}', 1, 1 + n % 1000 FROM n;
    INSERT INTO auth_refresh_token (digest, grant_id, number, expires_at)
    SELECT randomblob(32), id, n.n, 1 FROM auth_grant
        JOIN (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5) n;";

const DEAD_IN_POSTGRES: &str = "
    INSERT INTO auth_grant (id, subject, client_id, scopes, resources, authentication, granted_at,
        expires_at)
    SELECT lpad(n::text, 22, '0'), 's' || n, 'client', '[]', '[]', '{}', 1, 1 + n % 1000
        FROM generate_series(1, 200000) n;
    INSERT INTO auth_refresh_token (digest, grant_id, number, expires_at)
    SELECT sha256(convert_to(id || '/' || n, 'UTF8')), id, n, 1
        FROM auth_grant, generate_series(1, 5) n;
    ANALYZE auth_grant, auth_refresh_token;";

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "sqlite:sweep.db".to_owned());
    let mut number = |otherwise| arguments.next().map_or(otherwise, |it| it.parse().unwrap());
    let (batch, pause, seconds) = (number(100), number(10), number(60));
    let store = measured::open(&url).await;
    if url.starts_with("postgres") {
        let mut raw = sqlx::PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(DEAD_IN_POSTGRES).execute(&mut raw).await.unwrap();
        raw.close().await.unwrap();
    } else {
        let mut raw = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(DEAD_IN_SQLITE).execute(&mut raw).await.unwrap();
        raw.close().await.unwrap();
    }

    let quiet = Arc::new(AtomicBool::new(false));
    let stop = quiet.clone();
    tokio::spawn(async move {
        tokio::time::sleep(QUIET).await;
        stop.store(true, Ordering::Relaxed);
    });
    report("quiet", latencies(&store, &quiet).await);

    let swept = Arc::new(AtomicBool::new(false));
    let (sweeper, done) = (store.clone(), swept.clone());
    let sweeping = tokio::spawn(async move {
        let (begin, mut count, mut longest) = (Instant::now(), 0, Duration::ZERO);
        while begin.elapsed() < Duration::from_secs(seconds) {
            let started = Instant::now();
            let gone =
                sweeper.sweep_authorization(NOW, u32::try_from(batch).unwrap()).await.unwrap();
            longest = longest.max(started.elapsed());
            count += gone;
            if gone == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        done.store(true, Ordering::Relaxed);
        (begin.elapsed(), count, longest)
    });
    report("while it is swept", latencies(&store, &swept).await);
    let (time, count, longest) = sweeping.await.unwrap();
    println!("{count} rows went in {time:.1?}, of which the longest step took {longest:.1?}");
}

fn report(what: &str, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    println!("{what}: {} rotations, p50 {:.1?}, p99 {:.1?}", latencies.len(), at(50), at(99));
}

/// How long rotations take, of 8 who refresh every 10 milliseconds, until this is so.
async fn latencies(
    store: &Arc<dyn AuthorizationStore>,
    is_over: &Arc<AtomicBool>,
) -> Vec<Duration> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, is_over) = (store.clone(), is_over.clone());
        tasks.spawn(async move {
            let mut token = granted(&*store, "alice").await;
            let mut latencies = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let (successor, latency) = measured::rotate(&*store, &token).await;
                token = successor;
                latencies.push(latency);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            latencies
        });
    }
    tasks.join_all().await.concat()
}
