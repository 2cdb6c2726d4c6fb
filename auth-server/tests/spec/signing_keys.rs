//! Signing keys: in the store from the first start, the same on all nodes, rotated without a lost token.

use std::collections::BTreeSet;
use std::time::Duration;

use auth_accounts::secret::KeyRing;
use auth_core::time::FixedClock;
use auth_core::{Authenticator, Jwks, JwtVerifier};
use auth_server::{
    AuthorizationServer, Client, KeyState, Resource, ServerError, SigningAlgorithm, SigningKeys,
};
use auth_store::memory::MemoryStore;
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::Value;

use super::support::{API, CALLBACK, FakeAccounts, ISSUER, NOW, Scope, World, header_of};

const DAY: u64 = 24 * 3_600;

async fn jwks(world: &World) -> Value {
    world.get("/jwks").await.ok()
}

fn kids(jwks: &Value) -> BTreeSet<String> {
    let keys = jwks["keys"].as_array().unwrap();
    keys.iter().map(|it| it["kid"].as_str().unwrap().to_owned()).collect()
}

async fn access_token(world: &World) -> String {
    let form = "grant_type=client_credentials&resource=https%3A%2F%2Fapi.example.com";
    let answer = world.post_as("worker", "/token", form).await.ok();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// A node on this store.
async fn node(store: &MemoryStore, secrets: KeyRing, clock: &FixedClock) -> AuthorizationServer {
    try_node(store, secrets, clock).await.unwrap()
}

async fn try_node(
    store: &MemoryStore,
    secrets: KeyRing,
    clock: &FixedClock,
) -> Result<AuthorizationServer, ServerError> {
    let builder = AuthorizationServer::builder(ISSUER)
        .store(store.clone())
        .clock(clock.clone())
        .secrets(secrets)
        .accounts(FakeAccounts::default())
        .signing_keys(SigningKeys::default().algorithms([SigningAlgorithm::Es256]))
        .resource(Resource::new(API).scopes::<Scope>());
    builder.build().await
}

fn ring(keys: &[(&str, u8)]) -> KeyRing {
    KeyRing::new(keys.iter().map(|(name, byte)| (*name, [*byte; 32]))).unwrap()
}

/// The keys of a node, without their states, which move with the clock.
fn kids_of(server: &AuthorizationServer) -> Vec<String> {
    server.signing_keys().into_iter().map(|it| it.kid).collect()
}

#[tokio::test]
async fn a74_the_key_set_has_public_members_alone() {
    let world = World::new().await;
    let answer = world.get("/jwks").await;
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let etag = answer.header("etag").to_owned();
    let set = answer.ok();
    let keys = set["keys"].as_array().unwrap();
    let (ec, rsa) = (["crv", "x", "y"].as_slice(), ["n", "e"].as_slice());
    let mut algorithms = BTreeSet::new();
    for key in keys {
        let members: BTreeSet<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let own = if key["kty"] == "EC" { ec } else { rsa };
        let expected: BTreeSet<_> =
            ["kty", "use", "alg", "kid"].into_iter().chain(own.iter().copied()).collect();
        assert_eq!(members, expected);
        assert_eq!(key["use"], "sig");
        algorithms.insert(key["alg"].as_str().unwrap());
    }
    assert_eq!(algorithms, BTreeSet::from(["ES256", "RS256"]));
    assert_eq!(kids(&set).len(), keys.len());
    assert!(Jwks::from_json(&set.to_string()).unwrap().skipped().is_empty());

    let again = Request::get("/jwks").header("if-none-match", &etag).body(Body::empty()).unwrap();
    let again = world.send(again).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(again.header("cache-control"), "public, max-age=300");
    let other = Request::get("/jwks").header("if-none-match", "\"x\"").body(Body::empty()).unwrap();
    assert_eq!(world.send(other).await.status, StatusCode::OK);
}

/// Holds P-35.
#[tokio::test]
async fn a75_a_key_is_published_before_it_signs_and_stays_until_its_tokens_have_expired() {
    let world = World::new().await;
    let (first, signed) = (jwks(&world).await, access_token(&world).await);
    let first_kid = header_of(&signed)["kid"].as_str().unwrap().to_owned();
    // Twice the age of the key set, and an hour, before the month is over.
    world.clock.advance(30 * DAY - 4_200);
    world.server.refresh_signing_keys().await.unwrap();
    let ahead = jwks(&world).await;
    assert_eq!((kids(&first).len(), kids(&ahead).len()), (2, 4));
    assert_eq!(header_of(&access_token(&world).await)["kid"], first_kid.as_str());
    // No one has to read the store for the next key to sign.
    world.clock.advance(4_200);
    let next_kid = header_of(&access_token(&world).await)["kid"].as_str().unwrap().to_owned();
    assert_ne!(next_kid, first_kid);
    assert!(kids(&ahead).contains(&next_kid), "every verifier knows it by now");
    world.clock.advance(DAY);
    world.server.refresh_signing_keys().await.unwrap();
    assert!(kids(&jwks(&world).await).contains(&first_kid), "its last token may be good still");
    world.clock.advance(2 * 3_600);
    world.server.refresh_signing_keys().await.unwrap();
    let left = kids(&jwks(&world).await);
    assert!(!left.contains(&first_kid) && left.contains(&next_kid));
}

/// Holds P-35.
#[tokio::test]
async fn a76_a_restart_and_a_second_node_change_no_key() {
    let (store, clock) = (MemoryStore::new(), FixedClock::new(NOW));
    let secrets = ring(&[("a", 1)]);
    // Two that start at once on an empty store.
    let (one, other) =
        tokio::join!(node(&store, secrets.clone(), &clock), node(&store, secrets.clone(), &clock));
    one.refresh_signing_keys().await.unwrap();
    assert_eq!(kids_of(&one), kids_of(&other));
    assert_eq!(kids_of(&one).len(), 1);
    let restarted = node(&store, secrets, &clock).await;
    assert_eq!(kids_of(&restarted), kids_of(&one));
    // Two that rotate at once.
    clock.advance(30 * DAY);
    let (first, second) = tokio::join!(one.refresh_signing_keys(), other.refresh_signing_keys());
    first.unwrap();
    second.unwrap();
    one.refresh_signing_keys().await.unwrap();
    other.refresh_signing_keys().await.unwrap();
    assert_eq!(kids_of(&one), kids_of(&other));
    assert_eq!(kids_of(&one).len(), 2);
}

#[tokio::test]
async fn keys_open_with_every_generation_of_the_ring_and_no_other() {
    let (store, clock) = (MemoryStore::new(), FixedClock::new(NOW));
    let old = node(&store, ring(&[("old", 1)]), &clock).await;
    let both = node(&store, ring(&[("new", 2), ("old", 1)]), &clock).await;
    assert_eq!(kids_of(&old), kids_of(&both));
    let kid = kids_of(&old).remove(0);

    let gone = try_node(&store, ring(&[("new", 2)]), &clock).await.unwrap_err().to_string();
    assert!(
        gone.contains(&kid) && gone.contains("`old`, which the key ring does not have"),
        "{gone}"
    );
    let wrong = try_node(&store, ring(&[("old", 9)]), &clock).await.unwrap_err().to_string();
    assert!(wrong.contains("does not open"), "{wrong}");

    // The next key is sealed under the new one; when the first is removed, the old one can go.
    clock.advance(30 * DAY);
    both.refresh_signing_keys().await.unwrap();
    clock.advance(4_200);
    let new_alone = node(&store, ring(&[("new", 2)]), &clock).await;
    assert_eq!(kids_of(&new_alone).len(), 2, "the former is published without being opened");
}

#[tokio::test]
async fn an_administrator_rotates_in_time_or_at_once() {
    let world = World::new().await;
    let states = |world: &World| {
        let keys = world.server.signing_keys().into_iter();
        let mine = keys.filter(|it| it.algorithm == SigningAlgorithm::Es256);
        mine.map(|it| it.state).collect::<Vec<_>>()
    };
    world.server.rotate_signing_keys().await.unwrap();
    assert_eq!(states(&world), [KeyState::Signing, KeyState::Next]);
    world.server.rotate_signing_keys().await.unwrap();
    assert_eq!(states(&world).len(), 2, "the next one is there already");
    let before = header_of(&access_token(&world).await)["kid"].clone();
    world.server.rotate_signing_keys_at_once().await.unwrap();
    world.clock.advance(1);
    let after = header_of(&access_token(&world).await)["kid"].clone();
    assert_ne!(before, after);
    assert_eq!(states(&world), [KeyState::Retired, KeyState::Signing, KeyState::Next]);
    // What a stolen key has signed is worth nothing.
    let api = api(&world);
    let token = access_token(&world).await;
    assert!(api.authenticate_bearer(&token).await.is_ok());
    assert!(world.server.remove_signing_key(after.as_str().unwrap()).await.unwrap());
    assert!(api.authenticate_bearer(&token).await.is_err());
    assert!(!world.server.remove_signing_key("unknown").await.unwrap());
}

fn api(world: &World) -> Authenticator {
    Authenticator::builder()
        .vocabulary::<(Scope,)>()
        .verifier(world.server.verifier(API).unwrap())
        .build()
        .unwrap()
}

/// Every token of those that are issued while keys are rotated is good for a verifier in the program at
/// once, and, where keys are rotated in time, for one that has read the key set before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_is_lost_while_keys_are_rotated() {
    let es256 = SigningKeys::default().algorithms([SigningAlgorithm::Es256]);
    let world = World::with(|it| it.signing_keys(es256)).await;
    let api = api(&world);
    world.server.rotate_signing_keys().await.unwrap();
    let cached = Jwks::from_json(&jwks(&world).await.to_string()).unwrap();
    let elsewhere = JwtVerifier::builder()
        .issuer(ISSUER)
        .audience(API)
        .clock(world.clock.clone())
        .keys(cached)
        .build()
        .unwrap();
    let rotating = async {
        for _ in 0..20 {
            world.clock.advance(210);
            world.server.refresh_signing_keys().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let signing = async {
        let mut kids = BTreeSet::new();
        for _ in 0..200 {
            let token = access_token(&world).await;
            // The clock may move on between both, not further than the token lives.
            api.authenticate_bearer(&token).await.unwrap();
            elsewhere.verify(&token).unwrap();
            kids.insert(header_of(&token)["kid"].as_str().unwrap().to_owned());
            tokio::task::yield_now().await;
        }
        kids
    };
    let (kids, ()) = tokio::join!(signing, rotating);
    assert!(!kids.is_empty());
    world.clock.advance(4_200);
    for _ in 0..5 {
        world.server.rotate_signing_keys_at_once().await.unwrap();
        world.clock.advance(1);
        api.authenticate_bearer(&access_token(&world).await).await.unwrap();
    }
}

/// In a program with one thread, a request is served while a key of RSA is made: others go on hundreds of times
/// in between, which they would not if that thread made it.
#[tokio::test]
async fn keys_are_made_on_a_thread_that_serves_no_request() {
    let world = World::new().await;
    let rotation = tokio::task::spawn({
        let server = world.server.clone();
        async move { server.rotate_signing_keys_at_once().await.unwrap() }
    });
    let mut served = 0_u32;
    while !rotation.is_finished() {
        tokio::task::yield_now().await;
        served += 1;
    }
    rotation.await.unwrap();
    assert!(served > 200, "{served} went on");
}

#[tokio::test]
async fn settings_of_keys_are_checked() {
    let client = Client::public("app").redirect_uri(CALLBACK).id_token_signed_response_alg("EdDSA");
    let built = AuthorizationServer::builder(ISSUER)
        .store(MemoryStore::new())
        .secrets(KeyRing::ephemeral())
        .accounts(FakeAccounts::default())
        .client(client)
        .build()
        .await;
    let problem = built.unwrap_err().to_string();
    assert!(problem.contains("`EdDSA`, which is not among the signing algorithms"), "{problem}");
    for (keys, expected) in [
        (SigningKeys::default().algorithms([]), "no signing algorithm"),
        (SigningKeys::default().algorithms([SigningAlgorithm::Es256; 2]), "comes twice"),
        (SigningKeys::default().rotate_every(Duration::ZERO), "rotated after 0 seconds"),
        (SigningKeys::default().jwks_max_age(Duration::ZERO), "may be kept for 0 seconds"),
    ] {
        let built = AuthorizationServer::builder(ISSUER)
            .store(MemoryStore::new())
            .secrets(KeyRing::ephemeral())
            .accounts(FakeAccounts::default())
            .signing_keys(keys)
            .build()
            .await;
        let problem = built.unwrap_err().to_string();
        assert!(problem.contains(expected), "{problem}");
    }
}

/// A node that runs notices what an administrator does on another one, long before it would read the keys
/// again.
#[tokio::test]
async fn a_node_that_runs_notices_other_keys_within_seconds() {
    let (store, clock) = (MemoryStore::new(), FixedClock::new(NOW));
    let secrets = ring(&[("a", 1)]);
    let one = node(&store, secrets.clone(), &clock).await;
    let other = node(&store, secrets, &clock).await;
    let is_noticed = async || {
        while kids_of(&one) != kids_of(&other) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = Duration::from_secs(5);
    other.rotate_signing_keys_at_once().await.unwrap();
    assert_eq!(kids_of(&other).len(), 2);
    tokio::time::timeout(in_time, is_noticed()).await.expect("it notices the new one");
    let first = kids_of(&other).remove(0);
    assert!(other.remove_signing_key(&first).await.unwrap());
    assert!(!kids_of(&other).contains(&first));
    tokio::time::timeout(in_time, is_noticed()).await.expect("it notices that one is gone");
}
