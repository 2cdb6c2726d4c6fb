//! Floods, and endpoints that are down.

use std::net::SocketAddr;
use std::time::Duration;

use auth_core::time::FixedClock;
use auth_core::token::VerifyError;
use auth_tests::http::NOW;
use auth_tests::introspection::{Asked, Endpoint, active};

use super::{call, service, verifier};
use crate::logged::Logged;

fn asked_about<'a>(asked: &'a [Asked], token: &str) -> Vec<&'a Asked> {
    asked.iter().filter(|asked| asked.all("token") == [token]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_invented_tokens_is_bounded_and_known_ones_go_on() {
    const AT_ONCE: usize = 8;
    let endpoint = Endpoint::start().await;
    endpoint.activate("known", "alice");
    let verifier = verifier(
        endpoint
            .verifier()
            .max_concurrent_requests(AT_ONCE)
            .capacity(100)
            .timeout(Duration::from_millis(500)),
    );
    assert!(verifier.verify("known").await.is_ok());
    endpoint.delay(5);

    // Each of them in a task of its own, as a server has its requests.
    let mut flood = tokio::task::JoinSet::new();
    for number in 0..10_000 {
        let verifier = verifier.clone();
        let token = format!("invented-{number}");
        flood.spawn(async move { verifier.verify(&token).await.map(drop) });
    }
    let flood = tokio::spawn(flood.join_all());
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
    // Where who asked has given up, the endpoint may not know yet.
    assert!(endpoint.most_at_once() < 2 * AT_ONCE, "{}", endpoint.most_at_once());
    assert_eq!(asked_about(&asked, "known").len(), 1);
}

/// Holds P-21.
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
    // Where no one listens, likewise.
    let nobody = TcpPort::closed().await;
    let verifier = verifier(endpoint.verifier().endpoint(format!("http://{nobody}/introspect")));
    let refused = verifier.verify("opaque").await.unwrap_err();
    assert_eq!(refused, VerifyError::Unavailable { retry_after: 5 });
}

/// A port that no one listens on.
struct TcpPort;

impl TcpPort {
    async fn closed() -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    }
}

#[tokio::test]
async fn an_outage_is_one_line_of_the_log_in_a_while_and_holds_no_secret() {
    Logged::listen();
    let (endpoint, clock) = (Endpoint::start().await, FixedClock::new(NOW));
    let verifier = verifier(endpoint.verifier().clock(clock.clone()));
    let mut lines = Vec::new();
    for (status, level) in [(500, "WARN"), (401, "ERROR")] {
        for number in 0..20 {
            let token = format!("opaque-{status}-{number}");
            endpoint.say(&token, status, r#"{"active":true,"sub":"somebody"}"#);
            assert!(verifier.verify(&token).await.is_err());
        }
        let new: Vec<_> =
            Logged::take().into_iter().filter(|line| line.contains("auth_core")).collect();
        let [line] = new.as_slice() else { panic!("{new:#?}") };
        assert!(line.starts_with(level) && line.contains("/introspect"), "{line}");
        lines.extend(new);
        clock.advance(10);
    }
    let text = lines.concat();
    for secret in ["opaque-", "it's secret", "aXQl", "somebody"] {
        assert!(!text.contains(secret), "{text}");
    }
}
