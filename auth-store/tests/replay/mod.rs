//! Proofs that were used: once at all nodes, and not again after Redis has forgotten.

use auth_accounts::secret::random_bytes;
use auth_core::binding::{ReplayCheck, ReplayStore as _, ReplayStoreError, UsedProof};
use auth_store::redis::RedisReplayStore;

use crate::{NOW, Server, url};

/// For how long before and after it was made a proof is accepted.
const WINDOW: u64 = 60;

const FRESH: Result<ReplayCheck, ReplayStoreError> = Ok(ReplayCheck::Fresh);
const REPLAYED: Result<ReplayCheck, ReplayStoreError> = Ok(ReplayCheck::Replayed);
const UNKNOWN: Result<ReplayCheck, ReplayStoreError> = Err(ReplayStoreError::NotReachable);

/// A store that has been in use for a window.
async fn store() -> RedisReplayStore {
    let prefix = format!("test-{}:", auth_accounts::secret::random_base62(16));
    let store = RedisReplayStore::connect_with_prefix(&url(), &prefix).await.unwrap();
    warm(&store, NOW - 2 * WINDOW).await;
    store
}

/// The first use is noted: what was valid before may have been used.
async fn warm(store: &RedisReplayStore, at: u64) {
    assert_eq!(store.record(&used(random_bytes(), at, at)).await, UNKNOWN);
}

fn used(id: [u8; 32], made: u64, now: u64) -> UsedProof {
    of(id, [1; 32], made, now)
}

fn of(id: [u8; 32], sender: [u8; 32], made: u64, now: u64) -> UsedProof {
    UsedProof::new(id, sender, now, made - WINDOW..=made + WINDOW)
}

#[tokio::test]
async fn a_proof_is_used_once_by_any_sender() {
    let store = store().await;
    let id = random_bytes();
    assert_eq!(store.record(&used(id, NOW, NOW)).await, FRESH);
    for now in [NOW, NOW + 1, NOW + WINDOW] {
        assert_eq!(store.record(&used(id, NOW, now)).await, REPLAYED);
        assert_eq!(store.record(&of(id, [2; 32], NOW, now)).await, REPLAYED);
    }
    assert_eq!(store.record(&used(random_bytes(), NOW, NOW)).await, FRESH);
}

#[tokio::test]
async fn of_64_uses_at_once_on_two_nodes_one_is_the_first() {
    let prefix = format!("test-{}:", auth_accounts::secret::random_base62(16));
    let node = async || RedisReplayStore::connect_with_prefix(&url(), &prefix).await.unwrap();
    let nodes = [node().await, node().await];
    warm(&nodes[0], NOW - 2 * WINDOW).await;
    for _ in 0..20 {
        let id = random_bytes();
        let mut uses = tokio::task::JoinSet::new();
        for number in 0..64 {
            let node = nodes[number % 2].clone();
            uses.spawn(async move { node.record(&used(id, NOW, NOW)).await });
        }
        let outcomes = uses.join_all().await;
        assert_eq!(outcomes.iter().filter(|it| **it == FRESH).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|it| **it == REPLAYED).count(), 63, "{outcomes:?}");
    }
}

#[tokio::test]
async fn what_is_forgotten_is_not_accepted_by_a_clock_that_was_set_back() {
    let store = store().await;
    let old = random_bytes();
    assert_eq!(store.record(&used(old, NOW, NOW)).await, FRESH);
    // A node with an unknown clock: what is over for it is kept five minutes longer.
    let later = NOW + WINDOW + 299;
    assert_eq!(store.record(&used(random_bytes(), later, later)).await, FRESH);
    assert_eq!(store.record(&used(old, NOW, NOW)).await, REPLAYED);
    let later = NOW + WINDOW + 400;
    assert_eq!(store.record(&used(random_bytes(), later, later)).await, FRESH);
    assert_eq!(store.record(&used(old, NOW, NOW)).await, REPLAYED);
}

#[tokio::test]
async fn a_sender_has_a_bound_and_gets_room_again() {
    let store = store().await.most_for_one_sender(3);
    for _ in 0..3 {
        assert_eq!(store.record(&used(random_bytes(), NOW, NOW)).await, FRESH);
    }
    let quota = Err(ReplayStoreError::SenderQuotaExceeded);
    assert_eq!(store.record(&used(random_bytes(), NOW, NOW)).await, quota);
    assert_eq!(store.record(&of(random_bytes(), [2; 32], NOW, NOW)).await, FRESH);
    let later = NOW + WINDOW + 400;
    assert_eq!(store.record(&used(random_bytes(), later, later)).await, FRESH);
}

#[tokio::test]
async fn after_a_restart_what_may_have_been_used_is_rejected_for_one_window() {
    let keeping = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
    let forgetting = ["--save", "", "--appendonly", "no"];
    for settings in [&keeping[..], &forgetting[..]] {
        let mut server = Server::start(settings).await;
        let store = RedisReplayStore::connect(&server.url()).await.unwrap();
        warm(&store, NOW - 2 * WINDOW).await;
        let id = random_bytes();
        assert_eq!(store.record(&used(id, NOW, NOW)).await, FRESH);
        server.kill();
        assert_eq!(store.record(&used(random_bytes(), NOW, NOW)).await, UNKNOWN);
        server.restart().await;
        // The connection is made anew meanwhile.
        let mut now = NOW + 1;
        while store.record(&used(random_bytes(), now + WINDOW, now)).await == UNKNOWN {
            now += 1;
            assert!(now < NOW + 500, "proofs are never accepted again");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_ne!(store.record(&used(id, NOW, now)).await, FRESH, "it is used twice");
        // Made before the restart, or so soon after it that it was valid before.
        for made in [NOW - 10, NOW + WINDOW] {
            let other = store.record(&used(random_bytes(), made, now)).await;
            assert_eq!(other, UNKNOWN, "{made}");
        }
        let made = now + WINDOW;
        assert_eq!(store.record(&used(random_bytes(), made, made)).await, FRESH);
    }
}

#[tokio::test]
async fn a_redis_that_is_emptied_or_full_accepts_nothing_twice() {
    let server = Server::start(&["--save", "", "--appendonly", "no"]).await;
    let store = RedisReplayStore::connect(&server.url()).await.unwrap();
    warm(&store, NOW - 2 * WINDOW).await;
    let id = random_bytes();
    assert_eq!(store.record(&used(id, NOW, NOW)).await, FRESH);
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHALL").exec_async(&mut connection).await.unwrap();
    assert_eq!(store.record(&used(id, NOW, NOW + 1)).await, UNKNOWN);

    let later = NOW + 3 * WINDOW;
    assert_eq!(store.record(&used(id, later, later)).await, FRESH);
    let limit = |bytes: &'static str| {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg(bytes);
        set
    };
    limit("1").exec_async(&mut connection).await.unwrap();
    assert_eq!(store.record(&used(id, later, later)).await, REPLAYED);
    let full = Err(ReplayStoreError::Full);
    let new = random_bytes();
    assert_eq!(store.record(&used(new, later, later)).await, full);
    limit("0").exec_async(&mut connection).await.unwrap();
    // Nothing was half written by the one that found no room.
    assert_eq!(store.record(&used(new, later, later)).await, FRESH);
    assert_eq!(store.record(&used(new, later, later)).await, REPLAYED);
}
