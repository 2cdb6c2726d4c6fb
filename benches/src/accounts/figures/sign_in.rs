//! T5, T6, T7: sign-ins. They cost what argon2 costs, a flood of them leaves the others alone, and
//! nothing tells an unknown name from a wrong password.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};
use auth_accounts::model::Carrier;
use auth_accounts::password::PasswordSettings;
use auth_accounts::session::SessionMode;
use auth_accounts::store::{Limit, Stores};
use auth_core::time::FixedClock;
use auth_store::memory::MemoryStore;
use axum::Router;
use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::databases::{File, Shared};
use super::{Effort, Figure, count, median, nanoseconds, paced, percentile, rate, server, time};
use crate::accounts::application::{Node, accounts, sessions};
use crate::accounts::cases::{now, of_session};
use crate::accounts::people::{PASSWORD, Person, name};
use crate::figure::left_by;

/// How often a request with a session comes during a flood.
const EACH: Duration = Duration::from_millis(2);

/// How many passwords are hashed at once: as many as there are cores.
const AT_ONCE: usize = 2;
/// How many accounts sign in.
const MANY: u64 = 16;
/// A day and a half of the longest window of attempts.
const FORGOTTEN: u64 = 40 * 24 * 3_600;

/// Limits of attempts that a benchmark does not meet.
fn unlimited() -> PasswordSettings {
    let many = Limit { attempts: 1_000_000, window_seconds: 60 };
    PasswordSettings::default().queue(AT_ONCE, AT_ONCE * 64).attempts(many)
}

/// A sign-in for a bearer token.
#[must_use]
pub fn request(name: &str, password: &str) -> Request<Body> {
    let body = format!(r#"{{"username":"{name}","password":"{password}","token":true}}"#);
    let request = Request::post("/account/sign-in").header(CONTENT_TYPE, "application/json");
    request.body(Body::from(body)).expect("a request")
}

/// Sends a sign-in and reads the answer to its end.
///
/// # Panics
/// Never: a router answers.
pub async fn sign_in(router: &Router, name: &str, password: &str) -> StatusCode {
    let answer = router.clone().oneshot(request(name, password)).await.expect("an answer");
    let status = answer.status();
    answer.into_body().collect().await.expect("a body");
    status
}

async fn node(store: &impl Shared) -> Node {
    for number in 0..MANY {
        Person::new(number, Carrier::Token, now()).join(store).await.expect("it is added");
    }
    let builder = accounts(Stores::all_in(store.clone())).passwords(unlimited());
    Node::new(builder.sessions(sessions(SessionMode::Feed)))
}

/// Hashes a second by argon2 alone, on as many threads.
fn bare(lasting: Duration) -> f64 {
    let start = Instant::now();
    let hash = || {
        let params = Params::new(19_456, 2, 1, Some(32)).expect("parameters");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (mut output, mut done) = ([0; 32], 0);
        while start.elapsed() < lasting {
            let password = PASSWORD.as_bytes();
            argon2.hash_password_into(password, b"sixteen letters.", &mut output).expect("a hash");
            done += 1;
        }
        done
    };
    let done: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(hash)).collect();
        threads.into_iter().map(|it| it.join().expect("it ends")).sum()
    });
    count(done) / start.elapsed().as_secs_f64()
}

/// T5.
///
/// # Panics
/// If anything fails.
#[must_use]
pub fn throughput(effort: Effort) -> Vec<Figure> {
    let server = server();
    let mut lines = Vec::new();
    let file = server.block_on(File::new());
    let nodes = [
        ("in memory", server.block_on(node(&MemoryStore::new()))),
        ("SQLite, file", server.block_on(async { node(&file.store().await).await })),
    ];
    for (store, node) in nodes {
        let (mut bares, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..effort.rounds {
            bares.push(bare(effort.round));
            let router = node.router.clone();
            ours.push(server.block_on(rate(AT_ONCE * 4, effort.round, |number| {
                let router = router.clone();
                move |turn| {
                    let name = name((turn * 5 + number as u64) % MANY);
                    let router = router.clone();
                    async move {
                        assert_eq!(sign_in(&router, &name, PASSWORD).await, StatusCode::OK);
                    }
                }
            })));
        }
        let shares: Vec<f64> = ours.iter().zip(&bares).map(|(one, bare)| one / bare).collect();
        lines.push(Figure::new(
            "T5",
            format!("sign-ins, {store}, against argon2 alone on {AT_ONCE} threads"),
            format!(
                "{:.2}× ({:.0}/s against {:.0}/s)",
                median(&shares),
                median(&ours),
                median(&bares)
            ),
            "≥ 0.95×",
            median(&shares) >= 0.95,
        ));
    }
    lines
}

/// T6: ten times as many sign-ins as can be hashed.
///
/// # Panics
/// If anything fails.
#[must_use]
pub fn flood(effort: Effort) -> Vec<Figure> {
    let server = server();
    let store = MemoryStore::new();
    let node = server.block_on(node(&store));
    let person = Person::new(0, Carrier::Cookie, now());
    // Once, so that all that is kept is kept; and so that the memory of hashes was asked for before.
    let request = of_session(Carrier::Token, &person.secret);
    let quiet = server.block_on(paced(&node.router, &request, EACH, effort.round * 2));
    let capacity = bare(effort.round);
    let before = resident();
    let peak = Arc::new(AtomicU64::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let watch = {
        let (peak, is_over) = (Arc::clone(&peak), Arc::clone(&is_over));
        thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                peak.fetch_max(resident(), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
        })
    };
    let every = Duration::from_secs_f64(1.0 / (capacity * 10.0));
    let lasting = effort.round * 4;
    let (flooded, answers) = server.block_on(async {
        let router = node.router.clone();
        let flood = tokio::spawn(async move {
            let start = Instant::now();
            let (mut running, mut sent) = (Vec::new(), 0_u32);
            while start.elapsed() < lasting {
                // As many as are due: a timer is not that fine.
                while start.elapsed() > every * sent {
                    let (router, name) = (router.clone(), name(u64::from(sent) % 7_919));
                    sent += 1;
                    running.push(tokio::spawn(async move {
                        let start = Instant::now();
                        let status = sign_in(&router, &name, "wrong horse battery staple").await;
                        (status, nanoseconds(start.elapsed()))
                    }));
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let mut answers = Vec::new();
            for task in running {
                answers.push(task.await.expect("an answer"));
            }
            answers
        });
        // The queue is full after a moment.
        tokio::time::sleep(lasting / 4).await;
        let flooded = paced(&node.router, &request, EACH, lasting / 2).await;
        (flooded, flood.await.expect("it ends"))
    });
    is_over.store(true, Ordering::Relaxed);
    watch.join().expect("it ends");
    let refused: Vec<f64> = answers
        .iter()
        .filter(|(status, _)| *status == StatusCode::SERVICE_UNAVAILABLE)
        .map(|(_, time)| *time)
        .collect();
    let hashed = answers.len() - refused.len();
    let (calm, busy) = (percentile(&quiet, 99), percentile(&flooded, 99));
    let mebibytes = peak.load(Ordering::Relaxed).saturating_sub(before) / 1_048_576;
    let most = AT_ONCE as u64 * 19 + 32;
    // Those that waited for a turn in vain take the two seconds of the queue.
    let at_once: Vec<f64> = refused.iter().copied().filter(|it| *it < 1e9).collect();
    let refusal = if at_once.is_empty() { f64::NAN } else { median(&at_once) };
    vec![
        Figure::note(
            "T6",
            "a flood of ten times as many sign-ins as can be hashed",
            format!("{} sent, {hashed} hashed, {} refused", answers.len(), refused.len()),
        ),
        Figure::new(
            "T6",
            "p99 of other requests during the flood",
            format!("{:.2}× ({} against {})", busy / calm, time(busy), time(calm)),
            "≤ 2×",
            busy / calm <= 2.0,
        ),
        Figure::new(
            "T6",
            "memory that the flood takes",
            format!("{mebibytes} MiB"),
            "≤ permits × 19 MiB + 32 MiB",
            mebibytes <= most,
        ),
        Figure::new(
            "T6",
            "a refusal where the queue is full",
            format!(
                "median {}, p99 {}",
                time(refusal),
                time(if at_once.is_empty() { f64::NAN } else { percentile(&at_once, 99) })
            ),
            "≤ 1 ms",
            refusal <= 1e6,
        ),
    ]
}

/// How many bytes of this process are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|it| it.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) * 1_024
}

/// A node whose clock the benchmark has, with one account, and its store: for T7.
#[must_use]
pub fn guessed(server: &tokio::runtime::Runtime) -> (Node, MemoryStore, FixedClock) {
    let (store, clock) = (MemoryStore::new(), FixedClock::new(now()));
    let builder = accounts(Stores::all_in(store.clone())).passwords(unlimited());
    let node = server.block_on(async {
        Person::new(0, Carrier::Token, now()).join(&store).await.expect("it is added");
        Node::new(builder.clock(clock.clone()).sessions(sessions(SessionMode::Strict)))
    });
    (node, store, clock)
}

/// T7.
///
/// # Panics
/// If anything fails.
#[must_use]
pub fn names(effort: Effort) -> Vec<Figure> {
    let server = server();
    let (node, store, clock) = guessed(&server);
    let faults = store.faults();
    let (unknown, known) = ("nobody0", name(0));
    let wrong = "wrong horse battery staple";
    let mut sequences = Vec::new();
    let (mut of_unknown, mut of_known, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = now();
    for pair in 0..effort.pairs {
        // No one may fail more than a hundred times in a row.
        if pair % 40 == 39 {
            at += FORGOTTEN;
            clock.set(at);
        }
        let mut once = |name: &str| {
            faults.start_sequence();
            let start = Instant::now();
            let status = server.block_on(sign_in(&node.router, name, wrong));
            let took = nanoseconds(start.elapsed());
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            let sequence = faults.end_sequence();
            if !sequences.contains(&sequence) {
                sequences.push(sequence);
            }
            took
        };
        let (one, other) = if pair % 2 == 0 {
            let one = once(unknown);
            (one, once(&known))
        } else {
            let other = once(&known);
            (once(unknown), other)
        };
        of_unknown.push(one);
        of_known.push(other);
        ratios.push(one / other);
    }
    let (one, other) = (median(&of_unknown), median(&of_known));
    let apart = (one / other - 1.0).abs() * 100.0;
    let mut lines = vec![
        Figure::new(
            "T7",
            "store calls of an unknown name and of a wrong password",
            match sequences.as_slice() {
                [same] => format!("the same {}", same.len()),
                others => format!("{} different sequences", others.len()),
            },
            "the same",
            sequences.len() == 1,
        ),
        Figure::new(
            "T7",
            format!("medians of {} pairs of them", effort.pairs),
            format!(
                "{apart:.2} % apart ({} and {}; median of ratios {:.4})",
                time(one),
                time(other),
                median(&ratios)
            ),
            "≤ 1 %",
            apart <= 1.0,
        ),
    ];
    let counts = left_by("sign-ins");
    let of = |who: &str| counts.get(&("sign-in".to_owned(), who.to_owned())).copied();
    lines.push(match (of("unknown"), of("wrong")) {
        (Some(unknown), Some(wrong)) => {
            let apart = (unknown / wrong - 1.0).abs() * 100.0;
            Figure::new(
                "T7",
                "instructions of them, all threads",
                format!("{apart:.3} % apart ({unknown:.0} and {wrong:.0})"),
                "≤ 0.5 %",
                apart <= 0.5,
            )
        }
        _ => Figure::missing("T7", "instructions of them", "run by `benches/accounts`"),
    });
    lines
}
