//! Where clients find out how to get a token (RFC 9728): the document, its address, and the
//! challenges that name it.

use auth_core::access_map::{ResourceMetadata, ResourceMetadataBuilder, ResourceMetadataError};
use auth_core::authenticator::AuthenticatorError;
use auth_core::binding::{ClientCertificates, Dpop};
use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::{Authenticator, Router, public, requirement, requires};
use auth_tests::http::{Answer, Permission, Role, Scope, send, serve};
use serde::Deserialize;
use serde_json::{Value, json};

#[requires(authenticated)]
async fn me() {}

#[requires(role = Clerk, any(scope = Write, not(scope = Read)))]
async fn write() {}

#[public(reason = "open")]
async fn open() {}

fn app() -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/write", get(write))
        .route("/open", get(open))
        .nest("/more", Router::new().route("/", get(me)).require(requirement!(scope = Read)))
}

fn metadata(resource: &str) -> Result<ResourceMetadata, ResourceMetadataError> {
    app()
        .access_map()
        .resource_metadata(resource)
        .authorization_server("https://issuer.test")
        .build()
}

fn value(metadata: &ResourceMetadata) -> Value {
    serde_json::from_slice(metadata.json()).expect("JSON")
}

#[test]
fn the_document_says_what_the_map_knows() {
    let metadata = app()
        .access_map()
        .resource_metadata("https://api.test")
        .authorization_server("https://issuer.test")
        .authorization_server("https://other.test/tenant")
        .resource_name("Orders")
        .resource_documentation("https://api.test/docs/")
        .resource_policy_uri("https://api.test/policy")
        .resource_tos_uri("https://api.test/terms")
        .build()
        .expect("metadata");
    assert_eq!(
        value(&metadata),
        json!({
            "resource": "https://api.test",
            "authorization_servers": ["https://issuer.test", "https://other.test/tenant"],
            "scopes_supported": ["read", "write"],
            "bearer_methods_supported": ["header"],
            "resource_name": "Orders",
            "resource_documentation": "https://api.test/docs/",
            "resource_policy_uri": "https://api.test/policy",
            "resource_tos_uri": "https://api.test/terms",
        })
    );
}

#[test]
fn members_without_a_value_are_omitted() {
    let app: Router = Router::new().route("/open", get(open));
    let metadata = app.access_map().resource_metadata("https://api.test").build();
    assert_eq!(
        value(&metadata.expect("metadata")),
        json!({ "resource": "https://api.test", "bearer_methods_supported": ["header"] })
    );
}

#[test]
fn a_hidden_scope_is_not_published() {
    let builder = app().access_map().resource_metadata("https://api.test").hide_scope("write");
    assert_eq!(value(&builder.build().expect("metadata"))["scopes_supported"], json!(["read"]));
}

#[test]
fn the_well_known_part_goes_before_the_path() {
    const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
    for (resource, url) in [
        ("https://api.test", format!("https://api.test{WELL_KNOWN}")),
        ("https://api.test/", format!("https://api.test{WELL_KNOWN}")),
        ("https://api.test:8443/v1", format!("https://api.test:8443{WELL_KNOWN}/v1")),
        ("https://api.test/v1/", format!("https://api.test{WELL_KNOWN}/v1/")),
        ("https://api.test/v1?tenant=a", format!("https://api.test{WELL_KNOWN}/v1?tenant=a")),
        ("https://api.test?tenant=a", format!("https://api.test{WELL_KNOWN}?tenant=a")),
        ("http://127.0.0.1:3000", format!("http://127.0.0.1:3000{WELL_KNOWN}")),
    ] {
        let metadata = metadata(resource).expect("metadata");
        assert_eq!(metadata.url(), url);
        assert_eq!(value(&metadata)["resource"], resource, "exactly as clients name it");
        let path = url.split('?').next().unwrap_or_default();
        assert!(path.ends_with(metadata.path()), "{path} {}", metadata.path());
    }
}

#[test]
fn an_untrustworthy_address_is_an_error() {
    for resource in ["", "/v1", "api.test", "http://api.test", "https://api.test/#a", "urn:api"] {
        let error = metadata(resource).expect_err(resource);
        assert_eq!(error, ResourceMetadataError::InvalidResource(resource.to_owned()));
    }
    for issuer in ["http://issuer.test", "issuer.test", "https://issuer.test?a", "https://a@b.test"]
    {
        let builder = app().access_map().resource_metadata("https://api.test");
        let error = builder.authorization_server(issuer).build().expect_err(issuer);
        assert!(matches!(error, ResourceMetadataError::InvalidAddress { .. }), "{error}");
        assert!(error.to_string().contains(issuer), "{error}");
    }
    let builder = app().access_map().resource_metadata("https://api.test/:id");
    let error = builder.authorization_server("a").authorization_server("b").build().unwrap_err();
    assert_eq!(error.problems().len(), 3, "{error}");
    for path in ["/:id", "/*rest"] {
        let error = metadata(&format!("https://api.test{path}")).expect_err(path);
        assert_eq!(error, ResourceMetadataError::UnroutablePath(path.to_owned()));
    }
}

#[test]
fn a_challenge_names_only_what_can_be_trusted() {
    for url in
        ["http://api.test/x", "/x", "https://api.test/\"", "https://a@b.test/", "https://a/#b"]
    {
        let error = Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .resource_metadata(url)
            .build()
            .expect_err(url);
        // The verifier is missing too: every mistake is reported.
        let expected = [
            AuthenticatorError::InvalidResourceMetadata(url.to_owned()),
            AuthenticatorError::MissingVerifier,
        ];
        assert_eq!(error.problems(), expected);
    }
}

#[test]
fn the_access_map_lists_it_as_public() {
    let metadata = metadata("https://api.test/v1").expect("metadata");
    let map = app().merge(metadata.route()).access_map();
    let endpoint = map.iter().find(|it| it.path() == metadata.path()).expect("the endpoint");
    assert!(endpoint.is_public());
    assert_eq!(endpoint.public_reason(), Some("tells clients where to get a token (RFC 9728)"));
}

async fn served(resource: &str) -> std::net::SocketAddr {
    let metadata = metadata(resource).expect("metadata");
    let issuer = TestIssuer::new("https://issuer.test", "https://api.test").expect("a key");
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().expect("a verifier"))
        .resource_metadata(metadata.url())
        .build()
        .expect("an authenticator");
    let app = app().merge(metadata.route()).protect(authenticator).expect("a service");
    serve(app).await
}

#[tokio::test]
async fn a_resource_with_a_path_has_its_own_place() {
    let address = served("https://api.test/v1").await;
    let place = "/.well-known/oauth-protected-resource";
    let answer = send(address, "GET", &format!("{place}/v1"), &[]).await;
    assert_eq!((answer.status, &answer.json()["resource"]), (200, &json!("https://api.test/v1")));
    // There would be the metadata of `https://api.test`, which is another resource (§3.3).
    assert_eq!(send(address, "GET", place, &[]).await.status, 404);
    assert_eq!(send(address, "POST", &format!("{place}/v1"), &[]).await.status, 405);
    let challenge = send(address, "GET", "/me", &[]).await;
    assert_eq!(
        challenge.header("www-authenticate"),
        format!("Bearer resource_metadata=\"https://api.test{place}/v1\"")
    );
}

/// What it says of bound tokens is what the authenticator is configured with.
#[test]
fn bound_tokens_are_announced_as_they_are_configured() {
    let json = |change: fn(ResourceMetadataBuilder) -> ResourceMetadataBuilder| {
        let map = auth_core::Router::<()>::new().access_map();
        let metadata = change(map.resource_metadata("https://api.test")).build().expect("metadata");
        serde_json::from_slice::<Value>(metadata.json()).expect("JSON")
    };
    let plain = json(|builder| builder);
    assert_eq!(plain["bearer_methods_supported"], json!(["header"]));
    for member in [
        "dpop_signing_alg_values_supported",
        "dpop_bound_access_tokens_required",
        "tls_client_certificate_bound_access_tokens",
    ] {
        assert_eq!(plain.get(member), None, "{member}");
    }
    let beside =
        json(|builder| builder.dpop(&Dpop::builder("https://api.test").build().expect("settings")));
    assert_eq!(beside["dpop_signing_alg_values_supported"], json!(["ES256", "EdDSA"]));
    assert_eq!(beside.get("dpop_bound_access_tokens_required"), None);
    assert_eq!(beside["bearer_methods_supported"], json!(["header"]));
    let only = json(|builder| {
        builder.dpop(&Dpop::builder("https://api.test").required().build().expect("settings"))
    });
    assert_eq!(only["dpop_bound_access_tokens_required"], json!(true));
    assert_eq!(only["bearer_methods_supported"], json!([]));
    let certificates =
        json(|builder| builder.client_certificates(&ClientCertificates::from_connection()));
    assert_eq!(certificates["tls_client_certificate_bound_access_tokens"], json!(true));
}

#[derive(Deserialize)]
struct Case {
    name: String,
    method: String,
    path: String,
    token: String,
    headers: Vec<(String, String)>,
    allowed_status: Vec<u16>,
    checks: Vec<String>,
}

/// The cases of `http_cases.json` that concern the metadata and the challenges that name it.
#[tokio::test]
async fn vectors() {
    const VECTORS: &str = include_str!("../../../vectors/resource_metadata_cases.json");
    let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
    let cases: Vec<Case> = serde_json::from_value(vectors["cases"].clone()).expect("cases");
    assert_eq!(cases.len(), 4);
    let resource = vectors["settings"]["resource"].as_str().expect("the resource");
    let address = served(resource).await;
    for case in cases {
        let tokens = vectors["tokens"][&case.token].as_array().expect("tokens").iter();
        let tokens = tokens.map(|token| format!("authorization: {}", token.as_str().unwrap_or("")));
        let headers = case.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let lines: Vec<String> = tokens.chain(headers).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let answer = send(address, &case.method, &case.path, &lines).await;
        assert!(case.allowed_status.contains(&answer.status), "{}: {answer:?}", case.name);
        for check in &case.checks {
            assert!(holds(check, &answer, resource), "{}: {check}: {answer:?}", case.name);
        }
        if answer.status == 401 {
            let challenge = answer.header("www-authenticate");
            let metadata = vectors["settings"]["resource_metadata"].as_str().expect("its address");
            assert!(
                challenge.contains(&format!("resource_metadata=\"{metadata}\"")),
                "{challenge}"
            );
        }
    }
}

fn holds(check: &str, answer: &Answer, audience: &str) -> bool {
    let parts: Vec<&str> = check.splitn(3, ':').collect();
    match parts.as_slice() {
        ["json_equals", member, "$AUD"] => answer.json()[*member] == audience,
        ["json_nonempty", member] => {
            answer.json()[*member].as_array().is_some_and(|it| !it.is_empty())
        }
        ["content_type", wanted] => answer.header("content-type") == *wanted,
        ["header_not_contains", header, text] => !answer.header(header).contains(text),
        _ => panic!("an unknown check: {check}"),
    }
}
