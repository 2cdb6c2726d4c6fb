//! Tokens that are ended here, while their provider would still call them good.

use std::net::SocketAddr;
use std::time::Duration;

use auth_core::Authenticator;
use auth_core::revocation::{Revocation, RevocationList};
use auth_tests::http::{send_as, serve};
use auth_tests::identity_provider::shop::{self, Names};
use auth_tests::identity_provider::{AUDIENCE, IdentityProvider};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

async fn serve_shop(provider: &IdentityProvider) -> (SocketAddr, RevocationList) {
    let revocations = RevocationList::default();
    let authenticator = Authenticator::builder()
        .vocabulary::<Names>()
        .verifier(shop::discovery(provider.issuer()))
        .revocations(revocations.clone())
        .build()
        .expect("an authenticator");
    let shop = serve(shop::protected(authenticator)).await;
    shop::wait_until_ready(shop, &provider.machine_token(AUDIENCE).await).await;
    (shop, revocations)
}

/// The claims of a token, of which nothing is checked.
fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("a JWT");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    serde_json::from_slice(&claims).expect("JSON")
}

#[tokio::test]
async fn revoking_one_token_leaves_the_others_valid() {
    let provider = IdentityProvider::start();
    let (shop, revocations) = serve_shop(&provider).await;
    let mut alice = provider.browser("alice");
    let token = alice.token(AUDIENCE, &[], None).await;
    let other = alice.token(AUDIENCE, &[], None).await;
    // Seen before: what is remembered of it must not outlive it.
    assert_eq!(send_as(shop, "GET", "/me", &token).await.status, 200);

    let said = claims(&token);
    let (jti, exp) = (said["jti"].as_str(), said["exp"].as_u64());
    let this = Revocation::token(provider.issuer(), jti.expect("jti"), exp.expect("exp"));
    revocations.revoke(this).expect("room");
    assert_eq!(send_as(shop, "GET", "/me", &token).await.status, 401);
    assert_eq!(send_as(shop, "GET", "/me", &other).await.status, 200);
}

#[tokio::test]
async fn a_user_who_was_locked_out_logs_in_again() {
    let provider = IdentityProvider::start();
    let (shop, revocations) = serve_shop(&provider).await;
    let (mut alice, mut bob) = (provider.browser("alice"), provider.browser("bob"));
    let before = alice.token(AUDIENCE, &[], None).await;
    let neighbour = bob.token(AUDIENCE, &[], None).await;
    assert_eq!(send_as(shop, "GET", "/me", &before).await.status, 200);

    revocations.revoke_subject(provider.issuer(), "alice").expect("room");
    assert_eq!(send_as(shop, "GET", "/me", &before).await.status, 401);
    assert_eq!(send_as(shop, "GET", "/me", &neighbour).await.status, 200);

    // `iat` is in whole seconds: what is issued within the same one is ended too.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let after = alice.token(AUDIENCE, &[], None).await;
    assert_eq!(send_as(shop, "GET", "/me", &after).await.status, 200);
    assert_eq!(send_as(shop, "GET", "/me", &before).await.status, 401);
}
