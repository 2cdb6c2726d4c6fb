//! Step-up (RFC 9470) against a provider that issues `acr` and `auth_time` after a real login.

use std::net::SocketAddr;
use std::time::Duration;

use auth_tests::challenge;
use auth_tests::http::{send_as, serve};
use auth_tests::identity_provider::shop;
use auth_tests::identity_provider::{AUDIENCE, IdentityProvider};

async fn serve_shop(provider: &IdentityProvider) -> SocketAddr {
    let shop = serve(shop::discovering(provider.issuer())).await;
    shop::wait_until_ready(shop, &provider.machine_token(AUDIENCE).await).await;
    shop
}

#[tokio::test]
async fn a_login_as_the_challenge_demands_is_accepted() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(&provider).await;
    let mut alice = provider.browser("alice");

    let weak = alice.token(AUDIENCE, &[], None).await;
    assert_eq!(send_as(shop, "GET", "/orders", &weak).await.status, 200);

    let refused = send_as(shop, "POST", "/refund", &weak).await;
    assert_eq!(refused.status, 401);
    let asked = challenge::parse(refused.header("www-authenticate")).expect("a challenge");
    assert_eq!(asked["error"], "insufficient_user_authentication");

    // The client hands on what the challenge says (RFC 9470 §5), and knows nothing else of the endpoint.
    let parameters = ["acr_values", "max_age"].map(|name| (name, asked[name].as_str()));
    let strong = alice.token(AUDIENCE, &parameters, None).await;
    let answer = send_as(shop, "POST", "/refund", &strong).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "refunded by alice"));
}

#[tokio::test]
async fn a_login_that_is_too_old_is_repeated() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(&provider).await;
    let mut bob = provider.browser("bob");

    let token = bob.token(AUDIENCE, &[], None).await;
    assert_eq!(send_as(shop, "POST", "/close", &token).await.status, 200);
    tokio::time::sleep(Duration::from_millis(4_500)).await;

    let refused = send_as(shop, "POST", "/close", &token).await;
    assert_eq!(refused.status, 401);
    let asked = challenge::parse(refused.header("www-authenticate")).expect("a challenge");
    assert_eq!(asked["error"], "insufficient_user_authentication");
    assert_eq!(asked["max_age"], "3");

    // A new token out of the old login is no better; `max_age` makes the provider ask again.
    let same = bob.token(AUDIENCE, &[], None).await;
    assert_eq!(send_as(shop, "POST", "/close", &same).await.status, 401);
    let fresh = bob.token(AUDIENCE, &[("max_age", &asked["max_age"])], None).await;
    assert_eq!(send_as(shop, "POST", "/close", &fresh).await.status, 200);
}

#[tokio::test]
async fn a_machine_never_satisfies_a_requirement_on_the_login() {
    let provider = IdentityProvider::start();
    let shop = serve_shop(&provider).await;
    let token = provider.machine_token(AUDIENCE).await;
    assert_eq!(send_as(shop, "GET", "/orders", &token).await.status, 200);
    for path in ["/refund", "/close"] {
        assert_eq!(send_as(shop, "POST", path, &token).await.status, 401, "{path}");
    }
}
