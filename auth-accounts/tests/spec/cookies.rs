//! Cookies.

use auth_accounts::session::{SameSite, SessionSettings};
use serde_json::{Value, json};

use crate::support::{App, PASSWORD};

#[tokio::test]
async fn r86_the_cookie_is_for_this_host_over_tls_and_for_no_script() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.browser();
    let answer = browser.sign_in("alice").await;
    let secret = browser.cookies["__Host-sid"].clone();
    let expected = format!("__Host-sid={secret}; Path=/; HttpOnly; Secure; SameSite=Lax");
    assert_eq!(answer.all("set-cookie")[0], expected, "and it ends with the browser");
    let mut other = app.browser();
    other.cookies.insert("__host-sid".to_owned(), secret);
    assert_eq!(other.get("/mine").await.status, 401, "names are compared as they are written");
}

#[tokio::test]
async fn r86_the_name_after_the_prefix_can_be_another() {
    let app = App::with(|it| it.sessions(SessionSettings::default().cookie("notes")));
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    assert!(browser.cookies.contains_key("__Host-notes"));
    assert_eq!(browser.get("/mine").await.status, 200);
}

#[tokio::test]
async fn r87_same_site_is_lax_or_strict() {
    let strict = SessionSettings::default().same_site(SameSite::Strict);
    let app = App::with(|it| it.sessions(strict));
    app.account("alice").await;
    let answer = app.browser().sign_in("alice").await;
    for cookie in answer.all("set-cookie") {
        assert!(cookie.contains("; SameSite=Strict"), "{cookie}");
    }
}

#[tokio::test]
async fn r88_two_cookies_of_the_name_are_refused() {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    let secret = browser.cookies["__Host-sid"].clone();
    let both = format!("__Host-sid={secret}; __Host-sid={secret}");
    for lines in [vec![both], vec![format!("__Host-sid={secret}"); 2]] {
        let mut two = app.browser();
        for line in lines {
            two.headers.push(("cookie", line));
        }
        for path in ["/mine", "/anybody", "/account"] {
            assert_eq!(two.get(path).await.status, 400, "{path}");
        }
        let body = json!({ "username": "alice", "password": PASSWORD });
        let answer = two.post("/account/sign-in", body).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.all("set-cookie"), [""; 0]);
    }
}

#[tokio::test]
async fn r89_a_response_sets_each_cookie_once() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.browser();
    let answers = [
        browser.sign_in("alice").await,
        browser.sign_in("alice").await,
        browser.post("/account/sign-out", Value::Null).await,
    ];
    for answer in answers {
        let set = answer.all("set-cookie");
        let names: std::collections::BTreeSet<_> =
            set.iter().map(|it| it.split('=').next().unwrap()).collect();
        assert_eq!(names.len(), set.len(), "{set:?}");
        assert!(set.iter().all(|it| it.len() <= 4096 && !it.contains("Domain")));
    }
}

#[tokio::test]
async fn r90_without_tls_the_cookies_have_other_names() {
    let app = App::with(|it| it.sessions(SessionSettings::default().without_tls()));
    app.account("alice").await;
    let mut browser = app.browser();
    let answer = browser.sign_in("alice").await;
    assert!(!answer.all("set-cookie")[0].contains("Secure"));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["dev-device", "dev-sid"]);
    assert_eq!(browser.get("/mine").await.status, 200);
    let secret = browser.cookies.remove("dev-sid").unwrap();
    browser.cookies.insert("__Host-sid".to_owned(), secret);
    assert_eq!(browser.get("/mine").await.status, 401);
}

#[tokio::test]
async fn r91_what_sets_or_ends_a_session_is_kept_by_no_cache() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.browser();
    let signed_in = browser.sign_in("alice").await;
    let signed_out = browser.post("/account/sign-out", Value::Null).await;
    let mut again = app.signed_in("alice").await;
    let everywhere = again.post("/account/sign-out/everywhere", Value::Null).await;
    for answer in [&signed_in, &signed_out, &everywhere] {
        assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    }
    for answer in [&signed_out, &everywhere] {
        let cleared = answer.header("clear-site-data");
        assert_eq!((answer.status, cleared.as_deref()), (204, Some(r#""cookies", "storage""#)));
    }
    for browser in [&browser, &again] {
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-device"]);
    }
    let mut program = app.program();
    program.sign_in_for_token("alice").await;
    let signed_out = program.post("/account/sign-out", Value::Null).await;
    assert_eq!((signed_out.status, signed_out.header("clear-site-data")), (204, None));
    assert_eq!(signed_out.all("set-cookie"), [""; 0]);
}

#[tokio::test]
async fn a_late_401_never_clears_the_cookie_of_a_new_sign_in() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let mut late = browser.clone();
    browser.sign_in("alice").await;
    for path in ["/mine", "/anybody", "/account"] {
        let answer = late.get(path).await;
        assert_eq!((answer.status, answer.all("set-cookie").len()), (401, 0), "{path}");
    }
    assert_eq!(late.post("/account/sign-out", Value::Null).await.all("set-cookie"), [""; 0]);
}
