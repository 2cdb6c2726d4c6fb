//! Every algorithm of a real provider, verified with nothing but its name and an audience.

use auth_tests::http::{send_as, serve};
use auth_tests::identity_provider::shop;
use auth_tests::identity_provider::{AUDIENCE, IdentityProvider};

#[tokio::test]
async fn every_algorithm_is_verified_through_discovery() {
    let provider = IdentityProvider::start();
    let shop = serve(shop::discovering(provider.issuer())).await;
    shop::wait_until_ready(shop, &provider.machine_token(AUDIENCE).await).await;
    for algorithm in ["rs256", "ps256", "es256", "es384", "eddsa"] {
        let token = provider.machine_token(&format!("{AUDIENCE}/{algorithm}")).await;
        let answer = send_as(shop, "GET", "/me", &token).await;
        assert_eq!(answer.status, 200, "{algorithm}: {}", answer.body);
        assert_eq!(answer.body, format!("machine of {}", provider.issuer()), "{algorithm}");
    }
    assert_eq!(provider.hits("/jwks").await, 1, "one fetch serves them all");
}

#[tokio::test]
async fn a_token_of_another_provider_is_rejected() {
    let [provider, other] = [IdentityProvider::start(), IdentityProvider::start()];
    let shop = serve(shop::discovering(provider.issuer())).await;
    shop::wait_until_ready(shop, &provider.machine_token(AUDIENCE).await).await;
    let token = other.machine_token(AUDIENCE).await;
    let answer = send_as(shop, "GET", "/me", &token).await;
    assert_eq!(answer.status, 401, "{}", answer.body);
    // Its `iss` is a foreign one: no key is looked for.
    assert_eq!(provider.hits("/jwks").await, 1);
    assert_eq!(other.hits("/jwks").await, 0);
}

#[tokio::test]
async fn a_token_for_another_resource_is_rejected() {
    let provider = IdentityProvider::start();
    let verifier = auth_core::JwtVerifier::builder()
        .issuer(provider.issuer())
        .audience("https://other.test")
        .discover()
        .build()
        .expect("a verifier");
    let shop = serve(shop::of(verifier)).await;
    let token = provider.machine_token(AUDIENCE).await;
    shop::wait_until(shop, &token, 401).await;
}
