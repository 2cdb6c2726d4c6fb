//! Routing keeps axum's ways: methods, 404, 405, nesting, merging, layers, state. Each endpoint is
//! listed under the path that it is reached by.

use auth_core::access_map::EndpointKind;
use auth_core::routing::{self, MethodFilter, delete, get, post};
use auth_core::testing::TestIssuer;
use auth_core::{Identity, Router, public, requirement, requires};
use auth_tests::http::{Role, Scope, authenticator, issuer, send, send_as, serve};
use axum::extract::{MatchedPath, OriginalUri, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;

#[requires(authenticated)]
async fn matched(path: MatchedPath) -> String {
    path.as_str().to_owned()
}

#[requires(scope = Read)]
async fn read(caller: Identity) -> String {
    format!("read {}", caller.subject())
}

#[requires(scope = Write)]
async fn write(body: String) -> String {
    format!("wrote {body}")
}

#[public(reason = "health")]
async fn open() -> &'static str {
    "open"
}

#[public]
async fn nothing_here(OriginalUri(uri): OriginalUri) -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, format!("nothing at {}", uri.path()))
}

fn service(text: &'static str) -> axum::routing::MethodRouter {
    axum::routing::any(move || async move { text })
}

async fn app(issuer: &TestIssuer, router: Router) -> std::net::SocketAddr {
    serve(router.protect(authenticator(issuer)).unwrap()).await
}

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_405_for_every_caller() {
    let (issuer, _) = issuer();
    let reader = issuer.token("alice").scopes(["read"]).sign().unwrap();
    let routes = || Router::new().route("/read", get(read)).route("/open", get(open));
    for router in [routes(), routes().require(requirement!(role = Role::Admin))] {
        let app = app(&issuer, router).await;
        for token in ["", "x", reader.as_str()] {
            let header = format!("authorization: Bearer {token}");
            let headers: &[&str] = if token.is_empty() { &[] } else { &[&header] };
            let missing = send(app, "GET", "/missing", headers).await;
            assert_eq!(missing.status, 404);
            assert!(missing.all("www-authenticate").is_empty());
            let wrong = send(app, "DELETE", "/read", headers).await;
            assert_eq!((wrong.status, wrong.header("allow")), (405, "GET,HEAD"));
            assert_eq!(send(app, "OPTIONS", "/read", headers).await.status, 405);
        }
    }
}

#[tokio::test]
async fn head_meets_what_get_requires() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Router::new().route("/read", get(read))).await;
    let reader = issuer.token("alice").scopes(["read"]).sign().unwrap();
    let other = issuer.token("alice").scopes(["write"]).sign().unwrap();
    let fine = send_as(app, "HEAD", "/read", &reader).await;
    assert_eq!((fine.status, fine.body.as_str()), (200, ""));
    let refused = send_as(app, "HEAD", "/read", &other).await;
    assert_eq!((refused.status, refused.body.as_str()), (403, ""));
    assert!(refused.header("www-authenticate").contains("insufficient_scope"));
    let unknown = send(app, "HEAD", "/read", &[]).await;
    assert_eq!((unknown.status, unknown.body.as_str()), (401, ""));
}

#[tokio::test]
async fn methods_chain_each_with_its_own_policy() {
    let (issuer, _) = issuer();
    let methods = get(read)
        .post(write)
        .on(MethodFilter::PUT.or(MethodFilter::PATCH), write)
        .delete_service(service("deleted"), requirement!(role = Role::Admin))
        .fallback(open);
    let any = routing::any(open).merge(post(write));
    let app = app(&issuer, Router::new().route("/x", methods).route("/any", any)).await;
    let reader = issuer.token("alice").scopes(["read"]).sign().unwrap();
    let admin = issuer.token("root").roles(["admin"]).sign().unwrap();
    for (token, method, path, status) in [
        (&reader, "GET", "/x", 200),
        (&reader, "POST", "/x", 403),
        (&reader, "PUT", "/x", 403),
        (&reader, "PATCH", "/x", 403),
        (&reader, "DELETE", "/x", 403),
        (&admin, "DELETE", "/x", 200),
        (&admin, "GET", "/x", 403),
        (&reader, "OPTIONS", "/x", 200),
        (&reader, "BREW", "/x", 200),
        (&reader, "BREW", "/any", 200),
        (&reader, "POST", "/any", 403),
    ] {
        let answer = send_as(app, method, path, token).await;
        assert_eq!(answer.status, status, "{method} {path} {answer:?}");
    }
}

/// Paths of the map beside what axum says at run time.
#[tokio::test]
async fn the_map_lists_the_path_that_axum_matches() {
    let (issuer, _) = issuer();
    let leaf = || {
        Router::new()
            .route("/", get(matched))
            .route("/a", get(matched))
            .route("/a/", get(matched))
            .route("/{id}/b", get(matched))
            .route("/files/{*rest}", get(matched))
    };
    let router = Router::new()
        .route("/", get(matched))
        .nest("/one", leaf())
        .nest("/two/", leaf())
        .nest("/{x}/three", Router::new().nest("/deep", leaf()))
        .merge(Router::new().nest("/merged", leaf()));
    let map = router.access_map();
    let app = app(&issuer, router).await;
    let token = issuer.token("alice").sign().unwrap();
    assert_eq!(map.endpoints().len(), 21);
    let paths: Vec<&str> = map.iter().map(auth_core::access_map::Endpoint::path).collect();
    assert!(paths.is_sorted());
    for path in ["/", "/one", "/one/a/", "/two/", "/two/a", "/{x}/three/deep/{id}/b"] {
        assert!(paths.contains(&path), "{path} is not in {paths:?}");
    }
    for endpoint in &map {
        assert_eq!(endpoint.kind(), EndpointKind::Route);
        let path = endpoint.path();
        let request = path.replace("{id}", "7").replace("{x}", "y").replace("{*rest}", "p/q");
        let answer = send_as(app, "GET", &request, &token).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, path), "{request}");
    }
}

#[tokio::test]
async fn services_and_axum_routers_come_in_with_a_requirement_only() {
    let (issuer, _) = issuer();
    let plain = axum::Router::new()
        .route("/plain", axum::routing::get(|| async { "plain" }))
        .nest("/deep", axum::Router::new().route("/plain", axum::routing::get(|| async { "deep" })))
        .route("/guarded", axum::routing::get(read))
        .fallback(|| async { "a fallback that nobody asked for" });
    let inner = axum::Router::new().route("/in", axum::routing::get(|| async { "in" }));
    let router = Router::new()
        .route("/read", get(read))
        .route_service("/service", service("service"), requirement!(scope = Scope::Write))
        .nest_service("/below", inner, requirement!(scope = Scope::Write))
        .merge_axum(plain, requirement!(role = Role::Clerk));
    let map = router.access_map();
    let app = app(&issuer, router).await;
    let clerk = issuer.token("alice").roles(["clerk"]).sign().unwrap();
    let writer = issuer.token("alice").scopes(["write"]).sign().unwrap();
    let both = issuer.token("alice").roles(["clerk"]).scopes(["read"]).sign().unwrap();
    for (token, path, status, body) in [
        (&writer, "/service", 200, "service"),
        (&clerk, "/service", 403, ""),
        (&writer, "/below/in", 200, "in"),
        (&clerk, "/below/in", 403, ""),
        // What is below it: not even whether there is something.
        (&clerk, "/below/none", 403, ""),
        (&clerk, "/below", 403, ""),
        (&clerk, "/below/", 403, ""),
        (&writer, "/below/none", 404, ""),
        (&clerk, "/plain", 200, "plain"),
        (&writer, "/plain", 403, ""),
        (&clerk, "/deep/plain", 200, "deep"),
        (&writer, "/deep/plain", 403, ""),
        // A guard in there still decides by itself.
        (&clerk, "/guarded", 403, ""),
        (&both, "/guarded", 200, "read alice"),
        (&clerk, "/none", 404, ""),
    ] {
        let answer = send_as(app, "GET", path, token).await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
        assert!(status != 200 || answer.body == body, "{path} {answer:?}");
    }
    assert_eq!(send(app, "GET", "/plain", &[]).await.status, 401);
    let kinds: Vec<_> = map.iter().map(|endpoint| (endpoint.path(), endpoint.kind())).collect();
    assert_eq!(
        kinds,
        [
            ("/", EndpointKind::Merged),
            ("/below", EndpointKind::Nested),
            ("/read", EndpointKind::Route),
            ("/service", EndpointKind::Route),
        ]
    );
}

#[tokio::test]
async fn fallbacks_are_declared_and_listed_too() {
    let (issuer, _) = issuer();
    let router = Router::new()
        .fallback(read)
        .fallback(nothing_here)
        .route("/open", get(open))
        .nest("/api", Router::new().route("/open", get(open)).fallback(read))
        .method_not_allowed_fallback(read);
    let map = router.access_map();
    let app = app(&issuer, router).await;
    let reader = issuer.token("alice").scopes(["read"]).sign().unwrap();
    let none = send(app, "GET", "/none", &[]).await;
    assert_eq!((none.status, none.body.as_str()), (404, "nothing at /none"));
    assert_eq!(send(app, "GET", "/api/none", &[]).await.status, 401);
    assert_eq!(send_as(app, "GET", "/api/none", &reader).await.body, "read alice");
    assert_eq!(send(app, "POST", "/open", &[]).await.status, 401);
    assert_eq!(send_as(app, "POST", "/open", &reader).await.body, "read alice");
    assert_eq!(send(app, "GET", "/api/open", &[]).await.body, "open");
    let text = map.to_string();
    assert_eq!(
        text.lines().map(|line| line.split("  ").next().unwrap()).collect::<Vec<_>>().len(),
        map.endpoints().len()
    );
    let fallbacks: Vec<_> = map
        .iter()
        .filter(|endpoint| endpoint.kind() != EndpointKind::Route)
        .map(ToString::to_string)
        .collect();
    assert_eq!(fallbacks, ["ANY / (other methods)", "ANY /… (fallback)", "ANY /api/… (fallback)"]);
}

#[derive(Clone)]
struct Db(&'static str);

#[requires(authenticated)]
async fn from_state(State(db): State<Db>, Path(id): Path<u32>) -> String {
    format!("{} {id}", db.0)
}

async fn stamp(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().append("x-stamp", "yes".parse().unwrap());
    response
}

#[tokio::test]
async fn state_and_layers_work_as_in_axum() {
    let (issuer, _) = issuer();
    let orders: Router<Db> = Router::new().route("/{id}", get(from_state));
    let router = Router::new()
        .nest("/orders", orders)
        .route("/inner", get(from_inner).layer(middleware::from_fn(stamp)))
        .with_state(Db("db"))
        .route_layer(middleware::from_fn(stamp))
        .route("/after", delete(open))
        .layer(middleware::from_fn(stamp));
    let app = app(&issuer, router).await;
    let token = issuer.token("alice").sign().unwrap();
    let answer = send_as(app, "GET", "/orders/7", &token).await;
    assert_eq!((answer.body.as_str(), answer.all("x-stamp").len()), ("db 7", 2));
    assert_eq!(send_as(app, "GET", "/inner", &token).await.all("x-stamp").len(), 3);
    assert_eq!(send(app, "DELETE", "/after", &[]).await.all("x-stamp").len(), 1);
    assert_eq!(send(app, "GET", "/missing", &[]).await.all("x-stamp").len(), 1);
    // Middleware is around the guard and sees its rejections.
    let refused = send(app, "GET", "/orders/x", &[]).await;
    assert_eq!((refused.status, refused.all("x-stamp").len()), (401, 2));
}

#[requires(authenticated)]
async fn from_inner(State(db): State<Db>) -> &'static str {
    db.0
}

#[test]
fn an_axum_router_without_routes_is_no_endpoint() {
    let empty = axum::Router::new().fallback(|| async { "left behind" });
    let router: Router = Router::new().merge_axum(empty, requirement!(role = Role::Admin));
    assert_eq!(router.access_map().to_string(), "");
}
