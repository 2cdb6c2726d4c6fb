//! What the server says about itself, and about its resources.

use std::collections::BTreeSet;

use auth_accounts::secret::KeyRing;
use auth_server::{AuthorizationServer, DynamicRegistration, Resource};
use auth_store::memory::MemoryStore;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::support::{API, FakeAccounts, ISSUER, World, form};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// A server on which everything is that can be off.
async fn with_all() -> World {
    World::with(|it| it.device_authorization().dynamic_registration(DynamicRegistration::open()))
        .await
}

async fn metadata(world: &World) -> Value {
    world.get(OAUTH).await.ok()
}

#[tokio::test]
async fn a69_the_metadata_are_the_same_at_all_of_their_places() {
    let world = World::at("https://id.example.com/tenant/a", |it| it).await;
    let places = [
        "/.well-known/oauth-authorization-server/tenant/a",
        "/.well-known/openid-configuration/tenant/a",
        "/tenant/a/.well-known/openid-configuration",
    ];
    let mut documents = BTreeSet::new();
    for place in places {
        let answer = world.get(place).await;
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        let document = answer.ok();
        assert_eq!(document["issuer"], "https://id.example.com/tenant/a");
        assert_eq!(document["token_endpoint"], "https://id.example.com/tenant/a/token");
        documents.insert(document.to_string());
    }
    assert_eq!(documents.len(), 1);
    assert_eq!(world.get(OAUTH).await.status, StatusCode::NOT_FOUND, "that of another issuer");
    assert_eq!(world.get("/tenant/a/jwks").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a70_the_issuer_is_an_https_address_kept_byte_for_byte() {
    let world = World::at("http://127.0.0.1:4000", |it| it).await;
    assert_eq!(metadata(&world).await["issuer"], "http://127.0.0.1:4000");
    for issuer in [
        "https://id.example.com/",
        "https://id.example.com/a/",
        "https://id.example.com?a=b",
        "https://id.example.com#a",
        "http://id.example.com",
        "https://ID.example.com",
        "id.example.com",
    ] {
        let built = AuthorizationServer::builder(issuer)
            .store(MemoryStore::new())
            .secrets(KeyRing::ephemeral())
            .accounts(FakeAccounts::default())
            .build()
            .await;
        let problem = built.expect_err(issuer).to_string();
        assert!(problem.contains("issuer"), "{problem}");
    }
}

#[tokio::test]
async fn two_resources_with_one_uri_are_a_mistake() {
    let built = AuthorizationServer::builder(ISSUER)
        .resource(Resource::new("https://api.example.com"))
        .resource(Resource::new("https://API.example.com/"))
        .build()
        .await;
    let problem = built.unwrap_err().to_string();
    assert!(problem.contains("two resources have the URI `https://API.example.com/`"), "{problem}");
}

/// Whether there is something at this address of the server.
async fn is_served(world: &World, address: &str) -> bool {
    let path = address.strip_prefix(ISSUER).unwrap_or_else(|| panic!("{address} is elsewhere"));
    world.get(path).await.status != StatusCode::NOT_FOUND
}

/// Holds P-36.
#[tokio::test]
async fn a71_what_is_advertised_is_there_and_what_is_there_is_advertised() {
    // Where a browser goes by itself from one of the endpoints.
    let pages = ["/sign-in", "/consent", "/device", "/device/sign-in", "/passkey.js"];
    for (world, has_all) in [(World::new().await, false), (with_all().await, true)] {
        let document = metadata(&world).await;
        let mut advertised = BTreeSet::from([ISSUER.to_owned() + "/jwks"]);
        for (name, value) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let address = value.as_str().unwrap();
                assert!(is_served(&world, address).await, "{name} is not there");
                advertised.insert(address.to_owned());
            }
        }
        for endpoint in &world.server.router().access_map() {
            let path = endpoint.path();
            let address = format!("{ISSUER}{path}");
            let is_known = advertised.contains(&address)
                || pages.contains(&path)
                || path.starts_with("/.well-known/")
                // Its address is in the answer to a registration.
                || path == "/register/{client_id}";
            assert!(is_known, "{path} is not advertised");
        }
        for name in ["registration_endpoint", "device_authorization_endpoint"] {
            assert_eq!(document.get(name).is_some(), has_all, "{name}");
        }
        for path in ["/register", "/device_authorization"] {
            assert_eq!(is_served(&world, &format!("{ISSUER}{path}")).await, has_all, "{path}");
        }
        assert!(has_all || !is_served(&world, &format!("{ISSUER}/device")).await);
    }
}

#[tokio::test]
async fn a71_grants_are_known_if_they_are_advertised() {
    let all = [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "password",
        "implicit",
    ];
    for world in [World::new().await, with_all().await] {
        let document = metadata(&world).await;
        let advertised = document["grant_types_supported"].as_array().unwrap();
        for grant in all {
            let answer = world.post_as("worker", "/token", &form(&[("grant_type", grant)])).await;
            let is_known = answer.status.is_success() || answer.error() != "unsupported_grant_type";
            assert_eq!(is_known, advertised.contains(&json!(grant)), "{grant}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn a71_what_is_never_served_is_not_advertised() {
    let document = metadata(&with_all().await).await;
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(document["response_modes_supported"], json!(["query"]));
    for name in ["request_parameter_supported", "request_uri_parameter_supported"] {
        assert_eq!(document[name], false, "absent it could mean that it is there");
    }
    let signing = document["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(!signing.iter().any(|it| it.as_str().unwrap().starts_with("HS") || it == "none"));
}

#[tokio::test]
async fn a72_s256_is_advertised_in_both_documents() {
    let world = World::new().await;
    for place in [OAUTH, OPENID] {
        let document = world.get(place).await.ok();
        assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    }
}

/// Holds P-34.
#[tokio::test]
async fn a73_no_address_comes_from_a_header_of_the_request() {
    let world = World::new().await;
    let request = Request::get(OAUTH)
        .header("host", "evil.example")
        .header("forwarded", "host=evil.example;proto=http")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("x-forwarded-prefix", "/evil")
        .body(Body::empty())
        .unwrap();
    let spoofed = world.send(request).await;
    assert!(!spoofed.text().contains("evil"), "{}", spoofed.text());
    let expected = metadata(&world).await;
    assert_eq!(spoofed.ok(), expected);
    for (name, value) in expected.as_object().unwrap() {
        if name.ends_with("_endpoint") || name.ends_with("_uri") {
            assert!(value.as_str().unwrap().starts_with(ISSUER), "{name}");
        }
    }
}

#[tokio::test]
async fn a77_offline_access_is_a_scope_of_the_server_and_of_no_resource() {
    let world = World::new().await;
    let document = metadata(&world).await;
    let scopes = document["scopes_supported"].as_array().unwrap();
    for scope in ["openid", "offline_access", "read", "files"] {
        assert!(scopes.contains(&json!(scope)), "{scope}");
    }
    let resource = world.get("/.well-known/oauth-protected-resource").await;
    assert_eq!(resource.header("access-control-allow-origin"), "*");
    let resource = resource.ok();
    assert_eq!(resource["resource"], API);
    assert_eq!(resource["authorization_servers"], json!([ISSUER]));
    assert_eq!(resource["scopes_supported"], json!(["read", "write", "admin"]));
}

#[tokio::test]
async fn a123_rs256_is_among_the_algorithms_of_id_tokens() {
    let document = World::new().await.get(OPENID).await.ok();
    assert_eq!(document["id_token_signing_alg_values_supported"], json!(["ES256", "RS256"]));
    assert_eq!(document["subject_types_supported"], json!(["public"]));
}

#[tokio::test]
async fn browsers_may_ask_for_metadata_with_headers_of_their_own() {
    let world = World::new().await;
    for place in [OAUTH, OPENID, "/jwks", "/.well-known/oauth-protected-resource", "/userinfo"] {
        let answer = world.request(Method::OPTIONS, place).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{place}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}
