//! Clients that were not vetted: those that registered themselves, and those with a document.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_server::{Cimd, DynamicRegistration};
use axum::body::Body;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::{API, Answer, Browser, House, ISSUER, VERIFIER, claims_of, form};

const WEB: &str = "https://stranger.example/cb";
const LOOPBACK: &str = "http://127.0.0.1/cb";

async fn house() -> House {
    House::with(|builder| {
        builder
            .dynamic_registration(DynamicRegistration::open().max_scopes(["openid", "read"]))
            .client_id_metadata_documents(
                Cimd::any_host().max_scopes(["openid", "read"]).allow_http_on_loopback(),
            )
    })
    .await
}

/// Registers a client with this redirect URI.
async fn register(house: &House, redirect_uri: &str) -> Value {
    let body = json!({
        "client_name": "Stranger",
        "redirect_uris": [redirect_uri],
        "token_endpoint_auth_method": "none",
        "scope": "openid read",
    });
    let request = Request::post("/register").header(CONTENT_TYPE, "application/json");
    house.world.send(request.body(Body::from(body.to_string())).unwrap()).await.ok()
}

async fn ask(browser: &mut Browser<'_>, client: &Value, uri: &str, more: (&str, &str)) -> Answer {
    let id = client["client_id"].as_str().unwrap();
    browser.authorize(&[("client_id", id), ("redirect_uri", uri), more]).await
}

/// Holds P-39.
#[tokio::test]
async fn a15_no_error_goes_to_a_client_that_was_not_vetted_before_a_user_has_signed_in() {
    let house = house().await;
    let client = register(&house, WEB).await;
    let wrong = ("scope", "write");
    let mut browser = house.browser();
    let page = ask(&mut browser, &client, WEB, wrong).await;
    assert!(page.is_sign_in() && page.location().is_empty(), "{page:?}");
    let answer = browser.sign_in(&page, "alice").await;
    assert_eq!(answer.sent_error(), "invalid_scope");
    assert!(answer.location().starts_with(WEB));
    // Who has signed in already is not asked again, and `prompt=none` shows no page.
    assert_eq!(ask(&mut browser, &client, WEB, wrong).await.sent_error(), "invalid_scope");
    let none = ask(&mut house.browser(), &client, WEB, ("prompt", "none")).await;
    assert_eq!(none.sent_error(), "login_required");
    // Of a client of the settings it leaves at once.
    let vetted = house.browser().authorize(&[("scope", "admin")]).await;
    assert_eq!(vetted.sent_error(), "invalid_scope");
}

#[tokio::test]
async fn a30_consent_to_a_program_on_a_device_that_was_not_vetted_is_asked_for_each_time() {
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    let (native, web) = (register(&house, LOOPBACK).await, register(&house, WEB).await);
    for (client, uri, is_asked_again) in
        [(&native, "http://127.0.0.1:49152/cb", true), (&web, WEB, false)]
    {
        let page = ask(&mut browser, client, uri, ("state", "1")).await;
        assert!(page.is_consent(), "{page:?}");
        assert!(browser.submit(&page, &[("decision", "allow")]).await.code().is_some());
        let again = ask(&mut browser, client, uri, ("state", "2")).await;
        assert_eq!(again.is_consent(), is_asked_again, "{uri}");
        if is_asked_again {
            let none = ask(&mut browser, client, uri, ("prompt", "none")).await;
            assert_eq!(none.sent_error(), "consent_required");
        }
    }
}

#[tokio::test]
async fn a24_a_client_that_has_changed_is_asked_for_again() {
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    let client = register(&house, WEB).await;
    let page = ask(&mut browser, &client, WEB, ("state", "1")).await;
    // While the page is open, the client becomes another one: what was shown is not what is granted.
    let other = "https://other.example/cb";
    let body = json!({
        "client_id": client["client_id"],
        "client_name": "Your Bank",
        "redirect_uris": [WEB, other],
        "token_endpoint_auth_method": "none",
        "scope": "openid read",
    });
    let uri = client["registration_client_uri"].as_str().unwrap();
    let path = uri.strip_prefix(house.world.server.issuer()).unwrap();
    let token = format!("Bearer {}", client["registration_access_token"].as_str().unwrap());
    let change = || {
        let request = Request::put(path).header(CONTENT_TYPE, "application/json");
        request.header(AUTHORIZATION, &token).body(Body::from(body.to_string())).unwrap()
    };
    house.world.send(change()).await.ok();
    let answer = browser.submit(&page, &[("decision", "allow")]).await;
    assert!(answer.code().is_none(), "{answer:?}");
    let page = browser.follow(answer).await;
    assert!(page.is_consent() && page.text().contains("Your Bank"), "{page:?}");
    assert!(browser.submit(&page, &[("decision", "allow")]).await.code().is_some());
    assert!(ask(&mut browser, &client, WEB, ("state", "2")).await.code().is_some());
}

#[tokio::test]
async fn a119_the_page_says_where_the_client_is_and_warns_of_programs_on_the_device() {
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    let native = register(&house, LOOPBACK).await;
    let uri = "http://127.0.0.1:49152/cb";
    let text = ask(&mut browser, &native, uri, ("state", "1")).await.text();
    assert!(text.contains("<code>127.0.0.1:49152</code>"), "{text}");
    assert!(text.contains("any program there could claim its name"), "{text}");
    let web = register(&house, WEB).await;
    let text = ask(&mut browser, &web, WEB, ("state", "1")).await.text();
    assert!(text.contains("<code>stranger.example</code>"), "{text}");
    assert!(text.contains("The operator of this site has not checked this application"), "{text}");
    let vetted = browser.authorize(&[]).await.text();
    assert!(!vetted.contains("The operator") && !vetted.contains("any program"), "{vetted}");
}

/// For an API it is no matter which scopes a token has, where roles decide.
#[tokio::test]
async fn a82_a110_a_client_that_may_have_no_scope_of_a_resource_gets_no_token_for_it() {
    let house = House::with(|builder| {
        let registration = DynamicRegistration::open().max_scopes(["openid"]);
        let documents = Cimd::any_host().max_scopes(["openid"]).allow_http_on_loopback();
        builder.dynamic_registration(registration).client_id_metadata_documents(documents)
    })
    .await;
    let registered = register(&house, WEB).await;
    let (documented, _) = document().await;
    let mut browser = house.signed_in("alice").await;
    for id in [registered["client_id"].as_str().unwrap(), &documented] {
        for scope in ["openid", ""] {
            let request = [("client_id", id), ("redirect_uri", WEB), ("scope", scope)];
            let asked = [&request[..], &[("resource", API)]].concat();
            assert_eq!(browser.authorize(&asked).await.sent_error(), "invalid_target");
            let page = browser.authorize(&request).await;
            let is_asked = page.is_consent();
            let answer =
                if is_asked { browser.submit(&page, &[("decision", "allow")]).await } else { page };
            let body = form(&[
                ("grant_type", "authorization_code"),
                ("code", &answer.code().unwrap()),
                ("code_verifier", VERIFIER),
                ("client_id", id),
            ]);
            let tokens = house.world.post("/token", &body).await.ok();
            let claims = claims_of(tokens["access_token"].as_str().unwrap());
            assert_eq!(claims["aud"], ISSUER, "{id} {scope}");
        }
    }
}

/// A host with the document of a client; how often it was asked for.
async fn document() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let id = format!("http://{address}/client.json");
    let asked = Arc::new(AtomicUsize::new(0));
    let document = json!({
        "client_id": id,
        "client_name": "Agent",
        "redirect_uris": [WEB],
        "token_endpoint_auth_method": "none",
    });
    let count = Arc::clone(&asked);
    let serve = move || {
        count.fetch_add(1, Ordering::SeqCst);
        let document = document.clone();
        async move { axum::Json(document) }
    };
    let app = axum::Router::new().route("/client.json", axum::routing::get(serve));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (id, asked)
}

#[tokio::test]
async fn a117_a119_the_document_of_a_client_is_fetched_when_a_user_has_signed_in() {
    let house = house().await;
    let (id, asked) = document().await;
    let mut browser = house.browser();
    let changes = [("client_id", id.as_str()), ("redirect_uri", WEB)];
    let page = browser.authorize(&changes).await;
    assert!(page.is_sign_in() && asked.load(Ordering::SeqCst) == 0, "{page:?}");
    let source = "form-action 'self' https://stranger.example;";
    assert!(page.header("content-security-policy").contains(source));
    // Without a page nothing is fetched, and there is no redirect.
    let none = [("client_id", id.as_str()), ("redirect_uri", WEB), ("prompt", "none")];
    assert!(browser.authorize(&none).await.is_error_page());
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    let page = browser.sign_in(&page, "alice").await;
    assert!(page.is_consent(), "{page:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let host = id.strip_prefix("http://").unwrap().split_once(':').unwrap().0;
    assert!(page.text().contains(&format!("(<code>{host}</code>)")), "{}", page.text());
    assert!(browser.submit(&page, &[("decision", "allow")]).await.code().is_some());
    // What its document does not name is refused with a page.
    let evil = [("client_id", id.as_str()), ("redirect_uri", "https://evil.example/")];
    let page = house.browser().authorize(&evil).await;
    assert!(page.is_sign_in() || page.is_error_page());
    assert!(browser.authorize(&evil).await.is_error_page());
}
