//! For how long an answer is kept, and how it is forgotten.

use std::time::Duration;

use auth_core::authenticator::{AssignmentCache, AuthenticatorBuilder};
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::{Assignments, Authenticator};
use auth_tests::http::{NOW, issuer, send_as, serve};
use futures_util::future::join_all;
use futures_util::poll;

use super::desk::{CLERK, Desk, MANAGER, builder, names};
use super::routes;

struct Shop {
    issuer: TestIssuer,
    clock: FixedClock,
    desk: Desk,
    cache: AssignmentCache,
    authenticator: Authenticator,
}

impl Shop {
    fn new() -> Self {
        Self::with(AssignmentCache::new(), |builder| builder)
    }

    fn with(
        cache: AssignmentCache,
        more: impl Fn(AuthenticatorBuilder) -> AuthenticatorBuilder,
    ) -> Self {
        let (issuer, clock) = issuer();
        let desk = Desk::default();
        let builder = builder(&issuer, &desk).assignment_cache(cache.clone());
        let authenticator = more(builder).build().unwrap();
        Self { issuer, clock, desk, cache, authenticator }
    }

    fn token(&self, subject: &str) -> String {
        self.issuer.token(subject).sign().unwrap()
    }

    fn assign(&self, subject: &str, role: &str) {
        self.desk.assign("", subject, Assignments::none().roles([role]));
    }

    fn forget(&self, subject: &str) {
        self.cache.forget(self.issuer.issuer(), subject);
    }

    async fn held(&self, token: &str) -> Vec<&'static str> {
        names(&self.authenticator.authenticate_bearer(token).await.unwrap())
    }

    async fn asked_for(&self, token: &str) -> bool {
        let before = self.desk.asked();
        self.held(token).await;
        self.desk.asked() > before
    }
}

#[tokio::test]
async fn an_answer_counts_for_thirty_seconds() {
    let shop = Shop::new();
    let token = shop.token("alice");
    assert!(shop.asked_for(&token).await);
    for _ in 0..29 {
        shop.clock.advance(1);
        assert!(!shop.asked_for(&token).await);
    }
    shop.clock.advance(1);
    assert!(shop.asked_for(&token).await);
    shop.clock.set(NOW + 20);
    assert!(shop.asked_for(&token).await, "a clock that was set back");
}

#[tokio::test]
async fn it_never_counts_past_the_expiry_of_the_token() {
    let shop = Shop::new();
    let token = shop.issuer.token("alice").lifetime(Duration::from_secs(10)).sign().unwrap();
    assert!(shop.asked_for(&token).await);
    shop.clock.advance(9);
    assert!(!shop.asked_for(&token).await);
    shop.clock.advance(1);
    assert!(shop.asked_for(&token).await, "the leeway is for clocks, not for answers");
    assert!(shop.asked_for(&token).await);
}

#[tokio::test]
async fn it_never_counts_past_the_time_that_the_source_names() {
    let shop = Shop::new();
    let ends = Assignments::none().roles(["clerk"]).valid_until(NOW + 20).valid_until(NOW + 5);
    shop.desk.assign("", "alice", ends);
    let token = shop.token("alice");
    assert!(shop.asked_for(&token).await);
    shop.clock.advance(4);
    assert!(!shop.asked_for(&token).await);
    shop.clock.advance(1);
    assert!(shop.asked_for(&token).await);
    assert!(shop.asked_for(&token).await, "what has ended is not kept at all");
}

#[tokio::test]
async fn without_a_time_to_live_every_request_asks() {
    for time_to_live in [Duration::ZERO, Duration::from_millis(999)] {
        let shop = Shop::with(AssignmentCache::new().time_to_live(time_to_live), |builder| builder);
        let token = shop.token("alice");
        assert!(shop.asked_for(&token).await && shop.asked_for(&token).await);
    }
}

#[tokio::test]
async fn each_credential_has_an_answer_of_its_own() {
    let shop = Shop::new();
    let (one, other) = (shop.token("alice"), shop.token("alice"));
    assert!(shop.asked_for(&one).await && shop.asked_for(&other).await);
    assert!(!shop.asked_for(&one).await && !shop.asked_for(&other).await);
}

#[tokio::test]
async fn no_more_answers_are_kept_than_there_is_room_for() {
    let shop = Shop::with(AssignmentCache::new().capacity(4), |builder| builder);
    let tokens: Vec<_> = (0..40).map(|at| shop.token(&format!("user-{at}"))).collect();
    for token in &tokens {
        shop.held(token).await;
    }
    let before = shop.desk.asked();
    for token in &tokens {
        shop.held(token).await;
    }
    assert!(shop.desk.asked() - before >= 36, "{}", shop.desk.asked() - before);
}

#[tokio::test]
async fn a_changed_role_counts_at_once_when_the_subject_is_forgotten() {
    let shop = Shop::new();
    let address = serve(routes().protect(shop.authenticator.clone()).unwrap()).await;
    let (alice, bob) = (shop.token("alice"), shop.token("bob"));
    assert_eq!(send_as(address, "GET", "/manage", &alice).await.status, 403);
    shop.held(&bob).await;
    shop.assign("alice", "manager");
    assert_eq!(send_as(address, "GET", "/manage", &alice).await.status, 403, "it is kept");
    shop.forget("alice");
    assert_eq!(send_as(address, "GET", "/manage", &alice).await.status, 200);
    shop.assign("alice", "clerk");
    shop.forget("alice");
    assert_eq!(send_as(address, "GET", "/manage", &alice).await.status, 403);
    assert!(!shop.asked_for(&bob).await, "another subject is not asked for anew");
    shop.cache.forget("https://other.test", "alice");
    assert!(!shop.asked_for(&alice).await, "a subject is one only with its issuer");
    shop.cache.clone().forget_all();
    assert!(shop.asked_for(&alice).await && shop.asked_for(&bob).await);
}

/// One handle may serve several authenticators: what is forgotten is forgotten in all of them, but
/// each has a source of its own to ask.
#[tokio::test]
async fn a_handle_that_is_shared_shares_no_answers() {
    let shop = Shop::new();
    shop.assign("alice", "manager");
    let other = Desk::default();
    let second =
        builder(&shop.issuer, &other).assignment_cache(shop.cache.clone()).build().unwrap();
    let token = shop.token("alice");
    assert_eq!(shop.held(&token).await, MANAGER);
    let held = async || names(&second.authenticate_bearer(&token).await.unwrap());
    assert_eq!(held().await, [""; 0]);
    other.assign("", "alice", Assignments::none().roles(["clerk"]));
    shop.forget("alice");
    assert_eq!(held().await, CLERK);
}

#[tokio::test]
async fn concurrent_requests_share_one_query() {
    let shop = Shop::new();
    shop.assign("alice", "manager");
    let token = shop.token("alice");
    let held_up = shop.desk.held_up.write().await;
    let mut all = Box::pin(join_all((0..20).map(|_| shop.held(&token))));
    assert!(poll!(&mut all).is_pending());
    drop(held_up);
    for held in all.await {
        assert_eq!(held, MANAGER);
    }
    assert_eq!(shop.desk.asked(), 1);
}

#[tokio::test]
async fn a_cancelled_query_is_taken_over_by_the_next_waiter() {
    let shop = Shop::new();
    shop.assign("alice", "manager");
    let token = shop.token("alice");
    let held_up = shop.desk.held_up.write().await;
    let mut first = Box::pin(shop.held(&token));
    let mut second = Box::pin(shop.held(&token));
    assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
    assert_eq!(shop.desk.asked(), 1);
    drop(first);
    drop(held_up);
    assert_eq!(second.await, MANAGER);
    assert_eq!(shop.desk.asked(), 2);
}

#[tokio::test]
async fn an_answer_from_before_the_change_is_not_used_after_it() {
    let shop = Shop::new();
    shop.assign("alice", "clerk");
    let token = shop.token("alice");
    let held_up = shop.desk.held_up.write().await;
    let mut before = Box::pin(shop.held(&token));
    assert!(poll!(&mut before).is_pending());
    // The query is on its way, and saw the old role.
    shop.assign("alice", "manager");
    shop.forget("alice");
    let mut after = Box::pin(shop.held(&token));
    assert!(poll!(&mut after).is_pending());
    drop(held_up);
    assert_eq!(before.await, CLERK);
    assert_eq!(after.await, MANAGER);
    assert_eq!(shop.held(&token).await, MANAGER);
    assert_eq!(shop.desk.asked(), 2);
}

/// Real threads: writers change a role and forget, readers ask. Anyone who asks after a `forget`
/// returned never sees what was before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_new_state_wins_every_race() {
    let shop = std::sync::Arc::new(Shop::new());
    let token = shop.token("alice");
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (shop, token) = (shop.clone(), token.clone());
            tokio::spawn(async move {
                for _ in 0..2000 {
                    shop.held(&token).await;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for round in 0..1000 {
        let (role, held) =
            if round % 2 == 0 { ("clerk", &CLERK[..]) } else { ("manager", &MANAGER[..]) };
        shop.assign("alice", role);
        shop.forget("alice");
        assert_eq!(shop.held(&token).await, held, "round {round}");
    }
    for reader in readers {
        reader.await.unwrap();
    }
}
