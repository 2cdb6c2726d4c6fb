//! Pushed authorization requests, as the authorization endpoint uses them.

use auth_server::Client;

use crate::support::{Answer, Browser, CALLBACK, House, ISSUER, form, request};

/// Pushes the good request of this client, with these changes.
async fn push(house: &House, client: &str, changes: &[(&str, &str)]) -> String {
    let mut all = vec![("client_id", client)];
    all.extend(changes);
    let answer = house.world.post("/par", &request(&all)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["request_uri"].as_str().unwrap().to_owned()
}

async fn use_it(browser: &mut Browser<'_>, client: &str, uri: &str, more: &str) -> Answer {
    let query = form(&[("client_id", client), ("request_uri", uri)]);
    browser.get(&format!("/authorize?{query}{more}")).await
}

#[tokio::test]
async fn a87_a_pushed_request_is_its_client_s_and_good_once() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let uri = push(&house, "ours", &[]).await;
    assert!(uri.len() >= "urn:ietf:params:oauth:request_uri:".len() + 22);
    // Another client's name uses nothing up.
    assert!(use_it(&mut browser, "spa", &uri, "").await.is_error_page());
    assert!(use_it(&mut browser, "", &uri, "").await.is_error_page());
    assert!(use_it(&mut browser, "ours", &uri, "").await.code().is_some());
    assert!(use_it(&mut browser, "ours", &uri, "").await.is_error_page());
    let unknown = "urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert!(use_it(&mut browser, "ours", unknown, "").await.is_error_page());
}

#[tokio::test]
async fn a87_it_has_a_minute_to_begin_and_lives_in_the_interaction_from_then_on() {
    let house = House::new().await;
    let mut browser = house.browser();
    let uri = push(&house, "ours", &[]).await;
    house.clock.advance(60);
    assert!(use_it(&mut browser, "ours", &uri, "").await.is_error_page());
    let uri = push(&house, "ours", &[]).await;
    house.clock.advance(59);
    let answer = use_it(&mut browser, "ours", &uri, "").await;
    let address = answer.location().strip_prefix(ISSUER).unwrap().to_owned();
    let page = browser.follow(answer).await;
    assert!(page.is_sign_in(), "{page:?}");
    house.clock.advance(1_000);
    assert!(browser.get(&address).await.is_sign_in(), "the page can be loaded again");
    assert!(browser.sign_in(&page, "alice").await.code().is_some());
}

#[tokio::test]
async fn a88_a_client_that_has_to_push_cannot_do_without() {
    let client = || {
        Client::public("pushes")
            .redirect_uri(CALLBACK)
            .scopes(["openid", "read"])
            .first_party()
            .require_pushed_authorization_requests()
    };
    let house = House::with(|builder| builder.client(client())).await;
    let mut browser = house.signed_in("alice").await;
    let plain = browser.authorize(&[("client_id", "pushes")]).await;
    assert_eq!(plain.sent_error(), "invalid_request");
    let uri = push(&house, "pushes", &[("prompt", "login")]).await;
    let answer = use_it(&mut browser, "pushes", &uri, "").await;
    let page = browser.follow(answer).await;
    // Also after its page was open for too long.
    house.clock.advance(1_800);
    let answer = browser.submit(&page, &[("username", "alice"), ("password", "x")]).await;
    let page = browser.follow(answer).await;
    assert!(browser.sign_in(&page, "alice").await.code().is_some());
}

#[tokio::test]
async fn a89_parameters_beside_a_request_uri_have_no_effect() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let uri = push(&house, "ours", &[("state", "pushed"), ("scope", "openid")]).await;
    let beside = format!(
        "&{}",
        form(&[
            ("state", "beside"),
            ("scope", "unknown"),
            ("redirect_uri", "https://evil.example/"),
            ("response_type", "token"),
            ("prompt", "login"),
        ])
    );
    let answer = use_it(&mut browser, "ours", &uri, &beside).await;
    assert!(answer.location().starts_with(CALLBACK), "{answer:?}");
    assert!(answer.code().is_some());
    assert_eq!(answer.parameters()["state"], "pushed");
}
