//! A million dead tokens go while others refresh: how long a rotation takes meanwhile, beside how long it
//! takes when nothing is swept.
//!
//! ```sh
//! cargo run --release -p auth-store --features authorization,sqlite --example sweep -- /var/tmp/sweep.db
//! ```
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program that measures"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use auth_accounts::secret::{Digest, random_bytes};
use auth_store::authorization::{
    Authentication, AuthorizationCode, AuthorizationStore, CodeChallenge, CodeRedemption, Grant,
    GrantId, RefreshToken, Rotated, Rotation,
};
use auth_store::sqlite::SqliteStore;
use sqlx::Connection as _;

const NOW: u64 = 1_800_000_000;

/// How many rows of a kind a sweep removes.
const BATCH: u32 = 1_000;

/// 200,000 grants that are over, with five tokens each.
const DEAD: &str = "
    INSERT INTO auth_grant (id, subject, client_id, scopes, resources, authentication, granted_at,
        expires_at)
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200000)
    SELECT printf('%022d', n), 's' || n, 'client', '[]', '[]', '{}', 1, 1 + n % 1000 FROM n;
    INSERT INTO auth_refresh_token (digest, grant_id, number, expires_at)
    SELECT randomblob(32), id, n.n, 1 FROM auth_grant
        JOIN (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5) n;";

#[tokio::main]
async fn main() {
    let file = std::env::args().nth(1).unwrap_or_else(|| "sweep.db".to_owned());
    let url = format!("sqlite:{file}");
    let store = SqliteStore::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let mut raw = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(DEAD).execute(&mut raw).await.unwrap();
    raw.close().await.unwrap();

    let quiet = Arc::new(AtomicBool::new(false));
    let stop = quiet.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(10)).await;
        stop.store(true, Ordering::Relaxed);
    });
    report("quiet", latencies(&store, &quiet).await);

    let swept = Arc::new(AtomicBool::new(false));
    let (sweeper, done) = (store.clone(), swept.clone());
    let sweeping = tokio::spawn(async move {
        let (begin, mut count) = (Instant::now(), 0);
        loop {
            let gone = sweeper.sweep_authorization(NOW, BATCH).await.unwrap();
            count += gone;
            if gone == 0 {
                break;
            }
            // As a sweeper does, which leaves the disk to the others in between.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        done.store(true, Ordering::Relaxed);
        (begin.elapsed(), count)
    });
    report("while it is swept", latencies(&store, &swept).await);
    let (time, count) = sweeping.await.unwrap();
    println!("{count} rows went in {time:.1?}");
}

fn report(what: &str, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    println!("{what}: {} rotations, p50 {:.1?}, p99 {:.1?}", latencies.len(), at(50), at(99));
}

/// How long rotations take, of 8 who refresh every 10 milliseconds, until this is so.
async fn latencies(store: &SqliteStore, is_over: &Arc<AtomicBool>) -> Vec<Duration> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, is_over) = (store.clone(), is_over.clone());
        tasks.spawn(async move {
            let mut token = granted(&store).await;
            let mut latencies = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let successor = refresh_token(&token.grant, token.number + 1);
                let rotation = Rotation {
                    presented: token.digest,
                    successor: successor.clone(),
                    sealed_successor: vec![1; 72],
                    access_token: None,
                    retry_window: 10,
                    now: NOW,
                };
                let begin = Instant::now();
                assert_eq!(store.rotate_refresh_token(&rotation).await, Ok(Rotated::First));
                latencies.push(begin.elapsed());
                token = successor;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            latencies
        });
    }
    tasks.join_all().await.concat()
}

async fn granted(store: &SqliteStore) -> RefreshToken {
    let grant = Grant {
        id: GrantId::random(),
        subject: "alice".to_owned(),
        client_id: "client".to_owned(),
        scopes: Vec::new(),
        resources: Vec::new(),
        authentication: Authentication {
            auth_time: NOW,
            acr: None,
            amr: Vec::new(),
            session_id: None,
        },
        granted_at: NOW,
        expires_at: NOW + 86_400,
        revoked: None,
    };
    let code = AuthorizationCode {
        digest: digest(),
        grant: grant.id.clone(),
        redirect_uri: "https://app.example.com/callback".to_owned(),
        challenge: CodeChallenge::from_bytes(*digest().as_bytes()),
        nonce: None,
        jkt: None,
        expires_at: NOW + 60,
        kept_until: NOW + 3_600,
    };
    store.authorize(&grant, &code, &[]).await.unwrap();
    let token = refresh_token(&grant.id, 1);
    let redemption = CodeRedemption {
        code: code.digest,
        refresh_token: Some(token.clone()),
        access_token: None,
        now: NOW,
    };
    store.redeem_code(&redemption).await.unwrap();
    token
}

fn refresh_token(grant: &GrantId, number: u64) -> RefreshToken {
    let grant = grant.clone();
    RefreshToken { digest: digest(), grant, number, jkt: None, expires_at: NOW + 86_400 }
}

fn digest() -> Digest {
    Digest::from_bytes(random_bytes())
}
