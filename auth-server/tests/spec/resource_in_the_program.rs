//! An API in the same program: sign in, call, revoke, call in vain.

use std::time::Duration;

use auth_core::routing::get;
use auth_core::{Authenticator, Identity, Router, requires};
use auth_server::store::{AuthorizationStore as _, RevocationReason};
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use super::support::{API, FILES, Scope, World, form};

#[requires(scope = Scope::Read)]
async fn orders(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(authenticated)]
async fn files(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// An application with the API for a resource, and the server beside it.
fn application(world: &World, resource: &str) -> axum::Router {
    Router::new()
        .route("/orders", get(orders))
        .route("/files", get(files))
        .merge(world.server.router())
        .protect(
            Authenticator::builder()
                .vocabulary::<(Scope,)>()
                .verifier(world.server.verifier(resource).unwrap())
                .revocations(world.server.revocations())
                .build()
                .unwrap(),
        )
        .unwrap()
}

async fn call(app: &axum::Router, path: &str, tokens: &Value) -> StatusCode {
    let token = tokens["access_token"].as_str().unwrap();
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

/// Waits until the revocation is felt: a fraction of a second.
async fn refused_in_the_end(app: &axum::Router, path: &str, tokens: &Value) -> bool {
    for _ in 0..200 {
        if call(app, path, tokens).await == StatusCode::UNAUTHORIZED {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn the_loop_is_closed_from_the_sign_in_to_the_refusal_after_a_revocation() {
    let world = World::new().await;
    let app = application(&world, API);
    let code = world.code("spa", "openid read").await;
    let tokens = world.redeem(&code).await.ok();
    assert_eq!(call(&app, "/orders", &tokens).await, StatusCode::OK, "without a cold start");
    let narrow = world.tokens("openid write").await;
    assert_eq!(call(&app, "/orders", &narrow).await, StatusCode::FORBIDDEN);
    let why = RevocationReason::SignedOut;
    assert!(world.store.revoke_grant(&code.grant.id, why, world.now()).await.unwrap());
    assert!(refused_in_the_end(&app, "/orders", &tokens).await);
    // Another grant of the same user is still good.
    let other = world.tokens("openid read").await;
    assert_eq!(call(&app, "/orders", &other).await, StatusCode::OK);
}

#[tokio::test]
async fn one_token_can_be_revoked_alone() {
    let world = World::new().await;
    let app = application(&world, API);
    let one = world.tokens("read").await;
    let other = world.tokens("read").await;
    assert_eq!(call(&app, "/orders", &one).await, StatusCode::OK);
    let claims = super::support::claims_of(one["access_token"].as_str().unwrap());
    let id = claims["jti"].as_str().unwrap();
    world.store.revoke_token(id, claims["exp"].as_u64().unwrap(), world.now()).await.unwrap();
    assert!(refused_in_the_end(&app, "/orders", &one).await);
    assert_eq!(call(&app, "/orders", &other).await, StatusCode::OK);
}

#[tokio::test]
async fn opaque_tokens_are_looked_up_and_end_at_once() {
    let world = World::new().await;
    let app = application(&world, FILES);
    let code = world.code("spa", "files").await;
    let more = [("client_id", "spa"), ("resource", FILES)];
    let tokens = world.post("/token", &code.form(&more)).await.ok();
    assert_eq!(call(&app, "/files", &tokens).await, StatusCode::OK);
    let why = RevocationReason::RevokedByClient;
    world.store.revoke_grant(&code.grant.id, why, world.now()).await.unwrap();
    assert_eq!(call(&app, "/files", &tokens).await, StatusCode::UNAUTHORIZED);

    let own = form(&[("grant_type", "client_credentials"), ("resource", FILES)]);
    let tokens = world.post_as("worker", "/token", &own).await.ok();
    assert_eq!(call(&app, "/files", &tokens).await, StatusCode::OK);
    world.clock.advance(600);
    assert_eq!(call(&app, "/files", &tokens).await, StatusCode::UNAUTHORIZED, "it has expired");
}

#[tokio::test]
async fn a_token_for_another_resource_opens_nothing() {
    let world = World::new().await;
    let app = application(&world, API);
    let code = world.code("spa", "read files").await;
    let more = [("client_id", "spa"), ("resource", FILES)];
    let tokens = world.post("/token", &code.form(&more)).await.ok();
    assert_eq!(call(&app, "/orders", &tokens).await, StatusCode::UNAUTHORIZED);
    let files = application(&world, FILES);
    let tokens = world.tokens("read").await;
    assert_eq!(call(&files, "/files", &tokens).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn there_is_no_verifier_of_a_resource_that_is_not_there() {
    let world = World::new().await;
    let problem = world.server.verifier("https://other.example.com").unwrap_err().to_string();
    assert!(problem.contains("https://other.example.com"), "{problem}");
    assert!(world.server.verifier("HTTPS://api.example.com/").is_ok());
}
