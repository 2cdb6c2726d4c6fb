//! T10: from the answer to a sign-out on one node to the first refusal on another, in feed mode.

use std::time::{Duration, Instant};

use auth_accounts::model::Carrier;
use auth_accounts::session::SessionMode;
use auth_accounts::store::Stores;
use auth_store::memory::MemoryStore;
use axum::Router;
use axum::body::Body;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::databases::{File, Shared, postgres};
use super::{Effort, Figure, median, nanoseconds, percentile, server, time};
use crate::accounts::application::{Node, accounts, sessions};
use crate::accounts::cases::{now, of_session};
use crate::accounts::people::Person;

/// T10.
#[must_use]
pub fn lines(effort: Effort) -> Vec<Figure> {
    server().block_on(async {
        let memory = MemoryStore::new();
        let told = (effort.pairs / 10).max(20);
        let polled = (effort.pairs / 40).max(5);
        let mut lines =
            vec![line("one store in memory", "≤ 50 ms", 50.0, memory.clone(), memory, told).await];
        let file = File::new().await;
        let (one, other) = (file.store().await, file.store().await);
        lines.push(
            line(
                "SQLite, two processes' connections (looks each second)",
                "≤ 1.1 s",
                1_100.0,
                one,
                other,
                polled,
            )
            .await,
        );
        match (postgres().await, std::env::var("TEST_POSTGRES_URL")) {
            (Some((one, url)), Ok(_)) => {
                let other =
                    auth_store::postgres::PostgresStore::connect(&url).await.expect("the server");
                lines.push(line("PostgreSQL, NOTIFY", "≤ 50 ms", 50.0, one, other, told).await);
            }
            _ => lines.push(Figure::missing(
                "T10",
                "PostgreSQL, NOTIFY",
                "run by `tests/stores/run`",
            )),
        }
        lines
    })
}

async fn line(
    name: &str,
    promised: &'static str,
    most: f64,
    one: impl Shared,
    other: impl Shared,
    samples: usize,
) -> Figure {
    let node = |stores| Node::new(accounts(stores).sessions(sessions(SessionMode::Feed)));
    let (here, there) = (node(Stores::all_in(one.clone())), node(Stores::all_in(other)));
    let mut times = Vec::new();
    for number in 0..samples as u64 {
        let person = Person::new(number, Carrier::Token, now());
        person.join(&one).await.expect("it is added");
        // Kept by the other node: asked for until the feed is heard, and once more.
        let end = Instant::now() + Duration::from_secs(if number == 0 { 3 } else { 0 });
        loop {
            assert_eq!(ask(&there.router, &person).await, StatusCode::OK);
            if Instant::now() >= end {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(ask(&there.router, &person).await, StatusCode::OK);
        let sign_out = Request::post("/account/sign-out")
            .header(AUTHORIZATION, format!("Bearer ses_{}", person.secret))
            .body(Body::empty())
            .expect("a request");
        let answer = here.router.clone().oneshot(sign_out).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        let start = Instant::now();
        while ask(&there.router, &person).await != StatusCode::UNAUTHORIZED {
            assert!(start.elapsed() < Duration::from_secs(10), "it is never refused");
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        times.push(nanoseconds(start.elapsed()));
    }
    let late = percentile(&times, 99);
    Figure::new(
        "T10",
        format!("revocation to refusal on another node, {name}"),
        format!("p99 {}, median {} ({samples} sign-outs)", time(late), time(median(&times))),
        promised,
        late <= most * 1e6,
    )
}

async fn ask(router: &Router, person: &Person) -> StatusCode {
    let request = of_session(Carrier::Token, &person.secret).request();
    router.clone().oneshot(request).await.expect("an answer").status()
}
