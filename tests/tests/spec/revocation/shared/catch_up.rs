//! What requests read that must not miss what was acknowledged before them.

use std::future::poll_fn;

use auth_core::revocation::CatchUpError;
use futures_util::future::join_all;

use super::*;

/// A store that takes a moment for each answer, and waits for news where it may: without an alarm, for ever.
#[derive(Clone)]
struct Waiting(Store);

impl RevocationLog for Waiting {
    async fn append(&self, revocation: &Revocation) -> Result<(), FeedError> {
        self.0.append(revocation).await
    }

    async fn changes_after(&self, position: u64) -> Result<FeedBatch, FeedError> {
        let batch = self.0.changes_after(position).await?;
        if batch.revocations.is_empty() { std::future::pending().await } else { Ok(batch) }
    }

    async fn changes_so_far(&self, position: u64) -> Result<FeedBatch, FeedError> {
        tokio::task::yield_now().await;
        self.0.changes_after(position).await
    }
}

fn shared(store: impl RevocationLog, capacity: usize) -> SharedRevocations {
    let list = RevocationList::builder().capacity(capacity).clock(FixedClock::new(NOW)).build();
    let builder = SharedRevocations::builder(store).list(list.unwrap());
    builder.max_staleness(Duration::from_secs(10)).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_was_acknowledged_anywhere_is_known_after_it_and_no_news_are_waited_for() {
    let store = Store::default();
    let (alice, bob) = (token("alice"), token("bob"));
    let here = shared(Waiting(store.clone()), 100);
    // Before it runs.
    here.catch_up().await.unwrap();
    assert_eq!(here.status(&bob), RevocationStatus::Valid);
    let running = tokio::spawn(here.clone().run(tokio::time::sleep));
    let there = shared(store.clone(), 100);
    let start = tokio::time::Instant::now();
    there.revoke(&alice).await.unwrap();
    here.catch_up().await.unwrap();
    assert_eq!(here.status(&alice), RevocationStatus::Revoked);
    assert_eq!(here.status(&bob), RevocationStatus::Valid);
    assert_eq!(start.elapsed(), Duration::ZERO);
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn it_reads_on_until_all_is_read_and_then_no_more_than_what_is_new() {
    for page in [0, 1, 2, 3] {
        let store = Store::default();
        store.set(|store| {
            store.page = page;
            store.is_untidy = true;
            store.log = (0..7).map(|n| Revocation::subject(ISSUER, format!("s{n}"), NOW)).collect();
        });
        let revocations = shared(store.clone(), 7);
        revocations.catch_up().await.unwrap();
        for number in 0..7 {
            let token = token(&format!("s{number}"));
            assert_eq!(revocations.status(&token), RevocationStatus::Revoked, "{number}");
        }
        store.take_questions();
        revocations.catch_up().await.unwrap();
        assert_eq!(store.take_questions(), [70]);
    }
}

#[tokio::test(start_paused = true)]
async fn those_who_ask_at_once_share_a_read() {
    let store = Store::default();
    let revocations = shared(Waiting(store.clone()), 100);
    let answers = join_all((0..100).map(|_| revocations.catch_up())).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(store.take_questions().len(), 2, "that of the first, and one for all others");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_an_error_for_all_who_wait_and_for_no_later_caller() {
    let store = Store::default();
    let revocations = shared(store.clone(), 100);
    revocations.catch_up().await.unwrap();
    store.set(|store| store.mood = Mood::Down);
    for answer in join_all((0..3).map(|_| revocations.catch_up())).await {
        let problem = answer.unwrap_err();
        assert!(matches!(problem, CatchUpError::Store(_)));
        let said = "the store does not say what was revoked: connection refused";
        assert_eq!(problem.to_string(), said);
    }
    store.set(|store| store.mood = Mood::Hanging);
    let start = tokio::time::Instant::now();
    let late = revocations.catch_up().await.unwrap_err();
    assert!(matches!(late, CatchUpError::TooLate), "{late}");
    assert_eq!(start.elapsed(), Duration::from_secs(10), "as long as the store may be silent");
    store.set(|store| store.mood = Mood::Teasing);
    let teased = revocations.catch_up().await.unwrap_err();
    assert!(matches!(teased, CatchUpError::NoEnd), "{teased}");
    store.set(|store| store.mood = Mood::Well);
    revocations.catch_up().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_an_error() {
    let store = Store::default();
    store.set(|store| {
        store.log = vec![alice_loses_all(), Revocation::session(ISSUER, "s", NOW)];
    });
    let revocations = shared(store.clone(), 1);
    for _ in 0..2 {
        let full = revocations.catch_up().await.unwrap_err();
        assert!(matches!(full, CatchUpError::Full { capacity: 1 }), "{full}");
        assert!(full.to_string().contains("\nhelp: raise `.capacity(..)`"));
    }
    assert_eq!(revocations.status(&token("bob")), UNKNOWN);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_replaced_is_read_anew_and_says_so_by_its_number() {
    let store = Store::default();
    store.set(|store| store.log = vec![alice_loses_all(), Revocation::subject(ISSUER, "eve", NOW)]);
    let revocations = shared(store.clone(), 100);
    let first = revocations.catch_up().await.unwrap();
    assert_eq!(revocations.catch_up().await.unwrap(), first);
    store.set(|store| {
        store.generation += 1;
        store.log = vec![Revocation::subject(ISSUER, "bob", NOW)];
    });
    assert_ne!(revocations.catch_up().await.unwrap(), first);
    for subject in ["bob", "alice"] {
        assert_eq!(revocations.status(&token(subject)), RevocationStatus::Revoked, "{subject}");
    }
    assert_eq!(revocations.status(&token("carol")), RevocationStatus::Valid);
}

/// Without a timer it could hang for ever.
#[test]
fn without_a_timer_nothing_is_read() {
    let revocations = shared(Store::default(), 100);
    assert!(matches!(now(revocations.catch_up()), Err(CatchUpError::TooLate)));
}

/// A request that began to read and is gone keeps no other from it.
#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_takes_no_read_with_it() {
    let store = Store::default();
    let revocations = shared(store.clone(), 100);
    store.set(|store| store.mood = Mood::Hanging);
    let mut first = Box::pin(revocations.catch_up());
    let mut second = Box::pin(revocations.catch_up());
    poll_fn(|context| {
        assert!(first.as_mut().poll(context).is_pending());
        assert!(second.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    store.set(|store| {
        store.mood = Mood::Well;
        store.log.push(alice_loses_all());
    });
    drop(first);
    second.await.unwrap();
    assert_eq!(revocations.status(&token("alice")), RevocationStatus::Revoked);
}
