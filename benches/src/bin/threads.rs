//! How many known tokens a second one thread recognises, and two: a contended lock would show.
//!
//! `cargo run --release --bin threads`

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use auth_benches::figure::{Figures, leave};
use auth_benches::material::{Algorithm, Material};
use auth_benches::token::cached::{headers, knows};
use auth_benches::token::ours;
use auth_core::Authenticator;
use http::HeaderMap;

const ROW: &str = "two threads, known tokens";
const ROUND: Duration = Duration::from_millis(500);
const ROUNDS: usize = 5;

fn main() {
    let authenticator = ours::authenticator(Algorithm::Rs256).build().expect("an authenticator");
    let tokens = Material::read(Algorithm::Rs256).tokens;
    let requests: Vec<HeaderMap> = tokens.iter().map(|token| headers(token)).collect();
    assert!(requests.iter().all(|headers| knows(&authenticator, headers)));
    let mut rates = [Vec::new(), Vec::new()];
    // One after the other, so that what disturbs the machine disturbs both.
    for _ in 0..ROUNDS {
        rates[0].push(rate(&authenticator, &requests, 1));
        rates[1].push(rate(&authenticator, &requests, 2));
    }
    let [one, two] = rates.map(median);
    let row = |who: &str| (ROW.to_owned(), who.to_owned());
    leave("threads", &Figures::from([(row("limit"), one), (row("auth-core"), two)]));
}

/// Tokens a second by so many threads together.
fn rate(authenticator: &Authenticator, requests: &[HeaderMap], threads: u32) -> f64 {
    let barrier = Barrier::new(usize::try_from(threads).expect("one or two"));
    let work = || {
        barrier.wait();
        let start = Instant::now();
        let mut done = 0_u32;
        while start.elapsed() < ROUND {
            for headers in requests {
                assert!(knows(authenticator, headers));
                done += 1;
            }
        }
        f64::from(done) / start.elapsed().as_secs_f64()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
    })
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
