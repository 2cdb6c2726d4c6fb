//! What a token costs that is seen again: against the signature that is saved, against a plain hash
//! map, on two threads, and what the question for its revocation adds.
//!
//! `cargo run --release -p auth-core --example token_cache_cost`

#[path = "../src/token/known_tokens/hash.rs"]
mod hash;
#[path = "../src/sync.rs"]
#[expect(unused_imports, reason = "the table needs a part of it")]
mod sync;
#[path = "../src/token/known_tokens/table.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "only look-ups are measured, and it is public in its crate"
)]
mod table;

use std::collections::HashMap;
use std::error::Error;
use std::hint::{self, black_box};
use std::io::{self, Write};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use auth_core::jose::Algorithm;
use auth_core::revocation::{Revocation, RevocationCheck, RevocationList, RevocationStatus};
use auth_core::testing::TestIssuer;
use auth_core::{Authenticator, Scopes};
use http::request::Parts;
use serde_json::json;

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
    Write,
}

/// What the table holds in place of an identity.
#[derive(Clone)]
struct Held(Arc<u64>);

impl table::Perishable for Held {
    fn is_good(&self, now: u64) -> bool {
        now < *self.0
    }
}

const TOKENS: usize = 256;
const ROUNDS: usize = 400;
const CALLS: u16 = 512;

/// What one call takes, in nanoseconds: the least of many short rounds, since whatever else runs on
/// the machine only adds.
fn nanoseconds(mut call: impl FnMut(usize)) -> f64 {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        (0..CALLS).for_each(|number| call(usize::from(number)));
        start.elapsed()
    });
    rounds.min().unwrap_or_default().as_secs_f64() * 1e9 / f64::from(CALLS)
}

/// How long so many threads take for as many calls each, all of them running at once.
fn together(threads: usize, call: impl Fn(usize) + Sync) -> Duration {
    let ready = AtomicUsize::new(0);
    let run = &|thread: usize| {
        // Spinning, not sleeping: who passes is on a processor, and so are the others.
        ready.fetch_add(1, SeqCst);
        while ready.load(SeqCst) < threads {
            hint::spin_loop();
        }
        let start = Instant::now();
        (0..2 * usize::from(CALLS)).for_each(|number| call(number + thread * TOKENS / 2));
        start.elapsed()
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        let own = run(0);
        others.into_iter().filter_map(|other| other.join().ok()).fold(own, Duration::max)
    })
}

/// How many times more two threads get done than one, in the best of many short runs.
fn scaling(call: impl Fn(usize) + Sync) -> f64 {
    let best = |threads| (0..ROUNDS).map(|_| together(threads, &call)).min().unwrap_or_default();
    2.0 * best(1).as_secs_f64() / best(2).as_secs_f64()
}

/// Whom the authenticator finds. It waits for nothing, so once is enough.
fn authenticate(authenticator: &Authenticator, request: &Parts) -> bool {
    let waiting = pin!(authenticator.authenticate(request));
    let outcome = waiting.poll(&mut Context::from_waker(Waker::noop()));
    matches!(black_box(outcome), Poll::Ready(Ok(_)))
}

fn build(
    issuer: &TestIssuer,
    entries: usize,
    revocations: Option<&RevocationList>,
) -> Result<Authenticator, Box<dyn Error>> {
    let builder = Authenticator::builder()
        .vocabulary::<(Scope,)>()
        .verifier(issuer.verifier().build()?)
        .token_cache(entries);
    let builder = match revocations {
        Some(list) => builder.revocations(list.clone()),
        None => builder,
    };
    Ok(builder.build()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
    let issuer = issuer.with_algorithm(Algorithm::RS256)?;
    let roles: Vec<String> = (0..20).map(|number| format!("role-{number:03}-of-many")).collect();
    let token = |number: usize| {
        let token = issuer.token(format!("user-{number}")).scopes(["read", "write"]);
        let token = token.claim("sid", format!("session-{number}"));
        token.claim("realm_access", json!({ "roles": roles })).sign()
    };
    let tokens: Vec<String> = (0..TOKENS).map(token).collect::<Result<_, _>>()?;
    let header = |token: &String| {
        let bearer = format!("Bearer {token}");
        Ok(http::Request::get("/").header("authorization", bearer).body(())?.into_parts().0)
    };
    let headers: Vec<Parts> = tokens.iter().map(header).collect::<Result<_, Box<dyn Error>>>()?;
    let nth = |number: usize| tokens.get(number % TOKENS).map_or("", String::as_str);
    let bytes = nth(0).len();
    writeln!(out, "one of {TOKENS} RS256 tokens of {bytes} bytes, the least of {ROUNDS} rounds\n")?;

    // The limit: a map of std with its own hash, keyed by the token.
    let map: HashMap<String, Held> =
        tokens.iter().map(|token| (token.clone(), Held(Arc::new(u64::MAX)))).collect();
    let plain = nanoseconds(|number| drop(black_box(map.get(black_box(nth(number))).cloned())));
    writeln!(out, "{:<52}{plain:>9.0} ns", "plain HashMap (SipHash), keyed by the token")?;

    let (hash, table) = (hash::TokenHash::random(), table::Table::new(4096));
    for token in &tokens {
        table.put(hash.of(token.as_bytes()), token.as_bytes(), Held(Arc::new(u64::MAX)), 0);
    }
    let look_up = |number: usize| {
        let token = black_box(nth(number));
        drop(black_box(table.get(hash.of(token.as_bytes()), token.as_bytes(), 0, Clone::clone)));
    };
    let known = nanoseconds(look_up);
    writeln!(out, "{:<52}{known:>9.0} ns  {:.2} x", "the table of known tokens", known / plain)?;
    let allocations = measure(|| look_up(1)).count_total;
    writeln!(out, "{:<52}{allocations:>9}", "  allocations")?;
    writeln!(out, "{:<52}{:>9.2} x", "  2 threads, many tokens", scaling(look_up))?;
    writeln!(out, "{:<52}{:>9.2} x", "  2 threads, one token", scaling(|_| look_up(0)))?;

    let whole = |authenticator: &Authenticator, number: usize| {
        let headers = headers.get(number % TOKENS);
        let is_known =
            headers.is_some_and(|headers| authenticate(authenticator, black_box(headers)));
        assert!(is_known, "token {number} is not accepted");
    };
    let off = build(&issuer, 0, None)?;
    let signed = nanoseconds(|number| whole(&off, number));
    writeln!(out, "\n{:<52}{signed:>9.0} ns", "authenticate, not known: with the signature")?;
    let on = build(&issuer, 4096, None)?;
    let one = measure(|| (0..TOKENS).for_each(|number| whole(&on, number)));
    let each = one.bytes_current / i64::try_from(TOKENS)?;
    let seen = nanoseconds(|number| whole(&on, number));
    writeln!(out, "{:<52}{seen:>9.0} ns  {:.2} x", "authenticate, known", seen / plain)?;
    let allocations = measure(|| whole(&on, 1)).count_total;
    writeln!(out, "{:<52}{allocations:>9}", "  allocations")?;
    let many = scaling(|number| whole(&on, number));
    writeln!(out, "{:<52}{many:>9.2} x", "  2 threads, many tokens")?;
    let single = scaling(|_| whole(&on, 0));
    writeln!(out, "{:<52}{single:>9.2} x", "  2 threads, one token")?;
    writeln!(out, "{:<52}{each:>9}", "  bytes in memory for each")?;

    let list = RevocationList::builder().capacity(100_000).build()?;
    let asked = build(&issuer, 4096, Some(&list))?;
    (0..TOKENS).for_each(|number| whole(&asked, number));
    let empty = nanoseconds(|number| whole(&asked, number));
    writeln!(out, "\n{:<52}{empty:>9.0} ns", "authenticate, known, nothing revoked")?;
    let far = u64::MAX >> 1;
    let start = Instant::now();
    for number in 0..20_000 {
        let name = format!("other-{number}");
        list.revoke(Revocation::token(issuer.issuer(), &name, far))?;
        list.revoke_subject(issuer.issuer(), &name)?;
        list.revoke_session(issuer.issuer(), &name)?;
    }
    let revoke = start.elapsed().as_secs_f64() * 1e9 / 60_000.0;
    let full = nanoseconds(|number| whole(&asked, number));
    writeln!(out, "{:<52}{full:>9.0} ns", "authenticate, known, 60,000 others revoked")?;
    let allocations = measure(|| whole(&asked, 1)).count_total;
    writeln!(out, "{:<52}{allocations:>9}", "  allocations")?;
    let scale = scaling(|number| whole(&asked, number));
    writeln!(out, "{:<52}{scale:>9.2} x", "  2 threads, many tokens")?;
    writeln!(out, "{:<52}{revoke:>9.0} ns", "to revoke, on the way to 60,000")?;
    let verifier = issuer.verifier().build()?;
    let one = auth_core::Authentication::from(verifier.verify(nth(0))?);
    let status = nanoseconds(|_| {
        assert!(black_box(list.status(black_box(&one))) == RevocationStatus::Valid);
    });
    writeln!(out, "{:<52}{status:>9.0} ns", "the question alone, 60,000 others revoked")?;
    Ok(())
}
