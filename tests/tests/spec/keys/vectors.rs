//! `vectors/jwks_cases.json` with key sets that are served over HTTP, as a service meets them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use auth_core::JwtVerifier;
use auth_core::jose::Algorithm;
use auth_core::keys::JwksRefresh;
use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::{Authenticator, Roles, Router, Scopes, requires};
use auth_tests::http::{Answer, send, send_as, serve};
use auth_tests::key_server::{KeyServer, Reply};
use serde_json::{Value, json};

/// Any time between the `iat` of the file and its `exp` in 2100.
const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.test";
const AUDIENCE: &str = "https://api.test";
const KEYS: &str = "/keys";
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Roles)]
enum Role {
    Admin,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
    Write,
}

#[requires(authenticated)]
async fn me() {}

#[requires(scope = Read)]
async fn read() {}

#[requires(scope = Write)]
async fn write() {}

#[requires(role = Admin, scope = Read)]
async fn admin() {}

/// A service that fetches its keys from this server.
async fn service(keys: &KeyServer, refresh: JwksRefresh) -> (SocketAddr, JwtVerifier) {
    let verifier = JwtVerifier::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .algorithms([
            Algorithm::RS256,
            Algorithm::PS256,
            Algorithm::ES256,
            Algorithm::ES384,
            Algorithm::EdDSA,
        ])
        .jwks_uri(keys.url(KEYS))
        .refresh(refresh)
        .clock(FixedClock::new(NOW))
        .build()
        .unwrap();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Scope)>()
        .verifier(verifier.clone())
        .build()
        .unwrap();
    let app = Router::new()
        .route("/me", get(me))
        .route("/read", get(read))
        .route("/write", get(write))
        .route("/admin", get(admin))
        .protect(authenticator)
        .unwrap();
    (serve(app).await, verifier)
}

/// The test configuration of the sequences: a cool-down of at most a second.
fn quick() -> JwksRefresh {
    let age = Duration::from_millis(200);
    JwksRefresh::default()
        .min_refetch_interval(Duration::from_millis(500))
        .min_age(age)
        .max_age(age)
}

fn issuer(kid: &str) -> TestIssuer {
    let issuer = TestIssuer::new(ISSUER, AUDIENCE).unwrap().with_clock(FixedClock::new(NOW));
    issuer.with_key_id(kid).unwrap()
}

fn token(issuer: &TestIssuer) -> String {
    issuer.token("alice").sign().unwrap()
}

fn set(issuers: &[&TestIssuer]) -> Reply {
    let key = |issuer: &&TestIssuer| {
        let mut jwks: Value = serde_json::from_str(&issuer.jwks_json()).unwrap();
        jwks["keys"][0].take()
    };
    Reply::ok(&json!({ "keys": issuers.iter().map(key).collect::<Vec<_>>() }).to_string())
}

async fn status(service: SocketAddr, token: &str) -> u16 {
    send_as(service, "GET", "/me", token).await.status
}

/// What a 503 owes: when to try again, and no challenge, which would send the client for another
/// token.
fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
    assert_eq!(answer.header("www-authenticate"), "");
    assert_eq!(answer.json()["code"], "unavailable");
}

#[tokio::test]
async fn every_case() {
    let path = format!("{}/vectors/jwks_cases.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut counts, mut wrong) = ((0, 0, 0), Vec::new());
    for case in file["cases"].as_array().unwrap() {
        let keys = KeyServer::start().await;
        keys.set(KEYS, Reply::ok(case["jwks_body"].as_str().unwrap()));
        let (service, _verifier) = service(&keys, JwksRefresh::default()).await;
        let path = format!("/{}", case["endpoint"].as_str().unwrap());
        let header = format!("authorization: {}", case["authorization"].as_str().unwrap());
        let begin = Instant::now();
        let answer = send(service, "GET", &path, &[&header]).await;
        let took = begin.elapsed();
        let also_ok = case["status_also_ok"].as_array().unwrap();
        let expected = case["status"] == answer.status
            || also_ok.iter().any(|status| *status == answer.status);
        if !expected || took > Duration::from_secs(3) {
            wrong.push(format!("{}: {} in {took:?}", case["name"], answer.status));
        }
        match answer.status {
            200 => counts.0 += 1,
            401 => counts.1 += 1,
            _ => {
                assert_unavailable(&answer);
                counts.2 += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    // Accepted, rejected, and undecided without a key set.
    assert_eq!(counts, (21, 16, 6));
}

#[tokio::test]
async fn rotation() {
    let (old, new) = (issuer("rs256-1"), issuer("rs256-2"));
    let keys = KeyServer::start().await;
    keys.set(KEYS, set(&[&old]));
    let (service, _verifier) = service(&keys, quick()).await;
    assert_eq!(status(service, &token(&old)).await, 200);

    keys.set(KEYS, set(&[&old, &new]));
    assert_eq!(status(service, &token(&new)).await, 200);
    assert_eq!(status(service, &token(&old)).await, 200);

    keys.set(KEYS, set(&[&new]));
    keys.wait_for_hits(KEYS, keys.hits(KEYS) + 2).await;
    assert_eq!(status(service, &token(&old)).await, 401);
    assert_eq!(status(service, &token(&new)).await, 200);
}

/// The same with the settings of production, as far as it does not take minutes: a new key is there
/// with its first token, right after the start.
#[tokio::test]
async fn rotation_right_after_the_start() {
    let (old, new) = (issuer("rs256-1"), issuer("rs256-2"));
    let keys = KeyServer::start().await;
    keys.set(KEYS, set(&[&old]));
    let (service, _verifier) = service(&keys, JwksRefresh::default()).await;
    assert_eq!(status(service, &token(&old)).await, 200);
    keys.set(KEYS, set(&[&old, &new]));
    assert_eq!(status(service, &token(&new)).await, 200);
    assert_eq!(keys.hits(KEYS), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_kid_flood() {
    let (own, stranger) = (issuer("rs256-1"), issuer("rs256-2"));
    let keys = KeyServer::start().await;
    keys.set(KEYS, set(&[&own]));
    let (service, _verifier) = service(&keys, JwksRefresh::default()).await;
    assert_eq!(status(service, &token(&own)).await, 200);
    let before = keys.hits(KEYS);
    let senders: Vec<_> = (0..50)
        .map(|sender| {
            let (stranger, good) = (stranger.clone(), token(&own));
            tokio::spawn(async move {
                for number in 0..20 {
                    let kid = format!("{sender}-{number}");
                    let forged = stranger.token("mallory").header("kid", kid).sign().unwrap();
                    assert_eq!(status(service, &forged).await, 401);
                }
                assert_eq!(status(service, &good).await, 200);
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    assert_eq!(keys.hits(KEYS) - before, 1);
}

#[tokio::test]
async fn cold_and_down() {
    let own = issuer("rs256-1");
    let keys = KeyServer::start().await;
    for down in [Reply::with("500 Oops", &[], ""), Reply::Hang] {
        keys.set(KEYS, down);
        let limit = Duration::from_secs(1);
        let (service, verifier) = service(&keys, JwksRefresh::default().timeout(limit)).await;
        for _ in 0..3 {
            let begin = Instant::now();
            assert_unavailable(&send_as(service, "GET", "/me", &token(&own)).await);
            assert!(begin.elapsed() < limit * 3);
        }
        keys.set(KEYS, set(&[&own]));
        verifier.ready(LIMIT).await.unwrap();
        assert_eq!(status(service, &token(&own)).await, 200);
    }
}

#[tokio::test]
async fn negative_cache_poison() {
    let (own, later) = (issuer("rs256-1"), issuer("rs256-2"));
    let keys = KeyServer::start().await;
    keys.set(KEYS, set(&[&own]));
    let min_refetch_interval = Duration::from_millis(300);
    let (service, _verifier) =
        service(&keys, JwksRefresh::default().min_refetch_interval(min_refetch_interval)).await;
    assert_eq!(status(service, &token(&later)).await, 401);
    keys.set(KEYS, set(&[&own, &later]));
    tokio::time::sleep(min_refetch_interval).await;
    assert_eq!(status(service, &token(&later)).await, 200);
}
