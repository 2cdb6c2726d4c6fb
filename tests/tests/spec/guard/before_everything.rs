//! The guard: it is before everything else, asks once, and runs checks only where they matter.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use auth_core::routing::{get, post};
use auth_core::time::{Clock, FixedClock};
use auth_core::{AuthError, Guard, Identity, Rejection, Router, check, public, requires};
use auth_tests::http::{
    NOW, Permission, Role, Scope, authenticator, issuer, send, send_as, send_raw, serve,
};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use http_body_util::{BodyExt as _, Full};
use tower::ServiceExt as _;

/// What ran, in order.
#[derive(Clone, Debug, Default)]
struct Log(Arc<std::sync::Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[requires(scope = Write)]
async fn create(State(log): State<Log>, Json(order): Json<serde_json::Value>) -> String {
    log.note("create");
    order.to_string()
}

#[check("the order is even")]
async fn even(Path(id): Path<u64>, State(log): State<Log>) -> bool {
    log.note("even");
    id % 2 == 0
}

#[check("the caller placed the order")]
async fn placed(
    caller: &Identity,
    Path(id): Path<u64>,
    State(log): State<Log>,
) -> Result<bool, Teapot> {
    log.note("placed");
    if id == 418 { Err(Teapot) } else { Ok(caller.subject() == "alice") }
}

struct Teapot;

impl IntoResponse for Teapot {
    fn into_response(self) -> axum::response::Response {
        (StatusCode::IM_A_TEAPOT, [("x-secret", "yes")], "order 418 of bob").into_response()
    }
}

#[requires(any(role = Manager, all(check = even, check = placed)))]
async fn show(State(log): State<Log>) -> &'static str {
    log.note("show");
    "shown"
}

#[requires(scope = Read, check = even)]
async fn read_even(State(log): State<Log>) -> &'static str {
    log.note("read_even");
    "read"
}

fn router(log: &Log) -> Router {
    Router::new()
        .route("/orders", post(create))
        .route("/orders/{id}", get(show))
        .route("/even/{id}", get(read_even))
        .with_state(log.clone())
}

/// A body that counts how often someone asks for it.
fn watched(polled: &Arc<AtomicUsize>, text: &'static str) -> Body {
    let polled = Arc::clone(polled);
    Body::new(Full::new(Bytes::from_static(text.as_bytes())).map_frame(move |frame| {
        polled.fetch_add(1, SeqCst);
        frame
    }))
}

/// Holds P-02.
#[tokio::test]
async fn a_refused_callers_body_is_never_asked_for() {
    let (issuer, _) = issuer();
    let log = Log::default();
    let app = router(&log).protect(authenticator(&issuer)).unwrap();
    let reader = issuer.token("bob").scopes(["read"]).sign().unwrap();
    let writer = issuer.token("bob").scopes(["write"]).sign().unwrap();
    let polled = Arc::new(AtomicUsize::new(0));
    for (token, content_type, text, status) in [
        (None, "application/json", "{", 401),
        (Some("x"), "application/json", "{", 401),
        (Some(reader.as_str()), "application/json", "{ not json", 403),
        (Some(reader.as_str()), "text/plain", "not json", 403),
        (Some(reader.as_str()), "application/json", "{}", 403),
        (Some(writer.as_str()), "application/json", "{ not json", 400),
        (Some(writer.as_str()), "application/json", "{}", 200),
    ] {
        polled.store(0, SeqCst);
        let mut request = Request::post("/orders").header("content-type", content_type);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(watched(&polled, text)).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{text}");
        let read = polled.load(SeqCst) > 0;
        assert_eq!(read, token == Some(writer.as_str()), "{status} {text}");
    }
    assert_eq!(log.take(), ["create"]);
}

/// Over the wire: the answer comes while the client still holds the body back.
#[tokio::test]
async fn a_refusal_does_not_wait_for_the_body() {
    let (issuer, _) = issuer();
    let log = Log::default();
    let app = serve(router(&log).protect(authenticator(&issuer)).unwrap()).await;
    let reader = issuer.token("bob").scopes(["read"]).sign().unwrap();
    for expect in ["", "expect: 100-continue\r\n"] {
        for (authorization, status) in
            [(String::new(), 401), (format!("authorization: Bearer {reader}\r\n"), 403)]
        {
            let head = format!(
                "POST /orders HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{expect}\
                 {authorization}content-type: application/json\r\ncontent-length: 10485760\r\n\r\n"
            );
            let start = Instant::now();
            let answer = send_raw(app, head.as_bytes()).await;
            // Had the server asked for the body, the first thing sent would be `100 Continue`.
            assert_eq!(answer.status, status, "{answer:?}");
            assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        }
    }
    // All of 10 MB, sent at once and not JSON.
    let mut request = format!(
        "POST /orders HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {reader}\r\n\
         content-type: application/json\r\ncontent-length: 10485760\r\n\r\n"
    )
    .into_bytes();
    request.resize(request.len() + 10_485_760, b'x');
    assert_eq!(send_raw(app, &request).await.status, 403);
    assert!(log.take().is_empty());
}

#[tokio::test]
async fn checks_run_in_order_and_only_while_they_matter() {
    let (issuer, _) = issuer();
    let log = Log::default();
    let app = serve(router(&log).protect(authenticator(&issuer)).unwrap()).await;
    let alice = issuer.token("alice").scopes(["read"]).sign().unwrap();
    let bob = issuer.token("bob").sign().unwrap();
    let manager = issuer.token("carol").roles(["manager"]).sign().unwrap();
    for (token, path, status, ran) in [
        (&alice, "/orders/2", 200, &["even", "placed", "show"][..]),
        // The first `no` settles an `all`.
        (&alice, "/orders/3", 403, &["even"]),
        (&bob, "/orders/2", 403, &["even", "placed"]),
        // The identity alone decides: no check runs, not even its extractors.
        (&manager, "/orders/3", 200, &["show"]),
        (&manager, "/orders/x", 200, &["show"]),
        (&bob, "/even/2", 403, &[]),
        (&alice, "/even/2", 200, &["even", "read_even"]),
        // The extractor of a check rejects: that is the answer.
        (&alice, "/orders/x", 400, &[]),
        (&alice, "/orders/418", 418, &["even", "placed"]),
    ] {
        let answer = send_as(app, "GET", path, token).await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
        assert_eq!(log.take(), ran, "{path}");
        if answer.status == 403 {
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
    }
    // What the token lacks is said, although a check is beside it that did not run.
    let lacks = send_as(app, "GET", "/even/2", &bob).await;
    assert!(lacks.header("www-authenticate").ends_with(r#"scope="read""#), "{lacks:?}");
    let odd = send_as(app, "GET", "/even/3", &alice).await;
    assert_eq!((odd.status, odd.header("www-authenticate")), (403, "Bearer"));
    log.take();
    assert!(send(app, "GET", "/orders/418", &[]).await.status == 401 && log.take().is_empty());
    let teapot = send_as(app, "GET", "/orders/418", &alice).await;
    assert_eq!((teapot.header("x-secret"), teapot.body.as_str()), ("yes", "order 418 of bob"));
    assert!(teapot.all("www-authenticate").is_empty());
}

/// A clock that counts who looks at it.
#[derive(Clone, Debug, Default)]
struct CountingClock(Arc<AtomicUsize>);

impl Clock for CountingClock {
    fn now(&self) -> u64 {
        self.0.fetch_add(1, SeqCst);
        NOW
    }
}

#[public(reason = "says hello")]
async fn hello() -> &'static str {
    "hello"
}

#[public]
async fn greet(caller: Option<Identity>) -> String {
    caller.map_or("stranger".to_owned(), |caller| caller.subject().to_owned())
}

#[public]
async fn name(caller: Result<Identity, Rejection>) -> Result<String, Rejection> {
    Ok(caller?.subject().to_owned())
}

#[tokio::test]
async fn a_public_handler_without_an_identity_verifies_nothing() {
    let (issuer, _) = issuer();
    let clock = CountingClock::default();
    let issuer = issuer.with_clock(clock.clone());
    let app = Router::new().route("/", get(hello)).route("/greet", get(greet));
    let app = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let alice = issuer.token("alice").sign().unwrap();
    let before = clock.0.load(SeqCst);
    assert_eq!(send_as(app, "GET", "/", &alice).await.status, 200);
    assert_eq!(send_as(app, "GET", "/", "x").await.status, 200);
    assert_eq!(send(app, "GET", "/", &["authorization: Bearer"]).await.status, 200);
    assert_eq!(clock.0.load(SeqCst), before);
    assert_eq!(send_as(app, "GET", "/greet", &alice).await.body, "alice");
    assert!(clock.0.load(SeqCst) > before);
}

#[tokio::test]
async fn an_optional_identity_is_absent_or_authenticated() {
    let (issuer, clock) = issuer();
    let app = Router::new().route("/greet", get(greet)).route("/name", get(name));
    let app = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let alice = issuer.token("alice").sign().unwrap();
    assert_eq!(send(app, "GET", "/greet", &[]).await.body, "stranger");
    assert_eq!(send(app, "GET", "/greet", &["authorization: Basic eDp5"]).await.body, "stranger");
    assert_eq!(send_as(app, "GET", "/greet", &alice).await.body, "alice");
    assert_eq!(send_as(app, "GET", "/name", &alice).await.body, "alice");
    assert_eq!(send(app, "GET", "/name", &[]).await.status, 401);
    let broken = [
        ("authorization: Bearer x".to_owned(), 401),
        ("authorization: Bearer".to_owned(), 400),
        (format!("authorization: Bearer {alice}\r\nauthorization: Bearer {alice}"), 400),
    ];
    for (header, status) in broken {
        assert_eq!(send(app, "GET", "/greet", &[&header]).await.status, status, "{header}");
    }
    clock.advance(3600);
    assert_eq!(send_as(app, "GET", "/greet", &alice).await.status, 401);
}

/// Middleware that takes the credential away or replaces it decides for whom the request goes on,
/// also where someone further out has asked before who calls.
///
/// Holds P-09.
#[tokio::test]
async fn the_guard_sees_the_credential_that_middleware_left() {
    let (issuer, _) = issuer();
    let strong = issuer.token("root").roles(["admin"]).sign().unwrap();
    let weak = issuer.token("low").sign().unwrap();
    let swap = middleware::from_fn(async |mut request: Request<Body>, next: Next| {
        let headers = request.headers_mut();
        match headers.remove("x-instead") {
            Some(none) if none.is_empty() => drop(headers.remove("authorization")),
            Some(other) => drop(headers.insert("authorization", other)),
            None => {}
        }
        next.run(request).await
    });
    let ask =
        async |_: Option<Identity>, request: Request<Body>, next: Next| next.run(request).await;
    let app = Router::new().route("/counter", get(counter)).route("/greet", get(greet));
    let app = app.layer(swap).layer(middleware::from_fn(ask));
    let app = app.protect(authenticator(&issuer)).unwrap();
    let (strong, weak) = (format!("Bearer {strong}"), format!("Bearer {weak}"));
    for (sent, instead, status, greeted) in [
        (&strong, None, 200, "root"),
        (&strong, Some(""), 401, "stranger"),
        (&strong, Some(weak.as_str()), 403, "low"),
        (&weak, Some(strong.as_str()), 200, "root"),
    ] {
        let answer = async |path: &str| {
            let mut request = Request::get(path).header("authorization", sent);
            if let Some(instead) = instead {
                request = request.header("x-instead", HeaderValue::from_str(instead).unwrap());
            }
            let request = request.body(Body::empty()).unwrap();
            let answer = app.clone().oneshot(request).await.unwrap();
            let (head, body) = answer.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            (head.status.as_u16(), String::from_utf8_lossy(&body).into_owned())
        };
        assert_eq!(answer("/counter").await.0, status, "{instead:?}");
        assert_eq!(answer("/greet").await.1, greeted, "{instead:?}");
    }
}

/// Lets so much time pass that the token expires while the request is served.
#[check("an hour passes")]
async fn an_hour_passes(State(clock): State<FixedClock>) -> bool {
    clock.advance(3600);
    true
}

#[requires(check = an_hour_passes)]
async fn slow(caller: Identity, again: Option<Identity>) -> String {
    format!("{} {}", caller.subject(), again.map_or("nobody".to_owned(), |it| it.subject().into()))
}

#[tokio::test]
async fn a_request_is_authenticated_once() {
    let (issuer, clock) = issuer();
    let app = Router::new().route("/slow", get(slow)).with_state(clock.clone());
    let app = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let alice = issuer.token("alice").sign().unwrap();
    // Both extractors run after the token has expired, and read what the guard found before.
    assert_eq!(send_as(app, "GET", "/slow", &alice).await.body, "alice alice");
    assert_eq!(send_as(app, "GET", "/slow", &alice).await.status, 401);
}

/// Holds P-03.
#[tokio::test]
async fn without_an_authenticator_the_answer_is_500() {
    let (issuer, _) = issuer();
    let alice = issuer.token("alice").roles(["manager"]).sign().unwrap();
    let log = Log::default();
    let app = axum::Router::new()
        .route("/orders/{id}", axum::routing::get(show))
        .route("/hello", axum::routing::get(hello))
        .route("/name", axum::routing::get(name))
        .route("/greet", axum::routing::get(greet))
        .with_state(log.clone());
    let app = serve(app).await;
    for path in ["/orders/2", "/name", "/greet"] {
        let answer = send_as(app, "GET", path, &alice).await;
        assert_eq!(answer.status, 500, "{path}");
        assert_eq!(answer.json()["code"], "not_protected");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.all("www-authenticate").is_empty());
    }
    assert!(log.take().is_empty());
    assert_eq!(send(app, "GET", "/hello", &[]).await.body, "hello");
}

#[requires(role = Clerk)]
async fn counter(_caller: Identity) -> &'static str {
    "counter"
}

#[requires(permission = "orders:cancel")]
fn cancel(caller: &Identity, id: u64) -> Result<u64, AuthError> {
    assert!(caller.has(Permission::OrdersCancel));
    Ok(id)
}

#[tokio::test]
async fn a_guard_can_be_made_for_a_known_caller() {
    let (issuer, _) = issuer();
    let authenticator = authenticator(&issuer);
    let caller = async |roles: &[&str]| {
        let token = issuer.token("alice").roles(roles.iter().copied()).sign().unwrap();
        authenticator.authenticate_bearer(&token).await.unwrap()
    };
    let (clerk, manager) = (caller(&["clerk"]).await, caller(&["manager"]).await);
    let nobody = caller(&["superuser"]).await;

    let guard = Guard::for_identity(&manager).unwrap();
    assert_eq!(counter(guard, manager.clone()).await, "counter");
    let guard = Guard::for_identity(&clerk).unwrap();
    assert_eq!(counter(guard, clerk.clone()).await, "counter");
    let refused: Result<Guard<__requires_counter>, _> = Guard::for_identity(&nobody);
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    // Checks are not answered: what depends on them is rejected.
    assert!(Guard::<__requires_show>::for_identity(&manager).is_ok());
    assert!(Guard::<__requires_show>::for_identity(&clerk).is_err());

    assert_eq!(cancel(&manager, 7).unwrap(), 7);
    assert_eq!(cancel(&clerk, 7).unwrap_err().code(), "forbidden");
}
