//! What does not fit, what is not taken, clocks and times.

use super::*;

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
    store.set(|store| store.mood = Mood::Down);
    let problem = now(node.revocations.revoke_subject(ISSUER, "alice")).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the shared store did not take the revocation, which holds on this node only: \
         connection refused\nhelp: try again until it succeeds"
    );
    assert_eq!(node.status(&token("alice")), RevocationStatus::Revoked);
    store.set(|store| store.mood = Mood::Well);
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
fn a_follower_that_stopped_answers_503_and_starts_from_the_beginning() {
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
        builder.max_staleness(silence).poll_interval(pause).build().map(drop)
    };
    for silence in [2, 30, 600].map(seconds) {
        assert_eq!(build(silence, silence / 2), Ok(()));
        let pause = silence / 2 + Duration::from_millis(1);
        assert_eq!(build(silence, pause), Err(SharedRevocationsError::PollInterval(pause)));
    }
    for silence in [0, 1, 601].map(seconds) {
        assert_eq!(build(silence, seconds(1)), Err(SharedRevocationsError::MaxStaleness(silence)));
    }
    let none = Duration::ZERO;
    assert_eq!(build(seconds(30), none), Err(SharedRevocationsError::PollInterval(none)));
    let both = build(none, none).unwrap_err();
    let expected =
        [SharedRevocationsError::MaxStaleness(none), SharedRevocationsError::PollInterval(none)];
    assert_eq!(both.problems(), expected);
    let problem = SharedRevocationsError::MaxStaleness(none).to_string();
    assert!(problem.contains("expected between 2 seconds and 10 minutes\nhelp:"), "{problem}");
}
