//! A credential that browsers send on their own counts only in requests of the application's pages.

use auth_core::routing::{get, post};
use auth_core::{Identity, Method, Router, requires};
use auth_tests::http::{Answer, issuer, serve};

use super::{builder, send};

#[requires(method = Session | ApiKey | Bearer)]
async fn change(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(method = Session)]
async fn look(caller: Identity) -> String {
    caller.subject().to_owned()
}

async fn app() -> std::net::SocketAddr {
    let (issuer, _) = issuer();
    let authenticator =
        builder(&issuer).trusted_origins(["https://app.shop.test"]).build().unwrap();
    let routes = Router::new().route("/change", post(change)).route("/look", get(look));
    serve(routes.protect(authenticator).unwrap()).await
}

const SESSION: (&str, &str) = ("cookie", "sid=alice.clerk");

fn is_refused(answer: &Answer) -> bool {
    let refused = answer.status == 403;
    if refused {
        assert_eq!(answer.json()["code"], "cross_site_request");
        assert!(answer.all("www-authenticate").is_empty());
        assert_eq!(answer.all("vary"), ["Sec-Fetch-Site, Origin"]);
    }
    refused
}

#[tokio::test]
async fn a_change_by_cookie_needs_a_word_of_the_browser() {
    let app = app().await;
    for (header, refused) in [
        (None, true),
        (Some(("sec-fetch-site", "same-origin")), false),
        (Some(("sec-fetch-site", "none")), false),
        (Some(("sec-fetch-site", "same-site")), true),
        (Some(("sec-fetch-site", "cross-site")), true),
        (Some(("origin", "https://app.shop.test")), false),
        (Some(("origin", "https://evil.test")), true),
    ] {
        let headers: Vec<_> = [SESSION].into_iter().chain(header).collect();
        let answer = send(app, "POST", "/change", &headers).await;
        assert_eq!(is_refused(&answer), refused, "{header:?}");
        assert_eq!(answer.body == "alice", !refused, "{header:?}");
    }
}

#[tokio::test]
async fn a_look_by_cookie_needs_none_but_a_web_socket_does() {
    let app = app().await;
    assert_eq!(send(app, "GET", "/look", &[SESSION]).await.body, "alice");
    let foreign = ("sec-fetch-site", "cross-site");
    assert_eq!(send(app, "GET", "/look", &[SESSION, foreign]).await.body, "alice");
    let socket = ("upgrade", "websocket");
    assert!(is_refused(&send(app, "GET", "/look", &[SESSION, socket]).await));
    let own = ("origin", "https://app.shop.test");
    assert_eq!(send(app, "GET", "/look", &[SESSION, socket, own]).await.body, "alice");
}

#[tokio::test]
async fn a_credential_that_a_program_sets_needs_none() {
    let app = app().await;
    let key = send(app, "POST", "/change", &[("x-api-key", "key-of-reports")]).await;
    assert_eq!(key.body, "reports");
    assert_eq!(Method::ApiKey.as_str(), "api-key");
}
