//! What the store in memory promises, against a list that forgets nothing.

use std::collections::HashMap;

use proptest::prelude::*;

use super::{MemoryReplayStore, ReplayCheck, ReplayStoreError, UsedProof};

const WINDOW: u64 = 60;

fn used(proof: u8, sender: u8, now: u64, issued: u64) -> UsedProof {
    let last_valid = issued + WINDOW;
    UsedProof::new([proof; 32], [sender; 32], now, issued.saturating_sub(WINDOW)..=last_valid)
}

#[test]
fn a_proof_is_used_once_for_as_long_as_it_is_accepted() {
    let store = MemoryReplayStore::default();
    let record = |now| store.record_now(&used(1, 1, now, 1000));
    assert_eq!(record(1000), Ok(ReplayCheck::Fresh));
    assert_eq!(record(1000), Ok(ReplayCheck::Replayed));
    assert_eq!(record(1060), Ok(ReplayCheck::Replayed), "the last second");
    assert_eq!(store.len(), 1);
    assert_eq!(store.record_now(&used(2, 1, 1061, 1061)), Ok(ReplayCheck::Fresh));
    assert_eq!(store.len(), 1, "the first one is forgotten");
    assert_eq!(record(1000), Ok(ReplayCheck::Replayed), "although the clock went back");
}

#[test]
fn a_full_store_refuses_and_recovers() {
    let store = MemoryReplayStore::with_capacity(4).most_for_one_sender(3);
    for proof in 0..3 {
        assert_eq!(store.record_now(&used(proof, 1, 0, 0)), Ok(ReplayCheck::Fresh));
    }
    assert_eq!(store.record_now(&used(3, 1, 0, 0)), Err(ReplayStoreError::SenderQuotaExceeded));
    assert_eq!(store.record_now(&used(0, 1, 0, 0)), Ok(ReplayCheck::Replayed));
    assert_eq!(store.record_now(&used(4, 2, 0, 0)), Ok(ReplayCheck::Fresh));
    assert_eq!(store.record_now(&used(5, 2, 0, 0)), Err(ReplayStoreError::Full));
    assert_eq!(store.record_now(&used(5, 2, 61, 61)), Ok(ReplayCheck::Fresh));
    let inner = store.used.lock().unwrap();
    assert_eq!((inner.ids.len(), inner.senders.len(), inner.until.len()), (1, 1, 1));
}

/// The store is as large as promised, and empty again when all of that is too old.
#[test]
fn a_hundred_thousand_of_one_sender_are_held_and_forgotten() {
    let store = MemoryReplayStore::default();
    let nth = |place: u32, now| {
        let mut proof = used(0, 1, now, now);
        for (byte, digit) in proof.id.iter_mut().zip(place.to_be_bytes()) {
            *byte = digit;
        }
        proof
    };
    for place in 0..100_000 {
        assert_eq!(store.record_now(&nth(place, 1000)), Ok(ReplayCheck::Fresh));
    }
    assert_eq!(store.record_now(&nth(50_000, 1060)), Ok(ReplayCheck::Replayed));
    assert_eq!(store.len(), 100_000);
    assert_eq!(store.record_now(&nth(0, 1061)), Ok(ReplayCheck::Fresh));
    let inner = store.used.lock().unwrap();
    assert_eq!((inner.ids.len(), inner.senders.len(), inner.until.len()), (1, 1, 1));
    assert!(inner.ids.capacity() < 1_000, "{}", inner.ids.capacity());
}

#[test]
fn the_smallest_store_holds_one() {
    let store = MemoryReplayStore::with_capacity(0).most_for_one_sender(0);
    assert_eq!(store.record_now(&used(0, 0, 0, 0)), Ok(ReplayCheck::Fresh));
    assert_eq!(store.record_now(&used(1, 1, 0, 0)), Err(ReplayStoreError::Full));
}

proptest! {
    /// Against a list that forgets nothing: within its window no proof is used twice, and what
    /// is rejected for another reason is rejected because the store is full.
    #[test]
    fn no_proof_is_accepted_twice(
        steps in proptest::collection::vec((0_u8..12, 0_u8..3, 0_u64..40, any::<bool>()), 1..60),
        capacity in 1_usize..10,
    ) {
        let store = MemoryReplayStore::with_capacity(capacity);
        let mut now = 1_000;
        let mut accepted: HashMap<u8, u64> = HashMap::new();
        for (proof, sender, seconds, ahead) in steps {
            now += seconds;
            let issued = if ahead { now + WINDOW } else { now - seconds.min(WINDOW) };
            let seen = accepted.get(&proof).is_some_and(|last| *last >= now);
            match store.record_now(&used(proof, sender, now, issued)) {
                Ok(ReplayCheck::Fresh) => {
                    prop_assert!(!seen);
                    accepted.insert(proof, issued + WINDOW);
                }
                Ok(ReplayCheck::Replayed) => prop_assert!(seen),
                Err(_) => {
                    let alive = accepted.values().filter(|last| **last >= now).count();
                    prop_assert!(!seen && alive >= capacity.div_ceil(4));
                }
            }
            let alive = accepted.values().filter(|last| **last >= now).count();
            prop_assert_eq!(store.len(), alive);
            prop_assert!(alive <= capacity);
        }
    }
}
