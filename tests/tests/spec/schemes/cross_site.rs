//! A credential that browsers send on their own counts only in requests of the application's pages.

use auth_core::access_map::{AccessModel, Change};
use auth_core::routing::{get, post};
use auth_core::{Identity, Method, Router, requires};
use auth_tests::http::{Answer, issuer, serve};

use super::{builder, send};

#[requires(method = Session | ApiKey | Bearer)]
async fn change(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(method = Session)]
async fn look(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(method = Session | ApiKey, csrf(exempt = "signed webhook, see docs/hooks.md"))]
async fn hook(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(method = Session, csrf(web_socket, exempt = "the page of a partner"))]
async fn socket(caller: Identity) -> String {
    caller.subject().to_owned()
}

async fn app() -> std::net::SocketAddr {
    let (issuer, _) = issuer();
    let authenticator =
        builder(&issuer).trusted_origins(["https://app.shop.test"]).build().unwrap();
    let routes = routes();
    serve(routes.protect(authenticator).unwrap()).await
}

fn routes() -> Router {
    Router::new()
        .route("/change", post(change))
        .route("/look", get(look))
        .route("/hook", post(hook).get(hook))
        .route("/socket", get(socket).post(socket))
}

const SESSION: (&str, &str) = ("cookie", "sid=alice.clerk");

fn is_refused(answer: &Answer) -> bool {
    let refused = answer.status == 403;
    if refused {
        assert_eq!(answer.json()["code"], "cross_site_request");
        assert!(answer.all("www-authenticate").is_empty());
        assert_eq!(answer.all("vary"), ["Sec-Fetch-Site, Origin"]);
    }
    refused
}

#[tokio::test]
async fn a_change_by_cookie_needs_a_word_of_the_browser() {
    let app = app().await;
    for (header, refused) in [
        (None, true),
        (Some(("sec-fetch-site", "same-origin")), false),
        (Some(("sec-fetch-site", "none")), false),
        (Some(("sec-fetch-site", "same-site")), true),
        (Some(("sec-fetch-site", "cross-site")), true),
        (Some(("origin", "https://app.shop.test")), false),
        (Some(("origin", "https://evil.test")), true),
    ] {
        let headers: Vec<_> = [SESSION].into_iter().chain(header).collect();
        let answer = send(app, "POST", "/change", &headers).await;
        assert_eq!(is_refused(&answer), refused, "{header:?}");
        assert_eq!(answer.body == "alice", !refused, "{header:?}");
    }
}

#[tokio::test]
async fn a_look_by_cookie_needs_none_but_a_web_socket_does() {
    let app = app().await;
    assert_eq!(send(app, "GET", "/look", &[SESSION]).await.body, "alice");
    let foreign = ("sec-fetch-site", "cross-site");
    assert_eq!(send(app, "GET", "/look", &[SESSION, foreign]).await.body, "alice");
    let socket = ("upgrade", "websocket");
    assert!(is_refused(&send(app, "GET", "/look", &[SESSION, socket]).await));
    let own = ("origin", "https://app.shop.test");
    assert_eq!(send(app, "GET", "/look", &[SESSION, socket, own]).await.body, "alice");
}

#[tokio::test]
async fn a_credential_that_a_program_sets_needs_none() {
    let app = app().await;
    let key = send(app, "POST", "/change", &[("x-api-key", "key-of-reports")]).await;
    assert_eq!(key.body, "reports");
    assert_eq!(Method::ApiKey.as_str(), "api-key");
}

#[tokio::test]
async fn an_endpoint_that_is_exempt_accepts_requests_of_other_sites() {
    let app = app().await;
    let foreign = ("sec-fetch-site", "cross-site");
    let evil = ("origin", "https://evil.test");
    for headers in [&[SESSION][..], &[SESSION, foreign], &[SESSION, foreign, evil]] {
        for path in ["/hook", "/socket"] {
            let answer = send(app, "POST", path, headers).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "alice"), "{path} {headers:?}");
        }
        // That endpoint and no other.
        assert!(is_refused(&send(app, "POST", "/change", headers).await), "{headers:?}");
    }
    // The caller still has to be one.
    assert_eq!(send(app, "POST", "/hook", &[foreign]).await.status, 401);
}

#[tokio::test]
async fn a_web_socket_is_exempt_only_where_that_is_said() {
    let app = app().await;
    let foreign = ("sec-fetch-site", "cross-site");
    let upgrade = ("upgrade", "websocket");
    assert!(is_refused(&send(app, "GET", "/hook", &[SESSION, foreign, upgrade]).await));
    assert!(is_refused(&send(app, "POST", "/hook", &[SESSION, foreign, upgrade]).await));
    assert_eq!(send(app, "GET", "/socket", &[SESSION, foreign, upgrade]).await.body, "alice");
}

#[test]
fn listings_and_the_lock_show_what_is_exempt() {
    let map = routes().access_map();
    let model = map.model();
    let of = |path: &str| {
        let endpoint = model.endpoints.iter().find(|it| it.path == path).unwrap();
        endpoint.cross_site.as_ref().map(|it| (it.exempt.as_str(), it.web_socket))
    };
    assert_eq!(of("/hook"), Some(("signed webhook, see docs/hooks.md", false)));
    assert_eq!(of("/socket"), Some(("the page of a partner", true)));
    assert_eq!(of("/change"), None);
    assert_eq!(&AccessModel::from_json(&map.to_json()).unwrap(), model);
    let lock = map.lock_text();
    assert!(
        lock.contains("\ncross_site_exempt = \"signed webhook, see docs/hooks.md\"\n"),
        "{lock}"
    );
    assert!(
        lock.contains("\ncross_site_exempt = \"the page of a partner\"\ncross_site_exempt_for = [\"web_socket\"]\n"),
        "{lock}"
    );
    let read = AccessModel::from_lock(&lock).unwrap();
    assert!(read.compare(model).endpoints.iter().all(|it| it.change == Change::Equivalent));
    assert!(map.to_csv().contains("\"the page of a partner (WebSockets, too)\""));
    let markdown = map.to_markdown();
    assert!(markdown.contains("- Exempt from the cross-site check: signed webhook"), "{markdown}");
    assert!(map.to_html().contains("signed webhook"));
}

#[test]
fn an_exemption_is_a_widening_with_a_sentence() {
    let model = |lines: &str| {
        let text = format!(
            "version = 1\nmethods = [\"session\"]\n[[endpoint]]\npath = \"/hook\"\nmethod = \"POST\"\nrequires = 'authenticated'\n{lines}"
        );
        AccessModel::from_lock(&text).unwrap()
    };
    let (checked, exempt) = (model(""), model("cross_site_exempt = \"signed\"\n"));
    let socket =
        model("cross_site_exempt = \"signed\"\ncross_site_exempt_for = [\"web_socket\"]\n");
    let what = |old: &AccessModel, new: &AccessModel| {
        let comparison = old.compare(new);
        let change = comparison.endpoints.into_iter().next().unwrap();
        (change.change, change.note.unwrap_or_default())
    };
    let (change, note) = what(&checked, &exempt);
    assert_eq!(change, Change::Widened);
    assert_eq!(
        note,
        "pages of other sites can make a browser send requests here, with the credentials of its user: exempt for \"signed\""
    );
    let (change, note) = what(&exempt, &socket);
    assert_eq!(change, Change::Widened);
    assert!(note.contains("requests and open WebSockets"), "{note}");
    let (change, note) = what(&exempt, &checked);
    assert_eq!(change, Change::Narrowed);
    assert_eq!(note, "requests that pages of other sites cause are checked again");
    // Another reason is no other check.
    let reworded = model("cross_site_exempt = \"signed, see docs\"\n");
    assert_eq!(what(&exempt, &reworded), (Change::Equivalent, String::new()));
    for wrong in [
        "cross_site_exempt_for = [\"web_socket\"]\n",
        "cross_site_exempt = \"x\"\ncross_site_exempt_for = [\"all\"]\n",
    ] {
        let text = format!(
            "version = 1\n[[endpoint]]\npath = \"/hook\"\nrequires = 'authenticated'\n{wrong}"
        );
        assert!(AccessModel::from_lock(&text).is_err(), "{wrong}");
    }
}
