//! What strangers could do to the server, or with it.

use std::net::SocketAddr;
use std::time::Duration;

use auth_accounts::store::Limit;
use auth_server::{Client, DynamicRegistration, GrantType, Lifetimes, Limits};
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::json;

use super::support::{Answer, FILES, House, VERIFIER, World, basic, form, request};

#[tokio::test]
async fn the_addresses_of_an_ipv6_network_share_a_limit() {
    let limit = Limit { attempts: 2, window_seconds: 60 };
    let limits = Limits::default().client_failures(Some(limit));
    let world = World::with(|builder| builder.limits(limits)).await;
    for (address, status) in [
        ("2001:db8::1", 401),
        ("2001:db8::2", 401),
        ("2001:db8::ffff:3", 429),
        ("2001:db8:0:1::1", 401),
        ("192.0.2.1", 401),
        ("::ffff:192.0.2.1", 401),
        ("192.0.2.1", 429),
        ("192.0.2.2", 401),
    ] {
        let peer = SocketAddr::new(address.parse().unwrap(), 50_000);
        let request = Request::post("/token")
            .extension(ConnectInfo(peer))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHORIZATION, basic("web", "wrong"))
            .body(Body::from("grant_type=client_credentials"));
        assert_eq!(world.send(request.unwrap()).await.status, status, "{address}");
    }
}

#[tokio::test]
async fn who_names_a_client_pushes_no_more_requests_than_a_store_holds() {
    let house = House::new().await;
    let http = house.world.serve().await;
    let body = request(&[("client_id", "ours")]);
    for _ in 0..600 {
        assert_eq!(http.post("/par", &body, &[]).await.status, 201);
    }
    let answer = http.post("/par", &body, &[]).await;
    assert_eq!(answer.refusal(), (429, "temporarily_unavailable".to_owned()));
    assert!(!answer.header("retry-after").is_empty());
    // In the name of another client it is another limit.
    let other = request(&[
        ("client_id", "single"),
        ("redirect_uri", "https://one.example.com/cb?tenant=a%2Fb"),
    ]);
    assert_eq!(http.post("/par", &other, &[]).await.status, 201);
    // A minute later it is over.
    house.clock.advance(61);
    assert_eq!(http.post("/par", &body, &[]).await.status, 201);
}

#[tokio::test]
async fn an_access_token_that_has_expired_is_good_for_nothing_at_once() {
    let lifetimes = Lifetimes::default().access_token(Duration::from_secs(2));
    let world = World::with(|builder| builder.lifetimes(lifetimes)).await;
    let tokens = world.tokens("openid").await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let ask = async || world.post_with("/userinfo", "", &[("authorization", &bearer)]).await;
    world.clock.advance(1);
    assert_eq!(ask().await.status, 200);
    world.clock.advance(1);
    let answer = ask().await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").contains("invalid_token"));
}

async fn register(house: &House, redirect_uri: &str) -> Answer {
    let metadata = json!({
        "redirect_uris": [redirect_uri],
        "post_logout_redirect_uris": [redirect_uri],
        "token_endpoint_auth_method": "none",
    });
    let request = Request::post("/register").header("content-type", "application/json");
    house.world.send(request.body(Body::from(metadata.to_string())).unwrap()).await
}

#[tokio::test]
async fn a108_no_redirect_uri_is_read_by_browsers_as_another_address() {
    let open = DynamicRegistration::open().max_scopes(["openid"]);
    let house = House::with(|builder| builder.dynamic_registration(open)).await;
    for uri in [
        "https:stranger.example/cb",
        "https:/stranger.example/cb",
        "https:///stranger.example/cb",
        "https://app.example.com\\@stranger.example/cb",
        "https://*.example.com/cb",
    ] {
        let refused = (400, "invalid_redirect_uri".to_owned());
        assert_eq!(register(&house, uri).await.refusal(), refused, "{uri}");
    }
}

#[tokio::test]
async fn a128_who_registers_a_client_gets_no_redirector_to_their_pages() {
    let open = DynamicRegistration::open().max_scopes(["openid"]);
    let house = House::with(|builder| builder.dynamic_registration(open)).await;
    let theirs = "https://stranger.example/cb";
    let client = register(&house, theirs).await.ok();
    let client_id = client["client_id"].as_str().unwrap();
    let mut stranger = house.browser();
    let changes = [("client_id", client_id), ("redirect_uri", theirs), ("scope", "openid")];
    let page = stranger.authorize(&changes).await;
    let page = stranger.sign_in(&page, "alice").await;
    let code = stranger.submit(&page, &[("decision", "allow")]).await.code().unwrap();
    let body = form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", VERIFIER),
        ("client_id", client_id),
    ]);
    let tokens = house.world.post("/token", &body).await.ok();
    let hint = tokens["id_token"].as_str().unwrap();
    let link = form(&[("id_token_hint", hint), ("post_logout_redirect_uri", theirs)]);
    let link = format!("/end-session?{link}");
    // In a browser in which no user is signed in.
    let answer = house.browser().get(&link).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (200, ""));
    assert!(answer.text().contains("Sign out?"));
    // The one who signed in there is taken back.
    assert_eq!(stranger.get(&link).await.location(), theirs);
}

/// RFC 6749 has no code for it at these endpoints: the status says it.
#[tokio::test]
async fn a_store_that_fails_is_a_503_at_every_endpoint_of_clients() {
    const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let world = World::with(|it| {
        let device = Client::public("tv").grant_types([GrantType::DeviceCode]).scopes(["read"]);
        it.client(device).device_authorization().dynamic_registration(DynamicRegistration::open())
    })
    .await;
    let (code, tokens) =
        (world.code("spa", "openid read").await, world.tokens("openid read").await);
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (access_token, refresh_token) = (text("access_token"), text("refresh_token"));
    let pushed = crate::support::request(&[]);
    world.store.faults().fail(true);
    let token = |pairs: &[(&str, &str)]| form(pairs);
    let refresh =
        [("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", &refresh_token)];
    let device = [("grant_type", DEVICE), ("client_id", "tv"), ("device_code", "x")];
    let machine = [("grant_type", "client_credentials"), ("resource", FILES)];
    let given = form(&[("token", &access_token)]);
    let back = form(&[("token", &refresh_token), ("client_id", "spa")]);
    let bearer = format!("Bearer {access_token}");
    let json = [("content-type", "application/json")];
    let answers = [
        ("code", world.post("/token", &code.form(&[("client_id", "spa")])).await),
        ("refresh", world.post("/token", &token(&refresh)).await),
        ("device", world.post("/token", &token(&device)).await),
        ("machine", world.post_as("worker", "/token", &token(&machine)).await),
        ("introspect", world.post_as("api", "/introspect", &given).await),
        ("revoke", world.post("/revoke", &back).await),
        ("push", world.post("/par", &pushed).await),
        ("device", world.post("/device_authorization", "client_id=tv").await),
        ("userinfo", world.post_with("/userinfo", "", &[("authorization", &bearer)]).await),
        (
            "register",
            world
                .serve()
                .await
                .request(
                    "POST",
                    "/register",
                    &json,
                    b"{\"redirect_uris\":[\"https://a.example/\"]}",
                )
                .await,
        ),
    ];
    for (name, answer) in answers {
        let unavailable = (503, "temporarily_unavailable".to_owned());
        assert_eq!(answer.refusal(), unavailable, "{name}: {answer:?}");
        assert_eq!(answer.header("retry-after"), "5", "{name}");
        assert_eq!(answer.header("cache-control"), "no-store", "{name}");
        assert_eq!(answer.header("www-authenticate"), "", "{name}");
        assert!(answer.json()["error_description"].is_string(), "{name}");
    }
}
