//! What is known is found without asking the allocator for anything.

#[path = "../../../auth-core/src/token/known_tokens/hash.rs"]
mod hash;
#[path = "../../../auth-core/src/token/known_tokens/table.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "look-ups are measured, and it is public in its crate"
)]
mod table;

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use auth_core::Authenticator;
use auth_core::revocation::RevocationList;
use auth_tests::http::{Permission, Role, Scope, issuer};
use hash::TokenHash;
use table::{Perishable, Table};

#[derive(Clone)]
struct Held(Arc<u64>);

impl Perishable for Held {
    fn is_good(&self, now: u64) -> bool {
        now < *self.0
    }
}

#[test]
fn a_look_up_allocates_nothing_whether_the_token_is_known_or_not() {
    let (hash, table) = (TokenHash::random(), Table::new(64));
    let tokens: Vec<_> = (0..20).map(|number| format!("{number}").repeat(700)).collect();
    for token in &tokens {
        table.put(hash.of(token.as_bytes()), token.as_bytes(), Held(Arc::new(100)), 0);
    }
    let look_up = |token: &str, now| {
        table.get(hash.of(token.as_bytes()), token.as_bytes(), now, Clone::clone).is_some()
    };
    // Where tokens fall is random, and a full place gives one up. The first look-up of a thread makes the
    // place where it says what it reads.
    let tokens: Vec<_> = tokens.into_iter().filter(|token| look_up(token, 0)).collect();
    assert!(tokens.len() > 10, "{} are known", tokens.len());
    let hits = measure(|| assert!(tokens.iter().all(|token| black_box(look_up(token, 0)))));
    assert_eq!(hits.count_total, 0, "{hits:?}");
    let misses = measure(|| assert!(!look_up("unknown", 0) && !look_up(&tokens[0], 100)));
    assert_eq!(misses.count_total, 0, "{misses:?}");
}

/// From the headers to the caller, with everything in between: the question for revocation too.
#[test]
fn a_known_caller_is_authenticated_without_an_allocation() {
    let (issuer, clock) = issuer();
    let revocations = RevocationList::builder().clock(clock).build().unwrap();
    revocations.revoke_subject(issuer.issuer(), "bob").unwrap();
    revocations.revoke_session(issuer.issuer(), "another").unwrap();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .revocations(revocations)
        .build()
        .unwrap();
    let token = issuer.token("alice").roles(["manager"]).claim("sid", "s").sign().unwrap();
    let request = http::Request::get("/").header("authorization", format!("Bearer {token}"));
    let (request, ()) = request.body(()).unwrap().into_parts();
    let authenticate = || {
        let waiting = pin!(authenticator.authenticate(&request));
        match waiting.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome.is_ok(),
            Poll::Pending => false,
        }
    };
    let first = measure(|| assert!(authenticate()));
    assert!(first.count_total > 0, "the measure does not measure");
    // The first look-up of a thread may make a copy of its own.
    assert!(authenticate());
    let again = measure(|| assert!(authenticate()));
    assert_eq!(again.count_total, 0, "{again:?}");
}
