//! Nonces of the server (RFC 9449 §8, §9).

use auth_core::authenticator::AssignmentQuery;
use auth_core::{AssignmentSource, Assignments};

use super::*;

/// The nonce of an answer that asks for one.
fn nonce_of(world: &World, answer: &Answer) -> String {
    is_refused(world, answer, "use_dpop_nonce", "proof_nonce");
    assert_eq!(error_in("Bearer", answer), None);
    let nonce = answer.header("dpop-nonce");
    assert!(nonce.len() >= 32, "{nonce}");
    nonce.to_owned()
}

async fn send_with(world: &World, nonce: &str) -> Answer {
    let token = world.token();
    let proof = world.proof("GET", "/read", &token).nonce(nonce);
    world.send("GET", "/read", &token, proof).await
}

#[tokio::test]
async fn a_proof_without_a_nonce_is_answered_with_one() {
    let world = World::new(dpop().require_nonces()).await;
    let nonce = nonce_of(&world, &world.good().await);
    let answer = send_with(&world, &nonce).await;
    assert_eq!(answer.status, 200);
    assert!(answer.all("dpop-nonce").is_empty(), "the one it has is still good");
    for wrong in ["", "guess", &nonce.to_lowercase(), &format!("{nonce} ")] {
        assert_eq!(nonce_of(&world, &send_with(&world, wrong).await), nonce);
    }
}

#[tokio::test]
async fn an_old_nonce_is_renewed_and_a_very_old_one_refused() {
    let world = World::new(dpop().require_nonces()).await;
    let old = nonce_of(&world, &world.good().await);
    world.clock.advance(120);
    let answer = send_with(&world, &old).await;
    assert_eq!(answer.status, 200);
    let fresh = answer.header("dpop-nonce").to_owned();
    assert_ne!(fresh, old);
    assert!(!fresh.is_empty());
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(send_with(&world, &fresh).await.status, 200);
    // A rejection for another reason brings one along too.
    let token = world.token();
    let proof = world.proof("POST", "/write", &token).nonce(&old);
    let answer = world.send("POST", "/write", &token, proof).await;
    assert_eq!((answer.status, answer.header("dpop-nonce")), (403, fresh.as_str()));
    world.clock.advance(120);
    nonce_of(&world, &send_with(&world, &old).await);
    assert_eq!(send_with(&world, &fresh).await.status, 200);
}

/// A store of roles that is down.
struct Down;

impl AssignmentSource for Down {
    type Error = std::io::Error;

    async fn assignments(&self, _: AssignmentQuery<'_>) -> Result<Assignments, Self::Error> {
        Err(std::io::Error::other("no connection"))
    }
}

/// The proof is used up by then, so the client needs the nonce for its next attempt.
#[tokio::test]
async fn an_old_nonce_is_renewed_even_where_the_roles_cannot_be_determined() {
    let dpop = dpop().require_nonces().build().unwrap();
    let world = World::with(|builder| builder.dpop(dpop).assignment_source(Down)).await;
    let old = nonce_of(&world, &world.good().await);
    world.clock.advance(120);
    let answer = send_with(&world, &old).await;
    assert_eq!(answer.status, 503);
    assert_ne!(answer.header("dpop-nonce"), old);
}

#[tokio::test]
async fn only_a_proof_that_is_good_otherwise_is_asked_for_a_nonce() {
    let world = World::new(dpop().require_nonces()).await;
    let token = world.token();
    let proof = world.proof("POST", "/read", &token);
    let answer = world.send("GET", "/read", &token, proof).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_method");
    assert!(answer.all("dpop-nonce").is_empty());
    // What was asked for a nonce was not used up: a client may send the same `jti` again.
    let nonce = nonce_of(
        &world,
        &world.send("GET", "/read", &token, world.proof("GET", "/read", &token).id("a")).await,
    );
    let again = world.proof("GET", "/read", &token).id("a").nonce(nonce);
    assert_eq!(world.send("GET", "/read", &token, again).await.status, 200);
}

#[tokio::test]
async fn nodes_with_one_key_accept_each_others_nonces() {
    let key = [7; 32];
    let (one, other) =
        (World::new(dpop().nonce_key(key)).await, World::new(dpop().nonce_key(key)).await);
    let stranger = World::new(dpop().require_nonces()).await;
    let nonce = nonce_of(&one, &one.good().await);
    assert_eq!(send_with(&other, &nonce).await.status, 200);
    assert_ne!(nonce_of(&stranger, &send_with(&stranger, &nonce).await), nonce);
}

#[tokio::test]
async fn a_bearer_token_needs_no_nonce() {
    let world = World::new(dpop().require_nonces()).await;
    let token = world.issuer.token("alice").scopes(["read"]).sign().unwrap();
    let line = format!("authorization: Bearer {token}");
    let answer = send(world.address, "GET", "/read", &[&line]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.all("dpop-nonce").is_empty());
}
