//! A provider that is down, slow or talks nonsense: at the start, and later.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use auth_tests::http::{send_as, serve};
use auth_tests::identity_provider::shop;
use auth_tests::identity_provider::{AUDIENCE, IdentityProvider};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// Every way to answer a request for the key set wrongly.
const FAULTS: [&str; 9] =
    ["hang", "slow", "reset", "500", "garbage", "html", "empty", "huge", "redirect"];

#[tokio::test]
async fn a_provider_that_is_down_at_the_start_is_waited_for() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let issuer = format!("http://{address}");
    let shop = serve(shop::discovering(&issuer)).await;
    let other = IdentityProvider::start();
    let refused = send_as(shop, "GET", "/me", &other.machine_token(AUDIENCE).await).await;
    assert_eq!(refused.status, 401, "a foreign token is refused all the same");

    let token = unsigned(&issuer);
    let refused = send_as(shop, "GET", "/me", &token).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
    assert_eq!(refused.header("www-authenticate"), "", "a login would not help");
    assert_eq!(send_as(shop, "GET", "/health", "").await.status, 200);

    let provider = IdentityProvider::start_on(address);
    assert_eq!(provider.issuer(), issuer);
    shop::wait_until_ready(shop, &provider.machine_token(AUDIENCE).await).await;
}

/// A token that says it is of this issuer. Whether it is true, no caller can tell without keys.
fn unsigned(issuer: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = encode(r#"{"typ":"at+jwt","alg":"RS256","kid":"rs256-1"}"#);
    let claims = json!({
        "iss": issuer, "aud": AUDIENCE, "sub": "alice", "client_id": "web", "jti": "1",
        "iat": 1_700_000_000, "exp": 4_000_000_000_u64,
    });
    let claims = encode(&claims.to_string());
    format!("{header}.{claims}.{}", encode("no signature"))
}

#[tokio::test]
async fn known_keys_are_used_while_the_provider_is_down() {
    let provider = IdentityProvider::start();
    provider.cache_for(0).await;
    let shop = serve(shop::discovering(provider.issuer())).await;
    let token = provider.machine_token(AUDIENCE).await;
    shop::wait_until_ready(shop, &token).await;
    drop(provider);
    // Long enough for many refreshes, none of which comes to anything.
    let end = Instant::now() + Duration::from_secs(4);
    while Instant::now() < end {
        assert_eq!(send_as(shop, "GET", "/me", &token).await.status, 200);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn no_fault_of_the_key_set_costs_a_known_key_anything() {
    let provider = IdentityProvider::start();
    provider.cache_for(1).await;
    let shop = serve(shop::discovering(provider.issuer())).await;
    let token = provider.machine_token(AUDIENCE).await;
    shop::wait_until_ready(shop, &token).await;
    for fault in FAULTS {
        provider.fault("jwks", fault).await;
        // A key that no one knows makes the shop look for it; the known one does not wait for that.
        let unknown = unknown_key(&token);
        let (refused, slowest) = tokio::join!(send_as(shop, "GET", "/me", &unknown), async {
            let mut slowest = Duration::ZERO;
            for _ in 0..40 {
                let start = Instant::now();
                let answer = send_as(shop, "GET", "/me", &token).await;
                assert_eq!(answer.status, 200, "{fault}: {}", answer.body);
                slowest = slowest.max(start.elapsed());
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            slowest
        });
        assert_ne!(refused.status, 200, "{fault}");
        // A request that waited for the provider would wait for two seconds, or five.
        assert!(slowest < Duration::from_millis(1_500), "{fault}: {slowest:?}");
    }
    assert_eq!(provider.hits("/_test/elsewhere").await, 0, "a redirect is not followed");
    provider.fault("jwks", "none").await;
    provider.rotate().await;
    shop::wait_until_ready(shop, &provider.machine_token(AUDIENCE).await).await;
}

/// The token with a `kid` that does not exist.
fn unknown_key(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"at+jwt","kid":"unheard-of"}"#);
    let (_, rest) = token.split_once('.').expect("a JWT");
    format!("{header}.{rest}")
}

#[tokio::test]
async fn metadata_of_another_issuer_is_rejected() {
    let provider = IdentityProvider::start();
    provider.fault("metadata", "foreign").await;
    let shop = serve(shop::discovering(provider.issuer())).await;
    let token = provider.machine_token(AUDIENCE).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(send_as(shop, "GET", "/me", &token).await.status, 503);
    assert_eq!(provider.hits("/jwks").await, 0, "its key set is not even fetched");
    provider.fault("metadata", "none").await;
    shop::wait_until_ready(shop, &token).await;
}
