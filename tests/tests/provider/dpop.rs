//! DPoP (RFC 9449) from end to end: a real provider binds the token to the client's key, and the
//! resource server wants the proof of it.

use std::net::SocketAddr;

use auth_core::Authenticator;
use auth_core::binding::{Dpop, DpopBuilder};
use auth_core::token::IntrospectionVerifier;
use auth_tests::http::{Answer, send, send_as, serve};
use auth_tests::identity_provider::shop::{self, Names};
use auth_tests::identity_provider::{API_CLIENT, AUDIENCE, DpopKey, IdentityProvider, OPAQUE};

/// The name by which clients know the API; `htu` says it, wherever the request comes in.
const ORIGIN: &str = "https://shop.test";

async fn serve_shop(provider: &IdentityProvider, dpop: DpopBuilder) -> SocketAddr {
    let (client, secret) = API_CLIENT;
    let introspection = IntrospectionVerifier::builder()
        .issuer(provider.issuer())
        .endpoint(format!("{}/token/introspection", provider.issuer()))
        .client_secret_basic(client, secret)
        .audience(AUDIENCE)
        .client_id_as_subject()
        .build()
        .expect("a verifier");
    let authenticator = Authenticator::builder()
        .vocabulary::<Names>()
        .verifier(shop::discovery(provider.issuer()))
        .verifier(introspection)
        .dpop(dpop.build().expect("settings"))
        .build()
        .expect("an authenticator");
    let shop = serve(shop::protected(authenticator)).await;
    shop::wait_until_ready(shop, &provider.machine_token(AUDIENCE).await).await;
    shop
}

async fn send_bound(shop: SocketAddr, path: &str, token: &str, proof: &str) -> Answer {
    let headers = [format!("authorization: DPoP {token}"), format!("dpop: {proof}")];
    send(shop, "GET", path, &headers.each_ref().map(String::as_str)).await
}

fn is_refused(answer: &Answer, error: &str) {
    assert_eq!(answer.status, 401, "{}", answer.body);
    let challenges = answer.all("www-authenticate").join(", ");
    assert!(challenges.contains("DPoP "), "{challenges}");
    assert!(challenges.contains(&format!("error=\"{error}\"")), "{challenges}");
}

#[tokio::test]
async fn the_holder_of_the_key_is_let_in_once_for_each_proof() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(&provider, Dpop::builder(ORIGIN)).await;
    let key = DpopKey::generate();
    let url = format!("{ORIGIN}/me");
    let user = provider.browser("bob").token(AUDIENCE, &[], Some(&key)).await;
    let machine = provider.client_credentials("machine-dpop", AUDIENCE, Some(&key)).await;
    assert_eq!(machine.token_type, "DPoP");
    let opaque = provider.client_credentials("machine-dpop", OPAQUE, Some(&key)).await;
    for token in [user, machine.access_token, opaque.access_token] {
        let proof = key.proof("GET", &url, Some(&token), None);
        let answer = send_bound(shop, "/me", &token, &proof).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        is_refused(&send_bound(shop, "/me", &token, &proof).await, "invalid_dpop_proof");
        let next = key.proof("GET", &url, Some(&token), None);
        assert_eq!(send_bound(shop, "/me", &token, &next).await.status, 200);
    }
}

#[tokio::test]
async fn a_stolen_token_is_rejected_without_its_key() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(&provider, Dpop::builder(ORIGIN)).await;
    let (key, thief) = (DpopKey::generate(), DpopKey::generate());
    let url = format!("{ORIGIN}/me");
    let stolen = provider.client_credentials("machine-dpop", AUDIENCE, Some(&key)).await;
    let stolen = stolen.access_token;

    let as_bearer = send_as(shop, "GET", "/me", &stolen).await;
    assert_eq!(as_bearer.status, 401, "{}", as_bearer.body);
    let without = send(shop, "GET", "/me", &[&format!("authorization: DPoP {stolen}")]).await;
    is_refused(&without, "invalid_dpop_proof");
    let own = thief.proof("GET", &url, Some(&stolen), None);
    is_refused(&send_bound(shop, "/me", &stolen, &own).await, "invalid_token");
}

#[tokio::test]
async fn a_stolen_proof_is_rejected_for_another_request() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(&provider, Dpop::builder(ORIGIN)).await;
    let key = DpopKey::generate();
    let url = format!("{ORIGIN}/me");
    let token = provider.client_credentials("machine-dpop", AUDIENCE, Some(&key)).await;
    let (token, other) = (token.access_token, provider.machine_token(AUDIENCE).await);
    for (what, proof) in [
        ("another method", key.proof("DELETE", &url, Some(&token), None)),
        ("another path", key.proof("GET", &format!("{ORIGIN}/orders"), Some(&token), None)),
        ("another host", key.proof("GET", &format!("http://{shop}/me"), Some(&token), None)),
        ("another token", key.proof("GET", &url, Some(&other), None)),
        ("no token, as for the provider", key.proof("GET", &url, None, None)),
    ] {
        let answer = send_bound(shop, "/me", &token, &proof).await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_proof_without_the_nonce_is_answered_with_it() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(&provider, Dpop::builder(ORIGIN).require_nonces()).await;
    let key = DpopKey::generate();
    let url = format!("{ORIGIN}/me");
    let token = provider.client_credentials("machine-dpop", AUDIENCE, Some(&key)).await;
    let token = token.access_token;

    let proof = key.proof("GET", &url, Some(&token), None);
    let asked = send_bound(shop, "/me", &token, &proof).await;
    is_refused(&asked, "use_dpop_nonce");
    let nonce = asked.header("dpop-nonce");
    let proof = key.proof("GET", &url, Some(&token), Some(nonce));
    let answer = send_bound(shop, "/me", &token, &proof).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn bearer_tokens_are_accepted_unless_proofs_are_required() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(&provider, Dpop::builder(ORIGIN)).await;
    let token = provider.machine_token(AUDIENCE).await;
    assert_eq!(send_as(shop, "GET", "/me", &token).await.status, 200);
    // Nor does a proof make a bound token of it.
    let proof = DpopKey::generate().proof("GET", &format!("{ORIGIN}/me"), Some(&token), None);
    is_refused(&send_bound(shop, "/me", &token, &proof).await, "invalid_token");
}
