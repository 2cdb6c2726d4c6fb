//! The table against a map that forgets nothing, and its choices of what to forget.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::KnownTokens;
use super::table::{Perishable, Table, WAYS};
use crate::identity::Authentication;
use crate::testing::TestIssuer;
use crate::time::{Epoch, FixedClock, Stamp};

/// Good until a time, or until it is withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pass {
    holder: String,
    good_until: u64,
}

impl Perishable for Pass {
    fn is_good(&self, now: u64) -> bool {
        now < self.good_until
    }
}

fn pass(holder: &str, good_until: u64) -> Pass {
    Pass { holder: holder.to_owned(), good_until }
}

/// A table of one bucket.
fn bucket() -> Table<Pass> {
    Table::new(1)
}

/// The hash of a token where the bucket is the same for all.
fn hash(token: &str) -> u64 {
    token.bytes().fold(7, |hash, byte| hash * 31 + u64::from(byte))
}

fn put(table: &Table<Pass>, token: &str, good_until: u64, now: u64) {
    table.put(hash(token), token.as_bytes(), pass(token, good_until), now);
}

fn knows(table: &Table<Pass>, token: &str, now: u64) -> bool {
    let found = table.get(hash(token), token.as_bytes(), now, Clone::clone);
    assert!(found.as_ref().is_none_or(|pass| pass.holder == token), "{token} is {found:?}");
    found.is_some()
}

#[test]
fn capacity_is_what_was_asked_for_in_whole_buckets() {
    for (entries, capacity) in [(1, 8), (8, 8), (9, 16), (4096, 4096), (5000, 5000)] {
        assert_eq!(Table::<Pass>::new(entries).capacity(), capacity, "{entries}");
    }
}

#[test]
fn a_token_is_known_by_all_of_it() {
    let table = bucket();
    table.put(1, b"token", pass("alice", 100), 0);
    assert_eq!(table.get(1, b"token", 0, Clone::clone), Some(pass("alice", 100)));
    for (hash, token) in [(1, "tokem"), (1, "toke"), (1, "tokens"), (1, ""), (2, "token")] {
        assert_eq!(table.get(hash, token.as_bytes(), 0, Clone::clone), None, "{hash} {token}");
    }
}

#[test]
fn tokens_with_equal_hashes_are_kept_side_by_side() {
    let table = bucket();
    for token in ["a", "b", "c"] {
        table.put(0, token.as_bytes(), pass(token, 100), 0);
    }
    for token in ["a", "b", "c"] {
        assert_eq!(table.get(0, token.as_bytes(), 0, Clone::clone), Some(pass(token, 100)));
    }
    table.remove(0, b"b");
    assert_eq!(table.get(0, b"b", 0, Clone::clone), None);
    assert_eq!(table.get(0, b"a", 0, Clone::clone), Some(pass("a", 100)));
    assert_eq!(table.get(0, b"c", 0, Clone::clone), Some(pass("c", 100)));
}

#[test]
fn expired_entries_are_neither_returned_nor_kept_nor_inserted() {
    let table = bucket();
    put(&table, "a", 100, 0);
    assert!(knows(&table, "a", 99));
    assert!(!knows(&table, "a", 100));
    assert_eq!(table.len(), 0, "found to have perished and kept");
    put(&table, "b", 100, 100);
    assert_eq!(table.len(), 0, "perished on its way and taken");
}

#[test]
fn inserting_a_token_again_replaces_it() {
    let table = bucket();
    put(&table, "a", 100, 0);
    put(&table, "a", 200, 0);
    assert_eq!(table.len(), 1);
    assert!(knows(&table, "a", 150));
}

#[test]
fn expired_entries_are_evicted_first() {
    let table = bucket();
    put(&table, "short", 10, 0);
    for number in 1..WAYS {
        put(&table, &number.to_string(), 100, 0);
    }
    put(&table, "new", 100, 20);
    assert!((1..WAYS).all(|number| knows(&table, &number.to_string(), 20)));
    assert!(knows(&table, "new", 20));
}

#[test]
fn the_oldest_unused_entry_is_evicted() {
    let table = bucket();
    for token in 0..WAYS {
        put(&table, &token.to_string(), 100, 0);
    }
    assert!(knows(&table, "0", 0) && knows(&table, "2", 0));
    put(&table, "8", 100, 0);
    put(&table, "9", 100, 0);
    let gone: Vec<_> = (0..10).filter(|token| !knows(&table, &token.to_string(), 0)).collect();
    assert_eq!(gone, [1, 3]);
}

#[test]
fn a_token_in_use_outlives_a_flood_of_good_ones_and_an_idle_one_does_not() {
    let table = bucket();
    put(&table, "busy", 100, 0);
    put(&table, "idle", 100, 0);
    for token in 0..10_000 {
        put(&table, &token.to_string(), 100, 0);
        assert!(knows(&table, "busy", 0), "{token}");
    }
    assert!(!knows(&table, "idle", 0));
    assert_eq!(table.len(), WAYS);
}

#[test]
fn if_all_entries_were_used_the_oldest_is_evicted_and_all_count_as_unused() {
    let table = bucket();
    for token in 0..WAYS {
        put(&table, &token.to_string(), 100, 0);
    }
    assert!((0..WAYS).all(|token| knows(&table, &token.to_string(), 0)));
    put(&table, "a", 100, 0);
    assert!(!knows(&table, "0", 0));
    // From here on 2 is in use, 1 is not.
    assert!(knows(&table, "2", 0));
    put(&table, "b", 100, 0);
    assert!(knows(&table, "2", 0));
    assert!(!knows(&table, "1", 0));
}

/// Nothing stays only because no one asks for it: each new entry sweeps one bucket.
#[test]
fn expired_entries_are_removed_while_others_are_inserted() {
    let table = Table::<Pass>::new(4 * WAYS);
    let spread = |number: u64| number << 62;
    for number in 0..4 {
        table.put(spread(number), b"old", pass("old", 10), 0);
    }
    assert_eq!(table.len(), 4);
    for token in ["a", "b", "c", "d"] {
        table.put(0, token.as_bytes(), pass(token, 100), 20);
    }
    assert_eq!(table.len(), 4, "the old ones are still there");
    assert!(
        ["a", "b", "c", "d"]
            .iter()
            .all(|token| table.get(0, token.as_bytes(), 20, Clone::clone).is_some())
    );
}

const NOW: u64 = 1_800_000_000;

/// A caller whose token expires in 300 seconds, verified at this stamp.
fn caller(stamp: Stamp) -> Authentication {
    caller_known_until(stamp, u64::MAX)
}

/// The same, accepted only until then by the word of an endpoint or of a resolver.
fn caller_known_until(stamp: Stamp, known_until: u64) -> Authentication {
    let issuer =
        TestIssuer::new("https://issuer.test", "api").unwrap().with_clock(FixedClock::new(NOW));
    let token = issuer.token("alice").sign().unwrap();
    let mut verified = issuer.verifier().build().unwrap().verify(&token).unwrap();
    verified.stamp = stamp;
    verified.known_until = known_until;
    verified.into()
}

/// Whose token it is, if it is known.
fn whose(known: &KnownTokens<Authentication>, token: &[u8], now: u64) -> Option<String> {
    known.get(token, now, |caller| caller.subject().to_owned())
}

#[test]
fn a_token_is_cached_until_it_expires_with_leeway() {
    let known = KnownTokens::new(4_096);
    known.put(b"token", caller(Epoch::default().stamp()), NOW);
    assert!(whose(&known, b"token", NOW).is_some_and(|subject| subject == "alice"));
    assert!(whose(&known, b"other", NOW).is_none());
    assert!(whose(&known, b"token", NOW + 329).is_some(), "the verifier grants 30 seconds");
    assert!(whose(&known, b"token", NOW + 330).is_none());
}

/// Of a long token only parts are hashed; all of it is compared.
#[test]
fn long_tokens_of_one_hash_are_not_mistaken_for_each_other() {
    let known = KnownTokens::new(4_096);
    let token = vec![b'a'; 1_000];
    known.put(&token, caller(Epoch::default().stamp()), NOW);
    assert!(whose(&known, &token, NOW).is_some());
    for place in 0..token.len() {
        let mut other = token.clone();
        other[place] = b'b';
        assert!(whose(&known, &other, NOW).is_none(), "{place}");
    }
}

#[test]
fn a_token_is_forgotten_with_the_keys_that_it_was_verified_with() {
    let known = KnownTokens::new(4_096);
    let keys = Epoch::default();
    let stamp = keys.stamp();
    let before = || caller(stamp.clone());
    known.put(b"token", before(), NOW);
    assert!(whose(&known, b"token", NOW).is_some());
    keys.advance();
    assert!(whose(&known, b"token", NOW).is_none());

    // Verified with the former keys, and on its way while they changed.
    known.put(b"token", before(), NOW);
    assert!(whose(&known, b"token", NOW).is_none());
    known.put(b"token", caller(keys.stamp()), NOW);
    assert!(whose(&known, b"token", NOW).is_some());
}

#[test]
fn a_token_that_only_its_issuer_can_judge_is_remembered_as_long_as_its_answer_holds() {
    let known = KnownTokens::new(4_096);
    known.put(b"token", caller_known_until(Epoch::default().stamp(), NOW), NOW);
    assert!(whose(&known, b"token", NOW).is_none());
    known.put(b"token", caller_known_until(Epoch::default().stamp(), NOW + 10), NOW);
    assert!(whose(&known, b"token", NOW + 9).is_some());
    assert!(whose(&known, b"token", NOW + 10).is_none());
}

#[test]
fn a_cache_of_no_size_knows_nothing() {
    let known = KnownTokens::new(0);
    known.put(b"token", caller(Epoch::default().stamp()), NOW);
    assert!(whose(&known, b"token", NOW).is_none());
    known.remove(b"token");
    assert_eq!(format!("{known:?}"), "KnownTokens { capacity: 0, .. }");
}

#[test]
fn a_token_that_is_removed_is_not_known() {
    let known = KnownTokens::new(4_096);
    known.put(b"token", caller(Epoch::default().stamp()), NOW);
    known.remove(b"token");
    assert!(whose(&known, b"token", NOW).is_none());
    assert_eq!(format!("{known:?}"), "KnownTokens { capacity: 4096, .. }");
}

#[derive(Clone, Debug)]
enum Step {
    Put { token: u8, good_for: u64 },
    Get { token: u8 },
    Remove { token: u8 },
    Wait { seconds: u64 },
}

fn steps(tokens: u8) -> impl Strategy<Value = Vec<Step>> {
    let token = 0..tokens;
    let step = prop_oneof![
        4 => (token.clone(), 0_u64..20).prop_map(|(token, good_for)| Step::Put { token, good_for }),
        6 => token.clone().prop_map(|token| Step::Get { token }),
        1 => token.prop_map(|token| Step::Remove { token }),
        1 => (0_u64..6).prop_map(|seconds| Step::Wait { seconds }),
    ];
    proptest::collection::vec(step, 1..200)
}

/// Runs the steps on a table and on a map. Hashes are few, so that different tokens share one.
/// Returns what the table forgot although it was good.
fn run(table: &Table<Pass>, steps: &[Step], hashes: u64) -> HashSet<u8> {
    let mut model = HashMap::<u8, Pass>::new();
    let mut now = 0;
    let mut lost = HashSet::new();
    let hash = |token: u8| (u64::from(token) % hashes).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for (serial, step) in steps.iter().enumerate() {
        match *step {
            Step::Put { token, good_for } => {
                let pass = pass(&format!("{token} at {serial}"), now + good_for);
                if pass.is_good(now) {
                    model.insert(token, pass.clone());
                }
                table.put(hash(token), token.to_string().as_bytes(), pass, now);
            }
            Step::Get { token } => {
                let found = table.get(hash(token), token.to_string().as_bytes(), now, Clone::clone);
                let good = model.get(&token).filter(|pass| pass.is_good(now));
                if let Some(found) = found {
                    assert_eq!(Some(&found), good, "served what is not so");
                } else if good.is_some() {
                    lost.insert(token);
                }
            }
            Step::Remove { token } => {
                table.remove(hash(token), token.to_string().as_bytes());
                model.remove(&token);
            }
            Step::Wait { seconds } => now += seconds,
        }
        assert!(table.len() <= table.capacity());
    }
    lost
}

proptest! {
    /// As many tokens as a bucket has places: nothing good is ever forgotten.
    #[test]
    fn a_table_with_room_is_a_map(steps in steps(8), hashes in 1_u64..9) {
        prop_assert_eq!(run(&bucket(), &steps, hashes), HashSet::new());
    }

    /// More tokens than places: some are forgotten, none is mistaken for another or outlives itself.
    #[test]
    fn a_crowded_table_forgets_and_is_never_wrong(steps in steps(40), hashes in 1_u64..41) {
        run(&Table::new(16), &steps, hashes);
    }
}
