//! Audit events: one for each decision, nothing secret in them, and no sink can do harm.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use auth_core::audit::{AuditEvent, AuditLevel, AuditOutcome, AuditSink, ChannelSink, TracingSink};
use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::routing::{get, post};
use auth_core::testing::{CollectingSink, TestIssuer};
use auth_core::time::Clock;
use auth_core::{Authenticator, Identity, Router, check, public, requirement, requires};
use auth_tests::http::{NOW, Permission, Role, Scope, issuer};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse;
use tower::ServiceExt as _;

use crate::logged::Logged;

#[requires(scope = Write, any(role = Manager, check = placed))]
async fn cancel() -> StatusCode {
    StatusCode::IM_A_TEAPOT
}

#[requires(role = Manager, acr = "urn:mfa", max_age = "5m")]
async fn refund() {}

#[public]
async fn health() {}

#[public]
async fn greet(caller: Option<Identity>) -> String {
    caller.map_or_else(String::new, |caller| caller.subject().to_owned())
}

#[check("the caller placed the order")]
async fn placed(
    caller: &Identity,
    axum::extract::Path(id): axum::extract::Path<u64>,
) -> Result<bool, axum::response::Response> {
    match id {
        404 => Err((StatusCode::NOT_FOUND, "no such order").into_response()),
        id => Ok(id == 7 && caller.subject() == "alice"),
    }
}

fn builder(issuer: &TestIssuer) -> AuthenticatorBuilder {
    Logged::listen();
    Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
}

fn router() -> Router {
    let behind = Router::new().route("/{id}", post(cancel).put(health));
    Router::new()
        .route("/orders/{id}", post(cancel))
        .route("/orders/{id}/refund", post(refund))
        .route("/health", get(health))
        .route("/greet", get(greet))
        .nest("/behind", behind.require(requirement!(scope = Scope::Read)))
        .route_service(
            "/service",
            tower::service_fn(async |_| {
                Ok::<_, std::convert::Infallible>("service".into_response())
            }),
            requirement!(scope = Scope::Read),
        )
}

struct Service {
    app: axum::Router,
    issuer: TestIssuer,
    events: CollectingSink,
}

impl Service {
    fn new() -> Self {
        let (issuer, _) = issuer();
        let events = CollectingSink::default();
        let app = router().protect(builder(&issuer).audit(events.clone()).build().unwrap());
        Self { app: app.unwrap(), issuer, events }
    }

    /// Sends a request and takes the events it made.
    async fn send(&self, method: &str, path: &str, token: Option<&str>) -> (u16, Vec<AuditEvent>) {
        let status = send(&self.app, method, path, token).await.0;
        (status, self.events.take())
    }

    async fn one(&self, method: &str, path: &str, token: Option<&str>) -> (u16, AuditEvent) {
        let (status, mut events) = self.send(method, path, token).await;
        assert_eq!(events.len(), 1, "{method} {path}: {events:#?}");
        (status, events.remove(0))
    }
}

async fn send(app: &axum::Router, method: &str, path: &str, token: Option<&str>) -> (u16, String) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn each_decision_makes_one_event() {
    let service = Service::new();
    let token = |subject: &str| service.issuer.token(subject);
    let manager = token("carol").roles(["manager"]).scopes(["read", "write"]).sign().unwrap();
    let alice = token("alice").scopes(["write"]).sign().unwrap();
    let bob = token("bob").scopes(["read"]).sign().unwrap();
    let strange = TestIssuer::new("https://issuer.test", "orders-api").unwrap();
    let strange = strange.token("eve").claim("exp", NOW + 60).claim("iat", NOW).sign().unwrap();
    for (method, path, token, status, outcome, code, subject) in [
        ("POST", "/orders/7", None, 401, "refused", "unauthenticated", None),
        ("POST", "/orders/7", Some("x y"), 400, "refused", "invalid_request", None),
        ("POST", "/orders/7", Some("x"), 401, "refused", "invalid_token", None),
        ("POST", "/orders/7", Some(strange.as_str()), 401, "refused", "invalid_token", None),
        ("POST", "/orders/7", Some(&bob), 403, "refused", "insufficient_scope", Some("bob")),
        ("POST", "/orders/7", Some(&alice), 418, "allowed", "allowed", Some("alice")),
        ("POST", "/orders/8", Some(&alice), 403, "refused", "forbidden", Some("alice")),
        ("POST", "/orders/404", Some(&alice), 404, "refused", "check_answered", Some("alice")),
        ("POST", "/orders/x", Some(&alice), 400, "refused", "check_answered", Some("alice")),
        ("POST", "/orders/8", Some(&manager), 418, "allowed", "allowed", Some("carol")),
        ("POST", "/orders/1/refund", Some(&bob), 403, "refused", "forbidden", Some("bob")),
        (
            "POST",
            "/orders/1/refund",
            Some(&manager),
            401,
            "refused",
            "insufficient_user_authentication",
            Some("carol"),
        ),
        // The guard of the endpoint and that of its handler: one of them speaks.
        ("POST", "/behind/7", Some(&alice), 403, "refused", "insufficient_scope", Some("alice")),
        ("POST", "/behind/7", Some(&bob), 403, "refused", "insufficient_scope", Some("bob")),
        ("POST", "/behind/8", Some(&manager), 418, "allowed", "allowed", Some("carol")),
        ("PUT", "/behind/7", Some(&bob), 200, "allowed", "allowed", Some("bob")),
        ("GET", "/service", Some(&bob), 200, "allowed", "allowed", Some("bob")),
        ("GET", "/service", Some(&alice), 403, "refused", "insufficient_scope", Some("alice")),
        ("GET", "/greet", Some("x"), 401, "refused", "invalid_token", None),
    ] {
        let (answered, event) = service.one(method, path, token).await;
        let got = (answered, event.outcome.as_str(), event.code, event.subject.as_deref());
        assert_eq!(got, (status, outcome, code, subject), "{method} {path} {event:#?}");
        assert_eq!(event.status, (outcome != "allowed").then_some(status), "{event:#?}");
        assert_eq!((event.time, event.method.as_str()), (NOW, method));
        let known = subject.map(|_| "https://issuer.test");
        assert_eq!((event.issuer.as_deref(), event.client_id.is_some()), (known, known.is_some()));
        assert_eq!(event.decision.is_some(), subject.is_some(), "{event:#?}");
    }
    // What no one decided makes no event: public handlers, unknown paths, wrong methods.
    for (method, path, status) in [
        ("GET", "/health", 200),
        ("GET", "/greet", 200),
        ("GET", "/no", 404),
        ("PUT", "/greet", 405),
    ] {
        let (answered, events) = service.send(method, path, None).await;
        assert_eq!((answered, events.len()), (status, 0), "{method} {path}");
    }
}

#[tokio::test]
async fn an_event_says_all_that_it_should() {
    let service = Service::new();
    let bob = service.issuer.token("bob").scopes(["read"]).claim("jti", "t-1").sign().unwrap();
    let (_, event) = service.one("POST", "/orders/7?secret=1", Some(&bob)).await;
    assert_eq!(event.path.as_deref(), Some("/orders/{id}"));
    assert_eq!(event.handler, "spec::audit::events::cancel");
    assert_eq!(event.token_id.as_deref(), Some("t-1"));
    assert_eq!(
        event.decision.as_deref(),
        Some("all(✗ scope write, any(✗ role manager, – check \"the caller placed the order\"))")
    );
    assert_eq!(event.missing.as_deref(), Some("scope write, role manager"));
    assert_eq!(event.remedy.as_deref(), Some("scopes write"));

    let manager = service.issuer.token("carol").roles(["manager"]).sign().unwrap();
    let (_, event) = service.one("POST", "/orders/7/refund", Some(&manager)).await;
    assert_eq!(event.decision.as_deref(), Some("all(✓ role manager, ✗ acr urn:mfa, ✗ max_age 5m)"));
    assert_eq!(event.missing.as_deref(), Some("acr urn:mfa, max_age 5m"));
    assert_eq!(event.remedy.as_deref(), Some("step-up (acr urn:mfa, max_age 5m)"));

    let fresh = service.issuer.token("carol").roles(["admin"]).acr("urn:mfa").auth_time(NOW);
    let (_, event) = service.one("POST", "/orders/7/refund", Some(&fresh.sign().unwrap())).await;
    assert_eq!((event.outcome, event.status), (AuditOutcome::Allowed, None));
    assert_eq!(event.decision.as_deref(), Some("all(✓ role manager, ✓ acr urn:mfa, ✓ max_age 5m)"));
    assert_eq!((event.missing, event.remedy), (None, None));

    let old = service.issuer.token("dora").claim("exp", NOW - 60).sign().unwrap();
    let (_, event) = service.one("POST", "/orders/7", Some(&old)).await;
    assert_eq!((event.token_error, event.subject.as_deref()), (Some("expired"), None));
    let json = serde_json::to_value(&event).unwrap();
    assert_eq!(json["outcome"], "refused");
    assert_eq!(json["token_error"], "expired");
}

/// Holds P-24.
#[tokio::test]
async fn nothing_of_a_token_is_in_events_or_in_the_log() {
    let service = Service::new();
    let token = |subject: &str| service.issuer.token(subject).claim("secret", "hunter2-claim");
    let mut seen = String::new();
    let tokens = [
        token("alice").scopes(["write"]).sign().unwrap(),
        token("alice").scopes(["read"]).claim("email", "alice@hunter2.test").sign().unwrap(),
        token("alice").claim("exp", NOW - 60).sign().unwrap(),
        token("alice").audience("other-audience").sign().unwrap(),
        "hunter2.hunter2.hunter2".to_owned(),
    ];
    for token in &tokens {
        for path in ["/orders/7?hunter2=1", "/orders/8", "/orders/404", "/orders/1/refund"] {
            let (_, events) = service.send("POST", path, Some(token)).await;
            let _ = write!(seen, "{events:?} {}", serde_json::to_string(&events).unwrap());
        }
    }
    let lines = Logged::take();
    assert_eq!(lines.iter().filter(|line| line.contains(TracingSink::TARGET)).count(), 20);
    seen.push_str(&lines.concat());
    assert!(seen.contains("subject=\"alice\""), "{seen}");
    assert!(!seen.contains("hunter2"), "{seen}");
    for part in tokens.iter().flat_map(|token| token.split('.')).filter(|part| part.len() > 7) {
        // The header of every token is the same and no secret; what follows it is.
        assert!(!seen.contains(part), "{part} is in {seen}");
    }
}

#[tokio::test]
async fn the_level_says_how_much_it_matters() {
    let service = Service::new();
    let alice = service.issuer.token("al\nice").scopes(["write"]).sign().unwrap();
    let manager = service.issuer.token("carol").roles(["manager"]).sign().unwrap();
    for (path, token, start) in [
        ("/orders/7", None, "DEBUG"),
        ("/orders/7", Some("x"), "DEBUG"),
        ("/orders/8", Some(alice.as_str()), "INFO"),
        ("/orders/7/refund", Some(&manager), "DEBUG"),
        ("/orders/7", Some(&manager), "INFO"),
    ] {
        Logged::take();
        service.send("POST", path, token).await;
        let mut lines = Logged::take();
        lines.retain(|line| line.contains(TracingSink::TARGET));
        let expected =
            format!("{start} auth_core::audit message=refused handler=\"spec::audit::events::");
        assert!(matches!(&lines[..], [line] if line.starts_with(&expected)), "{lines:#?}");
        // One event stays one line, with any name of the subject.
        assert!(!lines[0].contains('\n'), "{lines:#?}");
    }
}

#[tokio::test]
async fn what_a_caller_chooses_is_cut() {
    let service = Service::new();
    let long = "ä".repeat(1_000);
    let token = service.issuer.token(long.clone()).claim("jti", long.clone()).scopes(["read"]);
    let (_, event) = service.one("POST", "/orders/7", Some(&token.sign().unwrap())).await;
    for name in [event.subject.unwrap(), event.token_id.unwrap()] {
        assert!(name.len() <= AuditEvent::MAX_NAME && name.ends_with('…'), "{name}");
    }
}

/// Takes its time, is full, panics in every way.
struct Broken;

impl AuditSink for Broken {
    fn record(&self, _event: &AuditEvent) {
        /// Panics once more when it is dropped.
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                assert!(std::thread::panicking(), "the payload panics too");
            }
        }
        std::panic::panic_any(Bomb);
    }
}

struct NeverWants;

impl AuditSink for NeverWants {
    fn record(&self, _event: &AuditEvent) {
        panic!("it said that it wants none");
    }

    fn enabled(&self, _outcome: AuditOutcome) -> bool {
        panic!("not even that");
    }
}

#[tokio::test]
async fn a_sink_that_panics_changes_no_answer() {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let service = Service::new();
    let events = CollectingSink::default();
    let builder = builder(&service.issuer).audit(Broken).audit(NeverWants).audit(events.clone());
    let broken = router().protect(builder.build().unwrap()).unwrap();
    let alice = service.issuer.token("alice").scopes(["write"]).sign().unwrap();
    for (path, token) in [
        ("/orders/7", None),
        ("/orders/7", Some("x")),
        ("/orders/7", Some(alice.as_str())),
        ("/orders/8", Some(&alice)),
        ("/orders/404", Some(&alice)),
    ] {
        let usual = send(&service.app, "POST", path, token).await;
        assert_eq!(send(&broken, "POST", path, token).await, usual);
        // The sinks behind the broken ones still get theirs.
        assert_eq!(events.take(), service.events.take());
    }
    std::panic::set_hook(quiet);
}

#[tokio::test]
async fn a_full_channel_drops_and_counts() {
    let service = Service::new();
    let (sink, events) = ChannelSink::new(3);
    let builder = builder(&service.issuer).audit(sink.clone());
    let app = router().protect(builder.build().unwrap()).unwrap();
    let start = Instant::now();
    for _ in 0..10 {
        assert_eq!(send(&app, "POST", "/orders/7", None).await.0, 401);
    }
    // No one reads: had a request waited for that, it would wait for ever.
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(sink.dropped(), 7);
    assert_eq!(events.try_iter().count(), 3);
    drop(events);
    assert_eq!(send(&app, "POST", "/orders/7", None).await.0, 401);
    assert_eq!(sink.dropped(), 8);
}

#[tokio::test]
async fn allowed_events_can_be_switched_off() {
    let service = Service::new();
    let events = CollectingSink::default();
    let builder = builder(&service.issuer).audit(events.clone()).audit_level(AuditLevel::Refusals);
    let app = router().protect(builder.build().unwrap()).unwrap();
    let alice = service.issuer.token("alice").scopes(["write"]).sign().unwrap();
    assert_eq!(send(&app, "POST", "/orders/7", Some(&alice)).await.0, 418);
    assert_eq!(events.take(), []);
    assert_eq!(send(&app, "POST", "/orders/8", Some(&alice)).await.0, 403);
    assert_eq!(events.take().len(), 1);
}

/// A clock that counts who looks at it: putting an event together does.
#[derive(Clone, Debug, Default)]
struct CountingClock(Arc<AtomicUsize>);

impl Clock for CountingClock {
    fn now(&self) -> u64 {
        self.0.fetch_add(1, SeqCst);
        NOW
    }
}

struct Uninterested;

impl AuditSink for Uninterested {
    fn record(&self, _event: &AuditEvent) {
        panic!("it said that it wants none");
    }

    fn enabled(&self, _outcome: AuditOutcome) -> bool {
        false
    }
}

#[tokio::test]
async fn an_unwanted_event_is_not_built() {
    crate::logged::DEAF.set(true);
    let clock = CountingClock::default();
    let issuer = issuer().0.with_clock(clock.clone());
    let alice = issuer.token("alice").scopes(["write"]).sign().unwrap();
    let mut looks = Vec::new();
    for builder in [
        builder(&issuer),
        builder(&issuer).audit(Uninterested),
        builder(&issuer).audit(CollectingSink::default()).audit_level(AuditLevel::Refusals),
        builder(&issuer).audit(CollectingSink::default()),
    ] {
        let app = router().protect(builder.build().unwrap()).unwrap();
        let before = clock.0.load(SeqCst);
        assert_eq!(send(&app, "POST", "/orders/7", Some(&alice)).await.0, 418);
        looks.push(clock.0.load(SeqCst) - before);
    }
    assert!(looks[0] == looks[1] && looks[0] == looks[2] && looks[3] > looks[0], "{looks:?}");
}
