//! Counts the bytes that a node asks for to keep sessions, and leaves them in `target/results`.
//!
//! `cargo run --release --bin cached_sessions`

use std::alloc::System;
use std::ops::Range;
use std::time::Duration;

use auth_accounts::model::Carrier;
use auth_accounts::session::SessionMode;
use auth_accounts::store::Stores;
use auth_benches::accounts::application::{Node, accounts, sessions};
use auth_benches::accounts::cases::{now, of_session};
use auth_benches::accounts::people::Person;
use auth_benches::accounts::waiting::runtime;
use auth_benches::figure::{Figures, leave};
use auth_store::memory::MemoryStore;
use http::StatusCode;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// As many as a node keeps by default.
const SESSIONS: u64 = 100_000;
/// What is kept of the assignments has its bound: these reach it before anything is counted.
const BEFORE: u64 = 12_000;

fn main() {
    let store = MemoryStore::with_limit(1_000_000);
    let node =
        Node::new(accounts(Stores::all_in(store.clone())).sessions(sessions(SessionMode::Feed)));
    let secrets: Vec<String> = runtime().block_on(async {
        let mut secrets = Vec::new();
        for number in 0..BEFORE + SESSIONS {
            let person = Person::new(number, Carrier::Cookie, now());
            person.join(&store).await.expect("a store in memory");
            secrets.push(person.secret);
        }
        secrets
    });
    let ask = |number: u64| {
        let secret = &secrets[usize::try_from(number).expect("a number")];
        of_session(Carrier::Cookie, secret).send(&node.router, StatusCode::OK);
    };
    let loads = || store.faults().calls("SessionStore::load");
    // Outside of the runtime: within it a task is made to wait after a while.
    let pause = || runtime().block_on(async { tokio::time::sleep(Duration::from_millis(5)).await });
    let ask_all = |numbers: Range<u64>| {
        let _in = runtime().enter();
        numbers.for_each(ask);
    };
    loop {
        let before = loads();
        ask_all(0..10);
        if loads() == before {
            break;
        }
        pause();
    }
    ask_all(0..BEFORE);
    let region = Region::new(GLOBAL);
    ask_all(BEFORE..BEFORE + SESSIONS);
    let change = region.change();
    let bytes = change.bytes_allocated - change.bytes_deallocated;
    let before = loads();
    ask_all(BEFORE..BEFORE + SESSIONS);
    assert_eq!(loads(), before, "not all of them are kept");
    let count = f64::from(u32::try_from(SESSIONS).expect("a number"));
    let each = f64::from(u32::try_from(bytes).expect("less than 4 GiB")) / count;
    println!("{each:.1} bytes for each of {SESSIONS} kept sessions");
    let row = |who: &str| ("cached session".to_owned(), who.to_owned());
    leave("cached_sessions", &Figures::from([(row("auth-core"), each), (row("sessions"), count)]));
}
