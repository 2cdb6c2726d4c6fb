//! What the README shows, with the answers that it promises.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::time::Duration;

use auth_core::revocation::RevocationList;
use auth_tests::http::{send, send_as, send_raw, serve};
use auth_tests::identity_provider::shop::wait_until_ready;
use auth_tests::identity_provider::{API_CLIENT, AUDIENCE, DpopKey, IdentityProvider, OPAQUE};
use oidc::settings::{Client, Settings};
use oidc::{authentication, bank};

const ORIGIN: &str = "https://bank.test";

async fn open_bank(provider: &IdentityProvider) -> SocketAddr {
    let (id, secret) = API_CLIENT;
    let settings = Settings {
        issuer: provider.issuer().to_owned(),
        audience: AUDIENCE.to_owned(),
        listen: ([127, 0, 0, 1], 0).into(),
        origin: None,
        client: Some(Client { id: id.to_owned(), secret: secret.to_owned() }),
    };
    let revocations = RevocationList::default();
    let authenticator = authentication::authenticator(&settings, ORIGIN, revocations.clone());
    let app = bank::routes(revocations).protect(authenticator.expect("an authenticator"));
    let bank = serve(app.expect("the names of the bank")).await;
    wait_until_ready(bank, &provider.machine_token(AUDIENCE).await).await;
    bank
}

async fn transfer(bank: SocketAddr, token: &str) -> (u16, String) {
    let order = r#"{"to":"DE02500105170137075030","cents":100}"#;
    let request = format!(
        "POST /transfers HTTP/1.1\r\nhost: bank.test\r\nconnection: close\r\n\
         authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{order}",
        order.len(),
    );
    let answer = send_raw(bank, request.as_bytes()).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_clerk_looks_and_steps_up_to_pay() {
    let provider = IdentityProvider::start();
    let bank = open_bank(&provider).await;
    let mut alice = provider.browser("alice");
    let weak = alice.token(AUDIENCE, &[], None).await;
    assert_eq!(send(bank, "GET", "/health", &[]).await.status, 200);
    assert_eq!(send(bank, "GET", "/me", &[]).await.status, 401);
    assert_eq!(send_as(bank, "GET", "/me", &weak).await.json()["acr"], "urn:password");
    assert_eq!(send_as(bank, "GET", "/accounts", &weak).await.status, 200);
    assert_eq!(transfer(bank, &weak).await.0, 401);
    let strong = alice.token(AUDIENCE, &[("acr_values", "urn:mfa")], None).await;
    let (status, said) = transfer(bank, &strong).await;
    assert_eq!((status, said.ends_with("by alice")), (200, true), "{said}");
}

#[tokio::test]
async fn what_ends_a_token_ends_it_at_once() {
    let provider = IdentityProvider::start();
    let bank = open_bank(&provider).await;
    let mut alice = provider.browser("alice");
    let carol = provider.browser("carol").token(AUDIENCE, &[], None).await;
    let token = alice.token(AUDIENCE, &[], None).await;
    assert_eq!(send_as(bank, "GET", "/me", &token).await.status, 200);

    let path = "/users/alice/tokens";
    assert_eq!(send_as(bank, "DELETE", path, &token).await.status, 403, "a clerk");
    assert_eq!(send_as(bank, "DELETE", path, &carol).await.status, 204);
    assert_eq!(send_as(bank, "GET", "/me", &token).await.status, 401);

    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let token = alice.token(AUDIENCE, &[], None).await;
    assert_eq!(send_as(bank, "GET", "/me", &token).await.status, 200);
    assert_eq!(send_as(bank, "DELETE", "/me/token", &token).await.status, 204);
    assert_eq!(send_as(bank, "GET", "/me", &token).await.status, 401);
}

#[tokio::test]
async fn bound_and_opaque_tokens_are_good_too_and_keys_may_rotate() {
    let provider = IdentityProvider::start();
    let bank = open_bank(&provider).await;
    let key = DpopKey::generate();
    let bound = provider.client_credentials("machine-dpop", AUDIENCE, Some(&key)).await;
    let proof = key.proof("GET", &format!("{ORIGIN}/me"), Some(&bound.access_token), None);
    let headers = [format!("authorization: DPoP {}", bound.access_token), format!("dpop: {proof}")];
    let answer = send(bank, "GET", "/me", &headers.each_ref().map(String::as_str)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);

    let bob = provider.browser("bob").token(OPAQUE, &[], None).await;
    assert_eq!(send_as(bank, "GET", "/me", &bob).await.status, 200);
    provider.rotate().await;
    let bob = provider.browser("bob").token(AUDIENCE, &[], None).await;
    assert_eq!(send_as(bank, "GET", "/me", &bob).await.status, 200);
}
