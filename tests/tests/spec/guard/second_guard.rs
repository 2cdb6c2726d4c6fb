//! A guard decides by its own policy, also where the endpoint was routed with another one.

use auth_core::policy::{Access, Declaration, HandlerInfo, Policy};
use auth_core::routing::get;
use auth_core::{Guard, Requirement, Router, requirement, requires};
use auth_tests::http::{Permission, Role, Scope, issuer};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::FutureExt as _;
use tower::ServiceExt as _;

/// A policy that no one has routed.
struct Admins;

impl Policy for Admins {
    type Checks = ();
    const DECLARATION: Declaration = Declaration {
        access: Access::Requires(ADMINS),
        handler: HandlerInfo { name: "admins", module: "tests", doc: "", file: file!(), line: 1 },
        cross_site: None,
    };
}

const ADMINS: Requirement = requirement!(role = Role::Admin);

#[requires(scope = Read)]
async fn both(_admins: Guard<Admins>) {}

#[test]
fn the_second_guard_of_a_handler_asks_for_what_it_declares() {
    let (issuer, _clock) = issuer();
    let authenticator = auth_core::Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .build()
        .unwrap();
    let router = Router::new().route("/", get(both)).protect(authenticator).unwrap();
    let ask = |role: &str| {
        let token = issuer.token("alice").roles([role]).scopes(["read"]).sign().unwrap();
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).now_or_never().unwrap().unwrap();
        response.status()
    };
    // Twice: the compiled form of the first guard is there the second time.
    for _ in 0..2 {
        assert_eq!(ask("clerk"), StatusCode::FORBIDDEN);
        assert_eq!(ask("admin"), StatusCode::OK);
    }
}
