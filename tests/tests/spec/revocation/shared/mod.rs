//! Nodes that share a store: what one revokes the others reject, and a node that cannot be sure
//! lets no caller in.

mod catch_up;
mod http;
mod limits;

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use auth_core::revocation::{
    FeedBatch, FeedError, Revocation, RevocationCheck, RevocationList, RevocationLog,
    RevocationStatus, RevokeError, SharedRevocations, SharedRevocationsError,
};
use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::{Authentication, Authenticator, Identity, Router, requires};
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
    mood: Mood,
    questions: Vec<u64>,
}

/// How a store answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mood {
    #[default]
    Well,
    /// Rejects connections.
    Down,
    /// Never answers.
    Hanging,
    /// Says that there is more, and never hands it out.
    Teasing,
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
        if this.mood == Mood::Hanging {
            return Poll::Pending;
        }
        if this.mood == Mood::Down {
            return Poll::Ready(Err("connection refused".into()));
        }
        let step = if this.is_untidy { 10 } else { 1 };
        let generation = this.generation;
        let from = usize::try_from(position.div_ceil(step)).unwrap();
        let teases = this.mood == Mood::Teasing;
        if teases || from > this.log.len() {
            let position = if teases { position } else { this.log.len() as u64 * step };
            let complete = !teases;
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

impl RevocationLog for Store {
    async fn append(&self, revocation: &Revocation) -> Result<(), FeedError> {
        let mut this = self.0.lock().unwrap();
        if this.mood == Mood::Down {
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

/// A node that follows the store one question at a time, when the test asks for it.
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
            .max_staleness(Duration::from_secs(10))
            .build()
            .unwrap();
        let run = Box::pin(revocations.clone().run(short_sleep));
        Self { revocations, clock, run }
    }

    /// Asks the store, until it pauses.
    fn step(&mut self) {
        let Poll::Pending = self.run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }

    fn status(&self, token: &Authentication) -> RevocationStatus {
        let status = self.revocations.status(token);
        let is_unknown = matches!(status, RevocationStatus::Unknown { retry_after: 1.. });
        assert!(!is_unknown || !self.revocations.is_ready());
        status
    }
}

const UNKNOWN: RevocationStatus = RevocationStatus::Unknown { retry_after: 5 };

fn token(subject: &str) -> Authentication {
    let (issuer, _) = issuer();
    let token = issuer.token(subject).claim("sid", format!("session of {subject}"));
    issuer.verifier().build().unwrap().verify(&token.sign().unwrap()).unwrap().into()
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
fn until_the_log_is_read_the_status_is_unknown() {
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
fn a_node_that_is_cut_off_answers_503_until_it_has_caught_up() {
    let store = Store::default();
    let mut node = Node::new(&store, 100);
    node.step();
    let (alice, bob) = (token("alice"), token("bob"));
    store.set(|store| store.mood = Mood::Down);
    // Another node still reaches the store.
    store.set(|store| store.log.push(alice_loses_all()));
    for (seconds, expected) in [(9, RevocationStatus::Valid), (10, UNKNOWN), (500, UNKNOWN)] {
        node.clock.set(NOW + seconds);
        node.step();
        assert_eq!(node.status(&bob), expected, "{seconds}");
    }
    // It comes back page by page: nothing is said before the last one is read.
    store.set(|store| store.mood = Mood::Teasing);
    node.step();
    assert_eq!(node.status(&bob), UNKNOWN);
    store.set(|store| store.mood = Mood::Well);
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
    store.set(|store| store.mood = Mood::Hanging);
    node.clock.advance(10);
    node.step();
    node.step();
    assert_eq!(node.status(&token("bob")), UNKNOWN);
    store.set(|store| store.mood = Mood::Well);
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

    impl RevocationLog for Slow {
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
        .max_staleness(Duration::from_secs(10))
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
