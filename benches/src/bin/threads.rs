//! How many known tokens a second one thread recognises, and two: a contended lock would show.
//!
//! How much more two threads do that share nothing, each with a map of its own, is what the machine
//! has to give.
//!
//! `cargo run --release --bin threads`

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use auth_benches::figure::{Figures, leave};
use auth_benches::material::{Algorithm, Material};
use auth_benches::token::cached::{headers, knows};
use auth_benches::token::ours;
use hashbrown::HashMap;
use http::request::Parts;

const ROW: &str = "two threads, known tokens";
const UNSHARED: &str = "two threads, a map for each";
const ROUND: Duration = Duration::from_millis(500);
const ROUNDS: usize = 5;

fn main() {
    let authenticator = ours::authenticator(Algorithm::Rs256).build().expect("an authenticator");
    let tokens = Material::read(Algorithm::Rs256).tokens;
    let requests: Vec<Parts> = tokens.iter().map(|token| headers(token)).collect();
    assert!(requests.iter().all(|headers| knows(&authenticator, headers)));
    let shared = || requests.iter().for_each(|headers| assert!(knows(&authenticator, headers)));
    let unshared = || {
        let map: HashMap<String, Arc<String>> =
            tokens.iter().map(|token| (token.clone(), Arc::new(token.clone()))).collect();
        let tokens = tokens.clone();
        move || tokens.iter().for_each(|token| drop(black_box(map.get(token).cloned())))
    };
    let mut rates = [const { Vec::new() }; 4];
    // One after the other, so that what disturbs the machine disturbs all of them.
    for _ in 0..ROUNDS {
        for (place, threads) in [(0, 1), (1, 2)] {
            rates[place].push(rate(threads, tokens.len(), || shared));
            rates[place + 2].push(rate(threads, tokens.len(), unshared));
        }
    }
    let [one, two, one_alone, two_alone] = rates.map(median);
    let row = |row: &str, who: &str| (row.to_owned(), who.to_owned());
    leave(
        "threads",
        &Figures::from([
            (row(ROW, "limit"), one),
            (row(ROW, "auth-core"), two),
            (row(UNSHARED, "limit"), one_alone),
            (row(UNSHARED, "auth-core"), two_alone),
        ]),
    );
}

/// Tokens a second by so many threads together. What a thread does, `make` makes in that thread.
fn rate<W: Fn()>(threads: u32, tokens: usize, make: impl Fn() -> W + Sync) -> f64 {
    let barrier = Barrier::new(usize::try_from(threads).expect("one or two"));
    let tokens = u32::try_from(tokens).expect("a handful");
    let run = || {
        let work = make();
        barrier.wait();
        let start = Instant::now();
        let mut done = 0_u32;
        while start.elapsed() < ROUND {
            work();
            done += tokens;
        }
        f64::from(done) / start.elapsed().as_secs_f64()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
    })
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
