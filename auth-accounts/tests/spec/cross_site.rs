//! Cross-site requests.

use serde_json::{Value, json};

use crate::support::{App, Client, ORIGIN, PASSWORD};

/// What browsers and others say of where a request comes from, and whether it may change something.
const CASES: &[(&[(&str, &str)], bool)] = &[
    (&[("sec-fetch-site", "same-origin")], true),
    (&[("sec-fetch-site", "none")], true),
    (&[("sec-fetch-site", "same-site")], false),
    (&[("sec-fetch-site", "cross-site")], false),
    (&[("sec-fetch-site", "nonsense")], false),
    (&[("sec-fetch-site", "same-site"), ("origin", ORIGIN)], true),
    (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
    (&[("origin", ORIGIN)], true),
    (&[("origin", "http://notes.example.com")], false),
    (&[("origin", "https://notes.example.com.evil.example")], false),
    (&[("origin", "https://evil.example"), ("host", "evil.example")], false),
    (&[("origin", "null")], false),
    (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
    (&[], false),
];

fn saying(client: &Client, headers: &[(&'static str, &'static str)]) -> Client {
    let mut client = client.clone();
    client.headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    client
}

fn is_refused(answer: &crate::support::Answer) -> bool {
    let is_refused = answer.status == 403;
    if is_refused {
        assert_eq!(answer.json()["code"], "cross_site_request");
        assert_eq!(answer.header("vary").as_deref(), Some("Sec-Fetch-Site, Origin"), "R100");
        assert_eq!(answer.all("set-cookie"), [""; 0]);
    }
    is_refused
}

#[tokio::test]
async fn r92_a_change_by_cookie_shows_that_it_comes_from_a_trusted_origin() {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    for (headers, allowed) in CASES {
        let answer = saying(&browser, headers).post("/mine", Value::Null).await;
        assert_eq!(is_refused(&answer), !allowed, "{headers:?}");
        let answer = saying(&browser, headers).post("/anybody/changes", Value::Null).await;
        assert_eq!(is_refused(&answer), !allowed, "{headers:?}");
    }
}

#[tokio::test]
async fn r92_a_token_is_sent_by_no_browser_on_its_own() {
    let app = App::new();
    app.account("alice").await;
    let mut program = app.program();
    program.sign_in_for_token("alice").await;
    for (headers, _) in CASES {
        assert_eq!(saying(&program, headers).post("/mine", Value::Null).await.status, 200);
    }
}

#[tokio::test]
async fn r93_another_host_of_the_same_site_is_a_stranger() {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    let same_site = [("sec-fetch-site", "same-site"), ("origin", "https://blog.example.com")];
    assert!(is_refused(&saying(&browser, &same_site).post("/mine", Value::Null).await));
}

#[tokio::test]
async fn r94_an_origin_is_compared_with_the_configured_one_and_never_with_host() {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    let mirrored = [("origin", "https://evil.example"), ("host", "evil.example")];
    assert!(is_refused(&saying(&browser, &mirrored).post("/mine", Value::Null).await));
    let null = [("origin", "null")];
    assert!(is_refused(&saying(&browser, &null).post("/mine", Value::Null).await));
}

#[tokio::test]
async fn r95_a_change_by_cookie_that_shows_nothing_is_refused() {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    for path in ["/mine", "/account/sign-out", "/account/sign-out/everywhere"] {
        assert!(is_refused(&saying(&browser, &[]).post(path, Value::Null).await), "{path}");
    }
    let mut browser = browser;
    assert_eq!(browser.get("/mine").await.status, 200, "nobody was signed out");
}

#[tokio::test]
async fn r96_a_sign_in_by_the_page_of_a_stranger_is_refused() {
    let app = App::new();
    app.account("mallory").await;
    let visitor = app.program();
    for (headers, allowed) in CASES {
        let mut browser = saying(&visitor, headers);
        let answer = browser.sign_in("mallory").await;
        assert_eq!(is_refused(&answer), !allowed, "{headers:?}");
        assert_eq!(browser.cookies.is_empty(), !allowed);
    }
}

#[tokio::test]
async fn r96_a_program_that_asks_for_a_token_says_nothing_of_its_origin() {
    let app = App::new();
    app.account("alice").await;
    let mut program = app.program();
    let answer = program.sign_in_for_token("alice").await;
    assert_eq!((answer.status, answer.all("set-cookie").len()), (200, 0));
    let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    assert!(is_refused(&saying(&program, &foreign).sign_in_for_token_again().await));
}

impl Client {
    async fn sign_in_for_token_again(mut self) -> crate::support::Answer {
        let body = json!({ "username": "alice", "password": PASSWORD, "token": true });
        self.token = None;
        self.post("/account/sign-in", body).await
    }
}

#[tokio::test]
async fn r97_no_safe_method_signs_in_or_out() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    for path in ["/account/sign-in", "/account/sign-out", "/account/sign-out/everywhere"] {
        for method in [http::Method::GET, http::Method::HEAD] {
            let answer = browser.send(method, path, None).await;
            assert_eq!((answer.status, answer.all("set-cookie").len()), (405, 0), "{path}");
        }
    }
}

#[tokio::test]
async fn r98_the_handshake_of_a_web_socket_counts_as_a_change() {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    for (headers, allowed) in CASES {
        let mut socket = saying(&browser, headers);
        socket.headers.push(("upgrade", "websocket".to_owned()));
        socket.headers.push(("connection", "upgrade".to_owned()));
        assert_eq!(is_refused(&socket.get("/feed").await), !allowed, "{headers:?}");
    }
}

#[tokio::test]
async fn r99_the_content_type_decides_nothing() {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    for content_type in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
        for (headers, allowed) in CASES {
            let mut client = saying(&browser, headers);
            let body = Some((content_type, "{}".to_owned()));
            let answer = client.send(http::Method::POST, "/mine", body).await;
            assert_eq!(is_refused(&answer), !allowed, "{content_type} {headers:?}");
        }
    }
}

#[tokio::test]
async fn r100_a_cors_header_of_a_stranger_changes_nothing() {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    let asked = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "POST"),
        ("x-forwarded-host", "evil.example"),
    ];
    assert!(is_refused(&saying(&browser, &asked).post("/mine", Value::Null).await));
}
