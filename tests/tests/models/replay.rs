//! How uses of proofs may interleave, tried at random by `shuttle`: the source of the store, with the
//! locks of the model.

#![expect(
    dead_code,
    unreachable_pub,
    reason = "the included files have more than the model asks for"
)]

use shuttle::sync::Arc;
use shuttle::{check_random, future};

#[path = "../../../auth-core/src/binding/replay/memory.rs"]
mod memory;
#[path = "../../../auth-core/src/binding/replay/store.rs"]
mod store;
mod sync {
    pub(super) use shuttle::sync::Mutex;
    pub(super) use std::sync::PoisonError;
}

use memory::MemoryReplayStore;
use store::{ReplayCheck, ReplayStore, ReplayStoreError, UsedProof};

const ITERATIONS: usize = 2_000;

fn used(proof: u8, now: u64) -> UsedProof {
    UsedProof::new([proof; 32], [0; 32], now, now.saturating_sub(60)..=now + 60)
}

type Outcome = Result<ReplayCheck, ReplayStoreError>;

/// All of these uses at the same time.
fn at_once(store: MemoryReplayStore, uses: &[UsedProof]) -> Vec<Outcome> {
    let store = Arc::new(store);
    let tasks: Vec<_> = uses
        .iter()
        .map(|proof| {
            let (store, proof) = (Arc::clone(&store), *proof);
            future::spawn(async move { store.record(&proof).await })
        })
        .collect();
    tasks.into_iter().map(|task| future::block_on(task).unwrap()).collect()
}

fn count(outcomes: &[Outcome], wanted: Outcome) -> usize {
    outcomes.iter().filter(|outcome| **outcome == wanted).count()
}

#[test]
fn one_of_several_uses_wins() {
    let model = || {
        let outcomes = at_once(MemoryReplayStore::default(), &[used(1, 0), used(1, 0), used(1, 0)]);
        assert_eq!(count(&outcomes, Ok(ReplayCheck::Fresh)), 1, "{outcomes:?}");
        assert_eq!(count(&outcomes, Ok(ReplayCheck::Replayed)), 2, "{outcomes:?}");
    };
    check_random(model, ITERATIONS);
}

#[test]
fn the_bound_holds_in_every_order() {
    let model = || {
        let store = MemoryReplayStore::with_capacity(2).most_for_one_sender(2);
        let outcomes = at_once(store, &[used(1, 0), used(2, 0), used(3, 0), used(4, 0)]);
        assert_eq!(count(&outcomes, Ok(ReplayCheck::Fresh)), 2, "{outcomes:?}");
        assert_eq!(count(&outcomes, Err(ReplayStoreError::Full)), 2, "{outcomes:?}");
    };
    check_random(model, ITERATIONS);
}

/// Two requests may look at the clock in one order and reach the store in the other.
#[test]
fn what_is_forgotten_on_the_way_is_not_accepted_again() {
    let model = || {
        let late = UsedProof { now: 61, ..used(1, 0) };
        let outcomes =
            at_once(MemoryReplayStore::default(), &[used(1, 0), used(2, 61), used(1, 0), late]);
        assert!(count(&outcomes, Ok(ReplayCheck::Fresh)) <= 2, "{outcomes:?}");
        let of_one = [outcomes[0], outcomes[2], outcomes[3]];
        assert!(count(&of_one, Ok(ReplayCheck::Fresh)) <= 1, "{outcomes:?}");
    };
    check_random(model, ITERATIONS);
}
