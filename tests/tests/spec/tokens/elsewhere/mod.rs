//! The layer of docs/callers.md that moves a token to `Authorization`, over real HTTP.

mod layer;

use std::net::SocketAddr;

use auth_core::routing::{get, post};
use auth_core::{Identity, Rejection, Router, public, requires};
use auth_tests::http::{Answer, authenticator, issuer, send, serve};
use axum::http::{HeaderMap, Uri};
use axum::middleware;

#[requires(authenticated)]
async fn who(caller: Identity, uri: Uri, headers: HeaderMap) -> String {
    let protocols = headers.get("sec-websocket-protocol").and_then(|line| line.to_str().ok());
    format!("{} {uri} {}", caller.subject(), protocols.unwrap_or("none"))
}

#[requires(authenticated)]
async fn change() {}

#[public]
async fn strict(caller: Option<Identity>) -> String {
    caller.map_or_else(|| "a stranger".to_owned(), |caller| caller.subject().to_owned())
}

#[public]
async fn lenient(caller: Result<Identity, Rejection>) -> String {
    caller.map_or_else(|_| "a stranger".to_owned(), |caller| caller.subject().to_owned())
}

async fn service() -> (SocketAddr, String) {
    let (issuer, _) = issuer();
    let app = Router::new()
        .route("/who", get(who))
        .route("/change", post(change))
        .route("/strict", get(strict))
        .route("/lenient", get(lenient));
    let app = app.protect(authenticator(&issuer)).unwrap();
    let address = serve(app.layer(middleware::from_fn(layer::move_token))).await;
    (address, issuer.token("alice").sign().unwrap())
}

fn body(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{answer:?}");
    &answer.body
}

#[test]
fn the_document_shows_the_layer_that_is_tested() {
    let document = include_str!("../../../../../docs/callers.md");
    assert!(document.contains(include_str!("layer.rs").trim()), "docs/callers.md has another one");
}

#[tokio::test]
async fn a_cookie_is_a_credential_of_its_own_pages_only() {
    let (service, token) = service().await;
    let cookie = format!("cookie: theme=dark; __Host-token={token}");
    let own = "origin: https://shop.example";
    let answer = send(service, "GET", "/who", &[&cookie]).await;
    assert_eq!(body(&answer), "alice /who none");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(send(service, "POST", "/change", &[&cookie, own]).await.status, 200);
    for origin in ["origin: https://evil.example", "origin: null", "x-none: x"] {
        let answer = send(service, "POST", "/change", &[&cookie, origin]).await;
        assert_eq!(answer.status, 403, "{origin}");
        let upgrade = ["upgrade: websocket", &cookie, origin];
        assert_eq!(send(service, "GET", "/who", &upgrade).await.status, 403, "{origin}");
    }
    let twice = format!("{cookie}; __Host-token={token}");
    let longer = format!("cookie: x__Host-token={token}");
    for odd in
        [twice.as_str(), longer.as_str(), "cookie: __Host-token=", "cookie: __Host-token=a b"]
    {
        assert_eq!(send(service, "GET", "/who", &[odd]).await.status / 100, 4, "{odd}");
    }
    // What is in its own place counts alone.
    let stale = [cookie.as_str(), "authorization: Bearer stale"];
    assert_eq!(send(service, "GET", "/who", &stale).await.status, 401);
}

#[tokio::test]
async fn a_web_socket_brings_its_token_among_the_protocols() {
    let (service, token) = service().await;
    let offered = format!("sec-websocket-protocol: shop.v1, bearer.{token}");
    let answer = send(service, "GET", "/who", &["upgrade: websocket", &offered]).await;
    assert_eq!(body(&answer), "alice /who shop.v1");
    let twice = format!("{offered}, bearer.{token}");
    assert_eq!(send(service, "GET", "/who", &[&twice]).await.status, 401);
}

#[tokio::test]
async fn an_event_source_brings_its_token_in_the_query() {
    let (service, token) = service().await;
    let accept = "accept: text/event-stream";
    let path = format!("/who?a=1&access_token={token}&b=2");
    assert_eq!(body(&send(service, "GET", &path, &[accept]).await), "alice /who?a=1&b=2 none");
    assert_eq!(send(service, "GET", &path, &[]).await.status, 401);
    let only = format!("/who?access_token={token}");
    assert_eq!(body(&send(service, "GET", &only, &[accept]).await), "alice /who none");
    let twice = format!("{path}&access_token={token}");
    assert_eq!(send(service, "GET", &twice, &[accept]).await.status, 401);
}

#[tokio::test]
async fn a_stale_token_is_refused_by_option_and_a_stranger_by_result() {
    let (service, token) = service().await;
    let good = format!("authorization: Bearer {token}");
    for path in ["/strict", "/lenient"] {
        assert_eq!(body(&send(service, "GET", path, &[&good]).await), "alice");
        assert_eq!(body(&send(service, "GET", path, &[]).await), "a stranger");
    }
    for stale in ["authorization: Bearer stale", "authorization: Bearer undefined"] {
        assert_eq!(send(service, "GET", "/strict", &[stale]).await.status, 401);
        assert_eq!(body(&send(service, "GET", "/lenient", &[stale]).await), "a stranger");
    }
}
