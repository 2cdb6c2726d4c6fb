//! The counters of decisions and of refreshes: few labels, none of them chosen by a caller.

use std::time::Duration;

use auth_core::keys::JwksRefresh;
use auth_core::routing::post;
use auth_core::time::FixedClock;
use auth_core::{JwtVerifier, Router, requirement, requires};
use auth_tests::http::{NOW, Scope, authenticator, issuer};
use auth_tests::key_server::{KeyServer, Reply};
use axum::body::Body;
use axum::http::Request;
use axum::response::IntoResponse;
use tower::ServiceExt as _;

use crate::counted::Counted;

#[requires(scope = Write)]
async fn cancel() {}

#[tokio::test]
async fn decisions_are_counted_under_few_labels() {
    let counted = Counted::default();
    let recorder = &counted;
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (issuer, _) = issuer();
    let service =
        tower::service_fn(async |_| Ok::<_, std::convert::Infallible>(().into_response()));
    let app = Router::new()
        .route("/orders/{id}", post(cancel))
        .route_service("/service", service, requirement!(scope = Scope::Read))
        .protect(authenticator(&issuer))
        .unwrap();
    let writer = issuer.token("alice").scopes(["write"]).sign().unwrap();
    let nobody = issuer.token("bob").sign().unwrap();
    let old = issuer.token("alice").claim("exp", NOW - 60).sign().unwrap();
    for (method, path, token) in [
        ("POST", "/orders/7", Some(&writer)),
        ("POST", "/orders/8", Some(&nobody)),
        ("POST", "/orders/9", Some(&old)),
        ("BREW", "/service?x", None),
    ] {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap();
    }
    let labels = |outcome: &str, reason: &str, method: &str, path: &str| {
        format!(
            "Key(auth_decisions_total, [outcome = {outcome}, reason = {reason}, method = {method}, path = {path}])"
        )
    };
    assert_eq!(
        counted.keys(),
        [
            labels("allowed", "allowed", "POST", "/orders/{id}"),
            labels("refused", "insufficient_scope", "POST", "/orders/{id}"),
            labels("refused", "expired", "POST", "/orders/{id}"),
            labels("refused", "unauthenticated", "other", "/service"),
        ]
    );
}

#[tokio::test]
async fn refreshes_of_keys_are_counted_by_how_they_ended() {
    let counted = Counted::default();
    let recorder = &counted;
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (server, issuer) = (KeyServer::start().await, issuer().0);
    server.set("/keys", Reply::ok(&issuer.jwks_json()));
    let verifier = JwtVerifier::builder()
        .issuer(issuer.issuer())
        .audience(issuer.audience())
        .jwks_uri(server.url("/keys"))
        .refresh(JwksRefresh::default().min_refetch_interval(Duration::ZERO))
        .clock(FixedClock::new(NOW))
        .build()
        .unwrap();
    verifier.ready(Duration::from_secs(10)).await.unwrap();
    let unknown = issuer.token("mallory").header("kid", "made up").sign().unwrap();
    assert!(verifier.verify_or_refresh(&unknown).await.is_err());
    server.set("/keys", Reply::ok("<html>"));
    assert!(verifier.verify_or_refresh(&unknown).await.is_err());
    let label = |outcome: &str| format!("Key(auth_key_refreshes_total, [outcome = {outcome}])");
    assert_eq!(counted.keys(), [label("changed"), label("unchanged"), label("failed")]);
}
