//! The guard of an endpoint and what is behind it see one request: the same caller in the same tenant.

use std::convert::Infallible;

use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::binding::Dpop;
use auth_core::routing::{any_service, get, get_service};
use auth_core::testing::{DpopKey, TestIssuer};
use auth_core::time::FixedClock;
use auth_core::web::EndpointError;
use auth_core::{Assignments, Authenticator, Identity, Requirement, Router, requirement, requires};
use auth_tests::http::{NOW, Role, issuer, send, send_as, serve};
use axum::Extension;
use axum::extract::{FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tower::util::BoxCloneSyncService;

use super::desk::{Desk, builder};

const MANAGER: Requirement = requirement!(role = Role::Manager);

/// Who the endpoint's guard let in, and what is in the path.
async fn plain(Extension(caller): Extension<Identity>, Path(tenant): Path<String>) -> String {
    assert_eq!(caller.tenant(), Some(tenant.as_str()), "both guards agree");
    format!("{} in {tenant}", caller.subject())
}

#[requires(role = Manager)]
async fn guarded(caller: Identity, Path(tenant): Path<String>) -> String {
    assert_eq!(caller.tenant(), Some(tenant.as_str()), "the guard and the handler agree");
    format!("{} in {tenant}", caller.subject())
}

#[requires(authenticated)]
async fn anybody() -> &'static str {
    "anybody"
}

/// A router of axum with the tenant in a path of its own.
fn inner() -> axum::Router {
    axum::Router::new()
        .route("/t/{tenant}", axum::routing::get(plain))
        .route("/t/{tenant}/guarded", axum::routing::get(guarded))
}

/// One that has it in the path where it is added.
fn below_tenant() -> axum::Router {
    axum::Router::new()
        .route("/", axum::routing::get(plain))
        .route("/plain", axum::routing::get(plain))
        .route("/guarded", axum::routing::get(guarded))
}

fn in_path(builder: AuthenticatorBuilder) -> AuthenticatorBuilder {
    builder.tenant_in_path("tenant")
}

fn optional(builder: AuthenticatorBuilder) -> AuthenticatorBuilder {
    in_path(builder).optional_tenant()
}

/// North has a manager; an admin outside of tenants is none in there.
struct Town {
    issuer: TestIssuer,
    authenticator: Authenticator,
    north: String,
    outside: String,
}

impl Town {
    fn new(more: impl Fn(AuthenticatorBuilder) -> AuthenticatorBuilder) -> Self {
        let (issuer, _) = issuer();
        let desk = Desk::default();
        desk.assign("north", "nora", Assignments::none().roles(["manager"]));
        desk.assign("", "otto", Assignments::none().roles(["admin"]));
        let authenticator = more(builder(&issuer, &desk)).build().unwrap();
        let north = issuer.token("nora").sign().unwrap();
        let outside = issuer.token("otto").roles(["admin"]).sign().unwrap();
        Self { issuer, authenticator, north, outside }
    }

    fn problems(&self, router: Router) -> Vec<EndpointError> {
        match router.protect(self.authenticator.clone()) {
            Ok(_) => Vec::new(),
            Err(error) => error.problems().to_vec(),
        }
    }

    async fn serve(&self, router: Router) -> std::net::SocketAddr {
        serve(router.protect(self.authenticator.clone()).unwrap()).await
    }
}

fn of<const N: usize>(routers: [(&'static str, Router); N]) -> [(&'static str, Router); N] {
    routers
}

#[tokio::test]
async fn a_guard_that_cannot_know_the_tenant_is_an_error_of_protect() {
    let routers = || {
        of([
            ("nest_service", Router::new().nest_service("/api", inner(), MANAGER)),
            ("route_service", Router::new().route_service("/t/{id}", inner(), MANAGER)),
            ("fallback_service", Router::new().fallback_service(inner(), MANAGER)),
            ("any_service", Router::new().route("/t/{x}", any_service(inner(), MANAGER))),
            ("get_service", Router::new().route("/t/{x}", get_service(inner(), MANAGER))),
            (
                "a fallback by method",
                Router::new().route("/x", get(anybody).fallback_service(inner(), MANAGER)),
            ),
            (
                "below a prefix",
                Router::new().nest("/v1", Router::new().nest_service("/api", inner(), MANAGER)),
            ),
            (
                "wrapped",
                Router::new().nest_service(
                    "/api",
                    tower::util::MapRequest::new(inner(), |it: Request| it),
                    MANAGER,
                ),
            ),
        ])
    };
    for town in [Town::new(in_path), Town::new(optional)] {
        for (name, router) in routers() {
            // Another route has it, so that the parameter is known.
            let problems = town.problems(router.route("/known/{tenant}", get(guarded)));
            let hidden =
                |it: &EndpointError| matches!(it, EndpointError::HiddenTenantParameter { .. });
            assert!(problems.iter().any(hidden), "{name}: {problems:?}");
        }
    }
}

/// Holds P-20.
#[tokio::test]
async fn an_endpoint_that_needs_an_identity_needs_the_tenant_unless_it_is_optional() {
    let service = || axum::routing::any(|| async { "service" });
    let routers = || {
        of([
            ("route", Router::new().route("/me", get(anybody))),
            ("service", Router::new().route_service("/s", service(), MANAGER)),
            ("nested service", Router::new().nest_service("/s", service(), MANAGER)),
            ("fallback", Router::new().fallback(anybody)),
            ("fallback service", Router::new().fallback_service(service(), MANAGER)),
            (
                "another method",
                Router::new().route("/open", get(open)).method_not_allowed_fallback(anybody),
            ),
            (
                "a public handler in a guarded router",
                Router::new().route("/open", get(open)).require(MANAGER),
            ),
        ])
    };
    for (name, router) in routers() {
        let problems = Town::new(in_path).problems(router.route("/known/{tenant}", get(guarded)));
        let missing =
            |it: &EndpointError| matches!(it, EndpointError::MissingTenantParameter { .. });
        assert!(!problems.is_empty() && problems.iter().all(missing), "{name}: {problems:?}");
    }
    for (name, router) in routers() {
        let router = router.route("/known/{tenant}", get(guarded));
        assert_eq!(Town::new(optional).problems(router), [], "{name}");
    }
    let health = Router::new().route("/health", get(open)).route("/t/{tenant}", get(guarded));
    assert_eq!(Town::new(in_path).problems(health), [], "who asks nothing needs no tenant");
    let only_health = Router::new().route("/health", get(open));
    assert_eq!(Town::new(in_path).problems(only_health), []);
}

#[auth_core::public]
async fn open() -> &'static str {
    "open"
}

#[tokio::test]
async fn a_parameter_that_no_route_has_is_an_error_of_protect() {
    for more in [in_path, optional] {
        let town = Town::new(|builder| more(builder).tenant_in_path("tenent"));
        let routes = Router::new().route("/t/{tenant}/x/{id}", get(anybody));
        let error = routes.protect(town.authenticator).unwrap_err().to_string();
        assert!(error.contains("no path has the parameter `tenent`"), "{error}");
        assert!(error.contains("`id`, `tenant`"), "{error}");
    }
    let twice =
        Router::new().nest("/t/{tenant}", Router::new().route("/to/{tenant}", get(anybody)));
    let problems = Town::new(in_path).problems(twice);
    assert!(
        matches!(problems[..], [EndpointError::RepeatedTenantParameter { .. }]),
        "{problems:?}"
    );
}

#[tokio::test]
async fn a_guard_decides_for_the_tenant_that_the_handler_reads() {
    let nested = |router: Router| Router::new().nest("/t/{tenant}", router);
    for more in [in_path, optional] {
        let town = Town::new(more);
        for (name, router) in of([
            ("nest_service", Router::new().nest_service("/t/{tenant}", below_tenant(), MANAGER)),
            (
                "nest_service in nest",
                Router::new()
                    .nest("/t", Router::new().nest_service("/{tenant}", below_tenant(), MANAGER)),
            ),
            (
                "nest_service below nest",
                nested(Router::new().nest_service("/in", below_tenant(), MANAGER)),
            ),
            (
                "route_service",
                Router::new().route_service(
                    "/t/{tenant}/plain",
                    axum::routing::get(plain),
                    MANAGER,
                ),
            ),
            (
                "fallback_service",
                nested(Router::new().fallback_service(axum::routing::get(plain), MANAGER))
                    .fallback(open),
            ),
            ("merge_axum", Router::new().merge_axum(inner(), MANAGER)),
            (
                "merge_axum, nested there",
                Router::new()
                    .merge_axum(axum::Router::new().nest("/t/{tenant}", below_tenant()), MANAGER),
            ),
            (
                "merge_axum in nest",
                nested(Router::new().merge_axum(
                    axum::Router::new().route("/plain", axum::routing::get(plain)),
                    MANAGER,
                )),
            ),
            (
                "a service by method",
                Router::new()
                    .route("/t/{tenant}/plain", get_service(axum::routing::get(plain), MANAGER)),
            ),
        ]) {
            let address = town.serve(router).await;
            let mut answered = 0;
            for path in ["", "/plain", "/guarded", "/in/plain", "/in/guarded"] {
                let north = send_as(address, "GET", &format!("/t/north{path}"), &town.north).await;
                if north.status == 404 || north.body == "open" {
                    continue;
                }
                answered += 1;
                assert_eq!((north.status, &*north.body), (200, "nora in north"), "{name} {path}");
                for (tenant, token) in
                    [("south", &town.north), ("north", &town.outside), ("south", &town.outside)]
                {
                    let answer =
                        send_as(address, "GET", &format!("/t/{tenant}{path}"), token).await;
                    assert_eq!(answer.status, 403, "{name} {path} {tenant}: {}", answer.body);
                }
            }
            assert!(answered > 0, "{name}");
        }
    }
}

/// What `protect` cannot look into is rejected with 500 at the request, and never served.
#[tokio::test]
async fn a_guard_that_cannot_determine_the_tenant_answers_500() {
    let boxed = || BoxCloneSyncService::new(inner());
    for (required, town) in [(true, Town::new(in_path)), (false, Town::new(optional))] {
        let mut routers = vec![(
            "a nest_service in an axum router",
            Router::new().merge_axum(axum::Router::new().nest_service("/api", inner()), MANAGER),
            "/api/t/north",
        )];
        if !required {
            let known = Router::new().route("/known/{tenant}", get(guarded));
            routers.push((
                "a router in a box",
                known.nest_service("/api", boxed(), requirement!(authenticated)),
                "/api/t/north/guarded",
            ));
        }
        for (name, router, path) in routers {
            let address = town.serve(router).await;
            for token in [&town.north, &town.outside] {
                let answer = send_as(address, "GET", path, token).await;
                assert_eq!(answer.status, 500, "{name}: {}", answer.body);
                assert_eq!(answer.json()["code"], "undetermined_tenant", "{name}");
            }
            assert_eq!(send(address, "GET", path, &[]).await.status, 401, "{name}: who first");
        }
    }
}

/// As far as the request shows it, a tenant is in a header too.
///
/// Holds P-20.
#[tokio::test]
async fn a_request_is_decided_for_one_tenant_only() {
    /// Changes the tenant between the guard and the handler's own look at the caller.
    struct Tamper;

    impl<S: Sync> FromRequestParts<S> for Tamper {
        type Rejection = Infallible;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
            parts.headers.insert("x-tenant", "south".parse().unwrap());
            Ok(Self)
        }
    }

    #[requires(role = Manager)]
    async fn tampered(_: Tamper, caller: Identity) -> String {
        format!("{:?}", caller.tenant())
    }

    async fn switch(mut request: Request, next: Next) -> Response {
        request.headers_mut().insert("x-tenant", "south".parse().unwrap());
        next.run(request).await
    }

    #[requires(authenticated)]
    async fn tenant(caller: Identity) -> String {
        format!("{:?}", caller.tenant())
    }

    let town = Town::new(|builder| builder.tenant_in_header("x-tenant".parse().unwrap()));
    let switched =
        || axum::Router::new().route("/", axum::routing::get(tenant)).layer(from_fn(switch));
    let router = Router::new()
        .route("/tampered", get(tampered))
        .nest_service("/behind", switched(), MANAGER)
        .merge_axum(axum::Router::new().nest_service("/merged", switched()), MANAGER);
    let address = town.serve(router).await;
    let authorization = format!("authorization: Bearer {}", town.north);
    for path in ["/tampered", "/behind/", "/merged/"] {
        let headers = [&*authorization, "x-tenant: north"];
        let answer = send(address, "GET", path, &headers).await;
        assert_eq!(answer.status, 500, "{path}: {}", answer.body);
        assert_eq!(send(address, "GET", path, &[&*authorization]).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_proof_is_verified_once_for_each_request() {
    async fn look(caller: Option<Identity>, request: Request, next: Next) -> Response {
        assert!(caller.is_some());
        next.run(request).await
    }

    async fn subject(Extension(caller): Extension<Identity>) -> String {
        caller.subject().to_owned()
    }

    let dpop = || Dpop::builder("https://api.test").build().unwrap();
    let town = Town::new(|builder| in_path(builder).dpop(dpop()));
    let router = Router::new()
        .route("/t/{tenant}/own", get(guarded))
        .nest_service("/t/{tenant}", below_tenant(), MANAGER)
        .nest("/v1", Router::new().merge_axum(inner(), MANAGER))
        .route_layer(from_fn(look));
    let paths = ["/t/north/own", "/t/north/guarded", "/t/north/plain", "/v1/t/north/guarded"];
    proven(&town, router, &paths).await;

    // A protected router in another one with the same authenticator.
    let town = Town::new(|builder| builder.dpop(dpop()));
    let authenticator = town.authenticator.clone();
    let within = Router::new()
        .route("/in", get(anybody))
        .route_service("/service", axum::routing::get(subject), requirement!(authenticated))
        .protect(authenticator)
        .unwrap();
    let router = Router::new()
        .nest_service("/api", within.clone(), requirement!(authenticated))
        .merge_axum(axum::Router::new().nest("/merged", within), requirement!(authenticated));
    proven(&town, router, &["/api/in", "/api/service", "/merged/in", "/merged/service"]).await;
}

async fn proven(town: &Town, router: Router, paths: &[&str]) {
    let address = town.serve(router).await;
    let key = DpopKey::generate().unwrap().with_clock(FixedClock::new(NOW));
    let token = town.issuer.token("nora").bound_to(&key).sign().unwrap();
    for path in paths {
        let proof = key.proof("GET", format!("https://api.test{path}")).token(&token).sign();
        let headers = [format!("authorization: DPoP {token}"), format!("dpop: {}", proof.unwrap())];
        let headers = headers.each_ref().map(String::as_str);
        let answer = send(address, "GET", path, &headers).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let answer = send(address, "GET", path, &headers).await;
        assert_eq!(answer.status, 401, "{path}: a proof is good for one request");
    }
}
