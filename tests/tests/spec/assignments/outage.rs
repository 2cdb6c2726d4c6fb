//! A source that fails or is slow: no one gets in by it, and no one loses a good token.

use std::time::{Duration, Instant};

use auth_core::authenticator::AssignmentCache;
use auth_core::routing::get;
use auth_core::{Assignments, Router, public};
use auth_tests::http::{issuer, send, send_as, serve};
use futures_util::future::join_all;

use super::desk::{Desk, bearer, builder, names};
use super::routes;
use crate::logged::Logged;

#[public]
async fn health() -> &'static str {
    "ok"
}

/// Holds P-21.
#[tokio::test]
async fn an_outage_is_503_and_ends_without_a_restart() {
    let (issuer, clock) = issuer();
    let desk = Desk::default();
    desk.assign("", "alice", Assignments::none().roles(["manager"]));
    let app = Router::new().route("/health", get(health)).merge(routes());
    let address = serve(app.protect(builder(&issuer, &desk).build().unwrap()).unwrap()).await;
    // The token alone would be enough for this caller, and is not counted either.
    let admin = issuer.token("ada").roles(["admin"]).sign().unwrap();
    let alice = issuer.token("alice").sign().unwrap();
    desk.break_down(true);
    for token in [&admin, &alice] {
        let answer = send_as(address, "GET", "/manage", token).await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.all("www-authenticate").len(), 0);
        assert_eq!(answer.json()["code"], "unavailable");
        assert!(!answer.body.contains("desk"), "{}", answer.body);
    }
    assert_eq!(send(address, "GET", "/health", &[]).await.status, 200);
    assert_eq!(send(address, "GET", "/manage", &[]).await.status, 401);
    desk.break_down(false);
    assert_eq!(send_as(address, "GET", "/manage", &alice).await.status, 200, "no failure is kept");
    desk.break_down(true);
    clock.advance(29);
    assert_eq!(send_as(address, "GET", "/manage", &alice).await.status, 200, "an answer is");
    clock.advance(1);
    assert_eq!(send_as(address, "GET", "/manage", &alice).await.status, 503, "and no longer");
}

/// Holds P-21.
#[tokio::test]
async fn a_slow_source_holds_no_request_for_long() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    let limit = Duration::from_millis(150);
    let authenticator = builder(&issuer, &desk).assignment_timeout(limit).build().unwrap();
    let address = serve(routes().protect(authenticator).unwrap()).await;
    let held_up = desk.held_up.write().await;
    let alice = issuer.token("alice").roles(["manager"]).sign().unwrap();
    let start = Instant::now();
    // Anyone who waits for another one's question waits no longer than for an own one.
    let answers = join_all((0..5).map(|_| send_as(address, "GET", "/manage", &alice))).await;
    let took = start.elapsed();
    assert!(answers.iter().all(|answer| answer.status == 503));
    assert!(took >= limit && took < Duration::from_secs(2), "{took:?}");
    drop(held_up);
    assert_eq!(send_as(address, "GET", "/manage", &alice).await.status, 200);
}

#[tokio::test]
async fn the_log_says_what_failed_and_nothing_of_the_caller() {
    Logged::listen();
    let (issuer, _) = issuer();
    let desk = Desk::default();
    let limit = Duration::from_millis(20);
    let authenticator = builder(&issuer, &desk)
        .assignment_timeout(limit)
        .tenant(|_| Some("north"))
        .assignment_cache(AssignmentCache::new())
        .build()
        .unwrap();
    let token = issuer.token("alice").claim("email", "alice@home.test").sign().unwrap();
    let request = |token: &str| {
        let mut request = http::Request::new(()).into_parts().0;
        request.headers = bearer(token);
        request
    };
    desk.break_down(true);
    authenticator.authenticate(&request(&token)).await.unwrap_err();
    desk.break_down(false);
    let held_up = desk.held_up.write().await;
    authenticator.authenticate(&request(&token)).await.unwrap_err();
    drop(held_up);
    let lines = Logged::take();
    let lines: Vec<_> = lines.iter().filter(|line| line.contains("assignment source")).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].starts_with("ERROR") && lines[0].contains("the desk is closed"), "{lines:#?}");
    assert!(lines[0].len() < 500, "an error's text is cut");
    assert!(lines[1].starts_with("ERROR") && lines[1].contains("in time"), "{lines:#?}");
    for secret in ["alice", "home.test", "north", &token] {
        assert!(!lines.iter().any(|line| line.contains(secret)), "{secret}: {lines:#?}");
    }
}

/// As where handlers are called without `tokio`, or with a runtime that has no timer.
#[test]
fn without_a_timer_nothing_is_asked_and_nothing_panics() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    let authenticator = builder(&issuer, &desk).build().unwrap();
    let token = issuer.token("alice").roles(["admin"]).sign().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let outcome = runtime.block_on(authenticator.authenticate_bearer(&token));
    assert_eq!(outcome.unwrap_err().code(), "unavailable");
    assert_eq!(desk.asked(), 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let caller = runtime.block_on(authenticator.authenticate_bearer(&token)).unwrap();
    assert!(names(&caller).contains(&"admin"));
}
