//! T12: a million sessions, half of which are over, are swept away beside requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use auth_accounts::model::Carrier;
use auth_accounts::session::SessionMode;
use auth_accounts::store::Stores;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::databases::{File, Shared, fill, postgres};
use super::{Effort, Figure, count, median, paced, percentile, server, time};
use crate::accounts::application::{Node, accounts, sessions};
use crate::accounts::cases::{now, of_session};
use crate::accounts::people::Person;

const SESSIONS: u64 = 1_000_000;
/// What a node sweeps at once, and how long it waits before the next time.
const AT_ONCE: u32 = 1_000;
const PAUSE: Duration = Duration::from_millis(100);

/// T12.
#[must_use]
pub fn lines(effort: Effort) -> Vec<Figure> {
    server().block_on(async {
        let file = File::new().await;
        fill(&file.url(), SESSIONS, now()).await;
        let half = format!(
            "UPDATE auth_session SET over_at = {} WHERE id < '{:022}'",
            now() - 10,
            SESSIONS / 2
        );
        let mut connection = SqliteConnection::connect(&file.url()).await.expect("the file");
        sqlx::raw_sql(AssertSqlSafe(half.clone()))
            .execute(&mut connection)
            .await
            .expect("they end");
        drop(connection);
        let mut lines = vec![line("SQLite, file", file.store().await, effort).await];
        match postgres().await {
            Some((store, url)) => {
                fill(&url, SESSIONS, now()).await;
                let mut connection = PgConnection::connect(&url).await.expect("the server");
                sqlx::raw_sql(AssertSqlSafe(half))
                    .execute(&mut connection)
                    .await
                    .expect("they end");
                sqlx::raw_sql("VACUUM ANALYZE auth_session")
                    .execute(&mut connection)
                    .await
                    .expect("it is tidy");
                lines.push(line("PostgreSQL", store, effort).await);
            }
            None => lines.push(Figure::missing("T12", "PostgreSQL", "run by `tests/stores/run`")),
        }
        lines
    })
}

async fn line(name: &str, store: impl Shared, effort: Effort) -> Figure {
    let person = Person::new(0, Carrier::Token, now());
    person.join(&store).await.expect("it is added");
    let settings = sessions(SessionMode::Strict);
    let node = Node::new(accounts(Stores::all_in(store.clone())).sessions(settings));
    let (mut ratios, mut calms, mut busys) = (Vec::new(), Vec::new(), Vec::new());
    let swept = Arc::new(AtomicU64::new(0));
    for _ in 0..effort.rounds {
        let request = of_session(Carrier::Token, &person.secret);
        let each = Duration::from_millis(1);
        let calm = percentile(&paced(&node.router, &request, each, effort.round).await, 99);
        let is_over = Arc::new(AtomicBool::new(false));
        let sweeping = tokio::spawn({
            let (store, swept, is_over) = (store.clone(), Arc::clone(&swept), Arc::clone(&is_over));
            async move {
                while !is_over.load(Ordering::Relaxed) {
                    let gone = store.sweep_sessions(now(), AT_ONCE).await.expect("it sweeps");
                    swept.fetch_add(gone, Ordering::Relaxed);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        });
        let busy = percentile(&paced(&node.router, &request, each, effort.round).await, 99);
        is_over.store(true, Ordering::Relaxed);
        sweeping.await.expect("it ends");
        calms.push(calm);
        busys.push(busy);
        ratios.push(busy / calm);
    }
    let swept = swept.load(Ordering::Relaxed);
    let seconds =
        effort.round.as_secs_f64() * f64::from(u32::try_from(effort.rounds).expect("a few"));
    Figure::new(
        "T12",
        format!(
            "{name}: p99 of requests in strict mode while 500,000 of 1,000,000 sessions are swept"
        ),
        format!(
            "{:.2}× ({} against {}); {:.0} sessions/s swept",
            median(&ratios),
            time(median(&busys)),
            time(median(&calms)),
            count(swept) / seconds
        ),
        "≤ 1.5×",
        median(&ratios) <= 1.5,
    )
}
