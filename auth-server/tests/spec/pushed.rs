//! Pushed authorization requests: requirements 85 to 89.

use auth_core::testing::DpopKey;
use auth_server::Client;

use super::support::{Answer, CALLBACK, House, Http, SECRET, VERIFIER, basic, form, request};

const PUSHER: &str = "pusher";

/// A server with a client that has to push, and whose users are not asked.
async fn house() -> House {
    House::with(|builder| {
        let client = Client::public(PUSHER).redirect_uri(CALLBACK).scopes(["openid", "read"]);
        builder.client(client.first_party().require_pushed_authorization_requests())
    })
    .await
}

async fn push(http: Http, changes: &[(&str, &str)]) -> Answer {
    let mut all = vec![("client_id", PUSHER)];
    all.extend(changes);
    http.post("/par", &request(&all), &[]).await
}

fn request_uri(answer: Answer) -> String {
    answer.ok()["request_uri"].as_str().unwrap().to_owned()
}

/// The address of a request that was pushed.
fn pushed(client_id: &str, request_uri: &str) -> String {
    format!("/authorize?{}", form(&[("client_id", client_id), ("request_uri", request_uri)]))
}

#[tokio::test]
async fn a85_a_request_is_pushed_by_a_client_that_authenticates() {
    let house = house().await;
    let http = house.world.serve().await;
    let answer = push(http, &[]).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), "no-store");
    let pushed = answer.json();
    assert_eq!(pushed["expires_in"], 60);
    let uri = pushed["request_uri"].as_str().unwrap();
    let secret = uri.strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap();
    assert_eq!(secret.len(), 43);
    // A confidential one by its secret, and not without.
    let header = basic("web", SECRET);
    let query = request(&[("client_id", "web")]);
    let answer = http.post("/par", &query, &[("authorization", &header)]).await;
    assert_eq!(answer.status, 201);
    let refused = (401, "invalid_client".to_owned());
    assert_eq!(http.post("/par", &query, &[]).await.refusal(), refused);
    let wrong = basic("web", "wrong");
    let answer = http.post("/par", &query, &[("authorization", &wrong)]).await;
    assert_eq!(answer.refusal(), refused);
    assert_eq!(push(http, &[("client_id", "nobody")]).await.refusal(), refused);
    // What is wrong with a request is said at once.
    for (change, error) in [
        (("redirect_uri", "https://evil.example/"), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "admin"), "invalid_scope"),
        (("resource", "https://evil.example"), "invalid_target"),
    ] {
        assert_eq!(push(http, &[change]).await.refusal(), (400, error.to_owned()), "{change:?}");
    }
}

#[tokio::test]
async fn a86_a_pushed_request_leads_to_no_other() {
    let house = house().await;
    let http = house.world.serve().await;
    let uri = request_uri(push(http, &[]).await);
    for inside in [&*uri, "https://evil.example/request", "urn:ietf:params:oauth:request_uri:a"] {
        let answer = push(http, &[("request_uri", inside)]).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{inside}");
    }
}

#[tokio::test]
async fn a87_a_pushed_request_is_its_clients_and_used_once_and_soon() {
    let house = house().await;
    let http = house.world.serve().await;
    let uri = request_uri(push(http, &[]).await);
    // Another client uses nothing up.
    let mut browser = house.browser();
    assert!(browser.get(&pushed("spa", &uri)).await.is_error_page());
    let answer = browser.get(&pushed(PUSHER, &uri)).await;
    let page = browser.follow(answer).await;
    assert!(page.is_sign_in(), "{}", page.text());
    // Once more, by another browser.
    assert!(house.browser().get(&pushed(PUSHER, &uri)).await.is_error_page());
    // Once the sign-in began there is more time than for the request.
    house.clock.advance(300);
    let answer = browser.sign_in(&page, "alice").await;
    let code = answer.code().unwrap();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("code_verifier", VERIFIER),
        ("client_id", PUSHER),
        ("redirect_uri", CALLBACK),
    ];
    http.post("/token", &form(&pairs), &[]).await.ok();
    // Too late, and none at all.
    let uri = request_uri(push(http, &[]).await);
    house.clock.advance(60);
    assert!(browser.get(&pushed(PUSHER, &uri)).await.is_error_page());
    for uri in ["urn:ietf:params:oauth:request_uri:a", "https://evil.example/", "a"] {
        assert!(!browser.get(&pushed(PUSHER, uri)).await.status.is_success(), "{uri}");
    }
}

#[tokio::test]
async fn a87_of_many_browsers_with_one_request_one_gets_it() {
    let house = house().await;
    let http = house.world.serve().await;
    let uri = request_uri(push(http, &[]).await);
    let address = pushed(PUSHER, &uri);
    let sent: Vec<_> = (0..12)
        .map(|_| {
            let address = address.clone();
            tokio::spawn(async move { http.request("GET", &address, &[], b"").await.status })
        })
        .collect();
    let mut good = 0;
    for status in sent {
        good += usize::from(status.await.unwrap() == 303);
    }
    assert_eq!(good, 1);
}

#[tokio::test]
async fn a88_a_client_that_has_to_push_is_not_served_otherwise() {
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    let plain = browser.authorize(&[("client_id", PUSHER)]).await;
    assert_eq!(plain.sent_error(), "invalid_request");
    let http = house.world.serve().await;
    let uri = request_uri(push(http, &[]).await);
    assert!(browser.get(&pushed(PUSHER, &uri)).await.code().is_some());
}

#[tokio::test]
async fn a89_what_is_beside_a_request_uri_has_no_effect() {
    let house = house().await;
    let http = house.world.serve().await;
    let mut browser = house.signed_in("alice").await;
    let uri = request_uri(push(http, &[("state", "pushed")]).await);
    let beside = form(&[
        ("redirect_uri", "https://evil.example/"),
        ("state", "beside"),
        ("scope", "openid read write"),
        ("prompt", "login"),
        ("code_challenge", "a"),
        ("response_type", "token"),
    ]);
    let answer = browser.get(&format!("{}&{beside}", pushed(PUSHER, &uri))).await;
    let parameters = answer.parameters();
    assert_eq!(parameters["state"], "pushed");
    assert!(answer.location().starts_with(CALLBACK));
    assert!(parameters.contains_key("code"));
}

#[tokio::test]
async fn a93_the_key_of_a_proof_at_the_pushed_request_is_that_at_the_token_endpoint() {
    let house = house().await;
    let http = house.world.serve().await;
    let key = || DpopKey::generate().unwrap().with_clock(house.clock.clone());
    let (key, other) = (key(), key());
    let par = key.proof("POST", "https://id.example.com/par");
    let query = request(&[("client_id", PUSHER)]);
    let answer = http.post("/par", &query, &[("dpop", &par.clone().sign().unwrap())]).await;
    let uri = request_uri(answer);
    // The proof of the one and a `dpop_jkt` of another key.
    let both = request(&[("client_id", PUSHER), ("dpop_jkt", other.thumbprint())]);
    let again = par.id("another").sign().unwrap();
    let answer = http.post("/par", &both, &[("dpop", &again)]).await;
    assert!(matches!(&*answer.error(), "invalid_request" | "invalid_dpop_proof"));
    let mut browser = house.signed_in("alice").await;
    let code = browser.get(&pushed(PUSHER, &uri)).await.code().unwrap();
    let form = form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", VERIFIER),
        ("client_id", PUSHER),
    ]);
    let prove = |key: &DpopKey| key.proof("POST", "https://id.example.com/token").sign().unwrap();
    assert_eq!(http.post("/token", &form, &[]).await.error(), "invalid_dpop_proof");
    let answer = http.post("/token", &form, &[("dpop", &prove(&other))]).await;
    assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()));
    http.post("/token", &form, &[("dpop", &prove(&key))]).await.ok();
}
