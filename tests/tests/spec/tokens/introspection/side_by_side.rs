//! Signed and opaque tokens in one service.

use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::{Authenticator, Router};
use auth_tests::http::{NOW, Permission, Role, Scope, serve};
use auth_tests::introspection::Endpoint;

use super::{call, read, service, verifier};

#[tokio::test]
async fn signed_and_opaque_tokens_are_accepted_side_by_side() {
    let endpoint = Endpoint::start().await;
    let clock = FixedClock::new(NOW);
    let signed = TestIssuer::new("https://signed.test", "orders-api").unwrap().with_clock(clock);
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(verifier(endpoint.verifier()))
        .verifier(signed.verifier().build().unwrap())
        .build()
        .unwrap();
    let app = Router::new().route("/read", get(read)).protect(authenticator).unwrap();
    let service = serve(app).await;

    let token = signed.token("alice").scopes(["read"]).sign().unwrap();
    assert_eq!(call(service, &token).await.body, "https://signed.test alice");
    // A signed token is not shown to the endpoint, however bad it is.
    endpoint.activate(&token, "mallory");
    let stranger = TestIssuer::new("https://stranger.test", "orders-api").unwrap();
    let strange = stranger.token("alice").scopes(["read"]).sign().unwrap();
    endpoint.activate(&strange, "mallory");
    assert_eq!(call(service, &strange).await.status, 401);
    let (head, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{head}.AAAA");
    endpoint.activate(&forged, "mallory");
    assert_eq!(call(service, &forged).await.status, 401);
    assert!(endpoint.asked().is_empty());

    for opaque in ["opaque", "abc.def.ghi", "v4.local.AAAA", "e30.e30.AAAA"] {
        endpoint.activate(opaque, "bob");
        assert_eq!(call(service, opaque).await.body, "https://issuer.test bob", "{opaque}");
    }
    assert_eq!(endpoint.asked().len(), 4);
}

#[tokio::test]
async fn with_introspection_alone_signed_tokens_are_asked_about_too() {
    let endpoint = Endpoint::start().await;
    let signed = TestIssuer::new("https://issuer.test", "orders-api").unwrap();
    let token = signed.token("alice").sign().unwrap();
    endpoint.activate(&token, "alice");
    let service = service(verifier(endpoint.verifier())).await;
    assert_eq!(call(service, &token).await.status, 200);
    assert_eq!(endpoint.asked().len(), 1);
}
