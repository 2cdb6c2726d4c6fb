//! Pages: what browsers may do with them, and what strangers may not.

use auth_server::pages::{ErrorPage, Pages};
use base64::Engine as _;

use crate::support::{Answer, House, PASSWORD};

/// Every page, by what it is.
async fn pages(house: &House) -> Vec<(&'static str, Answer)> {
    let mut browser = house.browser();
    let sign_in = browser.authorize(&[]).await;
    let wrong = browser.submit(&sign_in, &[("username", "alice"), ("password", "x")]).await;
    let code = browser.submit(&sign_in, &[("username", "bob"), ("password", PASSWORD)]).await;
    let consent = browser.sign_in(&sign_in, "alice").await;
    let error = browser.authorize(&[("client_id", "unknown")]).await;
    let sign_out = browser.get("/end-session").await;
    let signed_out = browser.submit(&sign_out, &[]).await;
    let mut native = house.signed_in("alice").await;
    let app =
        [("client_id", "native"), ("redirect_uri", "com.example.app:/callback"), ("scope", "read")];
    let page = native.authorize(&app).await;
    let leave = native.submit(&page, &[("decision", "allow")]).await;
    vec![
        ("sign in", sign_in),
        ("wrong", wrong),
        ("code", code),
        ("consent", consent),
        ("error", error),
        ("sign out", sign_out),
        ("signed out", signed_out),
        ("leave", leave),
    ]
}

#[tokio::test]
async fn a17_no_page_and_no_redirect_has_cors_headers() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    browser.headers = vec![("origin", "https://app.example.com")];
    for path in ["/authorize?client_id=ours", "/sign-in", "/consent", "/end-session"] {
        let answer = browser.get(path).await;
        let names: Vec<_> = answer.headers.keys().map(http::HeaderName::as_str).collect();
        assert!(!names.iter().any(|it| it.starts_with("access-control")), "{path}: {names:?}");
    }
    let answer = browser.authorize(&[("client_id", "ours")]).await;
    assert!(answer.code().is_some());
    assert!(answer.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn a19_a21_no_page_is_framed_stored_or_named_to_other_sites() {
    let house = House::new().await;
    for (name, page) in pages(&house).await {
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{name}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{name}");
        assert_eq!(page.header("cache-control"), "no-store", "{name}");
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{name}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{name}");
    }
    let mut browser = house.signed_in("alice").await;
    let answer = browser.authorize(&[("client_id", "ours")]).await;
    assert!(answer.code().is_some());
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn a20_the_policy_of_a_page_lets_its_form_end_at_the_redirect_uri() {
    let house = House::new().await;
    let mut browser = house.browser();
    for (uri, source) in [
        ("https://app.example.com/callback", "form-action 'self' https://app.example.com;"),
        ("http://127.0.0.1:49152/callback", "form-action 'self' http://127.0.0.1:49152;"),
    ] {
        let page = browser.authorize(&[("redirect_uri", uri)]).await;
        assert!(page.header("content-security-policy").contains(source), "{uri}");
        let code = browser.submit(&page, &[("username", "bob"), ("password", PASSWORD)]).await;
        assert!(code.header("content-security-policy").contains(source), "{uri}");
        let consent = browser.sign_in(&page, "alice").await;
        assert!(consent.is_consent());
        assert!(consent.header("content-security-policy").contains(source), "{uri}");
        browser = house.browser();
    }
}

#[tokio::test]
async fn a20_an_application_on_the_device_is_reached_by_a_page_with_a_link() {
    let house = House::new().await;
    let (_, leave) = pages(&house).await.pop().unwrap();
    assert_eq!(leave.status, 200);
    let refresh = leave.header("refresh").strip_prefix("0; url=").unwrap().to_owned();
    assert!(refresh.starts_with("com.example.app:/callback?code="), "{refresh}");
    assert!(refresh.contains("&iss=https%3A%2F%2Fid.example.com"), "{refresh}");
    let link = format!("<a href=\"{}\">", refresh.replace('&', "&amp;"));
    assert!(leave.text().contains(&link), "{}", leave.text());
    assert!(leave.location().is_empty());
}

#[tokio::test]
async fn pages_are_plain_html_that_is_labelled_and_runs_nothing_but_the_script_for_passkeys() {
    let house = House::new().await;
    for (name, page) in pages(&house).await {
        let text = page.text();
        assert!(text.starts_with("<!doctype html>\n<html lang=\"en\">"), "{name}");
        assert_eq!(text.matches("<h1>").count(), 1, "{name}");
        assert_eq!(text.matches("<main").count(), 1, "{name}");
        for it in [" onclick", "javascript:", "style=\""] {
            assert!(!text.contains(it), "{name}: {it}");
        }
        // The page on which anyone signs in has the script, if there are passkeys.
        let has_passkeys = cfg!(feature = "passkey") && ["sign in", "wrong"].contains(&name);
        let script = "<script src=\"https://id.example.com/passkey.js\" defer></script>";
        assert_eq!(text.matches(script).count(), usize::from(has_passkeys), "{name}");
        assert_eq!(text.matches("<script").count(), usize::from(has_passkeys), "{name}");
        let policy = page.header("content-security-policy");
        let source = " script-src https://id.example.com/passkey.js;";
        assert_eq!(policy.contains(source), has_passkeys, "{name}: {policy}");
        assert_eq!(policy.contains("script-src"), has_passkeys, "{name}: {policy}");
        let fields = text.matches("<input name=").count();
        assert_eq!(text.matches("<label>").count(), fields, "{name}");
        assert!(text.contains("name=\"color-scheme\" content=\"light dark\""), "{name}");
        let hash = page.header("content-security-policy").split_once("'sha256-").unwrap().1;
        let hash = hash.split_once('\'').unwrap().0;
        let style = text.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, style.as_bytes());
        let expected = base64::engine::general_purpose::STANDARD.encode(digest);
        assert_eq!(hash, expected, "{name}");
    }
    let mut browser = house.browser();
    let page = browser.authorize(&[("login_hint", "\"><script>alert(1)</script>")]).await;
    assert!(!page.text().contains("<script>"), "{}", page.text());
    let wrong = browser.submit(&page, &[("username", "\"><img src=x>"), ("password", "x")]).await;
    assert!(!wrong.text().contains("<img"), "{}", wrong.text());
}

/// The pages of an application.
struct Ours;

impl Pages for Ours {
    fn title(&self) -> &'static str {
        "Our <Shop>"
    }

    fn stylesheet(&self) -> Option<&'static str> {
        Some("/style.css")
    }

    fn error(&self, page: &ErrorPage<'_>) -> String {
        format!("ours: {}", page.code)
    }
}

#[tokio::test]
async fn an_application_has_its_own_pages() {
    let house = House::with(|builder| builder.pages(Ours)).await;
    let mut browser = house.browser();
    let page = browser.authorize(&[]).await;
    let text = page.text();
    assert!(text.contains("Our &lt;Shop&gt;") && text.contains("href=\"/style.css\""), "{text}");
    assert!(page.header("content-security-policy").contains("style-src 'self'"));
    let error = browser.authorize(&[("client_id", "unknown")]).await;
    assert_eq!((error.status.as_u16(), error.text().as_str()), (400, "ours: invalid_request"));
    assert_eq!(error.header("x-frame-options"), "DENY");
}

#[tokio::test]
async fn a_server_below_a_path_and_without_tls_has_its_pages_there() {
    let house = House::at("http://127.0.0.1:4000/auth", |builder| builder).await;
    let mut browser = house.browser();
    let page = browser.get(&format!("/auth/authorize?{}", crate::support::request(&[]))).await;
    assert!(page.is_sign_in(), "{page:?}");
    let (action, _) = page.form();
    assert_eq!(action, "http://127.0.0.1:4000/auth/sign-in");
    assert!(browser.cookies.keys().all(|it| it.starts_with("dev-")), "{:?}", browser.cookies);
    assert!(!page.header("set-cookie").contains("Secure"));
}
