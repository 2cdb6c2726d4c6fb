//! A proof is good for one request (RFC 9449 §11.1).

use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::binding::{
    MemoryReplayStore, ReplayCheck, ReplayStore, ReplayStoreError, UsedProof,
};
use auth_tests::http::send_as;

use super::*;

/// A store that the test looks into.
#[derive(Clone)]
struct Shared(Arc<MemoryReplayStore>);

impl Shared {
    fn with_capacity(capacity: usize) -> Self {
        Self(Arc::new(MemoryReplayStore::with_capacity(capacity)))
    }
}

impl ReplayStore for Shared {
    async fn record(&self, proof: &UsedProof) -> Result<ReplayCheck, ReplayStoreError> {
        self.0.record(proof).await
    }
}

/// Holds P-16.
#[tokio::test]
async fn the_second_use_is_refused() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let proof = world.proof("GET", "/read", &token).sign().unwrap();
    assert_eq!(world.present("GET", "/read", &token, &proof).await.status, 200);
    for _ in 0..2 {
        let answer = world.present("GET", "/read", &token, &proof).await;
        is_refused(&world, &answer, "invalid_dpop_proof", "proof_replayed");
    }
    // In the last second of the window too, and after it the proof is too old.
    world.clock.advance(60);
    let answer = world.present("GET", "/read", &token, &proof).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_replayed");
    world.clock.advance(1);
    let answer = world.present("GET", "/read", &token, &proof).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_too_old");
    // The same `jti` in a new proof is a replay too, and another one is not.
    world.clock.set(NOW);
    let again = |id: &str| world.proof("GET", "/read", &token).id(id);
    assert_eq!(
        world.send("GET", "/read", &token, again("one").issued_at(NOW + 61)).await.status,
        401
    );
}

#[tokio::test]
async fn a_jti_is_used_once_for_an_address_and_a_key() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let proof = |path: &str, at| world.proof("GET", path, &token).id("same").issued_at(at);
    assert_eq!(world.send("GET", "/read", &token, proof("/read", NOW)).await.status, 200);
    let answer = world.send("GET", "/read", &token, proof("/read", NOW + 1)).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_replayed");
    let answer = world.send("GET", "/%72ead", &token, proof("/read", NOW)).await;
    assert_eq!(answer.status, 404, "the router knows no such path: {answer:?}");
    assert_eq!(world.send("GET", "/a/b", &token, proof("/a/b", NOW)).await.status, 200);
    let other = DpopKey::generate().unwrap().with_clock(world.clock.clone());
    let token = world.issuer.token("bob").scopes(["read"]).bound_to(&other).sign().unwrap();
    let proof = other.proof("GET", format!("{ORIGIN}/read")).token(&token).id("same");
    assert_eq!(world.send("GET", "/read", &token, proof).await.status, 200);
}

#[tokio::test]
async fn of_many_uses_at_the_same_time_one_wins() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let proof = world.proof("GET", "/read", &token).sign().unwrap();
    let uses = (0..16).map(|_| {
        let (token, proof) = (token.clone(), proof.clone());
        let address = world.address;
        tokio::spawn(async move {
            let lines = [format!("authorization: DPoP {token}"), format!("dpop: {proof}")];
            send(address, "GET", "/read", &[&lines[0], &lines[1]]).await.status
        })
    });
    let mut served = 0;
    for outcome in uses.collect::<Vec<_>>() {
        match outcome.await.unwrap() {
            200 => served += 1,
            other => assert_eq!(other, 401),
        }
    }
    assert_eq!(served, 1);
}

#[tokio::test]
async fn only_a_valid_proof_is_recorded() {
    let store = Shared::with_capacity(100);
    let world = World::new(dpop().replay_store(store.clone())).await;
    let token = world.token();
    let proof = world.proof("GET", "/read", &token).sign().unwrap();
    // Someone who sees the proof, and has no token that goes with it.
    let expired = world.issuer.token("alice").bound_to(&world.key).claim("exp", 1).sign().unwrap();
    let other = world.issuer.token("mallory").bound_to(&world.key).sign().unwrap();
    for bad in ["garbage", expired.as_str(), other.as_str()] {
        assert_eq!(world.present("GET", "/read", bad, &proof).await.status, 401);
    }
    assert_eq!(send_as(world.address, "GET", "/read", &token).await.status, 401);
    assert_eq!(world.present("GET", "/strong", &token, &proof).await.status, 401);
    assert!(store.0.is_empty());
    assert_eq!(world.present("GET", "/read", &token, &proof).await.status, 200);
    assert_eq!(store.0.len(), 1);
}

#[tokio::test]
async fn a_full_store_refuses_for_now() {
    let world = World::new(dpop().replay_capacity(4)).await;
    assert_eq!(world.good().await.status, 200);
    // A quarter of the store is the most for one sender.
    let answer = world.good().await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "60");
    assert!(answer.all("www-authenticate").is_empty());
    assert_eq!(answer.json()["code"], "unavailable");
    for (subject, status) in [("bob", 200), ("carol", 200), ("dave", 200), ("erin", 503)] {
        let token = world.issuer.token(subject).scopes(["read"]).bound_to(&world.key);
        let token = token.sign().unwrap();
        let proof = world.proof("GET", "/read", &token);
        assert_eq!(world.send("GET", "/read", &token, proof).await.status, status, "{subject}");
    }
    world.clock.advance(61);
    assert_eq!(world.good().await.status, 200);
}

/// In place of a shared store that is down.
struct Down;

impl ReplayStore for Down {
    async fn record(&self, _: &UsedProof) -> Result<ReplayCheck, ReplayStoreError> {
        Err(ReplayStoreError::NotReachable)
    }
}

/// Holds P-21.
#[tokio::test]
async fn a_replay_store_that_is_down_is_503() {
    let world = World::new(dpop().replay_store(Down)).await;
    let answer = world.good().await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "5");
    let unbound = world.issuer.token("alice").scopes(["read"]).sign().unwrap();
    assert_eq!(send_as(world.address, "GET", "/read", &unbound).await.status, 200);
}

/// The sequence `replay-memory`: what is kept of a proof does not depend on its size, and nothing
/// is kept for longer than the window. That the store holds 100,000 of them it tests by itself.
#[tokio::test]
async fn a_long_jti_takes_no_more_room_and_no_more_time_than_a_short_one() {
    let store = Shared::with_capacity(MemoryReplayStore::DEFAULT_CAPACITY);
    let world = World::new(dpop().replay_store(store.clone())).await;
    let token = world.token();
    for place in 0..20 {
        let jti = format!("{place}-{}", "j".repeat(10 * 1024));
        let proof = world.proof("GET", "/read", &token).id(jti);
        assert_eq!(world.send("GET", "/read", &token, proof).await.status, 200);
    }
    assert_eq!(store.0.len(), 20);
    world.clock.advance(61);
    assert_eq!(world.good().await.status, 200);
    assert_eq!(store.0.len(), 1);
}

/// Rejections cost no more than a signature, with any key that the client sends along.
#[tokio::test]
async fn malformed_keys_are_rejected_before_the_signature_check() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let start = Instant::now();
    for length in [0, 1, 31, 32, 33, 4096] {
        let x = "_".repeat(length);
        for jwk in [
            serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": x}),
            serde_json::json!({"kty": "EC", "crv": "P-256", "x": x, "y": x}),
            serde_json::json!({"kty": "RSA", "n": x, "e": x}),
        ] {
            let proof = world.proof("GET", "/read", &token).header("jwk", jwk);
            assert_eq!(world.send("GET", "/read", &token, proof).await.status, 401);
        }
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
