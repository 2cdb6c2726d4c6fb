//! Devices without a browser: requirements 99 to 103.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use auth_accounts::secret::Digest;
use auth_accounts::store::{Attempt, AttemptStore as _, Limit};
use auth_server::{Client, ClientSecret, GrantType};
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::support::{API, Answer, Browser, FILES, House, ISSUER, SECRET, World, form};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn television() -> Client {
    Client::public("tv")
        .name("Example <TV>")
        .grant_types([GrantType::DeviceCode, GrantType::RefreshToken])
        .scopes(["openid", "offline_access", "read", "write"])
        .resources([API, FILES])
}

async fn house() -> House {
    House::with(|builder| {
        let printer = Client::confidential("printer", ClientSecret::new(SECRET))
            .grant_types([GrantType::DeviceCode])
            .scopes(["read"])
            .resources([API]);
        builder.client(television()).client(printer).device_authorization()
    })
    .await
}

impl World {
    /// A device begins.
    async fn begin(&self) -> Value {
        self.post("/device_authorization", &form(&[("client_id", "tv"), ("scope", "openid read")]))
            .await
            .ok()
    }

    async fn poll(&self, device: &Value) -> Answer {
        self.poll_with(device, &[]).await
    }

    async fn poll_with(&self, device: &Value, more: &[(&str, &str)]) -> Answer {
        let code = device["device_code"].as_str().unwrap();
        let pairs = [("grant_type", GRANT), ("device_code", code), ("client_id", "tv")];
        self.post("/token", &form(&[&pairs[..], more].concat())).await
    }
}

impl Browser<'_> {
    /// Types the code of a device.
    async fn type_code(&mut self, code: &str) -> Answer {
        let page = self.get("/device").await;
        self.submit(&page, &[("user_code", code)]).await
    }
}

fn code(device: &Value) -> &str {
    device["user_code"].as_str().unwrap()
}

#[tokio::test]
async fn a103_there_are_no_devices_unless_they_are_turned_on() {
    let house = House::with(|builder| builder.client(television())).await;
    let world = &house.world;
    assert_eq!(world.post("/device_authorization", "client_id=tv").await.status, 404);
    assert_eq!(world.get("/device").await.status, 404);
    let asked = form(&[("grant_type", GRANT), ("device_code", "x"), ("client_id", "tv")]);
    assert_eq!(world.post("/token", &asked).await.error(), "unsupported_grant_type");
    let well_known = "/.well-known/oauth-authorization-server";
    let metadata = world.get(well_known).await.ok();
    assert_eq!(metadata.get("device_authorization_endpoint"), None);
    let house = super::device::house().await;
    let metadata = house.world.get(well_known).await.ok();
    let endpoint = format!("{ISSUER}/device_authorization");
    assert_eq!(metadata["device_authorization_endpoint"], endpoint);
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&GRANT.into()));
}

#[tokio::test]
async fn a99_codes_are_long_enough_and_easy_to_type() {
    let house = house().await;
    let (mut devices, mut users) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..50 {
        let answer = house.world.post("/device_authorization", "client_id=tv&scope=read").await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let device = answer.ok();
        let letters: String = code(&device).chars().filter(|it| *it != '-').collect();
        assert_eq!(letters.len(), 8);
        assert!(letters.chars().all(|it| "BCDFGHJKLMNPQRSTVWXZ".contains(it)), "{letters}");
        assert!(device["device_code"].as_str().unwrap().len() >= 22);
        assert_eq!(device["verification_uri"], format!("{ISSUER}/device"));
        let complete = format!("{ISSUER}/device?user_code={}", code(&device));
        assert_eq!(device["verification_uri_complete"], complete);
        assert_eq!((&device["expires_in"], &device["interval"]), (&600.into(), &5.into()));
        devices.insert(device["device_code"].to_string());
        users.insert(letters);
    }
    assert_eq!((devices.len(), users.len()), (50, 50));
    let device = house.world.begin().await;
    let mut browser = house.signed_in("alice").await;
    for typed in [
        code(&device).to_lowercase(),
        code(&device).replace('-', ""),
        format!(" {} ", code(&device).replace('-', " ")),
    ] {
        assert!(browser.type_code(&typed).await.is_consent(), "{typed}");
    }
}

#[tokio::test]
async fn a99_only_a_client_that_may_begins() {
    let house = house().await;
    let world = &house.world;
    for (body, error) in [
        ("client_id=spa", "unauthorized_client"),
        ("client_id=nobody", "invalid_client"),
        ("client_id=printer", "invalid_client"),
        ("", "invalid_client"),
        ("client_id=tv&scope=admin", "invalid_scope"),
        ("client_id=tv&resource=https://other.example.com", "invalid_target"),
        ("client_id=tv&client_id=tv", "invalid_request"),
    ] {
        assert_eq!(world.post("/device_authorization", body).await.error(), error, "{body}");
    }
    world.post_as("printer", "/device_authorization", "scope=read").await.ok();
    assert_eq!(world.get("/device_authorization").await.status, 405);
}

/// In the name of a public client anyone can ask.
#[tokio::test]
async fn one_network_does_not_use_up_the_requests_of_all_devices() {
    let house = house().await;
    let begin = async |address: &str| {
        let peer = SocketAddr::new(address.parse().unwrap(), 50_000);
        let request = Request::post("/device_authorization")
            .extension(ConnectInfo(peer))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("client_id=tv&scope=read"));
        house.world.send(request.unwrap()).await
    };
    for request in 0..310 {
        let answer = begin("2001:db8::1").await;
        assert_eq!(answer.status, if request < 30 { 200 } else { 429 }, "{request}");
    }
    let refused = begin("2001:db8::2").await;
    assert_eq!(refused.refusal(), (429, "temporarily_unavailable".to_owned()));
    assert_eq!(refused.header("retry-after"), "60");
    begin("2001:db8:0:1::1").await.ok();
    house.clock.advance(60);
    begin("2001:db8::1").await.ok();
}

#[tokio::test]
async fn a100_a_device_waits_slows_down_and_gets_its_tokens_once() {
    let house = house().await;
    let world = &house.world;
    let device = world.begin().await;
    assert_eq!(world.poll(&device).await.refusal(), (400, "authorization_pending".to_owned()));
    house.clock.advance(4);
    assert_eq!(world.poll(&device).await.refusal(), (400, "slow_down".to_owned()));
    // The interval is 10 seconds now, and stays so.
    house.clock.advance(9);
    assert_eq!(world.poll(&device).await.error(), "slow_down");
    house.clock.advance(15);
    assert_eq!(world.poll(&device).await.error(), "authorization_pending");
    let mut browser = house.signed_in("alice").await;
    let page = browser.type_code(code(&device)).await;
    let done = browser.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(done.status, 200);
    // The code is another client's: it uses nothing up.
    let asked = [("grant_type", GRANT), ("device_code", device["device_code"].as_str().unwrap())];
    let stolen = world.post_as("printer", "/token", &form(&asked)).await;
    assert_eq!(stolen.error(), "invalid_grant");
    house.clock.advance(15);
    let tokens = world.poll(&device).await.ok();
    assert_eq!(tokens["scope"], "openid read");
    assert!(tokens["id_token"].is_string());
    let claims = super::support::claims_of(tokens["access_token"].as_str().unwrap());
    assert_eq!(claims["sub"], house.alice.as_str());
    assert_eq!(claims["client_id"], "tv");
    house.clock.advance(15);
    assert_eq!(world.poll(&device).await.error(), "invalid_grant");
    world.refresh("tv", tokens["refresh_token"].as_str().unwrap()).await.ok();
}

#[tokio::test]
async fn a100_a_poll_that_is_refused_or_fails_does_not_use_the_code_up() {
    let house = house().await;
    let world = &house.world;
    let device = world.begin().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.type_code(code(&device)).await;
    browser.submit(&page, &[("decision", "allow")]).await;
    // One that the client may have, but was not granted, and others.
    for (resource, more) in [(FILES, None), ("https://other.example", None), (API, Some(FILES))] {
        let more = more.map(|it| ("resource", it));
        let asked: Vec<_> = [("resource", resource)].into_iter().chain(more).collect();
        assert_eq!(world.poll_with(&device, &asked).await.error(), "invalid_target", "{asked:?}");
    }
    for method in ["AssignmentStore::account_with_assignments", "AuthorizationStore::begin_grant"] {
        house.store.faults().fail_on(&[method]);
        assert_eq!(world.poll(&device).await.status, 503, "{method}");
        house.store.faults().fail_on(&[]);
    }
    let tokens = world.poll_with(&device, &[("resource", API)]).await.ok();
    assert_eq!(tokens["scope"], "openid read");
    assert_eq!(world.poll(&device).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a100_of_polls_at_once_one_gets_the_tokens() {
    let house = house().await;
    let device = house.world.begin().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.type_code(code(&device)).await;
    browser.submit(&page, &[("decision", "allow")]).await;
    let polls = (0..8).map(|_| house.world.poll(&device));
    let answers = futures_util::future::join_all(polls).await;
    let got = answers.iter().filter(|it| it.status == 200).count();
    assert_eq!(got, 1);
    assert!(answers.iter().filter(|it| it.status != 200).all(|it| it.error() == "invalid_grant"));
}

#[tokio::test]
async fn a100_a_device_hears_that_it_was_denied_or_is_too_late() {
    let house = house().await;
    let world = &house.world;
    let device = world.begin().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.type_code(code(&device)).await;
    browser.submit(&page, &[("decision", "deny")]).await;
    assert_eq!(world.poll(&device).await.refusal(), (400, "access_denied".to_owned()));
    // What is decided is decided.
    assert_eq!(browser.submit(&page, &[("decision", "allow")]).await.status, 400);
    let late = world.begin().await;
    let page = browser.type_code(code(&late)).await;
    house.clock.advance(600);
    assert_eq!(browser.submit(&page, &[("decision", "allow")]).await.status, 400);
    assert_eq!(world.poll(&late).await.refusal(), (400, "expired_token".to_owned()));
    let unknown = serde_json::json!({"device_code": "unknown"});
    assert_eq!(world.poll(&unknown).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a101_codes_are_not_guessed_in_one_session_or_from_one_address_or_by_many() {
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    for _ in 0..10 {
        assert_eq!(browser.type_code("BBBB-BBBB").await.status, 400);
    }
    let device = house.world.begin().await;
    let refused = browser.type_code(code(&device)).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), "600");
    // Another session goes on, and this one later.
    let mut other = house.signed_in("alice").await;
    assert!(other.type_code(code(&device)).await.is_consent());
    house.clock.advance(600);
    let device = house.world.begin().await;
    assert!(browser.type_code(code(&device)).await.is_consent());
    // Who has many sessions is stopped by the limit for an address, and who has those, too, by that for all.
    for guess in 0..50 {
        if guess % 10 == 0 {
            browser = house.signed_in("alice").await;
            browser.peer = Some("198.51.100.7:4000".parse().unwrap());
        }
        assert_eq!(browser.type_code("BBBB-BBBB").await.status, 400);
    }
    browser = house.signed_in("alice").await;
    browser.peer = Some("[::ffff:198.51.100.7]:4001".parse().unwrap());
    assert_eq!(browser.type_code(code(&device)).await.status, 429);
    browser.peer = Some("198.51.100.8:4000".parse().unwrap());
    assert!(browser.type_code(code(&device)).await.is_consent());
    let (all, limit) =
        (Digest::of(&[b"user-code all"]), Limit { attempts: 1_000, window_seconds: 600 });
    let now = house.world.now();
    while let Attempt::Allowed { left: 1.. } = house.store.hit(&all, limit, now).await.unwrap() {}
    browser.peer = None;
    assert_eq!(browser.type_code(code(&device)).await.status, 429);
}

#[tokio::test]
async fn a101_a_decision_about_a_code_is_no_guess() {
    let house = house().await;
    let device = house.world.begin().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.type_code(code(&device)).await;
    assert!(page.is_consent());
    let (all, limit) =
        (Digest::of(&[b"user-code all"]), Limit { attempts: 1_000, window_seconds: 600 });
    let now = house.world.now();
    while let Attempt::Allowed { left: 1.. } = house.store.hit(&all, limit, now).await.unwrap() {}
    assert_eq!(browser.type_code(code(&device)).await.status, 429);
    assert_eq!(browser.submit(&page, &[("decision", "allow")]).await.status, 200);
    house.world.poll(&device).await.ok();
}

#[tokio::test]
async fn a101_nothing_is_looked_up_for_who_has_not_signed_in() {
    let house = house().await;
    let device = house.world.begin().await;
    let mut browser = house.browser();
    let right = browser.type_code(code(&device)).await;
    let wrong = browser.type_code("BBBB-BBBB").await;
    assert!(right.is_sign_in() && wrong.is_sign_in());
    assert_eq!((right.status, right.body.len()), (wrong.status, wrong.body.len()));
    let page = browser.sign_in(&right, "alice").await;
    assert!(page.is_consent(), "{page:?}");
    // A second factor is asked for here, too.
    let mut browser = house.browser();
    let page = browser.type_code(code(&device)).await;
    let page = browser.sign_in(&page, "bob").await;
    assert!(page.text().contains("name=\"code\""), "{page:?}");
    let answer = browser.submit(&page, &[("code", &house.totp())]).await;
    assert!(browser.follow(answer).await.is_consent());
    let mut browser = house.browser();
    let page = browser.type_code(code(&device)).await;
    let (action, hidden) = page.form();
    let wrong = [("interaction", &*hidden), ("username", "alice"), ("password", "wrong")];
    let answer = browser.post(&action, &form(&wrong)).await;
    assert!(answer.status == 401 && answer.is_sign_in());
}

#[tokio::test]
async fn a102_the_page_names_the_client_and_asks_even_when_the_code_is_in_the_address() {
    let house = house().await;
    let device = house.world.begin().await;
    let mut browser = house.signed_in("alice").await;
    let complete = device["verification_uri_complete"].as_str().unwrap();
    let page = browser.get(complete.strip_prefix(ISSUER).unwrap()).await;
    assert_eq!(house.world.poll(&device).await.error(), "authorization_pending");
    assert!(page.text().contains(&format!("value=\"{}\"", code(&device))));
    let page = browser.submit(&page, &[("user_code", code(&device))]).await;
    assert!(page.is_consent());
    for expected in
        ["Example &lt;TV&gt;", code(&device), "See your orders", "If another person sent you"]
    {
        assert!(page.text().contains(expected), "{expected}: {}", page.text());
    }
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    house.clock.advance(5);
    assert_eq!(house.world.poll(&device).await.error(), "authorization_pending");
}

#[tokio::test]
async fn a102_only_the_browser_that_was_asked_decides_by_its_own_page() {
    let house = house().await;
    let device = house.world.begin().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.type_code(code(&device)).await;
    // The page of another site.
    let mut cross = browser.clone();
    cross.headers = vec![("sec-fetch-site", "cross-site")];
    assert_eq!(cross.submit(&page, &[("decision", "allow")]).await.status, 403);
    let mut old = browser.clone();
    old.headers = vec![("origin", "https://evil.example")];
    assert_eq!(old.submit(&page, &[("decision", "allow")]).await.status, 403);
    // The form of an attacker's browser, sent by the victim's.
    let mut victim = house.signed_in("alice").await;
    let sent = victim.submit(&page, &[("decision", "allow")]).await;
    assert!(!sent.text().contains("connected"), "{sent:?}");
    // A form of another step.
    let first = browser.get("/device").await;
    let sent = browser.submit(&first, &[("decision", "allow"), ("user_code", code(&device))]).await;
    assert!(!sent.text().contains("connected"), "{sent:?}");
    // By an address nothing is decided.
    let query = form(&[("user_code", code(&device)), ("decision", "allow")]);
    browser.get(&format!("/device?{query}")).await;
    assert_eq!(house.world.poll(&device).await.error(), "authorization_pending");
    browser.headers = vec![("sec-fetch-site", "same-origin"), ("origin", "null")];
    let done = browser.submit(&page, &[("decision", "allow")]).await;
    assert!(done.text().contains("connected"), "{done:?}");
    house.clock.advance(5);
    house.world.poll(&device).await.ok();
}
