//! Many questions at once: the source is asked a few of them, and good callers are served.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use auth_core::authenticator::{AssignmentQuery, AuthenticatorBuilder, AuthenticatorError};
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::{AssignmentSource, Assignments, AuthError, Authenticator};
use auth_tests::http::{Role, issuer};
use futures_util::future::join_all;
use http::request::Parts;
use tokio::time::sleep;

use super::desk::{Desk, bearer, builder};

/// A database that takes its time and counts who asks.
#[derive(Clone, Default)]
struct Slow {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

const TAKES: Duration = Duration::from_millis(100);

impl AssignmentSource for Slow {
    type Error = std::io::Error;

    async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, Self::Error> {
        /// A question that no one waits for any more is over too.
        struct Asking<'a>(&'a AtomicUsize);

        impl Drop for Asking<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, SeqCst);
            }
        }

        self.most.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
        let _asking = Asking(&self.now);
        sleep(TAKES).await;
        let _ = caller;
        Ok(Assignments::none().roles(["clerk"]))
    }
}

struct Shop {
    issuer: TestIssuer,
    clock: FixedClock,
    slow: Slow,
    authenticator: Authenticator,
}

impl Shop {
    fn new() -> Self {
        let (issuer, clock) = issuer();
        let slow = Slow::default();
        let authenticator = Authenticator::builder()
            .vocabulary::<(Role,)>()
            .verifier(issuer.verifier().build().unwrap())
            .tenant_in_header("x-tenant".parse().unwrap())
            .assignment_source(slow.clone())
            .assignment_concurrency(16)
            .assignment_timeout(Duration::from_secs(2))
            .build()
            .unwrap();
        Self { issuer, clock, slow, authenticator }
    }

    fn token(&self, subject: &str) -> String {
        self.issuer.token(subject).sign().unwrap()
    }

    async fn ask(&self, token: &str, tenant: &str) -> Result<(), AuthError> {
        let request = request(token, tenant);
        self.authenticator.authenticate(&request).await.map(drop)
    }

    /// How long it takes to be answered.
    async fn quick(&self, token: &str, tenant: &str) -> Duration {
        let start = Instant::now();
        self.ask(token, tenant).await.unwrap();
        start.elapsed()
    }
}

fn request(token: &str, tenant: &str) -> Parts {
    let mut request = http::Request::new(()).into_parts().0;
    request.headers = bearer(token);
    request.headers.insert("x-tenant", tenant.parse().unwrap());
    request
}

#[tokio::test]
async fn one_token_for_many_tenants_delays_no_other_caller() {
    let shop = Shop::new();
    let (mallory, alice, bob) = (shop.token("mallory"), shop.token("alice"), shop.token("bob"));
    shop.quick(&alice, "north").await;
    let flood = join_all((0..4_000).map(|tenant| {
        let (shop, mallory) = (&shop, &mallory);
        async move { shop.ask(mallory, &format!("made-up-{tenant}")).await }
    }));
    let good = async {
        sleep(TAKES).await;
        for _ in 0..3 {
            assert!(shop.quick(&alice, "north").await < 10 * TAKES, "it is kept");
            shop.clock.advance(30);
            let renewed = shop.quick(&alice, "north").await;
            assert!(renewed < 10 * TAKES, "it is renewed ahead of the others: {renewed:?}");
        }
        let first = shop.quick(&bob, "north").await;
        assert!(first < 10 * TAKES, "nor does a newcomer wait for the one: {first:?}");
    };
    let (answers, ()) = tokio::join!(flood, good);
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert!(refused.clone().count() > 2_000, "nobody waits for long");
    assert!(refused.into_iter().all(|error| error.code() == "unavailable"));
    // An eighth of sixteen places for one caller, and at most two others at a time.
    assert!(shop.slow.most.load(SeqCst) <= 4, "{}", shop.slow.most.load(SeqCst));
}

#[tokio::test]
async fn a_caller_who_was_served_before_is_served_during_a_flood() {
    let shop = Shop::new();
    let alice = shop.token("alice");
    shop.quick(&alice, "north").await;
    shop.clock.advance(30);
    let others: Vec<_> = (0..1_000).map(|at| shop.token(&format!("user-{at}"))).collect();
    let flood = join_all(others.iter().map(|token| shop.ask(token, "north")));
    let good = async {
        for _ in 0..5 {
            sleep(TAKES).await;
            let renewed = shop.quick(&alice, "north").await;
            assert!(renewed < 10 * TAKES, "{renewed:?}");
            shop.clock.advance(30);
        }
    };
    let (answers, ()) = tokio::join!(flood, good);
    assert!(answers.iter().any(Result::is_ok) && answers.iter().any(Result::is_err));
    assert!(shop.slow.most.load(SeqCst) <= 16, "{}", shop.slow.most.load(SeqCst));
}

#[tokio::test]
async fn a_cancelled_query_frees_its_slot() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    let settings = |builder: AuthenticatorBuilder| builder.assignment_concurrency(1);
    let authenticator = settings(builder(&issuer, &desk)).build().unwrap();
    let token = |subject: &str| issuer.token(subject).sign().unwrap();
    let (alice, bob) = (token("alice"), token("bob"));
    let held_up = desk.held_up.write().await;
    let mut first = Box::pin(authenticator.authenticate_bearer(&alice));
    assert!(futures_util::poll!(&mut first).is_pending());
    let mut second = Box::pin(authenticator.authenticate_bearer(&bob));
    assert!(futures_util::poll!(&mut second).is_pending());
    assert_eq!(desk.asked(), 1, "one at a time");
    drop(first);
    drop(held_up);
    second.await.unwrap();
    assert_eq!(desk.asked(), 2);
}

#[test]
fn a_concurrency_out_of_range_is_an_error_of_the_builder() {
    let (issuer, _) = issuer();
    for questions in [0, 65_537, usize::MAX] {
        let builder = builder(&issuer, &Desk::default()).assignment_concurrency(questions);
        let error = builder.build().unwrap_err();
        assert_eq!(error, AuthenticatorError::InvalidGrantConcurrency(questions));
    }
}
