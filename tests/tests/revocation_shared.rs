//! Nodes that share a store: what one revokes the others refuse, and a node that cannot be sure
//! lets nobody in.

#![cfg(test)]

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::verify::{
    FeedBatch, FeedError, FixedClock, Revocation, RevocationFeed, RevocationStatus, RevokeError,
    SharedRevocations, SharedRevocationsError, VerifiedToken,
};
use auth_core::{Authenticator, Identity, RevocationList, Revocations, Router, requires};
use auth_tests::http::{NOW, Permission, Role, Scope, issuer, send_as, serve};

const ISSUER: &str = "https://issuer.test";

/// A store in memory, with all that can go wrong with one.
#[derive(Clone, Debug, Default)]
struct Store(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    generation: u64,
    log: Vec<Revocation>,
    /// How many changes are handed out at once; 0 is all.
    page: usize,
    /// Each change comes twice, and positions go in steps of ten.
    is_untidy: bool,
    is_down: bool,
    /// Questions are never answered.
    hangs: bool,
    /// Says that there is more, and never hands it out.
    teases: bool,
    questions: Vec<u64>,
}

impl Store {
    fn set(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.0.lock().unwrap());
    }

    fn log(&self) -> Vec<Revocation> {
        self.0.lock().unwrap().log.clone()
    }

    fn take_questions(&self) -> Vec<u64> {
        std::mem::take(&mut self.0.lock().unwrap().questions)
    }

    fn answer(&self, position: u64) -> Poll<Result<FeedBatch, FeedError>> {
        let mut this = self.0.lock().unwrap();
        this.questions.push(position);
        if this.hangs {
            return Poll::Pending;
        }
        if this.is_down {
            return Poll::Ready(Err("connection refused".into()));
        }
        let step = if this.is_untidy { 10 } else { 1 };
        let generation = this.generation;
        let from = usize::try_from(position.div_ceil(step)).unwrap();
        if this.teases || from > this.log.len() {
            let position = if this.teases { position } else { this.log.len() as u64 * step };
            let complete = !this.teases;
            return Poll::Ready(Ok(FeedBatch {
                generation,
                revocations: vec![],
                position,
                complete,
            }));
        }
        let rest = &this.log[from..];
        let count = if this.page == 0 { rest.len() } else { rest.len().min(this.page) };
        let mut revocations = rest[..count].to_vec();
        if this.is_untidy {
            revocations.extend_from_within(..);
        }
        let position = if count == 0 { position } else { (from + count) as u64 * step };
        let complete = count == rest.len();
        Poll::Ready(Ok(FeedBatch { generation, revocations, position, complete }))
    }
}

impl RevocationFeed for Store {
    async fn append(&self, revocation: &Revocation) -> Result<(), FeedError> {
        let mut this = self.0.lock().unwrap();
        if this.is_down {
            return Err("connection refused".into());
        }
        this.log.push(revocation.clone());
        Ok(())
    }

    async fn changes_after(&self, position: u64) -> Result<FeedBatch, FeedError> {
        match self.answer(position) {
            Poll::Ready(answer) => answer,
            Poll::Pending => std::future::pending().await,
        }
    }
}

/// A timer that is over when it is looked at for the second time.
async fn short_sleep(_: Duration) {
    let mut is_over = false;
    poll_fn(move |context| {
        if is_over {
            return Poll::Ready(());
        }
        is_over = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A node that follows the store one question at a time, when it is told to.
struct Node {
    revocations: SharedRevocations,
    clock: FixedClock,
    run: Pin<Box<dyn Future<Output = Infallible> + Send>>,
}

impl Node {
    /// A node that may hear nothing for ten seconds.
    fn new(store: &Store, capacity: usize) -> Self {
        let clock = FixedClock::new(NOW);
        let list = RevocationList::builder().capacity(capacity).clock(clock.clone()).build();
        let revocations = SharedRevocations::builder(store.clone())
            .list(list.unwrap())
            .max_silence(Duration::from_secs(10))
            .build()
            .unwrap();
        let run = Box::pin(revocations.clone().run(short_sleep));
        Self { revocations, clock, run }
    }

    /// Asks the store, until it pauses.
    fn step(&mut self) {
        let Poll::Pending = self.run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }

    fn status(&self, token: &VerifiedToken) -> RevocationStatus {
        let status = self.revocations.status(token);
        let is_unknown = matches!(status, RevocationStatus::Unknown { retry_after: 1.. });
        assert!(!is_unknown || !self.revocations.is_ready());
        status
    }
}

const UNKNOWN: RevocationStatus = RevocationStatus::Unknown { retry_after: 5 };

fn token(subject: &str) -> VerifiedToken {
    let (issuer, _) = issuer();
    let token = issuer.token(subject).claim("sid", format!("session of {subject}"));
    issuer.verifier().build().unwrap().verify(&token.sign().unwrap()).unwrap()
}

fn alice_loses_all() -> Revocation {
    Revocation::subject(ISSUER, "alice", NOW)
}

/// Ends a future that has nothing to wait for.
fn now<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn until_everything_is_read_it_cannot_be_told() {
    let store = Store::default();
    now(store.append(&alice_loses_all())).unwrap();
    let mut node = Node::new(&store, 100);
    assert_eq!(node.status(&token("bob")), UNKNOWN, "nobody runs it yet");
    assert!(!node.revocations.is_ready());
    node.step();
    assert!(node.revocations.is_ready());
    assert_eq!(node.status(&token("alice")), RevocationStatus::Revoked);
    assert_eq!(node.status(&token("bob")), RevocationStatus::Valid);
}

#[test]
fn what_one_node_revokes_another_refuses_as_soon_as_the_feed_delivers() {
    let store = Store::default();
    let [mut a, mut b] = [Node::new(&store, 100), Node::new(&store, 100)];
    a.step();
    b.step();
    let alice = token("alice");
    now(a.revocations.revoke(&alice)).unwrap();
    assert_eq!(a.status(&alice), RevocationStatus::Revoked, "here at once");
    assert_eq!(b.status(&alice), RevocationStatus::Valid, "not heard of yet");
    b.step();
    assert_eq!(b.status(&alice), RevocationStatus::Revoked);
    now(b.revocations.revoke_subject(ISSUER, "bob")).unwrap();
    now(b.revocations.revoke_session(ISSUER, "session of carol")).unwrap();
    a.step();
    for subject in ["bob", "carol"] {
        assert_eq!(a.status(&token(subject)), RevocationStatus::Revoked, "{subject}");
    }
    assert_eq!(a.status(&token("dave")), RevocationStatus::Valid);
}

#[test]
fn a_node_that_is_cut_off_lets_nobody_in_until_it_has_caught_up() {
    let store = Store::default();
    let mut node = Node::new(&store, 100);
    node.step();
    let (alice, bob) = (token("alice"), token("bob"));
    store.set(|store| store.is_down = true);
    // Another node still reaches the store.
    store.set(|store| store.log.push(alice_loses_all()));
    for (seconds, expected) in [(9, RevocationStatus::Valid), (10, UNKNOWN), (500, UNKNOWN)] {
        node.clock.set(NOW + seconds);
        node.step();
        assert_eq!(node.status(&bob), expected, "{seconds}");
    }
    // It comes back page by page: nothing is said before the last one is read.
    store.set(|store| {
        store.is_down = false;
        store.teases = true;
    });
    node.step();
    assert_eq!(node.status(&bob), UNKNOWN);
    store.set(|store| store.teases = false);
    node.step();
    assert_eq!(node.status(&bob), RevocationStatus::Valid);
    assert_eq!(node.status(&alice), RevocationStatus::Revoked);
}

/// What is known to be revoked stays so, whether the store is heard or not.
#[test]
fn a_revoked_token_is_401_even_while_the_store_is_silent() {
    let store = Store::default();
    let mut node = Node::new(&store, 100);
    node.step();
    now(node.revocations.revoke(alice_loses_all())).unwrap();
    node.clock.advance(100);
    assert_eq!(node.status(&token("alice")), RevocationStatus::Revoked);
    assert_eq!(node.status(&token("bob")), UNKNOWN);
}

#[test]
fn a_question_that_is_never_answered_is_dropped_and_counts_as_silence() {
    let store = Store::default();
    let mut node = Node::new(&store, 100);
    node.step();
    store.set(|store| store.hangs = true);
    node.clock.advance(10);
    node.step();
    node.step();
    assert_eq!(node.status(&token("bob")), UNKNOWN);
    store.set(|store| store.hangs = false);
    for _ in 0..3 {
        node.step();
    }
    assert_eq!(node.status(&token("bob")), RevocationStatus::Valid);
}

/// What is answered late was asked early: it is not taken for news.
#[test]
fn an_answer_speaks_for_the_moment_of_the_question() {
    #[derive(Clone)]
    struct Slow(Store, FixedClock);

    impl RevocationFeed for Slow {
        async fn append(&self, revocation: &Revocation) -> Result<(), FeedError> {
            self.0.append(revocation).await
        }

        async fn changes_after(&self, position: u64) -> Result<FeedBatch, FeedError> {
            let answer = self.0.changes_after(position).await;
            self.1.advance(10);
            answer
        }
    }

    let clock = FixedClock::new(NOW);
    let list = RevocationList::builder().clock(clock.clone()).build().unwrap();
    let revocations = SharedRevocations::builder(Slow(Store::default(), clock))
        .list(list)
        .max_silence(Duration::from_secs(10))
        .build()
        .unwrap();
    let mut run = Box::pin(revocations.clone().run(short_sleep));
    let Poll::Pending = run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(!revocations.is_ready(), "it is ten seconds old");
}

#[test]
fn pages_duplicates_and_gaps_change_nothing() {
    for page in [0, 1, 2, 3] {
        let store = Store::default();
        store.set(|store| {
            store.page = page;
            store.is_untidy = true;
            store.log = (0..7).map(|n| Revocation::subject(ISSUER, format!("s{n}"), NOW)).collect();
        });
        let mut node = Node::new(&store, 7);
        node.step();
        assert!(node.revocations.is_ready(), "{page}");
        for number in 0..7 {
            let token = token(&format!("s{number}"));
            assert_eq!(node.status(&token), RevocationStatus::Revoked, "{number}");
        }
        store.take_questions();
        node.step();
        assert_eq!(store.take_questions(), [70], "what was read is not read again");
    }
}

#[test]
fn a_store_that_was_replaced_is_read_from_the_start() {
    type Change = fn(&mut Inner);
    let emptied: Change = |store| store.log.truncate(1);
    let replaced: Change = |store| store.generation += 1;
    for change in [emptied, replaced] {
        let store = Store::default();
        store.set(|store| {
            store.log = vec![alice_loses_all(), Revocation::subject(ISSUER, "eve", NOW)];
        });
        let mut node = Node::new(&store, 100);
        node.step();
        store.set(|store| {
            change(store);
            store.log[0] = Revocation::subject(ISSUER, "bob", NOW);
        });
        node.step();
        assert_eq!(node.status(&token("carol")), UNKNOWN, "nothing is known of this store yet");
        node.step();
        assert_eq!(node.status(&token("bob")), RevocationStatus::Revoked);
        assert_eq!(node.status(&token("alice")), RevocationStatus::Revoked, "still");
        assert_eq!(node.status(&token("carol")), RevocationStatus::Valid);
    }
}

/// A list that cannot take what the store says is not complete, and says nothing.
#[test]
fn what_does_not_fit_is_not_passed_over() {
    let store = Store::default();
    let mut node = Node::new(&store, 1);
    node.step();
    store.set(|store| {
        store.log = vec![alice_loses_all(), Revocation::session(ISSUER, "s", NOW)];
    });
    node.clock.advance(10);
    for _ in 0..3 {
        node.step();
        assert_eq!(node.status(&token("bob")), UNKNOWN);
        assert_eq!(node.status(&token("alice")), RevocationStatus::Revoked);
    }
}

#[test]
fn a_revocation_that_the_store_did_not_take_is_an_error_and_holds_here() {
    let store = Store::default();
    let mut node = Node::new(&store, 1);
    node.step();
    store.set(|store| store.is_down = true);
    let problem = now(node.revocations.revoke_subject(ISSUER, "alice")).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the shared store did not take the revocation, which holds on this node only: \
         connection refused\nhelp: try again until it succeeds"
    );
    assert_eq!(node.status(&token("alice")), RevocationStatus::Revoked);
    store.set(|store| store.is_down = false);
    now(node.revocations.revoke_subject(ISSUER, "alice")).unwrap();
    assert_eq!(store.log(), [alice_loses_all()]);

    let problem = now(node.revocations.revoke_subject(ISSUER, "bob")).unwrap_err();
    assert!(matches!(problem, RevokeError::Full { capacity: 1 }));
    assert_eq!(store.log().len(), 1, "what does not hold here is not written for others");
}

#[test]
fn a_clock_that_is_set_back_does_not_stretch_the_silence() {
    let store = Store::default();
    let mut node = Node::new(&store, 100);
    node.step();
    node.clock.set(NOW - 1_000);
    assert_eq!(node.status(&token("bob")), UNKNOWN);
    node.step();
    assert_eq!(node.status(&token("bob")), RevocationStatus::Valid);
}

#[test]
fn when_nobody_runs_it_any_more_nobody_gets_in_and_a_further_run_reads_all_again() {
    let store = Store::default();
    now(store.append(&alice_loses_all())).unwrap();
    let mut node = Node::new(&store, 100);
    node.step();
    node.run = Box::pin(node.revocations.clone().run(short_sleep));
    node.clock.advance(10);
    assert_eq!(node.status(&token("bob")), UNKNOWN);
    store.take_questions();
    node.step();
    assert_eq!(store.take_questions(), [0]);
    assert_eq!(node.status(&token("bob")), RevocationStatus::Valid);
}

#[test]
fn times_are_bounded_and_say_what_was_expected() {
    let seconds = Duration::from_secs;
    let build = |silence, pause| {
        let builder = SharedRevocations::builder(Store::default());
        builder.max_silence(silence).pause(pause).build().map(drop)
    };
    for silence in [2, 30, 600].map(seconds) {
        assert_eq!(build(silence, silence / 2), Ok(()));
        let pause = silence / 2 + Duration::from_millis(1);
        assert_eq!(build(silence, pause), Err(SharedRevocationsError::Pause(pause)));
    }
    for silence in [0, 1, 601].map(seconds) {
        assert_eq!(build(silence, seconds(1)), Err(SharedRevocationsError::MaxSilence(silence)));
    }
    let none = Duration::ZERO;
    assert_eq!(build(seconds(30), none), Err(SharedRevocationsError::Pause(none)));
    let problem = SharedRevocationsError::MaxSilence(none).to_string();
    assert!(problem.contains("expected between 2 seconds and 10 minutes\nhelp:"), "{problem}");
}

#[requires(authenticated)]
async fn me(caller: Identity) -> String {
    caller.subject().to_owned()
}

async fn serve_node(issuer: &TestIssuer, node: &Node) -> std::net::SocketAddr {
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .revocations(node.revocations.clone())
        .build()
        .unwrap();
    serve(Router::new().route("/me", get(me)).protect(authenticator).unwrap()).await
}

/// Two services, one store, over HTTP, and both know the token already.
#[tokio::test]
async fn two_services_share_what_is_revoked() {
    let (issuer, _) = issuer();
    let store = Store::default();
    let [mut a, mut b] = [Node::new(&store, 100), Node::new(&store, 100)];
    let (at_a, at_b) = (serve_node(&issuer, &a).await, serve_node(&issuer, &b).await);
    let alice = issuer.token("alice").sign().unwrap();
    let bob = issuer.token("bob").sign().unwrap();
    let status = async |address, token: &str| send_as(address, "GET", "/me", token).await.status;
    assert_eq!(status(at_a, &alice).await, 503, "not ready yet");
    a.step();
    b.step();
    for address in [at_a, at_a, at_b, at_b] {
        assert_eq!(status(address, &alice).await, 200);
    }
    a.revocations.revoke_subject(ISSUER, "alice").await.unwrap();
    assert_eq!(status(at_a, &alice).await, 401);
    b.step();
    assert_eq!(status(at_b, &alice).await, 401);
    assert_eq!(status(at_b, &bob).await, 200);

    // B is cut off, and misses what A revokes.
    store.set(|store| store.hangs = true);
    a.revocations.revoke_subject(ISSUER, "bob").await.unwrap();
    b.clock.advance(10);
    b.step();
    let answer = send_as(at_b, "GET", "/me", &bob).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    assert_eq!(status(at_b, &alice).await, 401, "what is known is known");
    store.set(|store| store.hangs = false);
    while !b.revocations.is_ready() {
        b.step();
    }
    assert_eq!(status(at_b, &bob).await, 401, "it serves again, and knows what it missed");
}

/// With a real timer and a task of its own, as an application runs it.
#[tokio::test]
async fn it_follows_in_a_task_of_its_own() {
    let store = Store::default();
    let revocations =
        SharedRevocations::builder(store.clone()).pause(Duration::from_millis(1)).build().unwrap();
    let task = tokio::spawn(revocations.clone().run(tokio::time::sleep));
    let heard = async |until: &(dyn Fn() -> bool + Sync)| {
        let wait = async {
            while !until() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap();
    };
    heard(&|| revocations.is_ready()).await;
    let alice = token("alice");
    store.append(&alice_loses_all()).await.unwrap();
    // The list has the time of the system, to which these tokens are not yet issued.
    heard(&|| revocations.status(&alice) == RevocationStatus::Revoked).await;
    task.abort();
}
