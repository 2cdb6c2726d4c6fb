//! Opaque tokens (RFC 7662) of a real provider, which is asked about them.

use std::net::SocketAddr;
use std::time::Duration;

use auth_core::Authenticator;
use auth_core::token::{IntrospectionVerifier, IntrospectionVerifierBuilder};
use auth_tests::http::{send_as, serve};
use auth_tests::identity_provider::shop::{self, Names};
use auth_tests::identity_provider::{
    API_CLIENT, API_POST_CLIENT, AUDIENCE, BRIEF, DpopKey, IdentityProvider, OPAQUE,
};

const ENDPOINT: &str = "/token/introspection";

fn asking(provider: &IdentityProvider) -> IntrospectionVerifierBuilder {
    let (client, secret) = API_CLIENT;
    IntrospectionVerifier::builder()
        .issuer(provider.issuer())
        .endpoint(format!("{}{ENDPOINT}", provider.issuer()))
        .client_secret_basic(client, secret)
        .audience(AUDIENCE)
        // The provider names no subject where a client acts for itself.
        .client_id_as_subject()
        .time_to_live(Duration::from_secs(1))
}

async fn serve_shop(verifier: IntrospectionVerifierBuilder) -> SocketAddr {
    let verifier = verifier.build().expect("a verifier");
    let authenticator = Authenticator::builder().vocabulary::<Names>().verifier(verifier).build();
    serve(shop::protected(authenticator.expect("an authenticator"))).await
}

#[tokio::test]
async fn opaque_tokens_of_users_and_machines_are_accepted() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(asking(&provider)).await;
    let user = provider.browser("bob").token(OPAQUE, &[], None).await;
    assert!(!user.contains('.'), "no JWT");
    let machine = provider.machine_token(OPAQUE).await;
    for (token, name) in [(&user, "bob"), (&machine, "urn:auth-core:client:machine")] {
        let answer = send_as(shop, "GET", "/me", token).await;
        let expected = format!("{name} of {}", provider.issuer());
        assert_eq!((answer.status, answer.body), (200, expected));
    }
    assert_eq!(send_as(shop, "DELETE", "/orders", &user).await.status, 200, "a manager");
    assert_eq!(send_as(shop, "DELETE", "/orders", &machine).await.status, 403, "a clerk");
    assert_eq!(send_as(shop, "GET", "/me", "unheard-of").await.status, 401);
}

#[tokio::test]
async fn the_client_secret_may_be_in_the_body() {
    let provider = IdentityProvider::start();
    let (client, secret) = API_POST_CLIENT;
    let shop = serve_shop(asking(&provider).client_secret_post(client, secret)).await;
    let token = provider.machine_token(OPAQUE).await;
    assert_eq!(send_as(shop, "GET", "/me", &token).await.status, 200);
}

#[tokio::test]
async fn a_wrong_client_secret_is_503_and_not_401() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(asking(&provider).client_secret_basic("api:test", "wrong")).await;
    let token = provider.machine_token(OPAQUE).await;
    let answer = send_as(shop, "GET", "/me", &token).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
}

#[tokio::test]
async fn a_token_is_asked_about_once_in_its_time_to_live() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(asking(&provider).time_to_live(Duration::from_secs(60))).await;
    let token = provider.machine_token(OPAQUE).await;
    for _ in 0..20 {
        assert_eq!(send_as(shop, "GET", "/me", &token).await.status, 200);
    }
    assert_eq!(provider.hits(ENDPOINT).await, 1);
}

#[tokio::test]
async fn a_token_that_its_provider_revoked_is_refused_when_it_is_asked_about_again() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(asking(&provider)).await;
    let token = provider.machine_token(OPAQUE).await;
    let other = provider.machine_token(OPAQUE).await;
    assert_eq!(send_as(shop, "GET", "/me", &token).await.status, 200);
    provider.revoke(&token).await;
    let waited = shop::wait_until(shop, &token, 401).await;
    assert!(waited < Duration::from_secs(10), "{waited:?}");
    assert_eq!(send_as(shop, "GET", "/me", &other).await.status, 200);
}

#[tokio::test]
async fn an_introspection_that_fails_is_503() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(asking(&provider).timeout(Duration::from_secs(1))).await;
    for fault in ["hang", "slow", "reset", "500", "garbage", "html", "empty", "huge", "redirect"] {
        let token = provider.machine_token(OPAQUE).await;
        provider.fault("introspection", fault).await;
        let refused = send_as(shop, "GET", "/me", &token).await;
        assert_eq!(refused.status, 503, "{fault}: {}", refused.body);
        assert_ne!(refused.header("retry-after"), "", "{fault}");
        assert_eq!(refused.header("www-authenticate"), "", "{fault}");
        provider.fault("introspection", "none").await;
        shop::wait_until_ready(shop, &token).await;
    }
    assert_eq!(provider.hits("/_test/elsewhere").await, 0, "a redirect is not followed");
}

#[tokio::test]
async fn a_strong_login_is_seen_in_an_opaque_token() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(asking(&provider)).await;
    let mut alice = provider.browser("alice");
    let weak = alice.token(OPAQUE, &[], None).await;
    assert_eq!(send_as(shop, "POST", "/refund", &weak).await.status, 401);
    let strong = alice.token(OPAQUE, &[("acr_values", "urn:mfa")], None).await;
    assert_eq!(send_as(shop, "POST", "/refund", &strong).await.status, 200);
}

#[tokio::test]
async fn a_bound_opaque_token_is_rejected_without_its_key() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(asking(&provider)).await;
    let key = DpopKey::generate();
    let token = provider.client_credentials("machine-dpop", OPAQUE, Some(&key)).await;
    assert_eq!(token.token_type, "DPoP");
    assert_eq!(send_as(shop, "GET", "/me", &token.access_token).await.status, 401);
}

#[tokio::test]
async fn signed_and_opaque_tokens_are_accepted_by_one_service() {
    let provider = IdentityProvider::start();
    let authenticator = Authenticator::builder()
        .vocabulary::<Names>()
        .verifier(shop::discovery(provider.issuer()))
        .verifier(asking(&provider).build().expect("a verifier"))
        .build()
        .expect("an authenticator");
    let shop = serve(shop::protected(authenticator)).await;
    shop::wait_until_ready(shop, &provider.machine_token(AUDIENCE).await).await;
    for resource in [AUDIENCE, OPAQUE, BRIEF, OPAQUE] {
        let token = provider.machine_token(resource).await;
        assert_eq!(send_as(shop, "GET", "/me", &token).await.status, 200, "{resource}");
    }
    assert_eq!(provider.hits(ENDPOINT).await, 2, "only about the opaque ones");
}
