//! Opaque tokens against an endpoint that says what the vectors say, over real HTTP on both sides.

#![cfg(test)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::verify::{FixedClock, IntrospectionVerifierBuilder, VerifyError};
use auth_core::{Authenticator, Identity, IntrospectionVerifier, Router, requires};
use auth_tests::challenge;
use auth_tests::http::{Answer, NOW, Permission, Role, Scope, send_as, serve};
use auth_tests::introspection::{Asked, Endpoint, Said, active};
use serde_json::{Value, json};

#[requires(scope = Read)]
async fn read(caller: Identity) -> String {
    format!("{} {}", caller.issuer(), caller.subject())
}

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/introspection_cases.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
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

fn asked_about<'a>(asked: &'a [Asked], token: &str) -> Vec<&'a Asked> {
    asked.iter().filter(|asked| asked.all("token") == [token]).collect()
}

#[tokio::test]
async fn vectors_are_answered_as_they_say() {
    let endpoint = Endpoint::start().await;
    let service = service(verifier(
        endpoint.verifier().audience("https://api.test").timeout(Duration::from_secs(1)),
    ))
    .await;
    let (mut must, mut softer, mut wrong, mut tolerated) = (0, 0, Vec::new(), Vec::new());
    for case in vectors()["cases"].as_array().unwrap() {
        let (name, token) = (case["name"].as_str().unwrap(), case["token"].as_str().unwrap());
        let said = &case["introspection_response"];
        let behaviour = said["behaviour"].as_str().unwrap_or_default();
        endpoint.say_slowly(
            token,
            Said {
                status: said["status"].as_u64().unwrap().try_into().unwrap(),
                body: said["body"].as_str().unwrap().to_owned(),
                after: Duration::from_secs(if behaviour == "stall" { 60 } else { 0 }),
                padding: if behaviour == "pad-to-100MB" { 100 << 20 } else { 0 },
            },
        );
        let start = Instant::now();
        let answer = call(service, token).await;
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());

        let error = match answer.status {
            401 | 403 => {
                let challenge = challenge::parse(answer.header("www-authenticate")).unwrap();
                challenge.get("error").map_or(Value::Null, |error| json!(error))
            }
            _ => Value::Null,
        };
        let allows = |name: &str, seen: &Value| {
            case[name] == *seen
                || case[format!("{name}_also_ok")].as_array().unwrap().contains(seen)
        };
        let fits =
            allows("status", &json!(answer.status)) && allows("www_authenticate_error", &error);
        if !fits {
            wrong.push(format!("{name}: {} {error}: {}", answer.status, case["why"]));
        } else if case["status"] != answer.status {
            tolerated.push(name.to_owned());
        }
        if answer.status == 503 {
            assert_ne!(answer.header("retry-after"), "", "{name}");
        }
        assert!(answer.status == 200 || !answer.body.contains("user-123"), "{name}");
        *if case["strength"] == "must" { &mut must } else { &mut softer } += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Nothing that the file merely tolerates.
    assert!(tolerated.is_empty(), "{tolerated:?}");
    assert_eq!((must, softer), (20, 7));
}

/// The sequence `post-form`.
#[tokio::test]
async fn the_question_is_an_authenticated_form_and_the_token_stands_in_no_address() {
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
    clock.advance(59);
    assert_eq!(call(service, "opaque").await.status, 200);
    assert_eq!(endpoint.asked().len(), 1);
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
async fn who_waits_for_the_same_answer_shares_one_question() {
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
async fn a_flood_of_invented_tokens_is_bounded_and_known_ones_go_on() {
    const AT_ONCE: usize = 8;
    let endpoint = Endpoint::start().await;
    endpoint.activate("known", "alice");
    let verifier = verifier(
        endpoint.verifier().at_once(AT_ONCE).capacity(100).timeout(Duration::from_millis(500)),
    );
    assert!(verifier.verify("known").await.is_ok());
    endpoint.delay(5);

    let flood = (0..10_000).map(|number| {
        let verifier = verifier.clone();
        async move { verifier.verify(&format!("invented-{number}")).await.map(drop) }
    });
    let flood = tokio::spawn(futures_util::future::join_all(flood));
    let mut known = 0;
    while !flood.is_finished() {
        assert_eq!(verifier.verify("known").await.unwrap().subject(), "alice");
        known += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let refused = flood.await.unwrap();
    let inactive = refused.iter().filter(|it| **it == Err(VerifyError::Inactive)).count();
    let unavailable = |it: &&Result<(), _>| matches!(it, Err(VerifyError::Unavailable { .. }));
    let unavailable = refused.iter().filter(unavailable).count();
    let asked = endpoint.asked();
    println!(
        "{known} known, {inactive} inactive, {unavailable} unavailable, {} asked, {} at once",
        asked.len(),
        endpoint.most_at_once()
    );
    assert_eq!(inactive + unavailable, 10_000);
    assert!(inactive > 0 && known > 10);
    assert!(endpoint.most_at_once() <= AT_ONCE, "{}", endpoint.most_at_once());
    assert_eq!(asked_about(&asked, "known").len(), 1);
}

#[tokio::test]
async fn an_outage_is_503_for_unknown_tokens_and_nothing_for_known_ones() {
    let (endpoint, clock) = (Endpoint::start().await, FixedClock::new(NOW));
    endpoint.activate("known", "alice");
    let service = service(verifier(endpoint.verifier().clock(clock.clone()))).await;
    assert_eq!(call(service, "known").await.status, 200);
    for token in ["known", "unknown"] {
        endpoint.say(token, 503, "");
    }
    assert_eq!(call(service, "known").await.status, 200);
    let answer = call(service, "unknown").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    assert_eq!(answer.header("www-authenticate"), "");
    clock.advance(60);
    assert_eq!(call(service, "known").await.status, 503);
    endpoint.activate("known", "alice");
    assert_eq!(call(service, "known").await.status, 200);
}

#[tokio::test]
async fn an_endpoint_that_refuses_this_service_says_nothing_of_the_token() {
    let endpoint = Endpoint::start().await;
    let service = service(verifier(endpoint.verifier())).await;
    for status in [401, 403] {
        endpoint.say("opaque", status, active("alice").to_string());
        assert_eq!(call(service, "opaque").await.status, 503);
    }
    // Where nobody listens, likewise.
    let nobody = TcpPort::closed().await;
    let verifier = verifier(endpoint.verifier().endpoint(format!("http://{nobody}/introspect")));
    let refused = verifier.verify("opaque").await.unwrap_err();
    assert_eq!(refused, VerifyError::Unavailable { retry_after: 5 });
}

/// A port that nobody listens on.
struct TcpPort;

impl TcpPort {
    async fn closed() -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    }
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

#[tokio::test]
async fn signed_and_opaque_tokens_stand_side_by_side() {
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

#[test]
fn what_is_missing_is_said_when_the_verifier_is_built() {
    let complete = || {
        IntrospectionVerifier::builder()
            .issuer("https://id.test")
            .endpoint("https://id.test/introspect")
            .client_secret_basic("orders-api", "the secret")
            .audience("orders-api")
    };
    assert!(complete().build().is_ok());
    let refused = |builder: IntrospectionVerifierBuilder| format!("{:?}", builder.build().err());
    for (builder, expected) in [
        (complete().issuer(""), "no issuer"),
        (complete().endpoint("http://id.test/introspect"), "absolute `https` URL"),
        (complete().issuer("orders").discover(), "cannot be discovered"),
        (complete().client_secret_basic("", "the secret"), "no client authentication"),
        (complete().client_secret_post("orders-api", ""), "no client authentication"),
        (complete().bearer_token("the secret"), "no client authentication"),
        (complete().audience(""), "no audience"),
        (complete().timeout(Duration::ZERO), "the timeout"),
        (complete().time_to_live(Duration::from_secs(61)), "at most 60s"),
        (complete().capacity(0), "answers are to be known"),
        (complete().at_once(0), "at once"),
        (complete().max_token_bytes(0), "the token limit"),
        (complete().root_certificates("none"), "PEM"),
    ] {
        let said = refused(builder);
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("the secret"), "{said}");
    }
    let bare = IntrospectionVerifier::builder().issuer("https://id.test");
    assert!(refused(bare).contains("no audience"));
    let debug = format!("{:?} {:?}", complete(), complete().build().unwrap());
    assert!(!debug.contains("the secret"), "{debug}");
    // An endpoint that says nothing of audiences has to be meant.
    let bare = IntrospectionVerifier::builder().issuer("https://id.test").without_audience();
    let meant = bare.endpoint("https://id.test/i").bearer_token("t").build();
    assert!(meant.is_ok());
}
