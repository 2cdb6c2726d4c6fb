//! What the answer says to a rejected caller, and what is missing.

use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::response::ErrorDetail;
use auth_core::routing::{get, post};
use auth_core::testing::TestIssuer;
use auth_core::vocabulary::AuthorityRef;
use auth_core::{AuthError, Authenticator, Guard, Identity, Router, check, requirement, requires};
use auth_tests::http::{NOW, Permission, Role, Scope, issuer};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[requires(scope = Write, any(role = Manager, check = placed))]
async fn cancel() {}

#[requires(scope = Read)]
async fn list() {}

#[requires(permission = OrdersCancel, not(role = Clerk))]
async fn odd() {}

#[requires(role = Manager, max_age = "5m")]
async fn refund() {}

#[requires(scope = Write, any(role = Admin, all(role = Clerk, permission = OrdersCancel, scope = Read)))]
async fn either() {}

#[check("the caller placed the order")]
async fn placed() -> bool {
    false
}

fn router() -> Router {
    Router::new()
        .route("/cancel", post(cancel))
        .route("/list", get(list))
        .route("/odd", get(odd))
        .route("/refund", get(refund))
        .route("/either", get(either))
        .nest(
            "/read",
            Router::new().route("/cancel", post(cancel)).require(requirement!(scope = Scope::Read)),
        )
}

fn builder(issuer: &TestIssuer) -> AuthenticatorBuilder {
    Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
}

async fn problem(app: &axum::Router, path: &str, token: String) -> Value {
    let method = if path.ends_with("cancel") { "POST" } else { "GET" };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&body).unwrap_or_default()
}

#[tokio::test]
async fn full_detail_says_what_is_missing() {
    let (issuer, _) = issuer();
    let authenticator = builder(&issuer).error_detail(ErrorDetail::Full).build().unwrap();
    let app = router().protect(authenticator).unwrap();
    let token = |names: &[&'static str]| {
        let (roles, scopes): (Vec<_>, Vec<_>) =
            names.iter().copied().partition(|name| !matches!(*name, "read" | "write"));
        issuer.token("bob").roles(roles).scopes(scopes)
    };
    for (path, token, missing, explanation) in [
        (
            "/cancel",
            token(&["read", "manager"]),
            json!({"grants": {"scopes": ["write"]}}),
            "Missing: scope write. A token with other scopes would help: write.",
        ),
        (
            "/cancel",
            token(&["write"]),
            json!({"grants": {"roles": ["manager"]}}),
            "Missing: role manager. A different token or login would not help.",
        ),
        (
            "/cancel",
            token(&[]),
            json!({"grants": {"roles": ["manager"], "scopes": ["write"]}}),
            "Missing: scope write, role manager. A token with other scopes would help: write.",
        ),
        (
            "/read/cancel",
            token(&["manager"]),
            json!({"grants": {"scopes": ["read", "write"]}}),
            "Missing: scope read, scope write. A token with other scopes would help: read write.",
        ),
        // The fewest names, by what they bring: an admin is a clerk too.
        (
            "/either",
            token(&["write"]),
            json!({"grants": {"roles": ["admin"]}}),
            "Missing: role admin. A different token or login would not help.",
        ),
        (
            "/either",
            token(&["write", "manager"]),
            json!({"grants": {"roles": ["admin"]}}),
            "Missing: role admin. A token with other scopes would help: write read.",
        ),
        // The roles that bring the permission are clerks too, who are ruled out.
        (
            "/odd",
            token(&[]),
            json!({"grants": {"permissions": ["orders:cancel"]}}),
            "Missing: permission orders:cancel. A different token or login would not help.",
        ),
        (
            "/odd",
            token(&["admin"]),
            Value::Null,
            "No authority would satisfy this requirement. A different token or login would not help.",
        ),
        (
            "/refund",
            token(&["clerk"]).auth_time(NOW - 400),
            json!({"grants": {"roles": ["manager"]}, "max_age": 300}),
            "Missing: role manager, max_age 5m. A different token or login would not help.",
        ),
    ] {
        let problem = problem(&app, path, token.sign().unwrap()).await;
        assert_eq!(problem["status"], 403, "{path} {problem:#}");
        let got = (problem.get("missing").unwrap_or(&Value::Null), &problem["explanation"]);
        assert_eq!(got, (&missing, &json!(explanation)), "{path} {problem:#}");
        assert!(problem["decision"].is_string(), "{problem:#}");
    }
}

/// Holds P-25.
#[tokio::test]
async fn the_default_says_nothing_beyond_the_challenge() {
    let (issuer, _) = issuer();
    let app = router().protect(builder(&issuer).build().unwrap()).unwrap();
    let members = ["code", "detail", "status", "title", "type"];
    for (path, token) in [
        ("/cancel", issuer.token("bob")),
        ("/list", issuer.token("bob")),
        ("/refund", issuer.token("bob")),
        ("/refund", issuer.token("bob").roles(["manager"])),
    ] {
        let problem = problem(&app, path, token.sign().unwrap()).await;
        let mut told: Vec<_> = problem.as_object().unwrap().keys().collect();
        told.sort();
        assert_eq!(told, members, "{problem:#}");
    }
}

#[requires(role = Manager, scope = Read, acr = "urn:mfa", max_age = "5m", not(role = Admin), check = placed)]
async fn all() {}

// The policy of a handler has no name that can be written down; its type is inferred.
fn refusal<P, F>(_: impl Fn(Guard<P>) -> F, caller: &Identity) -> AuthError
where
    P: auth_core::policy::Policy,
{
    Guard::<P>::for_identity(caller).unwrap_err()
}

#[tokio::test]
async fn a_program_can_read_what_is_missing() {
    let (issuer, _) = issuer();
    let authenticator = builder(&issuer).build().unwrap();
    let token = issuer.token("bob").roles(["clerk"]).acr("pwd").sign().unwrap();
    let bob: Identity = authenticator.authenticate_bearer(&token).await.unwrap();

    let error = refusal(all, &bob);
    let AuthError::Forbidden(forbidden) = error else { panic!("{error}") };
    let decision = forbidden.decision();
    let missing = decision.missing().unwrap();
    assert_eq!(
        missing.to_string(),
        "role manager, scope read, acr urn:mfa, max_age 5m, check \"the caller placed the order\""
    );
    assert_eq!((missing.len(), missing.acr(), missing.max_age()), (5, Some("urn:mfa"), Some(300)));
    assert_eq!(missing.checks().map(|check| check.name).collect::<Vec<_>>(), ["placed"]);
    let roles: Vec<_> =
        missing.names(auth_core::AuthorityKind::Role).map(AuthorityRef::name).collect();
    assert_eq!(roles, ["manager"]);
}
