//! Opaque tokens, over real HTTP on both sides.

mod configured;
mod outage;
mod revoked;
mod side_by_side;
mod vectors;

use std::net::SocketAddr;
use std::time::Duration;

use auth_core::routing::get;
use auth_core::time::FixedClock;
use auth_core::token::{IntrospectionVerifier, IntrospectionVerifierBuilder, VerifyError};
use auth_core::{Authenticator, Identity, Router, requires};
use auth_tests::http::{Answer, NOW, Permission, Role, Scope, send_as, serve};
use auth_tests::introspection::{Endpoint, active};
use serde_json::json;

#[requires(scope = Read)]
async fn read(caller: Identity) -> String {
    format!("{} {}", caller.issuer(), caller.subject())
}

fn verifier(builder: IntrospectionVerifierBuilder) -> IntrospectionVerifier {
    builder.build().unwrap()
}

async fn service(verifier: IntrospectionVerifier) -> SocketAddr {
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(verifier)
        .build()
        .unwrap();
    serve(Router::new().route("/read", get(read)).protect(authenticator).unwrap()).await
}

async fn call(service: SocketAddr, token: &str) -> Answer {
    send_as(service, "GET", "/read", token).await
}

/// The sequence `post-form`.
#[tokio::test]
async fn the_request_is_an_authenticated_form_and_no_url_contains_the_token() {
    let endpoint = Endpoint::start().await;
    endpoint.activate("opaque", "alice");
    let service = service(verifier(endpoint.verifier())).await;
    let answer = call(service, "opaque").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "https://issuer.test alice"));

    let asked = endpoint.asked();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.uri, "/introspect");
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(asked.headers["accept"], "application/json");
    // `orders-api:it%27s+secret`, encoded before it is put together (RFC 6749 §2.3.1).
    assert_eq!(asked.headers["authorization"], "Basic b3JkZXJzLWFwaTppdCUyN3Mrc2VjcmV0");
    assert_eq!(asked.body, "token=opaque&token_type_hint=access_token");
}

#[tokio::test]
async fn a_service_may_authenticate_in_the_form_or_with_a_token() {
    let endpoint = Endpoint::start().await;
    endpoint.activate("opaque", "alice");
    let post = verifier(endpoint.verifier().client_secret_post("orders-api", "a&b=c"));
    assert_eq!(post.verify("opaque").await.unwrap().subject(), "alice");
    let bearer = verifier(endpoint.verifier().bearer_token("service-token"));
    assert_eq!(bearer.verify("opaque").await.unwrap().subject(), "alice");

    let asked = endpoint.asked();
    assert_eq!(asked[0].all("client_id"), ["orders-api"]);
    assert_eq!(asked[0].all("client_secret"), ["a&b=c"]);
    assert!(!asked[0].headers.contains_key("authorization"));
    assert_eq!(asked[1].headers["authorization"], "Bearer service-token");
    assert_eq!(asked[1].form.len(), 2);
}

/// The sequence `form-injection`.
#[tokio::test]
async fn a_token_cannot_add_members_to_the_form() {
    let endpoint = Endpoint::start().await;
    let verifier = verifier(endpoint.verifier());
    for token in ["a&token_type_hint=x&active=true", "a%26b", "a b", "a\r\nb", "", "=", "\u{e4}"] {
        assert_eq!(verifier.verify(token).await.unwrap_err(), VerifyError::Malformed, "{token}");
    }
    let long = "a".repeat(4 * 1024 + 1);
    assert_eq!(verifier.verify(&long).await.unwrap_err(), VerifyError::TooLarge);
    assert!(endpoint.asked().is_empty());

    // Every character of a token that means something in a form.
    let token = "a+b/c-d._~e==";
    endpoint.activate(token, "alice");
    assert_eq!(verifier.verify(token).await.unwrap().subject(), "alice");
    let asked = endpoint.asked();
    assert_eq!((asked.len(), asked[0].form.len()), (1, 2));
    assert_eq!(asked[0].all("token"), [token]);
}

/// The sequence `cache-revocation`.
#[tokio::test]
async fn a_revoked_token_is_refused_after_a_minute_at_the_latest() {
    let (endpoint, clock) = (Endpoint::start().await, FixedClock::new(NOW));
    endpoint.activate("opaque", "alice");
    let service = service(verifier(endpoint.verifier().clock(clock.clone()))).await;
    assert_eq!(call(service, "opaque").await.status, 200);
    endpoint.say("opaque", 200, r#"{"active":false}"#);
    clock.advance(44);
    assert_eq!(call(service, "opaque").await.status, 200);
    assert_eq!(endpoint.asked().len(), 1);
    // From here on a request has the answer renewed, beside it.
    clock.advance(15);
    assert_eq!(call(service, "opaque").await.status, 200);
    clock.advance(1);
    assert_eq!(call(service, "opaque").await.status, 401);
    assert_eq!(endpoint.asked().len(), 2);
}

#[tokio::test]
async fn an_answer_is_never_known_past_the_end_of_the_token() {
    let (endpoint, clock) = (Endpoint::start().await, FixedClock::new(NOW));
    let mut short = active("alice");
    short["exp"] = json!(NOW + 7);
    endpoint.say("opaque", 200, short.to_string());
    let service = service(verifier(endpoint.verifier().clock(clock.clone()))).await;
    assert_eq!(call(service, "opaque").await.status, 200);
    clock.advance(6);
    assert_eq!(call(service, "opaque").await.status, 200);
    assert_eq!(endpoint.asked().len(), 1);
    endpoint.say("opaque", 200, r#"{"active":false}"#);
    clock.advance(1);
    assert_eq!(call(service, "opaque").await.status, 401);
    assert_eq!(endpoint.asked().len(), 2);
}

#[tokio::test]
async fn a_token_without_exp_is_asked_about_again_after_a_minute() {
    let (endpoint, clock) = (Endpoint::start().await, FixedClock::new(NOW));
    let mut endless = active("alice");
    endless.as_object_mut().unwrap().remove("exp");
    endpoint.say("opaque", 200, endless.to_string());
    let service = service(verifier(endpoint.verifier().clock(clock.clone()))).await;
    for _ in 0..3 {
        assert_eq!(call(service, "opaque").await.status, 200);
        assert_eq!(call(service, "opaque").await.status, 200);
        clock.advance(60);
    }
    assert_eq!(endpoint.asked().len(), 3);
}

#[tokio::test]
async fn without_a_time_to_live_every_request_is_asked_about() {
    let endpoint = Endpoint::start().await;
    endpoint.activate("opaque", "alice");
    let service = service(verifier(endpoint.verifier().time_to_live(Duration::ZERO))).await;
    for asked in 1..4 {
        assert_eq!(call(service, "opaque").await.status, 200);
        assert_eq!(endpoint.asked().len(), asked);
    }
    endpoint.say("opaque", 200, r#"{"active":false}"#);
    assert_eq!(call(service, "opaque").await.status, 401);
    endpoint.activate("opaque", "alice");
    assert_eq!(call(service, "opaque").await.status, 200);
}

#[tokio::test]
async fn a_bound_token_is_rejected_without_its_proof_cached_or_not() {
    let endpoint = Endpoint::start().await;
    for (kind, member) in [("Bearer", "jkt"), ("Bearer", "x5t#S256"), ("DPoP", "jkt")] {
        let token = format!("{kind}-{}", member.len());
        let mut bound = active("alice");
        bound["token_type"] = json!(kind);
        bound["cnf"] = json!({member: "pwzK2WsCHxdaB-SK67Sj9b5h4dqmBAZ9cv9jY_EiRfw"});
        endpoint.say(&token, 200, bound.to_string());
        let service = service(verifier(endpoint.verifier())).await;
        for _ in 0..2 {
            assert_eq!(call(service, &token).await.status, 401, "{kind} {member}");
        }
        let refused = verifier(endpoint.verifier()).verify(&token).await.unwrap_err();
        assert_eq!(refused, VerifyError::SenderConstrained);
    }
}

/// The sequence `cache-key`.
#[tokio::test]
async fn tokens_that_share_a_beginning_or_an_end_are_two() {
    let endpoint = Endpoint::start().await;
    let same = "s".repeat(100);
    let tokens = [format!("{same}a"), format!("{same}b"), format!("a{same}"), format!("b{same}")];
    let service = service(verifier(endpoint.verifier())).await;
    for (place, token) in tokens.iter().enumerate() {
        endpoint.activate(token, &format!("subject-{place}"));
    }
    for _ in 0..2 {
        for (place, token) in tokens.iter().enumerate() {
            let answer = call(service, token).await;
            assert_eq!(answer.body, format!("https://issuer.test subject-{place}"));
        }
    }
    assert_eq!(endpoint.asked().len(), 4);
    assert_eq!(call(service, &format!("{same}c")).await.status, 401);
}

#[tokio::test]
async fn concurrent_requests_share_one_question() {
    let endpoint = Endpoint::start().await;
    endpoint.activate("opaque", "alice");
    endpoint.delay(100);
    let verifier = verifier(endpoint.verifier());
    let calls = (0..50).map(|_| verifier.verify("opaque"));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(endpoint.asked().len(), 1);
}

#[tokio::test]
async fn the_endpoint_is_found_in_the_metadata_of_its_issuer() {
    let endpoint = Endpoint::start().await;
    endpoint.activate("opaque", "alice");
    let discovering = |issuer: String| {
        let builder = IntrospectionVerifier::builder().issuer(issuer).discover();
        let builder = builder.client_secret_basic("orders-api", "secret").audience("orders-api");
        verifier(builder.clock(FixedClock::new(NOW)))
    };
    let token = discovering(endpoint.issuer()).verify("opaque").await.unwrap();
    assert_eq!((token.issuer(), token.subject()), (endpoint.issuer().as_str(), "alice"));
    // Its metadata is that of another issuer.
    let other = discovering(format!("{}/other", endpoint.issuer()));
    let refused = other.verify("opaque").await.unwrap_err();
    assert_eq!(refused, VerifyError::Unavailable { retry_after: 5 });
    assert_eq!(endpoint.asked().len(), 1);
}
