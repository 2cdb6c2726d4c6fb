//! What the access map writes into an OpenAPI document, and what it leaves alone.

use auth_core::access_map::OpenApiReport;
use auth_core::error::Unavailable;
use auth_core::routing::{any, get, post};
use auth_core::{AuthError, Identity, Router, check, public, requirement, requires};
use auth_tests::http::{Permission, Role, Scope, authenticator, issuer, send, send_as, serve};
use axum::extract::Path;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// Says that it is up.
#[public(reason = "liveness probe")]
async fn health() -> &'static str {
    "ok"
}

#[requires(authenticated)]
async fn me() {}

#[requires(acr = "mfa", max_age = "5m")]
async fn vault() {}

#[requires(permission = OrdersRead, scope = Read)]
async fn list() {}

#[requires(any(all(role = Admin, scope = Read), all(permission = OrdersCancel, scope = Write)))]
async fn place() {}

#[requires(scope = Write, any(permission = OrdersCancel, check = placed_order))]
async fn cancel(Path(_): Path<u64>) {}

#[requires(scope = Read)]
async fn file(Path(_): Path<String>) {}

#[requires(role = Clerk)]
async fn anything() {}

#[check("the caller placed the order")]
async fn placed_order(_caller: &Identity) -> bool {
    true
}

fn app() -> Router {
    let service = any(anything);
    Router::new()
        .route("/health", get(health))
        .route("/me", get(me))
        .route("/vault", get(vault))
        .route("/orders", get(list).post(place))
        .route("/orders/{id}", auth_core::routing::delete(cancel))
        .route("/files/{*path}", get(file))
        .route("/any", service)
        .route("/hidden", post(list))
        .nest_service("/legacy", axum::Router::new(), requirement!(role = Manager))
}

/// Parses a document with these paths, each operation answering 200.
fn document(paths: &Value) -> OpenApi {
    with_components(paths, &json!({}))
}

fn with_components(paths: &Value, components: &Value) -> OpenApi {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": paths,
        "components": components,
    });
    serde_json::from_value(document).expect("a document")
}

fn operation() -> Value {
    json!({ "responses": { "200": { "description": "Done." } } })
}

fn applied(document: &mut OpenApi) -> (OpenApiReport, Value) {
    let report = app().access_map().apply_to(document);
    (report, serde_json::to_value(&*document).expect("JSON"))
}

/// Every path of the application in one document, under names of its own.
fn whole() -> OpenApi {
    document(&json!({
        "/health": { "get": operation() },
        "/me": { "get": operation(), "head": operation() },
        "/vault": { "get": operation() },
        "/orders": { "get": operation(), "post": operation() },
        "/orders/{number}": { "delete": operation() },
        "/files/{path}": { "get": operation() },
        "/any": { "put": operation() },
        "/hidden": { "post": operation() },
        "/legacy/stock/{shelf}": { "get": operation() },
    }))
}

#[test]
fn each_operation_asks_for_what_its_endpoint_requires() {
    let (report, json) = applied(&mut whole());
    assert!(report.is_complete(), "{report}");
    let security = |path: &str, method: &str| json["paths"][path][method]["security"].clone();
    assert_eq!(security("/health", "get"), json!([]));
    assert_eq!(security("/me", "get"), json!([{ "bearer": [] }]));
    assert_eq!(security("/me", "head"), json!([{ "bearer": [] }]), "GET answers HEAD");
    assert_eq!(security("/vault", "get"), json!([{ "bearer": [] }]));
    assert_eq!(security("/orders", "get"), json!([{ "bearer": ["read", "orders:read"] }]));
    assert_eq!(
        security("/orders", "post"),
        json!([{ "bearer": ["read", "admin"] }, { "bearer": ["write", "orders:cancel"] }])
    );
    assert_eq!(security("/orders/{number}", "delete"), json!([{ "bearer": ["write"] }]));
    assert_eq!(security("/files/{path}", "get"), json!([{ "bearer": ["read"] }]));
    assert_eq!(security("/any", "put"), json!([{ "bearer": ["clerk"] }]));
    assert_eq!(security("/legacy/stock/{shelf}", "get"), json!([{ "bearer": ["manager"] }]));
    let scheme = &json["components"]["securitySchemes"]["bearer"];
    assert_eq!((&scheme["type"], &scheme["scheme"]), (&json!("http"), &json!("bearer")));
}

#[test]
fn the_requirement_is_in_an_extension() {
    let (_, json) = applied(&mut whole());
    assert_eq!(
        json["paths"]["/orders/{number}"]["delete"]["x-required"],
        json!({
            "requirement": { "all": [
                { "scope": "write" },
                { "any": [{ "permission": "orders:cancel" }, { "check": "placed_order" }] },
            ] },
            "text": "scope = \"write\", any(permission = \"orders:cancel\", check = placed_order)",
            "checks": [{ "name": "placed_order", "sentence": "the caller placed the order" }],
        })
    );
    assert_eq!(
        json["paths"]["/health"]["get"]["x-required"],
        json!({ "requirement": null, "text": "", "public_reason": "liveness probe" })
    );
}

#[test]
fn the_answers_of_the_guard_are_documented() {
    let (_, json) = applied(&mut whole());
    let statuses = |path: &str| {
        let operation = &json["paths"][path]["get"];
        let responses = operation["responses"].as_object().expect("responses");
        responses.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(statuses("/health"), ["200"]);
    assert_eq!(statuses("/orders"), ["200", "400", "401", "403", "503"]);
    // Every authenticated caller may call: no answer is 403. A better login is asked for by 401.
    assert_eq!(statuses("/me"), ["200", "400", "401", "503"]);
    assert_eq!(statuses("/vault"), ["200", "400", "401", "503"]);
    let components = &json["components"];
    assert_eq!(components["schemas"]["Problem"]["required"].as_array().map(Vec::len), Some(5));
    for (name, header) in [
        ("AuthInvalidRequest", "WWW-Authenticate"),
        ("AuthUnauthenticated", "WWW-Authenticate"),
        ("AuthForbidden", "WWW-Authenticate"),
        ("AuthUnavailable", "Retry-After"),
    ] {
        let response = &components["responses"][name];
        assert!(response["headers"][header]["schema"].is_object(), "{name}: {response}");
        let body = &response["content"]["application/problem+json"];
        assert_eq!(body["schema"]["$ref"], "#/components/schemas/Problem", "{name}");
    }
}

/// The examples in the document are not written from memory: they are what the guard answers.
#[tokio::test]
async fn the_examples_are_the_answers() {
    let (_, json) = applied(&mut whole());
    let (issuer, _) = issuer();
    let app = app().protect(authenticator(&issuer)).expect("a service");
    let address = serve(app).await;
    let token = issuer.token("carla").scopes(["read", "write"]).sign().expect("a token");
    let unreachable = AuthError::Unavailable(Unavailable::NotReachable { retry_after: 5 });
    let unreachable = unreachable.into_response();
    assert_eq!(unreachable.status(), 503);
    assert_eq!(unreachable.headers()["retry-after"], "5");
    let unreachable = axum::body::to_bytes(unreachable.into_body(), 4096).await.expect("a body");
    let answers = [
        ("AuthInvalidRequest", send_as(address, "GET", "/me", "a b").await.json()),
        ("AuthUnauthenticated", send(address, "GET", "/me", &[]).await.json()),
        ("AuthForbidden", send_as(address, "PUT", "/any", &token).await.json()),
        ("AuthUnavailable", serde_json::from_slice(&unreachable).expect("JSON")),
    ];
    for (name, answer) in answers {
        let content = &json["components"]["responses"][name]["content"];
        assert_eq!(content["application/problem+json"]["example"], answer, "{name}");
    }
}

#[test]
fn what_is_documented_stays_and_what_is_missing_is_added() {
    let mut document = with_components(
        &json!({ "/orders": { "get": { "responses": {
            "200": { "description": "Done." },
            "400": { "$ref": "#/components/responses/Mine" },
            "401": { "description": "Log in.", "content": { "application/problem+json": {
                "schema": { "type": "integer" } } } },
            "403": { "description": "No.", "headers": { "www-authenticate": {
                "schema": { "type": "string" }, "description": "Mine." } } },
            "503": { "description": "Later.", "content": { "text/plain": {} } },
        } } } }),
        &json!({ "schemas": { "Problem": { "type": "integer" } } }),
    );
    let (_, json) = applied(&mut document);
    let responses = &json["paths"]["/orders"]["get"]["responses"];
    assert_eq!(responses["400"], json!({ "$ref": "#/components/responses/Mine" }));
    assert_eq!(responses["401"]["description"], "Log in.");
    let problem = &responses["401"]["content"]["application/problem+json"];
    assert_eq!(problem["schema"]["type"], "integer");
    assert!(responses["401"]["headers"]["WWW-Authenticate"].is_object());
    assert_eq!(responses["403"]["headers"].as_object().map(serde_json::Map::len), Some(1));
    assert!(responses["403"]["content"]["application/problem+json"].is_object());
    assert_eq!(responses["503"]["description"], "Later.");
    let content = responses["503"]["content"].as_object().expect("content");
    let mut types: Vec<_> = content.keys().collect();
    types.sort();
    assert_eq!(types, ["application/problem+json", "text/plain"]);
    assert_eq!(json["components"]["schemas"]["Problem"], json!({ "type": "integer" }));
}

#[test]
fn the_schemes_of_the_document_are_used() {
    let flow = json!({
        "authorizationUrl": "https://id.test/authorize", "tokenUrl": "https://id.test/token",
        "scopes": { "read": "Look." },
    });
    let mut document = with_components(
        &json!({ "/orders": { "get": operation(), "post": operation() } }),
        &json!({ "securitySchemes": {
            "key": { "type": "apiKey", "in": "header", "name": "x-key" },
            "login": { "type": "oauth2", "flows": { "authorizationCode": flow } },
            "token": { "type": "http", "scheme": "bearer" },
        } }),
    );
    let (_, json) = applied(&mut document);
    assert_eq!(
        json["paths"]["/orders"]["get"]["security"],
        json!([{ "login": ["read"] }, { "token": ["read", "orders:read"] }])
    );
    assert_eq!(
        json["paths"]["/orders"]["post"]["security"],
        json!([
            { "login": ["read"] },
            { "login": ["write"] },
            { "token": ["read", "admin"] },
            { "token": ["write", "orders:cancel"] },
        ])
    );
    let schemes = &json["components"]["securitySchemes"];
    assert_eq!(schemes.as_object().map(serde_json::Map::len), Some(3), "{schemes}");
    let scopes = &schemes["login"]["flows"]["authorizationCode"]["scopes"];
    assert_eq!(*scopes, json!({ "read": "Look.", "write": "Change them." }));
}

#[test]
fn a_name_that_is_taken_is_left_to_its_owner() {
    let key = json!({ "type": "apiKey", "in": "header", "name": "x-key" });
    let mut document = with_components(
        &json!({ "/me": { "get": operation() } }),
        &json!({ "securitySchemes": { "bearer": key } }),
    );
    let (_, json) = applied(&mut document);
    assert_eq!(json["components"]["securitySchemes"]["bearer"], key);
    assert_eq!(json["paths"]["/me"]["get"]["security"], json!([{ "bearer_token": [] }]));
}

#[test]
fn a_second_time_changes_nothing() {
    let mut document = whole();
    let (first, once) = applied(&mut document);
    let (second, twice) = applied(&mut document);
    assert_eq!(once, twice);
    assert_eq!(first, second);
}

#[test]
fn the_report_says_what_does_not_fit() {
    let own = json!({ "responses": {}, "security": [{ "key": [] }] });
    let mut document = document(&json!({
        "/health": { "get": own },
        "/orders": { "get": operation(), "patch": operation() },
        "/orders/{number}": { "delete": operation() },
        "/orders/{id}/history": { "get": operation() },
        "/legacyish": { "get": operation() },
    }));
    let (report, json) = applied(&mut document);
    assert!(!report.is_complete());
    assert_eq!(
        report.operations_without_endpoint,
        ["GET /legacyish", "PATCH /orders", "GET /orders/{id}/history"]
    );
    assert_eq!(
        report.endpoints_without_operation,
        [
            "ANY /any",
            "GET /files/{*path}",
            "POST /hidden",
            "ANY /legacy/…",
            "GET /me",
            "POST /orders",
            "GET /vault",
        ]
    );
    assert_eq!(report.replaced_security, ["GET /health"]);
    assert_eq!(json["paths"]["/orders"]["patch"], operation(), "left alone");
    let text = report.to_string();
    for line in [
        "no endpoint answers the operation PATCH /orders\n",
        "the document has no operation for GET /files/{*path}\n",
        "the document writes /orders/{number} for the route /orders/{id}\n",
        "the security of GET /health was not what the endpoint requires\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn an_open_document_gets_nothing_of_the_guard() {
    let mut document = document(&json!({ "/health": { "get": operation() } }));
    let (_, json) = applied(&mut document);
    assert_eq!(json["components"], json!({}));
}

#[test]
fn a_router_around_a_public_handler_closes_its_operation() {
    let app: Router =
        Router::new().route("/health", get(health)).require(requirement!(role = Clerk));
    let mut document = document(&json!({ "/health": { "get": operation() } }));
    let report = app.access_map().apply_to(&mut document);
    assert!(report.is_complete(), "{report}");
    let json = serde_json::to_value(&document).expect("JSON");
    assert_eq!(json["paths"]["/health"]["get"]["security"], json!([{ "bearer": ["clerk"] }]));
}

#[test]
fn the_path_of_a_server_is_a_prefix_of_the_paths() {
    let app = || {
        Router::<()>::new().nest(
            "/api/v1",
            Router::new().route("/orders", get(list).post(place)).route("/health", get(health)),
        )
    };
    for url in ["/api/v1", "/api/v1/", "https://shop.example/api/v1", "https://{host}/api/{v}"] {
        let mut document: OpenApi = serde_json::from_value(json!({
            "openapi": "3.1.0",
            "info": { "title": "Shop", "version": "1" },
            "servers": [{ "url": url, "variables": { "host": { "default": "h" }, "v": { "default": "v1" } } }],
            "paths": {
                "/orders": { "get": operation(), "post": operation() },
                "/health": { "get": operation() },
            },
        }))
        .expect("a document");
        let report = app().access_map().apply_to(&mut document);
        assert!(report.is_complete(), "{url}: {report}");
        let json = serde_json::to_value(&document).expect("JSON");
        assert_eq!(json["paths"]["/health"]["get"]["security"], json!([]), "{url}");
        assert_ne!(json["paths"]["/orders"]["get"]["security"], Value::Null, "{url}");
    }
    // The servers of a path and of an operation take the place of those of the document.
    let mut document: OpenApi = serde_json::from_value(json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "servers": [{ "url": "/elsewhere" }],
        "paths": {
            "/orders": {
                "servers": [{ "url": "/api/v1" }],
                "get": operation(),
                "post": operation(),
            },
            "/health": {
                "get": { "servers": [{ "url": "/api/v1" }], "responses": {} },
            },
            "/api/v1/health": { "head": operation() },
        },
    }))
    .expect("a document");
    let report = app().access_map().apply_to(&mut document);
    assert!(report.is_complete(), "a proxy may take the server's path away: {report}");
    // With both there, the one that the document means counts.
    let both = Router::<()>::new()
        .route("/orders", get(health))
        .nest("/api/v1", Router::new().route("/orders", get(list)));
    let mut document: OpenApi = serde_json::from_value(json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "servers": [{ "url": "/api/v1" }],
        "paths": { "/orders": { "get": operation() } },
    }))
    .expect("a document");
    let report = both.access_map().apply_to(&mut document);
    assert_eq!(report.endpoints_without_operation, ["GET /orders"]);
    let json = serde_json::to_value(&document).expect("JSON");
    assert_ne!(json["paths"]["/orders"]["get"]["security"], json!([]));
}

#[test]
fn a_document_as_json_gets_the_same_and_keeps_unknown_members() {
    let typed = serde_json::to_value(whole()).expect("JSON");
    for version in ["3.0.3", "3.1.0", "3.1.1", "3.2.0"] {
        let mut json = typed.clone();
        json["openapi"] = json!(version);
        json["x-ours"] = json!({ "kept": true });
        json["paths"]["/me"]["get"]["x-odd"] = json!([1, null]);
        json["paths"]["/me"]["get"]["parameters"] = json!("of no known shape");
        json["components"] = json!({ "schemas": { "Order": { "nullable": true, "type": "odd" } } });
        let report = app().access_map().apply_to_json(&mut json).expect("a document");
        assert!(report.is_complete(), "{report}");
        let (_, expected) = applied(&mut whole());
        for (path, method) in [("/me", "get"), ("/orders", "post"), ("/orders/{number}", "delete")]
        {
            for member in ["security", "responses", "x-required"] {
                assert_eq!(
                    json["paths"][path][method][member], expected["paths"][path][method][member],
                    "{version} {method} {path} {member}"
                );
            }
        }
        assert_eq!(
            json["components"]["securitySchemes"],
            expected["components"]["securitySchemes"]
        );
        assert_eq!(
            json["components"]["schemas"]["Problem"],
            expected["components"]["schemas"]["Problem"]
        );
        assert_eq!(
            json["components"]["schemas"]["Order"],
            json!({ "nullable": true, "type": "odd" })
        );
        assert_eq!(json["openapi"], json!(version));
        assert_eq!(json["x-ours"], json!({ "kept": true }));
        assert_eq!(json["paths"]["/me"]["get"]["x-odd"], json!([1, null]));
        // Once more changes nothing.
        let once = json.clone();
        let again = app().access_map().apply_to_json(&mut json).expect("a document");
        assert!(again.replaced_security.is_empty());
        assert_eq!(json, once);
    }
    for wrong in [json!({}), json!({ "swagger": "2.0" }), json!([]), json!({ "openapi": "2.0" })] {
        let mut document = wrong.clone();
        let error = app().access_map().apply_to_json(&mut document).expect_err("no document");
        assert!(error.to_string().contains("not an OpenAPI document of version 3"), "{error}");
        assert_eq!(document, wrong);
    }
}
