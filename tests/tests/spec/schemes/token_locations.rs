//! Where an access token is: `Authorization`, and other places only where they are asked for.

use auth_core::routing::{get, post};
use auth_core::scheme::TokenLocation;
use auth_core::{Authenticator, Identity, Router, requires};
use auth_tests::http::{Permission, Role, Scope, issuer, serve};
use http::HeaderName;

use super::send;

#[requires(scope = Read)]
async fn read(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(scope = Write)]
async fn write(caller: Identity) -> String {
    caller.subject().to_owned()
}

async fn app(
    issuer: &auth_core::testing::TestIssuer,
    locations: Option<Vec<TokenLocation>>,
) -> std::net::SocketAddr {
    let builder = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap());
    let builder = match locations {
        Some(locations) => builder.token_locations(locations),
        None => builder,
    };
    let routes = Router::new()
        .route("/orders", get(read))
        .route("/orders", post(write))
        .route("/live/{topic}", get(read));
    serve(routes.protect(builder.build().unwrap()).unwrap()).await
}

fn token(issuer: &auth_core::testing::TestIssuer) -> String {
    issuer.token("alice").scopes(["read", "write"]).sign().unwrap()
}

#[tokio::test]
async fn a_token_elsewhere_is_no_credential_unless_it_is_asked_for() {
    let (issuer, _) = issuer();
    let token = token(&issuer);
    let app = app(&issuer, None).await;
    let cookie = format!("token={token}");
    let protocol = format!("chat, bearer.{token}");
    for header in [
        ("cookie", cookie.as_str()),
        ("x-access-token", token.as_str()),
        ("sec-websocket-protocol", protocol.as_str()),
    ] {
        let answer = send(app, "GET", "/orders", &[header]).await;
        assert_eq!((answer.status, answer.all("www-authenticate")), (401, vec!["Bearer"]));
    }
    let in_query = format!("/orders?access_token={token}");
    assert_eq!(send(app, "GET", &in_query, &[]).await.status, 401);
}

#[tokio::test]
async fn another_header_or_the_protocol_of_a_web_socket_carries_the_token() {
    let (issuer, _) = issuer();
    let token = token(&issuer);
    let header = TokenLocation::header(HeaderName::from_static("x-access-token"));
    let protocol = TokenLocation::web_socket_protocol("bearer.");
    let app = app(&issuer, Some(vec![TokenLocation::AUTHORIZATION, header, protocol])).await;
    let socket = format!("chat, bearer.{token}");
    let bearer = format!("Bearer {token}");
    for header in [
        ("authorization", bearer.as_str()),
        ("x-access-token", token.as_str()),
        ("sec-websocket-protocol", socket.as_str()),
    ] {
        assert_eq!(send(app, "GET", "/orders", &[header]).await.body, "alice", "{header:?}");
    }
    let two = [("authorization", bearer.as_str()), ("x-access-token", token.as_str())];
    assert_eq!(send(app, "GET", "/orders", &two).await.status, 400);
    let empty = send(app, "GET", "/orders", &[("sec-websocket-protocol", "bearer.")]).await;
    assert_eq!((empty.status, empty.json()["code"].as_str()), (400, Some("invalid_request")));
}

#[tokio::test]
async fn the_challenge_stays_that_of_rfc_6750() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Some(vec![TokenLocation::cookie("token")])).await;
    let none = send(app, "GET", "/orders", &[]).await;
    assert_eq!((none.status, none.all("www-authenticate")), (401, vec!["Bearer"]));
    let bad = send(app, "GET", "/orders", &[("cookie", "token=x")]).await;
    assert_eq!(bad.status, 401);
    assert!(bad.header("www-authenticate").starts_with(r#"Bearer error="invalid_token""#));
}

#[tokio::test]
async fn the_query_carries_a_token_on_one_route() {
    let (issuer, _) = issuer();
    let token = token(&issuer);
    let query = TokenLocation::query("access_token", "/live/{topic}");
    let app = app(&issuer, Some(vec![TokenLocation::AUTHORIZATION, query])).await;
    let here = format!("/live/orders?access_token={token}");
    assert_eq!(send(app, "GET", &here, &[]).await.body, "alice");
    let twice = format!("{here}&access_token={token}");
    assert_eq!(send(app, "GET", &twice, &[]).await.status, 400);
    let elsewhere = format!("/orders?access_token={token}");
    assert_eq!(send(app, "GET", &elsewhere, &[]).await.status, 401);
    let bearer = format!("Bearer {token}");
    let both = send(app, "GET", &here, &[("authorization", &bearer)]).await;
    assert_eq!(both.status, 400);
}

#[tokio::test]
async fn a_cookie_with_a_token_needs_a_page_of_the_application_to_change_something() {
    let (issuer, _) = issuer();
    let cookie = format!("theme=dark; token={}", token(&issuer));
    let cookie = ("cookie", cookie.as_str());
    let app = app(&issuer, Some(vec![TokenLocation::cookie("token")])).await;
    assert_eq!(send(app, "GET", "/orders", &[cookie]).await.body, "alice");
    let refused = send(app, "POST", "/orders", &[cookie]).await;
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (403, Some("cross_site_request"))
    );
    let own = send(app, "POST", "/orders", &[cookie, ("sec-fetch-site", "same-origin")]).await;
    assert_eq!(own.body, "alice");
}
