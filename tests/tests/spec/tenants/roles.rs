//! Tenants: a role counts in the tenant that it was given in, and nowhere else.

use auth_core::authenticator::{AuthenticatorBuilder, Tenant};
use auth_core::routing::get;
use auth_core::testing::{CollectingSink, TestIssuer};
use auth_core::{Assignments, Identity, Router, public, requires};
use auth_tests::http::{Role, issuer, send, send_as, serve};
use axum::extract::{Path, Request};
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn};
use futures_util::future::join_all;

use crate::assignments::desk::{Desk, builder};
use crate::assignments::{held, manage};

#[requires(role = Manager)]
async fn of_tenant(caller: Identity, Path(tenant): Path<String>) -> String {
    assert_eq!(caller.tenant(), Some(tenant.as_str()), "the handler and the source agree");
    tenant
}

#[requires(authenticated)]
async fn tenant(caller: Identity) -> String {
    format!("{:?}", caller.tenant())
}

#[public]
async fn open(caller: Option<Identity>) -> &'static str {
    if caller.is_some() { "known" } else { "unknown" }
}

fn routes() -> Router {
    let nested = Router::new().route("/deep", get(of_tenant)).route("/held", get(held));
    Router::new()
        .route("/t/{tenant}", get(of_tenant))
        .nest("/t/{tenant}/in", nested)
        .route("/tenant", get(tenant))
        .route("/t/{tenant}/open", get(open))
        .route("/manage", get(manage))
}

struct Building {
    issuer: TestIssuer,
    desk: Desk,
    address: std::net::SocketAddr,
}

impl Building {
    async fn new(find: impl Fn(AuthenticatorBuilder) -> AuthenticatorBuilder) -> Self {
        let (issuer, _) = issuer();
        let desk = Desk::default();
        let authenticator = find(builder(&issuer, &desk)).build().unwrap();
        let address = serve(routes().protect(authenticator).unwrap()).await;
        Self { issuer, desk, address }
    }

    async fn in_path() -> Self {
        // There are endpoints outside of all tenants.
        Self::new(|builder| builder.tenant_in_path("tenant").optional_tenant()).await
    }

    async fn get(&self, path: &str, token: &str) -> (u16, String) {
        let answer = send_as(self.address, "GET", path, token).await;
        (answer.status, answer.body)
    }
}

/// Holds P-19.
#[tokio::test]
async fn a_role_counts_in_its_own_tenant() {
    let building = Building::in_path().await;
    let manager = || Assignments::none().roles(["manager"]);
    building.desk.assign("north", "alice", manager());
    building.desk.assign("", "bob", manager());
    let alice = building.issuer.token("alice").sign().unwrap();
    let bob = building.issuer.token("bob").sign().unwrap();
    for _ in 0..2 {
        assert_eq!(building.get("/t/north", &alice).await, (200, "north".to_owned()));
        assert_eq!(building.get("/t/north/in/deep", &alice).await.0, 200);
        assert_eq!(building.get("/t/south", &alice).await.0, 403);
        assert_eq!(building.get("/t/south/in/deep", &alice).await.0, 403);
        assert_eq!(building.get("/manage", &alice).await.0, 403, "nor outside of all");
        assert_eq!(building.get("/t/north", &bob).await.0, 403);
        assert_eq!(building.get("/manage", &bob).await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tenants_stay_apart_under_concurrent_requests() {
    let building = Building::in_path().await;
    for tenant in 0..10 {
        let roles: &[&str] = if tenant % 2 == 0 { &["manager"] } else { &["clerk"] };
        building.desk.assign(
            &tenant.to_string(),
            "alice",
            Assignments::none().roles(roles.to_vec()),
        );
    }
    let alice = &building.issuer.token("alice").sign().unwrap();
    let building = &building;
    let requests = (0..200).map(|at| async move {
        let tenant = (at * 7) % 10;
        let status = building.get(&format!("/t/{tenant}"), alice).await.0;
        assert_eq!(status, if tenant % 2 == 0 { 200 } else { 403 }, "tenant {tenant}");
    });
    join_all(requests).await;
    assert_eq!(building.desk.asked(), 10, "one question for each tenant");
}

#[tokio::test]
async fn a_tenant_in_the_path_is_the_one_that_the_handler_reads() {
    let building = Building::in_path().await;
    let alice = building.issuer.token("alice").sign().unwrap();
    for (path, name) in
        [("a%2Fb", "a/b"), ("n%C3%B6rd", "nörd"), ("a%2520b", "a%20b"), ("..", "..")]
    {
        building.desk.assign(name, "alice", Assignments::none().roles(["manager"]));
        let answer = building.get(&format!("/t/{path}"), &alice).await;
        assert_eq!(answer.0, 200, "{path}: {}", answer.1);
        assert_eq!(answer.1, name);
    }
    assert_eq!(building.get("/tenant", &alice).await, (200, "None".to_owned()));
}

#[tokio::test]
async fn a_malformed_tenant_is_400_where_an_identity_is_needed() {
    let building = Building::in_path().await;
    let alice = building.issuer.token("alice").roles(["admin"]).sign().unwrap();
    for malformed in ["%ff", "a%00b", "line%0abreak", &"x".repeat(257)] {
        let path = format!("/t/{malformed}");
        let answer = send_as(building.address, "GET", &path, &alice).await;
        assert_eq!(answer.status, 400, "{malformed}");
        assert_eq!(answer.json()["code"], "invalid_request");
        let detail = "The tenant of the request is missing or malformed.";
        assert_eq!(answer.json()["detail"], detail, "the client is told what to change");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("the tenant is missing or malformed"), "{challenge}");
        assert_eq!(send(building.address, "GET", &path, &[]).await.status, 401, "who first");
        assert_eq!(building.get(&format!("{path}/open"), &alice).await.0, 400);
        assert_eq!(send(building.address, "GET", &format!("{path}/open"), &[]).await.status, 200);
    }
    assert_eq!(building.desk.asked(), 0);
    let longest = "x".repeat(256);
    building.desk.assign(&longest, "alice", Assignments::none().roles(["manager"]));
    assert_eq!(building.get(&format!("/t/{longest}"), &alice).await.0, 200);
}

#[tokio::test]
async fn a_tenant_may_be_anywhere_in_the_request() {
    let building = Building::new(|builder| {
        builder.tenant(|request| {
            let mut values = request.headers.get_all("x-tenant").iter();
            match (values.next().map(HeaderValue::to_str), values.next()) {
                (None, _) => Tenant::Absent,
                (Some(Ok(name)), None) => Tenant::Named(name.into()),
                _ => Tenant::Malformed,
            }
        })
    })
    .await;
    building.desk.assign("north", "alice", Assignments::none().roles(["manager"]));
    let token = building.issuer.token("alice").sign().unwrap();
    let authorization = format!("authorization: Bearer {token}");
    for (headers, status) in [
        (&["x-tenant: north"][..], 200),
        (&["x-tenant: south"], 403),
        (&["x-tenant: North"], 403),
        (&[], 400),
        (&["x-tenant:"], 400),
        (&["x-tenant: north", "x-tenant: north"], 400),
        (&["x-tenant: n\u{f6}rd"], 400),
    ] {
        let headers = [&[authorization.as_str()][..], headers].concat();
        let answer = send(building.address, "GET", "/manage", &headers).await;
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
    }
}

/// The outcome of an authentication is kept for the request, and only for its tenant.
#[tokio::test]
async fn a_caller_is_not_taken_into_another_tenant() {
    async fn switch(
        caller: Identity,
        mut request: Request,
        next: Next,
    ) -> axum::response::Response {
        assert_eq!(caller.tenant(), Some("north"));
        request.headers_mut().insert("x-tenant", HeaderValue::from_static("south"));
        next.run(request).await
    }
    let (issuer, _) = issuer();
    let desk = Desk::default();
    desk.assign("north", "alice", Assignments::none().roles(["manager"]));
    let authenticator = builder(&issuer, &desk)
        .tenant(|request| Some(request.headers.get("x-tenant")?.to_str().ok()?.to_owned()));
    let app = Router::new().route("/manage", get(manage)).route("/tenant", get(tenant));
    let app = app.layer(from_fn(switch)).protect(authenticator.build().unwrap()).unwrap();
    let address = serve(app).await;
    let token = issuer.token("alice").sign().unwrap();
    let authorization = format!("authorization: Bearer {token}");
    let headers = [authorization.as_str(), "x-tenant: north"];
    assert_eq!(send(address, "GET", "/manage", &headers).await.status, 403);
    assert_eq!(send(address, "GET", "/tenant", &headers).await.body, r#"Some("south")"#);
}

#[tokio::test]
async fn the_audit_trail_has_the_tenant() {
    let (issuer, _) = issuer();
    let events = CollectingSink::default();
    let authenticator =
        builder(&issuer, &Desk::default()).tenant_in_path("tenant").optional_tenant();
    let authenticator = authenticator.audit(events.clone()).build().unwrap();
    let address = serve(routes().protect(authenticator).unwrap()).await;
    let alice = issuer.token("alice").sign().unwrap();
    for (path, tenant) in [("/t/north", Some("north")), ("/manage", None)] {
        assert_eq!(send_as(address, "GET", path, &alice).await.status, 403);
        assert_eq!(events.take().remove(0).tenant.as_deref(), tenant);
    }
}

#[tokio::test]
async fn a_tenant_needs_no_source() {
    let (issuer, _) = issuer();
    let authenticator = auth_core::Authenticator::builder()
        .vocabulary::<(auth_tests::http::Role,)>()
        .verifier(issuer.verifier().build().unwrap())
        .tenant_in_path("tenant")
        .optional_tenant()
        .build()
        .unwrap();
    let address = serve(routes().protect(authenticator).unwrap()).await;
    let manager = issuer.token("alice").roles(["manager"]).sign().unwrap();
    assert_eq!(send_as(address, "GET", "/t/north", &manager).await.body, "north");
}

#[tokio::test]
async fn authenticate_request_finds_the_tenant_too() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    desk.assign("north", "alice", Assignments::none().roles(["manager"]));
    let authenticator = builder(&issuer, &desk).tenant_in_path("tenant").build().unwrap();
    let own = axum::Router::new().route(
        "/t/{tenant}",
        axum::routing::get(move |request: Request| async move {
            let (parts, _) = request.into_parts();
            let caller = authenticator.authenticate(&parts).await.unwrap();
            format!("{:?} {:?}", caller.tenant(), crate::assignments::desk::names(&caller))
        }),
    );
    let address = serve(own).await;
    let token = issuer.token("alice").sign().unwrap();
    let body = send_as(address, "GET", "/t/north", &token).await.body;
    assert!(
        body.starts_with(r#"Some("north") ["trainee", "clerk", "librarian", "manager""#),
        "{body}"
    );
}

/// A token does not say in which tenant its names count.
///
/// Holds P-19.
#[tokio::test]
async fn what_a_token_says_counts_in_no_tenant_unless_the_source_keeps_it() {
    let building = Building::in_path().await;
    let admin = |subject: &str| {
        let token = building.issuer.token(subject).roles(["admin"]).groups(["/leads"]);
        token.permissions(["orders:cancel"]).scopes(["read"]).sign().unwrap()
    };
    building.desk.assign(
        "north",
        "kim",
        Assignments::none().roles(["clerk"]).keep_token_authorities(),
    );
    building.desk.assign("north", "rob", Assignments::none().replace_token_authorities());
    building.desk.assign("", "rob", Assignments::none().replace_token_authorities());
    let (alice, kim, rob) = (admin("alice"), admin("kim"), admin("rob"));
    for (path, token, status) in [
        ("/t/north", &alice, 403),
        ("/t/north/in/deep", &alice, 403),
        ("/manage", &alice, 200),
        ("/t/north", &kim, 200),
        ("/t/south", &kim, 403),
        ("/t/north", &rob, 403),
        ("/manage", &rob, 403),
    ] {
        assert_eq!(building.get(path, token).await.0, status, "{path}");
    }
    assert_eq!(building.get("/t/north/in/held", &alice).await.1, "read", "scopes stay");
}
