//! T2: in strict mode each request reads its session once, and nothing slows that down.

use std::sync::Arc;

use auth_accounts::model::Carrier;
use auth_accounts::session::SessionMode;
use auth_accounts::store::Stores;
use http::StatusCode;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{PgPool, SqlitePool};
use tokio::sync::Mutex;
use tower::ServiceExt as _;

use super::databases::{File, Shared, fill, postgres};
use super::{Effort, Figure, count, median, rate, server};
use crate::accounts::application::{Node, accounts, sessions};
use crate::accounts::cases::{Kept, now, of_session};
use crate::accounts::people::Person;
use crate::accounts::waiting::runtime;

/// How many sessions are used in turn.
const MANY: u64 = 64;
/// How many others there are.
const OTHERS: u64 = 100_000;

/// The same row, asked for by nothing but the library. A pool would ping its connections; these are held.
const RAW: &str = "SELECT s.digest, s.id, s.account, s.epoch, s.carrier, s.factors, s.started_at,
    s.authenticated_at, s.seen_at, s.idle_seconds, s.ends_at, s.device, a.status, a.epoch
    FROM auth_session s JOIN auth_account a ON a.id = s.account WHERE s.digest = $1 AND s.over_at > $2";

/// T2.
#[must_use]
pub fn lines(effort: Effort) -> Vec<Figure> {
    let mut lines = calls();
    lines.extend(server().block_on(on_databases(effort)));
    lines
}

fn calls() -> Vec<Figure> {
    let kept = Kept::new(SessionMode::Strict, Carrier::Cookie);
    let requests = kept.with_sessions();
    let _in = runtime().enter();
    let send = || requests.iter().for_each(|it| it.send(&kept.node.router, StatusCode::OK));
    // What accounts hold is kept from here on.
    send();
    let faults = kept.store.faults();
    faults.reset();
    send();
    let (all, loads) = (faults.total(), faults.calls("SessionStore::load"));
    let each = requests.len() as u64;
    vec![Figure::new(
        "T2",
        "store calls of a request in strict mode",
        format!("{} read, {} of other kinds", count(loads) / count(each), all - loads),
        "exactly 1 read",
        loads == each && all == loads,
    )]
}

async fn on_databases(effort: Effort) -> Vec<Figure> {
    let file = File::new().await;
    fill(&file.url(), OTHERS, now()).await;
    let options: SqliteConnectOptions = file.url().parse().expect("an address");
    let raw = SqlitePoolOptions::new().max_connections(8).connect_with(options);
    let raw = Raw::Sqlite(raw.await.expect("the file"));
    let mut lines = on("SQLite, file", file.store().await, &raw, effort).await;
    drop(raw);
    match postgres().await {
        Some((store, url)) => {
            fill(&url, OTHERS, now()).await;
            let raw = Raw::Postgres(PgPool::connect(&url).await.expect("the server"));
            lines.extend(on("PostgreSQL", store, &raw, effort).await);
        }
        None => lines.push(Figure::missing("T2", "PostgreSQL", "run by `tests/stores/run`")),
    }
    lines
}

enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Raw {
    /// How often a second the row is read by so many connections.
    async fn rate(&self, connections: usize, digests: &Arc<Vec<[u8; 32]>>, effort: Effort) -> f64 {
        let at = i64::try_from(now()).expect("a time");
        let digest = |digests: &Arc<Vec<[u8; 32]>>, number: usize, turn: u64| {
            let turn = usize::try_from(turn).expect("a number");
            digests[(turn + number * 7) % digests.len()].to_vec()
        };
        macro_rules! with {
            ($pool:expr) => {{
                let mut held = Vec::new();
                for _ in 0..connections {
                    held.push(Arc::new(Mutex::new($pool.acquire().await.expect("a connection"))));
                }
                rate(connections, effort.round, |number| {
                    let (connection, digests) = (Arc::clone(&held[number]), Arc::clone(digests));
                    move |turn| {
                        let digest = digest(&digests, number, turn);
                        let connection = Arc::clone(&connection);
                        async move {
                            let mut connection = connection.lock().await;
                            let query = sqlx::query(RAW).bind(digest).bind(at);
                            query.fetch_one(&mut **connection).await.expect("the row");
                        }
                    }
                })
                .await
            }};
        }
        match self {
            Self::Sqlite(pool) => with!(pool),
            Self::Postgres(pool) => with!(pool),
        }
    }
}

async fn on(name: &str, store: impl Shared, raw: &Raw, effort: Effort) -> Vec<Figure> {
    let mut people = Vec::new();
    for number in 0..MANY {
        let person = Person::new(number, Carrier::Cookie, now());
        person.join(&store).await.expect("it is added");
        people.push(person);
    }
    let settings = sessions(SessionMode::Strict);
    let node = Node::new(accounts(Stores::all_in(store.clone())).sessions(settings));
    let digests: Arc<Vec<[u8; 32]>> =
        Arc::new(people.iter().map(|it| *it.session.digest.as_bytes()).collect());
    let requests: Arc<Vec<_>> =
        Arc::new(people.iter().map(|it| of_session(Carrier::Cookie, &it.secret)).collect());
    let mut lines = Vec::new();
    for at_once in [1, 8] {
        let (mut raws, mut loads, mut whole) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..effort.rounds {
            raws.push(raw.rate(at_once, &digests, effort).await);
            loads.push(
                rate(at_once, effort.round, |number| {
                    let (store, people) = (store.clone(), people.clone());
                    move |turn| {
                        let turn = usize::try_from(turn).expect("a number") + number * 7;
                        let digest = people[turn % people.len()].session.digest;
                        let store = store.clone();
                        async move {
                            let load =
                                auth_accounts::store::SessionStore::load(&store, &digest, now());
                            assert!(load.await.expect("it answers").is_some());
                        }
                    }
                })
                .await,
            );
            whole.push(
                rate(at_once, effort.round, |number| {
                    let (router, requests) = (node.router.clone(), Arc::clone(&requests));
                    move |turn| {
                        let turn = usize::try_from(turn).expect("a number") + number * 7;
                        let request = requests[turn % requests.len()].request();
                        let router = router.clone();
                        async move {
                            let answer = router.oneshot(request).await.expect("an answer");
                            assert_eq!(answer.status(), StatusCode::OK);
                        }
                    }
                })
                .await,
            );
        }
        let share = |of: &[f64]| {
            median(&of.iter().zip(&raws).map(|(one, raw)| one / raw).collect::<Vec<_>>())
        };
        lines.push(Figure::new(
            "T2",
            format!(
                "{name}, {at_once} at once: requests in strict mode against the same SELECT by sqlx"
            ),
            format!(
                "{:.2}× ({:.0}/s against {:.0}/s); the store alone {:.2}×",
                share(&whole),
                median(&whole),
                median(&raws),
                share(&loads)
            ),
            "≥ 0.8×",
            share(&whole) >= 0.8,
        ));
    }
    lines
}
