//! `Router::require` tightens every endpoint, in any order; `protect` rejects what no one
//! could ever call.

use std::net::SocketAddr;

use auth_core::routing::{any_service, get, post};
use auth_core::testing::TestIssuer;
use auth_core::web::EndpointError;
use auth_core::{
    Authenticator, Identity, Requirement, Router, Scopes, check, public, requirement, requires,
};
use auth_tests::http::{Permission, Role, Scope, authenticator, issuer, send, send_as, serve};

#[requires(scope = Read)]
async fn read() -> &'static str {
    "read"
}

#[requires(authenticated)]
async fn me(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[public(reason = "health")]
async fn open() -> &'static str {
    "open"
}

const MANAGER: Requirement = requirement!(role = Role::Manager);
const WRITE: Requirement = requirement!(scope = Scope::Write);

async fn app(issuer: &TestIssuer, router: Router) -> SocketAddr {
    serve(router.protect(authenticator(issuer)).unwrap()).await
}

fn plain(text: &'static str) -> axum::Router {
    axum::Router::new().route("/axum", axum::routing::get(move || async move { text }))
}

fn service() -> axum::routing::MethodRouter {
    axum::routing::any(|| async { "service" })
}

/// Every kind of endpoint in one router.
fn everything() -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/open", get(open))
        .route("/service", any_service(service(), Requirement::Authenticated))
        .route_service("/route_service", service(), Requirement::Authenticated)
        .nest_service("/nest_service", service(), Requirement::Authenticated)
        .merge_axum(plain("axum"), Requirement::Authenticated)
        .fallback(open)
        .method_not_allowed_fallback(open)
}

const EVERYTHING: [(&str, &str); 8] = [
    ("GET", "/me"),
    ("GET", "/open"),
    ("GET", "/service"),
    ("GET", "/route_service"),
    ("GET", "/nest_service/x"),
    ("GET", "/axum"),
    ("GET", "/missing"),
    ("POST", "/open"),
];

#[tokio::test]
async fn a_requirement_covers_everything_wherever_it_is_said() {
    let (issuer, _) = issuer();
    let clerk = issuer.token("alice").roles(["clerk"]).sign().unwrap();
    let manager = issuer.token("alice").roles(["manager"]).sign().unwrap();
    let routers: [(&str, Router); 7] = [
        ("", everything().require(MANAGER)),
        ("", Router::new().require(MANAGER).merge(everything())),
        ("", Router::new().merge(everything()).require(MANAGER)),
        ("", Router::new().merge(everything().require(MANAGER))),
        ("/in", Router::new().require(MANAGER).nest("/in", everything())),
        ("/in", Router::new().nest("/in", everything().require(MANAGER))),
        (
            "/a/b",
            Router::new()
                .nest(
                    "/a",
                    Router::new().require(MANAGER).merge(Router::new().nest("/b", everything())),
                )
                .route("/outside", get(open)),
        ),
    ];
    for (place, (prefix, router)) in routers.into_iter().enumerate() {
        for endpoint in &router.access_map() {
            if endpoint.path() != "/outside" {
                let requirement = endpoint.requirement().map(ToString::to_string);
                assert_eq!(requirement.as_deref(), Some(r#"role = "manager""#), "{endpoint}");
            }
        }
        let app = app(&issuer, router).await;
        for (method, path) in EVERYTHING {
            // axum drops the fallback of a router that is nested twice.
            if place == 6 && path == "/missing" {
                assert_eq!(send(app, method, "/a/b/missing", &[]).await.status, 404);
                continue;
            }
            let path = format!("{prefix}{path}");
            let case = format!("{place}: {method} {path}");
            assert_eq!(send(app, method, &path, &[]).await.status, 401, "{case}");
            assert_eq!(send_as(app, method, &path, &clerk).await.status, 403, "{case}");
            assert_eq!(send_as(app, method, &path, &manager).await.status, 200, "{case}");
        }
    }
}

#[tokio::test]
async fn without_a_requirement_public_stays_public() {
    let (issuer, _) = issuer();
    let app = app(&issuer, everything()).await;
    for path in ["/open", "/missing"] {
        assert_eq!(send(app, "GET", path, &[]).await.body, "open");
    }
    assert_eq!(send(app, "POST", "/open", &[]).await.body, "open");
    for path in ["/me", "/service", "/route_service", "/nest_service", "/axum"] {
        assert_eq!(send(app, "GET", path, &[]).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_merged_or_nested_requirement_stays_with_its_router() {
    let (issuer, _) = issuer();
    let inner = || Router::new().route("/inner", get(open)).require(MANAGER);
    let router = Router::new()
        .route("/outer", get(open))
        .merge(inner())
        .nest("/nested", inner())
        .nest("/both", inner())
        .route("/later", post(open))
        .merge(
            Router::new().nest("/write", inner()).route("/write-only", get(open)).require(WRITE),
        );
    let app = app(&issuer, router).await;
    let manager = issuer.token("alice").roles(["manager"]).sign().unwrap();
    let writer = issuer.token("alice").scopes(["write"]).sign().unwrap();
    let both = issuer.token("alice").roles(["manager"]).scopes(["write"]).sign().unwrap();
    assert_eq!(send(app, "GET", "/outer", &[]).await.status, 200);
    assert_eq!(send(app, "POST", "/later", &[]).await.status, 200);
    for (token, path, status) in [
        (&manager, "/inner", 200),
        (&manager, "/nested/inner", 200),
        (&writer, "/inner", 403),
        (&writer, "/nested/inner", 403),
        (&writer, "/write-only", 200),
        (&manager, "/write-only", 403),
        (&manager, "/write/inner", 403),
        (&writer, "/write/inner", 403),
        (&both, "/write/inner", 200),
    ] {
        assert_eq!(send_as(app, "GET", path, token).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn one_challenge_names_the_scopes_of_router_and_handler() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Router::new().route("/read", get(read)).require(WRITE)).await;
    let none = issuer.token("alice").sign().unwrap();
    let answer = send_as(app, "GET", "/read", &none).await;
    assert_eq!(answer.status, 403);
    assert!(answer.header("www-authenticate").contains(r#"scope="write read""#), "{answer:?}");
    let writer = issuer.token("alice").scopes(["write"]).sign().unwrap();
    let answer = send_as(app, "GET", "/read", &writer).await;
    assert!(answer.header("www-authenticate").contains(r#"scope="read""#), "{answer:?}");
}

#[check("nobody knows")]
async fn unknown() -> bool {
    std::future::ready(true).await
}

#[requires(check = unknown)]
async fn checked() {}

#[tokio::test]
async fn a_check_behind_a_guard_does_not_hide_the_scope_before_it() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Router::new().route("/", get(checked)).require(WRITE)).await;
    let none = issuer.token("alice").sign().unwrap();
    let answer = send_as(app, "GET", "/", &none).await;
    assert!(answer.header("www-authenticate").contains(r#"scope="write""#), "{answer:?}");
    let writer = issuer.token("alice").scopes(["write"]).sign().unwrap();
    assert_eq!(send_as(app, "GET", "/", &writer).await.status, 200);
}

#[test]
fn the_map_shows_who_may_call() {
    let router: Router = Router::new()
        .route("/health", get(open))
        .route("/orders", post(read).get(me))
        .route_service("/files", service(), WRITE)
        .nest("/admin", Router::new().route("/health", get(open)).require(MANAGER));
    assert_eq!(
        router.access_map().to_string(),
        "\
GET   /admin/health  role = \"manager\"  spec::routing::require::open
ANY   /files         scope = \"write\"   (service)
GET   /health        public: health    spec::routing::require::open
GET   /orders        authenticated     spec::routing::require::me
POST  /orders        scope = \"read\"    spec::routing::require::read
"
    );
    let map = router.access_map();
    let taken_back = &map.endpoints()[0];
    assert!(!taken_back.is_public() && taken_back.public_reason() == Some("health"));
    assert!(taken_back.location().file().ends_with("require.rs"));
}

mod other {
    #[derive(Clone, Copy, Debug, auth_core::Roles)]
    pub(crate) enum Role {
        Pilot,
        Copilot,
    }
    #[derive(Clone, Copy, Debug, auth_core::Groups)]
    pub(crate) enum Group {
        Crew,
    }
}

mod flight {
    use super::other::{Group, Role};

    #[auth_core::requires(role = Pilot | Copilot, not(group = Crew))]
    pub(crate) async fn fly() {}
}

#[tokio::test]
async fn names_outside_of_the_vocabulary_are_reported_at_once() {
    let (issuer, _) = issuer();
    let router = || {
        Router::new().route("/fly", get(flight::fly)).route("/read", get(read)).route_service(
            "/files",
            service(),
            requirement!(role = other::Role::Pilot),
        )
    };
    let error = router().protect(authenticator(&issuer)).unwrap_err();
    assert_eq!(error.problems().len(), 4);
    let text = error.to_string();
    for part in [
        "`GET /fly` (`spec::routing::require::flight::fly`) requires the role pilot of `spec::routing::require::other::Role`",
        "`GET /fly` (`spec::routing::require::flight::fly`) requires the role copilot of `spec::routing::require::other::Role`",
        "requires the group crew of `spec::routing::require::other::Group`, which is not in the authenticator's vocabulary\nhelp: add it to `.vocabulary::<(..)>()`",
        "`ANY /files` requires the role pilot",
        "requires the role pilot of `spec::routing::require::other::Role`, which is not in the authenticator's vocabulary\nhelp: add it to `.vocabulary::<(..)>()`, or import `auth_tests::shop::Role` where this requirement is written, which is another enum of that name",
    ] {
        assert!(text.contains(part), "{part}\n\n{text}");
    }
    let EndpointError::NotInVocabulary { known, .. } = &error.problems()[0] else {
        panic!("{error:?}");
    };
    assert_eq!(*known, ["auth_tests::shop::Role"]);

    let verifier = issuer.verifier().build().unwrap();
    let fitting = Authenticator::builder()
        .vocabulary::<(other::Role, other::Group, Scope)>()
        .verifier(verifier)
        .build()
        .unwrap();
    let app = serve(router().protect(fitting).unwrap()).await;
    let pilot = issuer.token("alice").roles(["pilot"]).sign().unwrap();
    assert_eq!(send_as(app, "GET", "/fly", &pilot).await.status, 200);
    let crew = issuer.token("alice").roles(["pilot"]).groups(["crew"]).sign().unwrap();
    assert_eq!(send_as(app, "GET", "/fly", &crew).await.status, 403);
}

/// The router of another authenticator keeps it.
#[tokio::test]
async fn a_protected_router_inside_of_another_asks_its_own_authenticator() {
    let (outer, clock) = issuer();
    let inner = TestIssuer::new("https://inner.test", "inner").unwrap().with_clock(clock);
    let guarded = Router::new().route("/inner", get(me)).protect(authenticator(&inner)).unwrap();
    let app = Router::new().route("/outer", get(me)).nest_service(
        "/below",
        guarded,
        Requirement::Authenticated,
    );
    let app = serve(app.protect(authenticator(&outer)).unwrap()).await;
    let of_outer = outer.token("alice").sign().unwrap();
    let of_inner = inner.token("bob").sign().unwrap();
    assert_eq!(send_as(app, "GET", "/outer", &of_outer).await.body, "alice");
    assert_eq!(send_as(app, "GET", "/outer", &of_inner).await.status, 401);
    // Both have to let it through, and no token is accepted by both.
    assert_eq!(send_as(app, "GET", "/below/inner", &of_outer).await.status, 401);
    assert_eq!(send_as(app, "GET", "/below/inner", &of_inner).await.status, 401);
}

#[derive(Clone, Copy, Debug, Scopes)]
enum Unused {
    Nothing,
}

#[test]
fn unused_names_are_no_problem() {
    let (issuer, _) = issuer();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Unused, Role, Permission)>()
        .verifier(issuer.verifier().build().unwrap())
        .build()
        .unwrap();
    let _ = Unused::Nothing;
    assert!(Router::new().route("/", get(me)).protect(authenticator).is_ok());
}

/// As in axum, a second fallback takes the place of the first one: it alone is listed.
#[test]
fn a_fallback_that_was_replaced_is_not_listed() {
    let map = Router::<()>::new().fallback(open).fallback(read).access_map();
    let [endpoint] = map.endpoints() else { panic!("{map}") };
    assert_eq!(endpoint.handler().map(|it| it.name), Some("read"));
}

/// A service that has one place and counts who asks for it.
#[derive(Clone, Default)]
struct OnePlace {
    asked: std::sync::Arc<std::sync::atomic::AtomicUsize>,
    is_ready: bool,
}

impl tower::Service<axum::extract::Request> for OnePlace {
    type Response = axum::response::Response;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        // As a limit does: not at the first time.
        let asked = self.asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if asked.is_multiple_of(2) {
            context.waker().wake_by_ref();
            return std::task::Poll::Pending;
        }
        self.is_ready = true;
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: axum::extract::Request) -> Self::Future {
        assert!(self.is_ready, "it is called without having been ready");
        std::future::ready(Ok(axum::response::IntoResponse::into_response("served")))
    }
}

#[tokio::test]
async fn a_rejected_request_takes_no_place_of_a_service() {
    let (issuer, _) = issuer();
    let place = OnePlace::default();
    let router = Router::new()
        .route_service("/route", place.clone(), MANAGER)
        .nest_service("/nest", place.clone(), MANAGER)
        .route("/method", any_service(place.clone(), MANAGER))
        .merge_axum(axum::Router::new().route_service("/merged", place.clone()), MANAGER)
        .fallback_service(place.clone(), MANAGER);
    let app = app(&issuer, router).await;
    let manager = issuer.token("alice").roles(["manager"]).sign().unwrap();
    let clerk = issuer.token("bob").roles(["clerk"]).sign().unwrap();
    for path in ["/route", "/nest", "/nest/x", "/method", "/merged", "/none"] {
        for garbage in 0..10 {
            let answer = send_as(app, "GET", path, &format!("garbage.{garbage}.x")).await;
            assert_eq!(answer.status, 401, "{path}");
        }
        assert_eq!(send(app, "GET", path, &[]).await.status, 401, "{path}");
        assert_eq!(send_as(app, "GET", path, &clerk).await.status, 403, "{path}");
        let asked = || place.asked.load(std::sync::atomic::Ordering::SeqCst);
        assert!(asked().is_multiple_of(2));
        let before = asked();
        let served = send_as(app, "GET", path, &manager).await;
        assert_eq!((served.status, served.body.as_str()), (200, "served"), "{path}");
        assert_eq!(asked() - before, 2, "{path}: only an accepted request asks for a place");
    }
    assert_eq!(place.asked.load(std::sync::atomic::Ordering::SeqCst), 12);
}

/// However the fallback and the axum router came together, and wherever they were nested.
#[tokio::test]
async fn a_fallback_for_methods_answers_merged_routes_behind_their_requirement() {
    let (issuer, _) = issuer();
    let own = || Router::new().route("/open", get(open)).route("/own/{id}", get(open));
    let merged = || {
        let routes = plain("axum").route("/m/{id}", axum::routing::get(|| async { "axum" }));
        own().merge_axum(routes, MANAGER)
    };
    let wildcard = axum::Router::new().route("/{*rest}", axum::routing::get(|| async { "any" }));
    let routers: [(&str, &str, Router); 7] = [
        ("later", "", merged().method_not_allowed_fallback(open)),
        ("before", "", own().method_not_allowed_fallback(open).merge_axum(plain("axum"), MANAGER)),
        ("around", "/in", Router::new().nest("/in", merged()).method_not_allowed_fallback(open)),
        ("within", "/in", Router::new().nest("/in", merged().method_not_allowed_fallback(open))),
        ("beside", "", Router::new().merge(merged()).method_not_allowed_fallback(open)),
        ("with state", "", merged().method_not_allowed_fallback(open).with_state(())),
        (
            "a wildcard",
            "",
            merged().merge_axum(wildcard, MANAGER).method_not_allowed_fallback(open),
        ),
    ];
    let clerk = issuer.token("bob").roles(["clerk"]).sign().unwrap();
    let manager = issuer.token("alice").roles(["manager"]).sign().unwrap();
    for (name, prefix, router) in routers {
        let app = app(&issuer, router).await;
        let paths: &[&str] = if name == "before" { &["/axum"] } else { &["/axum", "/m/7"] };
        for path in paths {
            let path = &format!("{prefix}{path}");
            assert_eq!(send(app, "POST", path, &[]).await.status, 401, "{name} {path}");
            assert_eq!(send_as(app, "POST", path, &clerk).await.status, 403, "{name} {path}");
            let answer = send_as(app, "POST", path, &manager).await;
            let expected = if name == "before" { 405 } else { 200 };
            assert_eq!(answer.status, expected, "{name} {path}: {}", answer.body);
        }
        for path in ["/open", "/own/7"] {
            let path = &format!("{prefix}{path}");
            assert_eq!(send(app, "POST", path, &[]).await.status, 200, "{name} {path}");
        }
    }
}

#[auth_core::check("the order is there")]
async fn of_one(axum::extract::Path(id): axum::extract::Path<u64>) -> bool {
    id > 0
}

#[auth_core::check("the order is in the shop")]
async fn of_two(path: axum::extract::Path<(String, u64)>) -> bool {
    path.0.1 > 0
}

#[requires(check = of_one)]
async fn one() {}

#[requires(any(check = of_two, role = Admin))]
async fn two() {}

/// Such a check would answer everyone with 500, and the matrix asks no check.
#[tokio::test]
async fn a_check_whose_path_does_not_fit_its_route_is_refused_at_the_start() {
    let (issuer, _) = issuer();
    let problems = |router: Router| match router.protect(authenticator(&issuer)) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect::<Vec<_>>(),
    };
    let nested = |router: Router| Router::new().nest("/shops/{shop}", router);
    assert_eq!(problems(Router::new().route("/o/{id}", get(one))), [""; 0]);
    assert_eq!(problems(Router::new().route("/o/{*id}", get(one))), [""; 0]);
    assert_eq!(problems(Router::new().route("/{shop}/{id}", get(two))), [""; 0]);
    assert_eq!(problems(nested(Router::new().route("/{id}", get(two)))), [""; 0]);
    for router in [
        Router::new().route("/o", get(one)),
        Router::new().route("/{shop}/{id}", get(one)),
        Router::new().route("/o/{id}", get(two)),
        nested(Router::new().route("/{id}", get(one))),
        nested(Router::new().route("/", get(two))),
        Router::new().fallback(one),
    ] {
        let problems = problems(router);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(problems[0].contains("whose `Path` takes"), "{problems:#?}");
    }
    let report =
        auth_core::testing::AccessMatrix::of(Router::new().route("/o", get(one))).try_run();
    assert!(report.await.unwrap_err().to_string().contains("`of_one`"));
}
