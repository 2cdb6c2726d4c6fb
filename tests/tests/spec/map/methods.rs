//! Which credentials an endpoint accepts is in every listing, and one more of them is a widening.

use auth_core::access_map::{AccessModel, Change};
use auth_core::routing::{get, post};
use auth_core::scheme::SecurityScheme;
use auth_core::testing::AccessMatrix;
use auth_core::{AccessMap, Method, Roles, Router, Scopes, public, requirement, requires};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
enum Role {
    Clerk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
enum Scope {
    Read,
}

#[requires(role = Clerk)]
async fn usual() {}

#[requires(method = Session | ApiKey, role = Clerk)]
async fn shelf() {}

#[requires(any(all(method = ApiKey, scope = Read), all(method = Session, acr = "mfa")))]
async fn pay_out() {}

#[public]
async fn health() {}

fn app() -> Router {
    Router::new()
        .route("/usual", get(usual))
        .route("/shelf", get(shelf))
        .route("/pay-out", post(pay_out))
        .route("/health", get(health))
}

fn one(requirement: auth_core::Requirement) -> AccessMap {
    Router::<()>::new().nest_service("/x", axum::Router::<()>::new(), requirement).access_map()
}

fn change(old: &AccessMap, new: &AccessMap) -> (Change, String) {
    let comparison = new.compare(old.model());
    (comparison.endpoints[0].change, comparison.to_string())
}

#[test]
fn each_endpoint_lists_the_methods_that_it_accepts() {
    let map = app().access_map();
    let methods = |path: &str| {
        let endpoint = map.model().endpoints.iter().find(|it| it.path == path).unwrap();
        endpoint.methods.join(" ")
    };
    assert_eq!(methods("/usual"), "bearer dpop mtls");
    assert_eq!(methods("/shelf"), "session api-key");
    assert_eq!(methods("/pay-out"), "api-key session");
    assert_eq!(methods("/health"), "");
    let json: Value = serde_json::from_str(&map.to_json()).unwrap();
    assert_eq!(json["default_methods"], json!(["bearer", "dpop", "mtls"]));
    assert_eq!(AccessModel::from_json(&map.to_json()).unwrap(), *map.model());
}

#[test]
fn a_minimal_set_says_by_which_method() {
    let map = app().access_map();
    let endpoint = map.model().endpoints.iter().find(|it| it.path == "/pay-out").unwrap();
    assert_eq!(
        serde_json::to_value(&endpoint.minimal_sets).unwrap(),
        json!([
            {"grants": {}, "methods": ["session"], "acr": "mfa"},
            {"grants": {"scopes": ["read"]}, "methods": ["api-key"]},
        ])
    );
}

#[test]
fn the_applications_default_list_is_that_of_endpoints_that_name_none() {
    let map = app().access_map().with_methods([Method::Bearer, Method::Session]);
    let usual = map.model().endpoints.iter().find(|it| it.path == "/usual").unwrap();
    assert_eq!(usual.methods, ["bearer", "session"]);
    assert!(map.lock_text().contains("\nmethods = [\"bearer\", \"session\"]\n"));
}

#[test]
fn one_more_method_is_a_widening_and_one_less_is_not() {
    let session = one(requirement!(method = Session, role = Clerk));
    let both = one(requirement!(method = Session | ApiKey, role = Clerk));
    let (what, text) = change(&session, &both);
    assert_eq!(what, Change::Widened);
    assert!(text.contains("let in:  role \"clerk\", method \"api-key\""), "{text}");
    assert_eq!(change(&both, &session).0, Change::Narrowed);
    assert_eq!(change(&both, &both).0, Change::Equivalent);
    let swapped = one(requirement!(method = ApiKey | Session, role = Clerk));
    assert_eq!(change(&both, &swapped).0, Change::Equivalent);
    let other = one(requirement!(method = Basic, role = Clerk));
    assert_eq!(change(&session, &other).0, Change::Incomparable);
}

#[test]
fn a_longer_default_list_opens_every_endpoint_that_names_no_method() {
    let before = app().access_map();
    let after =
        app().access_map().with_methods(Method::DEFAULT.into_iter().chain([Method::Session]));
    let old = AccessModel::from_lock(&before.lock_text()).unwrap();
    let comparison = after.compare(&old);
    let widened: Vec<&str> = comparison
        .endpoints
        .iter()
        .filter(|it| it.change == Change::Widened)
        .map(|it| it.path.as_str())
        .collect();
    assert_eq!(widened, ["/usual"]);
    assert!(comparison.to_string().contains("method \"session\""), "{comparison}");
}

#[test]
fn a_lock_of_the_first_version_had_the_tokens_only() {
    let map = app().access_map();
    let old = map
        .lock_text()
        .replace("version = 2\nmethods = [\"bearer\", \"dpop\", \"mtls\"]", "version = 1");
    let old = AccessModel::from_lock(&old).unwrap();
    assert!(!map.compare(&old).is_widening());
}

#[test]
fn listings_name_the_methods() {
    let map = app().access_map();
    let csv = map.to_csv();
    assert!(csv.starts_with("\"method\",\"path\",\"kind\",\"access\",\"requirement\",\"methods\""));
    assert!(csv.contains("\"session; api-key\""), "{csv}");
    let markdown = map.to_markdown();
    let line = "- Accepts credentials of the methods `session`, `api-key`";
    assert!(markdown.contains(line), "{markdown}");
}

#[tokio::test]
async fn the_matrix_says_what_it_has_no_credential_for() {
    let app = Router::new().route("/usual", get(usual)).route("/shelf", get(shelf));
    let report = AccessMatrix::of(app).run().await;
    let skipped = report.to_string();
    assert!(skipped.contains("the matrix sends bearer tokens"), "{skipped}");
}

#[test]
fn an_operation_lists_the_schemes_of_its_methods() {
    let operation = || json!({ "responses": { "200": { "description": "Done." } } });
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": {
            "/usual": { "get": operation() },
            "/shelf": { "get": operation() },
            "/pay-out": { "post": operation() },
            "/health": { "get": operation() },
        },
        "components": { "securitySchemes": {
            "api-key": { "type": "apiKey", "in": "header", "name": "X-Partner" },
        } },
    });
    let report = app().access_map().apply_to_json(&mut document).unwrap();
    assert!(report.is_complete(), "{report}");
    let security = |path: &str, method: &str| document["paths"][path][method]["security"].clone();
    assert_eq!(security("/usual", "get"), json!([{"bearer": ["clerk"]}]));
    assert_eq!(security("/shelf", "get"), json!([{"session": ["clerk"]}, {"api-key": ["clerk"]}]));
    assert_eq!(security("/pay-out", "post"), json!([{"api-key": ["read"]}, {"session": []}]));
    assert_eq!(security("/health", "get"), json!([]));
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["api-key"]["name"], "X-Partner");
    assert_eq!(
        (&schemes["session"]["type"], &schemes["session"]["in"]),
        (&json!("apiKey"), &json!("cookie"))
    );
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
}

#[test]
fn a_scheme_of_the_application_describes_itself() {
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": { "/shelf": { "get": { "responses": { "200": { "description": "Done." } } } } },
    });
    let schemes = [(Method::Session, SecurityScheme::cookie("__Host-shop"))];
    let map =
        Router::<()>::new().route("/shelf", get(shelf)).access_map().with_security_schemes(schemes);
    let report = map.apply_to_json(&mut document).unwrap();
    assert!(report.is_complete(), "{report}");
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["session"]["name"], "__Host-shop");
    assert_eq!(schemes["api-key"]["name"], "X-API-Key");
}
