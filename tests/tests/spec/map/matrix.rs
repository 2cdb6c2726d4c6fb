//! The access matrix: it passes routers that do what they declare, and finds those that do not.

use std::sync::{Arc, Mutex};

use auth_core::routing::{any, get, post};
use auth_core::testing::{AccessMatrix, MatrixError, MatrixReport, Violation};
use auth_core::{Identity, Requirement, Router, check, public, requirement, requires};
use auth_tests::http::{Permission, Role, Scope};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};

#[requires(scope = Read)]
async fn list() {
    panic!("no handler ever runs");
}

#[requires(role = Manager, scope = Write)]
async fn create() {
    panic!("no handler ever runs");
}

#[requires(scope = Write, any(permission = OrdersCancel, check = placed))]
async fn cancel() {
    panic!("no handler ever runs");
}

#[requires(check = placed)]
async fn only_own() {
    panic!("no handler ever runs");
}

#[requires(scope = Read, not(check = placed))]
async fn of_others() {
    panic!("no handler ever runs");
}

#[requires(role = Manager, acr = "mfa", max_age = "5m")]
async fn refund() {
    panic!("no handler ever runs");
}

#[requires(any(acr = "mfa", all(not(acr = "pwd"), not(max_age = "1d"), scope = Read)))]
async fn strange() {
    panic!("no handler ever runs");
}

#[requires(role = Clerk, not(role = Manager))]
async fn only_clerks() {
    panic!("no handler ever runs");
}

#[requires(authenticated)]
async fn me() {
    panic!("no handler ever runs");
}

#[public(reason = "liveness probe")]
async fn health() {
    panic!("no handler ever runs");
}

#[check("the caller placed the order")]
async fn placed(_caller: &Identity) -> bool {
    panic!("no check ever runs");
}

#[check("the caller works in the shop")]
async fn member(_caller: &Identity) -> bool {
    panic!("no check ever runs");
}

async fn service(_request: Request) -> Result<Response, std::convert::Infallible> {
    panic!("no service ever runs");
}

fn everything() -> Router {
    let admin = Router::new()
        .route("/", get(list).post(create))
        .route("/own/{id}", get(only_own))
        .route("/health", get(health))
        .fallback(only_own)
        .require(requirement!(any(role = Role::Admin, scope = Scope::Write)));
    let old = axum::Router::new().route("/old/a", axum::routing::get(|| async { "old" }));
    Router::new()
        .route("/health", get(health).fallback(me))
        .route("/orders", get(list).post(create).head(me))
        .route("/orders/{id}", post(refund).delete(cancel))
        .route("/others/{id}", any(of_others).get(strange))
        .route("/clerks/{*rest}", get(only_clerks))
        .nest("/admin", admin)
        .nest_service("/files", tower::service_fn(service), requirement!(scope = Scope::Read))
        .route_service("/one", tower::service_fn(service), requirement!(authenticated))
        .merge_axum(old, requirement!(role = Role::Admin, max_age = "1h"))
        .fallback(health)
        .method_not_allowed_fallback(me)
}

#[tokio::test]
async fn a_router_that_does_what_it_declares_passes() {
    let run = || AccessMatrix::of(everything()).with_path("/", "/old/a").run();
    let report = run().await;
    let skipped: Vec<_> = report.skipped().collect();
    assert_eq!(
        skipped,
        [("ANY /… (fallback)", "`ANY /files/…` answers for every path there")][..0],
        "{report}"
    );
    for row in report.rows() {
        assert!(row.passed() > 0, "{report}");
        let public = row.endpoint() == "GET /health" || row.endpoint() == "ANY /… (fallback)";
        assert_eq!(row.refused() == 0, public, "{report}");
    }
    assert!(report.requests() > 150, "{report}");
    // The same router, the same report: nothing depends on the time or on chance.
    assert_eq!(run().await, report);
}

#[tokio::test]
async fn every_minimal_set_is_tried() {
    let app = Router::new().route("/orders/{id}", post(cancel));
    let report = AccessMatrix::of(app).run().await;
    // Two sets of two members; no token; four tokens that must not be accepted.
    assert_eq!((report.rows()[0].passed(), report.rows()[0].refused()), (2, 4 + 1 + 4));
}

/// A check of a router is a part of each requirement below it; it runs at the endpoint's guard, where the matrix
/// answers it as it answers those of handlers.
fn checked() -> Router {
    let orders = Router::new()
        .route("/", get(list).post(create))
        .route("/{id}", post(cancel).get(only_own))
        .route("/health", get(health))
        .route_service("/files", tower::service_fn(service), requirement!(scope = Scope::Read))
        .require(requirement!(check = member));
    Router::new().route("/me", get(me)).nest("/shops/{shop}/orders", orders)
}

#[tokio::test]
async fn the_check_of_a_router_is_tried_at_each_endpoint_below() {
    let report = AccessMatrix::of(checked()).run().await;
    assert_eq!(report.skipped().count(), 0, "{report}");
    let row = |endpoint: &str| {
        let row = report.rows().iter().find(|row| row.endpoint() == endpoint);
        let row = row.unwrap_or_else(|| panic!("{report}"));
        (row.passed(), row.refused())
    };
    // No token, four that must not be accepted; then each minimal set without one of its members.
    // What `GET` answers, `HEAD` is asked for too.
    assert_eq!(row("GET /me"), (2, 2 * (1 + 4)));
    assert_eq!(row("GET /shops/{shop}/orders"), (2, 2 * (1 + 4 + 2)));
    assert_eq!(row("POST /shops/{shop}/orders"), (1, 1 + 4 + 3));
    assert_eq!(row("GET /shops/{shop}/orders/{id}"), (2, 2 * (1 + 4 + 2)));
    assert_eq!(row("GET /shops/{shop}/orders/health"), (2, 2 * (1 + 4 + 1)));
    // Two sets: the permission, or the other check.
    assert_eq!(row("POST /shops/{shop}/orders/{id}"), (2, 1 + 4 + 2 * 3));
}

#[tokio::test]
async fn the_check_of_a_router_may_be_assumed() {
    let report = AccessMatrix::of(checked()).assume_check::<member>(true).run().await;
    assert!(report.to_string().contains("the answer of `member` is assumed"), "{report}");
    let error = AccessMatrix::of(checked()).assume("member", false).try_run().await.unwrap_err();
    assert!(matches!(error, MatrixError::NobodyPasses { .. }), "{error}");
}

#[tokio::test]
async fn a_layer_in_front_of_the_check_of_a_router_is_found() {
    let open = from_fn(|_request: Request, _next: Next| async { "everybody is welcome" });
    let inner = Router::new().route("/open", get(list).layer(open));
    let lie = lie(inner.require(requirement!(check = member))).await;
    assert_eq!(lie.got(), "200 OK; no guard was asked");
}

#[tokio::test]
async fn what_is_left_out_is_said() {
    let old = || axum::Router::new().route("/old/a", axum::routing::get(|| async { "old" }));
    let app = Router::new()
        .route("/orders/{id}", post(cancel))
        .merge_axum(old(), requirement!(scope = Scope::Read));
    let report = AccessMatrix::of(app).assume("placed", true).limit(7).run().await;
    let skipped: Vec<String> = report.skipped().map(|(at, what)| format!("{at}: {what}")).collect();
    assert_eq!(skipped.len(), 4, "{skipped:#?}");
    assert!(skipped[0].starts_with("ANY /… (axum router): the paths of a router"), "{skipped:#?}");
    assert!(skipped[0].contains(".with_path(\"/\", \"/..\")"), "{skipped:#?}");
    assert!(skipped[2].contains("the answer of `placed` is assumed"), "{skipped:#?}");
    assert!(skipped.iter().any(|it| it.contains("the limit of requests")), "{skipped:#?}");
    assert!(report.to_string().contains("skipped: the paths"), "{report}");
}

async fn lie(app: Router) -> Violation {
    match AccessMatrix::of(app).try_run().await {
        Err(MatrixError::Violation(lie)) => *lie,
        other => panic!("the lie was not found: {other:?}"),
    }
}

fn orders() -> Router {
    Router::new().route("/orders", get(list).post(create)).route("/health", get(health))
}

#[tokio::test]
async fn a_layer_that_strips_the_credential_is_found() {
    let strip = from_fn(|mut request: Request, next: Next| async {
        request.headers_mut().remove(header::AUTHORIZATION);
        next.run(request).await
    });
    let lie = lie(orders().layer(strip)).await;
    assert_eq!(lie.endpoint(), "GET /orders");
    assert_eq!(lie.got(), "401 Unauthorized: unauthenticated: no credential");
    let shown = lie.to_string();
    for part in [
        "requires: scope = \"read\"",
        "caller:   scope read",
        "expected: the guard lets the caller through",
        "curl -i 'http://localhost/orders' -H \"authorization: Bearer $TOKEN\"",
        "# TOKEN says {\"scope\":\"read\"}",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[tokio::test]
async fn a_layer_that_answers_before_the_guard_is_found() {
    let open = from_fn(|request: Request, next: Next| async {
        if request.uri().path() == "/orders" {
            "hello".into_response()
        } else {
            next.run(request).await
        }
    });
    let lie = lie(orders().layer(open)).await;
    assert_eq!(lie.got(), "200 OK; no guard was asked");
    assert_eq!(lie.expected(), "401 unauthenticated");
}

#[tokio::test]
async fn a_layer_that_caches_answers_is_found() {
    let cached: Arc<Mutex<Option<StatusCode>>> = Arc::default();
    let cache = from_fn(move |request: Request, next: Next| {
        let cached = Arc::clone(&cached);
        async move {
            let hit = *cached.lock().unwrap();
            if let Some(status) = hit.filter(|_| request.uri().path() == "/orders") {
                return status.into_response();
            }
            let response = next.run(request).await;
            if response.status().is_success() {
                *cached.lock().unwrap() = Some(response.status());
            }
            response
        }
    });
    assert_eq!(lie(orders().layer(cache)).await.got(), "204 No Content; no guard was asked");
}

#[tokio::test]
async fn a_layer_that_lends_out_credentials_is_found() {
    let last: Arc<Mutex<Option<HeaderValue>>> = Arc::default();
    let lend = from_fn(move |mut request: Request, next: Next| {
        let own = request.headers().get(header::AUTHORIZATION).cloned();
        let mut last = last.lock().unwrap();
        *last = own.or_else(|| last.clone());
        let token = last.clone();
        drop(last);
        if let Some(token) = token {
            request.headers_mut().insert(header::AUTHORIZATION, token);
        }
        next.run(request)
    });
    // The first endpoint leaves a token of a wrong key behind, which is lent to the next one.
    assert_eq!(lie(orders().layer(lend)).await.expected(), "401 unauthenticated");
}

async fn hide(mut response: Response) -> Response {
    if response.status() == StatusCode::FORBIDDEN {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

async fn bare(mut response: Response) -> Response {
    response.headers_mut().remove(header::WWW_AUTHENTICATE);
    response
}

async fn vague(mut response: Response) -> Response {
    if response.status() == StatusCode::FORBIDDEN {
        let bearer = HeaderValue::from_static("Bearer error=\"insufficient_scope\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
    }
    response
}

#[tokio::test]
async fn a_layer_that_changes_the_answer_is_found() {
    let found = lie(orders().layer(map_response(hide))).await;
    assert_eq!(found.got(), "the guard rejected with 403, but a layer answered 404 Not Found");

    let found = lie(orders().layer(map_response(bare))).await;
    assert_eq!(found.got(), "401 Unauthorized, but without a challenge");

    let found = lie(orders().layer(map_response(vague))).await;
    assert!(found.got().contains("lacks `scope=\"read\"`"), "{}", found.got());

    let closed = from_fn(|request: Request, next: Next| async {
        let response = next.run(request).await;
        if response.status().is_success() {
            StatusCode::FORBIDDEN.into_response()
        } else {
            response
        }
    });
    let found = lie(orders().layer(closed)).await;
    assert!(found.got().starts_with("the guard let the caller through, but a layer answered 403"));
}

/// A service that is answered by a layer of its own method router: the map lists the service.
fn dead_door() -> Router {
    let open = from_fn(|_request: Request, _next: Next| async { "everybody is welcome" });
    Router::new().route("/liar", get(list).layer(open))
}

#[tokio::test]
async fn a_layer_of_one_route_is_found() {
    let lie = lie(dead_door()).await;
    assert_eq!(lie.got(), "200 OK; no guard was asked");
}

#[tokio::test]
async fn a_request_that_reaches_another_route_is_no_proof() {
    let app = || Router::new().route("/orders/{id}", get(list)).route("/orders/1", get(me));
    let found = lie(app()).await;
    assert!(
        found.got().contains("the request reached `spec::map::matrix::me` at `/orders/1`"),
        "{found}"
    );
    assert!(found.got().contains(".with_path(\"/orders/{id}\", ..)"), "{found}");
    AccessMatrix::of(app()).with_path("/orders/{id}", "/orders/2").run().await;
}

#[tokio::test]
async fn a_wrong_assumption_is_an_error() {
    let app = || Router::new().route("/orders/{id}", get(only_own));
    let error = AccessMatrix::of(app()).assume("placed", false).try_run().await.unwrap_err();
    assert!(matches!(error, MatrixError::NobodyPasses { .. }), "{error}");
    assert!(error.to_string().contains("the answer of `placed` is assumed"), "{error}");
    let error = AccessMatrix::of(app()).assume("place", true).try_run().await.unwrap_err();
    assert!(matches!(error, MatrixError::UnknownCheck("place")), "{error}");
    let both = AccessMatrix::of(app()).assume("placed", true).assume_check::<placed>(false);
    assert!(matches!(both.try_run().await, Err(MatrixError::TwoAnswers(_))));
    let report = AccessMatrix::of(app()).assume("spec::map::matrix::placed", true).run().await;
    assert_eq!(report.skipped().count(), 1);
}

#[tokio::test]
async fn what_cannot_be_run_is_an_error() {
    let error = async |matrix: AccessMatrix| matrix.try_run().await.unwrap_err();
    let unknown = AccessMatrix::of(orders()).with_path("/order", "/order");
    assert!(matches!(error(unknown).await, MatrixError::UnknownPath(_)));
    let no_path = AccessMatrix::of(orders()).with_path("/orders", "orders");
    assert!(matches!(error(no_path).await, MatrixError::InvalidPath(_)));
    let no_header = AccessMatrix::of(orders()).with_header("x", "\n");
    assert!(matches!(error(no_header).await, MatrixError::InvalidHeader(_)));
    let closed = Router::new().route("/", get(list)).require(Requirement::Any(&[]));
    assert!(matches!(error(AccessMatrix::of(closed)).await, MatrixError::NobodyPasses { .. }));
}

#[tokio::test]
#[should_panic(expected = "`GET /liar` does not do what it declares")]
async fn run_fails_the_test() {
    AccessMatrix::of(dead_door()).run().await;
}

#[tokio::test]
async fn headers_reach_the_layers() {
    let tenant = from_fn(|request: Request, next: Next| async {
        if request.headers().contains_key("x-tenant") {
            next.run(request).await
        } else {
            StatusCode::BAD_REQUEST.into_response()
        }
    });
    let report: MatrixReport =
        AccessMatrix::of(orders().layer(tenant)).with_header("x-tenant", "north").run().await;
    assert_eq!(report.rows().len(), 3);
}

#[tokio::test]
async fn many_endpoints_take_a_moment() {
    let mut app = Router::new();
    for number in 0..500 {
        app = app.route(&format!("/orders/{number}/{{id}}"), get(list).post(cancel));
    }
    let start = std::time::Instant::now();
    let report = AccessMatrix::of(app).run().await;
    println!("{} requests in {:?}", report.requests(), start.elapsed());
    assert_eq!(report.requests(), 500 * (2 * 7 + 11));
}

mod factors {
    use auth_core::requires;
    use auth_tests::http::{Role, Scope};

    #[requires(scope = Read, mfa)]
    pub(super) async fn two() {
        panic!("no handler ever runs");
    }

    #[requires(factor(Passkey | Totp, within = "5m"))]
    pub(super) async fn fresh() {
        panic!("no handler ever runs");
    }

    #[requires(role = Manager, any(factor(Passkey), all(mfa, max_age = "1h")))]
    pub(super) async fn either() {
        panic!("no handler ever runs");
    }
}

#[tokio::test]
async fn callers_with_factors_are_tried_with_and_without_fresh_and_stale() {
    let app = Router::new()
        .route("/two", get(factors::two))
        .route("/fresh", post(factors::fresh))
        .route("/either", get(factors::either));
    let report = AccessMatrix::of(app).run().await;
    assert_eq!(report.skipped().collect::<Vec<_>>(), []);
    let row = |path: &str| {
        let row = report.rows().iter().find(|row| row.endpoint().ends_with(path)).unwrap();
        (row.passed(), row.refused())
    };
    // Anonymous, without the scope, without the factors, and four tokens that are invalid.
    // The same by `HEAD`.
    assert_eq!(row("/two"), (2, 14));
    // Anonymous, without the factor, with one of five minutes and a second ago, and four invalid tokens.
    assert_eq!(row("/fresh"), (1, 7));
    assert!(row("/either").0 >= 2);
}

/// A router in front of the endpoint that forgets what its handler asks for.
#[tokio::test]
async fn a_factor_that_is_not_asked_for_is_found() {
    let app = Router::new().route("/two", get(factors::two)).layer(map_response(
        |response: Response| async {
            if response.status() == StatusCode::FORBIDDEN {
                StatusCode::OK.into_response()
            } else {
                response
            }
        },
    ));
    let error = AccessMatrix::of(app).try_run().await.unwrap_err();
    assert!(matches!(error, MatrixError::Violation(_)), "{error}");
}
