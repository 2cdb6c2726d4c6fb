//! The scheme over real HTTP: method, challenge, OpenAPI and map.

#![cfg(test)]

use std::net::SocketAddr;

use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use corporate_proxy::{authenticator, document, proxy, routes};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const KEY: &[u8] = b"the key of the proxy";
const NOW: u64 = 1_800_000_000;

async fn serve() -> (SocketAddr, TestIssuer) {
    let clock = FixedClock::new(NOW);
    let issuer = TestIssuer::new("https://id.test", "books").unwrap().with_clock(clock.clone());
    let app = routes().protect(authenticator(&issuer, KEY, clock).unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, issuer)
}

/// The whole response as text.
async fn get(address: SocketAddr, path: &str, headers: &[(String, String)]) -> String {
    let start = format!("GET {path} HTTP/1.1\r\nhost: books.test\r\nconnection: close\r\n");
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    let request = [start].into_iter().chain(lines).collect::<String>() + "\r\n";
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

fn signed(path: &str, user: &str, groups: &str, sent_at: u64) -> Vec<(String, String)> {
    let sent_at = sent_at.to_string();
    let headers = proxy::sign(KEY, "GET", path, [user, groups, &sent_at]).unwrap();
    headers.map(|(name, value)| (name.to_string(), value)).to_vec()
}

fn status(response: &str) -> u16 {
    response.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_proxy_says_who_calls() {
    let (app, issuer) = serve().await;
    let ledger = get(app, "/ledger", &signed("/ledger", "alice", "finance, sales", NOW)).await;
    assert!(ledger.ends_with("the ledger, for alice"), "{ledger}");
    let sales = get(app, "/ledger", &signed("/ledger", "bob", "sales", NOW)).await;
    assert_eq!(status(&sales), 403);
    let me = get(app, "/me", &signed("/me", "alice", "", NOW)).await;
    assert!(me.ends_with("alice by corporate-sso"), "{me}");
    let token = issuer.token("reports").sign().unwrap();
    let bearer = [("authorization".to_owned(), format!("Bearer {token}"))];
    assert!(get(app, "/me", &bearer).await.ends_with("reports by bearer"));
    assert_eq!(status(&get(app, "/ledger", &bearer).await), 401, "it accepts no tokens");
    let headers = signed("/export", "alice", "finance", NOW);
    assert_eq!(status(&get(app, "/export", &headers).await), 401, "a scheme opens nothing");
}

#[tokio::test]
async fn what_the_proxy_did_not_sign_is_refused() {
    let (app, _) = serve().await;
    let signed = || signed("/ledger", "alice", "finance", NOW);
    for (place, value) in [(0, "bob"), (1, "finance,board"), (2, "1800000001"), (3, "AAAA")] {
        let mut forged = signed();
        forged[place].1 = value.to_owned();
        assert_eq!(status(&get(app, "/ledger", &forged).await), 401, "{value}");
    }
    assert_eq!(status(&get(app, "/ledger?all", &signed()).await), 401, "another target");
    for age in [31, 3600] {
        let old = self::signed("/ledger", "alice", "finance", NOW - age);
        assert_eq!(status(&get(app, "/ledger", &old).await), 401);
    }
    let mut twice = signed();
    twice.push(("x-sso-user".to_owned(), "bob".to_owned()));
    assert_eq!(status(&get(app, "/ledger", &twice).await), 400);
    let mut unsigned = signed();
    unsigned.pop();
    assert_eq!(status(&get(app, "/ledger", &unsigned).await), 400);
}

#[tokio::test]
async fn a_401_offers_what_the_endpoint_accepts() {
    let (app, _) = serve().await;
    let challenges = |response: String| {
        let lines = response.lines().filter_map(|line| line.strip_prefix("www-authenticate: "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let sso = r#"CorporateSSO login="https://sso.corp.example/login""#;
    assert_eq!(challenges(get(app, "/ledger", &[]).await), [sso]);
    assert_eq!(challenges(get(app, "/me", &[]).await), ["Bearer", sso]);
    assert_eq!(challenges(get(app, "/export", &[]).await), ["Bearer"]);
}

#[test]
fn the_document_and_the_map_say_the_same() {
    let issuer = TestIssuer::new("https://id.test", "books").unwrap();
    let issuer = issuer.with_clock(FixedClock::new(NOW));
    let authenticator = authenticator(&issuer, KEY, FixedClock::new(NOW)).unwrap();
    let document = document(&authenticator).unwrap();
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["corporate-sso"]["name"], "x-sso-user");
    let security = |path: &str| {
        let alternatives = document["paths"][path]["get"]["security"].as_array().unwrap();
        let names = alternatives.iter().flat_map(|it| it.as_object().unwrap().keys().cloned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(security("/ledger"), ["corporate-sso"]);
    assert_eq!(security("/me"), ["bearer", "corporate-sso"]);
    assert_eq!(security("/export"), ["bearer"]);
    let map = routes().access_map();
    let methods = |path: &str| {
        let model = map.model();
        let endpoint = model.endpoints.iter().find(|it| it.path == path).unwrap();
        json!(endpoint.methods)
    };
    assert_eq!(methods("/ledger"), json!(["corporate-sso"]));
    assert_eq!(methods("/me"), json!(["bearer", "corporate-sso"]));
    assert_eq!(methods("/export"), json!(["bearer", "dpop", "mtls"]));
}
