//! The access map over HTTP: guarded, revalidated, and allowed to do nothing.

use auth_core::{Router, requirement};
use auth_tests::http::{Role, authenticator, issuer, send, send_as, send_raw, serve};
use std::net::SocketAddr;

mod routes {
    use auth_core::routing::get;
    use auth_core::{Router, public, requires};
    use auth_tests::http::{Role, Scope};

    /// Lists the secret orders.
    #[requires(role = Clerk, scope = Read)]
    async fn list() {}

    #[public(reason = "liveness probe")]
    async fn health() {}

    pub(super) fn all() -> Router {
        Router::new().route("/orders", get(list)).route("/health", get(health))
    }
}

struct Served {
    address: SocketAddr,
    admin: String,
    clerk: String,
}

async fn served() -> Served {
    let (issuer, _) = issuer();
    let app = routes::all();
    let map = app.access_map();
    let app = app.merge(map.page("/access", requirement!(role = Admin)));
    let address = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let token = |role: &str| issuer.token("ada").roles([role]).sign().unwrap();
    Served { address, admin: token("admin"), clerk: token("clerk") }
}

const PATHS: [&str; 4] =
    ["/access", "/access/access-map.json", "/access/access-map.md", "/access/access-map.csv"];

#[tokio::test]
async fn each_format_is_there_for_those_who_may_see_it() {
    let Served { address, admin, .. } = served().await;
    let map = routes::all().access_map();
    let types = ["text/html", "application/json", "text/markdown", "text/csv"];
    for (path, content_type) in PATHS.into_iter().zip(types) {
        let answer = send_as(address, "GET", path, &admin).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").starts_with(content_type), "{path}");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        assert_eq!(answer.header("vary"), "authorization, cookie");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(answer.body.contains("orders"), "{path}");
    }
    let json = send_as(address, "GET", PATHS[1], &admin).await;
    assert_eq!(json.body, map.to_json());
    let page = send_as(address, "GET", PATHS[0], &admin).await;
    assert_eq!(page.body.replace(" data-served", ""), map.to_html());
}

#[tokio::test]
async fn other_callers_learn_nothing() {
    let Served { address, clerk, .. } = served().await;
    for path in PATHS {
        for method in ["GET", "HEAD", "POST", "OPTIONS"] {
            let stranger = send(address, method, path, &[]).await;
            let refused = send_as(address, method, path, &clerk).await;
            assert_eq!((stranger.status, refused.status), (401, 403), "{method} {path}");
            for answer in [stranger, refused] {
                assert_eq!(answer.header("etag"), "");
                assert_eq!(answer.header("allow"), "");
                assert!(!answer.body.contains("orders") && !answer.body.contains("clerk"));
            }
        }
        // Not even whether a copy of the page is still the right one.
        let known = send(address, "GET", path, &["if-none-match: *"]).await;
        assert_eq!(known.status, 401);
    }
}

#[tokio::test]
async fn a_copy_is_revalidated_not_sent_again() {
    let Served { address, admin, clerk } = served().await;
    for path in PATHS {
        let first = send_as(address, "GET", path, &admin).await;
        let tag = first.header("etag").to_owned();
        assert_eq!(tag.len(), 66, "{tag}");
        for (condition, status) in [
            (tag.clone(), 304),
            (format!("W/{tag}"), 304),
            (format!("\"other\", {tag}"), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
            (String::new(), 200),
        ] {
            let asked = [
                &*format!("authorization: Bearer {admin}"),
                &*format!("if-none-match: {condition}"),
            ];
            let answer = send(address, "GET", path, &asked).await;
            assert_eq!(answer.status, status, "{condition}");
            assert_eq!(answer.header("etag"), tag);
            assert_eq!(answer.header("cache-control"), "private, no-cache");
            assert_eq!(answer.body.is_empty(), status == 304);
        }
        let asked = [&*format!("authorization: Bearer {clerk}"), &*format!("if-none-match: {tag}")];
        assert_eq!(send(address, "GET", path, &asked).await.status, 403);
    }
}

#[tokio::test]
async fn head_says_the_same_without_the_body() {
    let Served { address, admin, .. } = served().await;
    for path in PATHS {
        let get = send_as(address, "GET", path, &admin).await;
        let head = send_as(address, "HEAD", path, &admin).await;
        assert_eq!(head.status, 200);
        assert_eq!(head.body, "");
        for name in ["content-type", "etag", "content-length", "content-security-policy"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
        assert_eq!(get.header("content-length"), get.body.len().to_string());
        assert_eq!(send_as(address, "DELETE", path, &admin).await.status, 405);
    }
}

#[tokio::test]
async fn the_page_may_run_its_own_script_and_nothing_else() {
    let Served { address, admin, .. } = served().await;
    let page = send_as(address, "GET", "/access", &admin).await;
    let policy = page.header("content-security-policy");
    let own = policy.strip_suffix("; frame-ancestors 'none'").unwrap();
    assert!(own.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!own.contains("unsafe") && !own.contains("http"), "{policy}");
    // The same policy is in the page, for when it is saved to a file.
    assert!(page.body.contains(&format!("content=\"{own}\"")), "{own}");
    for path in &PATHS[1..] {
        let answer = send_as(address, "GET", path, &admin).await;
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    }
}

#[tokio::test]
async fn the_page_may_be_at_the_root_or_nested() {
    let (issuer, _) = issuer();
    let map = routes::all().access_map();
    let app = Router::new()
        .merge(map.page("/", requirement!(role = Admin)))
        .nest("/inner", map.page("/map/", requirement!(authenticated)));
    let listed: Vec<String> = app.access_map().iter().map(ToString::to_string).collect();
    assert!(listed.contains(&"ANY /access-map.json".to_owned()), "{listed:?}");
    assert!(listed.contains(&"ANY /inner/map/access-map.csv".to_owned()), "{listed:?}");
    let address = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let clerk = issuer.token("bob").roles(["clerk"]).sign().unwrap();
    for (path, status) in [("/", 403), ("/access-map.md", 403), ("/inner/map/", 200)] {
        assert_eq!(send_as(address, "GET", path, &clerk).await.status, status, "{path}");
    }
    let raw =
        format!("GET /inner/map/access-map.md HTTP/1.0\r\nauthorization: Bearer {clerk}\r\n\r\n");
    assert!(send_raw(address, raw.as_bytes()).await.body.starts_with("# Access map"));
}

#[tokio::test]
async fn a_page_that_asks_for_a_token_holds_nothing_and_fetches_what_is_guarded() {
    let (issuer, _) = issuer();
    let app = routes::all();
    let map = app.access_map();
    let app = app.merge(map.page_with_token_form("/access", requirement!(role = Admin)));
    let listed = app.access_map();
    let page = listed.iter().find(|it| it.path() == "/access").unwrap();
    assert!(page.is_public() && page.public_reason().is_some_and(|reason| !reason.is_empty()));
    let address = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let answer = send(address, "GET", "/access", &[]).await;
    assert_eq!(answer.status, 200);
    for secret in ["orders", "liveness", "access_map_page"] {
        assert!(!answer.body.contains(secret), "{secret}");
    }
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"));
    let token = |role: &str| issuer.token("ada").roles([role]).sign().unwrap();
    for path in &PATHS[1..] {
        assert_eq!(send(address, "GET", path, &[]).await.status, 401, "{path}");
        assert_eq!(send_as(address, "GET", path, &token("clerk")).await.status, 403, "{path}");
    }
    let json = send_as(address, "GET", PATHS[1], &token("admin")).await;
    assert_eq!(json.body, map.to_json());
}

#[tokio::test]
async fn a_page_may_fetch_where_it_has_tokens_explained_and_nowhere_otherwise() {
    let (issuer, _) = issuer();
    let map = routes::all().access_map();
    let explaining = map.clone().explain_at("/explain?as=\"json\"");
    let app = Router::new()
        .merge(map.page("/plain", requirement!(role = Admin)))
        .merge(map.page_with_token_form("/asks", requirement!(role = Admin)))
        .merge(explaining.page("/explains", requirement!(role = Admin)))
        .merge(explaining.page_with_token_form("/asks-explains", requirement!(role = Admin)));
    let address = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let admin = issuer.token("ada").roles(["admin"]).sign().unwrap();
    for (path, fetches, explains) in [
        ("/plain", false, false),
        ("/asks", true, false),
        ("/explains", true, true),
        ("/asks-explains", true, true),
    ] {
        let page = send_as(address, "GET", path, &admin).await;
        let policy = page.header("content-security-policy");
        let connects: Vec<_> = policy.split("; ").filter(|it| it.starts_with("connect")).collect();
        let expected: &[&str] = if fetches { &["connect-src 'self'"] } else { &[] };
        assert_eq!(connects, expected, "{path}: {policy}");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        let own = policy.strip_suffix("; frame-ancestors 'none'").unwrap();
        assert!(page.body.contains(&format!("content=\"{own}\"")), "{path}: {own}");
        let place = " data-explain=\"/explain?as=&quot;json&quot;\"";
        assert_eq!(page.body.contains(place), explains, "{path}");
        assert_eq!(page.body.contains("method: \"POST\""), explains, "{path}");
    }
    // A file has no service to ask.
    assert_eq!(explaining.to_html(), map.to_html());
}

#[test]
fn a_token_is_explained_by_the_service_itself() {
    for path in [
        "",
        "explain",
        "//other.example/",
        "/\\other.example/",
        "/\t/other.example/",
        "https://other.example/",
    ] {
        let map = routes::all().access_map();
        let refused = std::panic::catch_unwind(|| map.explain_at(path));
        assert!(refused.is_err(), "{path}");
    }
}
