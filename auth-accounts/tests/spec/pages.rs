//! Pages for people: the same paths, by what the request takes and by what it sends.

use auth_accounts::AccountsBuilder;
use auth_accounts::pages::{Page, PageKind, Pages};
use auth_core::requirement;
use axum::body::Body;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tower::ServiceExt as _;

use crate::password_support::{ANOTHER, Mailbox, next_message, token_of};
use crate::support::{Answer, App, Client, PASSWORD};
use crate::totp::Phone;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const SIGN_IN: &str = "username=alice&password=correct+horse+battery+staple";

/// A person with a browser on a page of the application.
fn person(app: &App) -> Client {
    app.browser().with_header("accept", BROWSER)
}

async fn person_signed_in(app: &App) -> Client {
    app.account("alice").await;
    let mut person = person(app);
    assert_eq!(person.form("/account/sign-in", SIGN_IN).await.status, 303);
    person
}

impl Client {
    /// The page that a form leads to.
    async fn follow(&mut self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "{answer:?}");
        self.get(&answer.header("location").unwrap()).await
    }
}

/// Whether it is a whole page, and says that nothing runs in it.
#[track_caller]
fn is_page(answer: &Answer) {
    assert_eq!(answer.header("content-type").as_deref(), Some("text/html; charset=utf-8"));
    assert!(answer.body.starts_with("<!doctype html>"), "{answer:?}");
    assert!(answer.body.ends_with("</html>\n"));
    assert!(!answer.body.contains("<script"), "{}", answer.body);
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
    let policy = answer.header("content-security-policy").unwrap();
    for part in
        ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn a_person_signs_up_and_in_and_out_by_forms() {
    let app = App::new();
    let mut person = person(&app);
    let form = person.get("/account/sign-up").await;
    is_page(&form);
    assert!(form.body.contains("At least 15 characters"), "{}", form.body);
    let sign_up = "username=alice&email=&password=correct+horse+battery+staple";
    let signed_up = person.form("/account/sign-up", sign_up).await;
    let sign_in = person.follow(&signed_up).await;
    is_page(&sign_in);
    assert!(sign_in.body.contains("You can sign in now"), "{}", sign_in.body);
    let signed_in = person.form("/account/sign-in", SIGN_IN).await;
    assert_eq!(signed_in.header("location").as_deref(), Some("/account"));
    assert!(person.cookies.contains_key("__Host-sid"));
    let account = person.follow(&signed_in).await;
    is_page(&account);
    assert!(account.body.contains("<dd>alice</dd>"), "{}", account.body);
    let out = person.form("/account/sign-out", "").await;
    assert!(out.headers.contains_key("clear-site-data"));
    let sign_in = person.follow(&out).await;
    assert!(sign_in.body.contains("You are signed out"), "{}", sign_in.body);
    assert!(!person.cookies.contains_key("__Host-sid"));
}

#[tokio::test]
async fn a_program_gets_json_as_ever() {
    let app = App::new();
    app.account("alice").await;
    for accept in
        [None, Some("*/*"), Some("application/json"), Some("application/json, text/html;q=0.9")]
    {
        let browser = || match accept {
            Some(accept) => app.browser().with_header("accept", accept),
            None => app.browser(),
        };
        let mut client = browser();
        let signed_in = client.form("/account/sign-in", SIGN_IN).await;
        assert_eq!((signed_in.status, &signed_in.json()["status"]), (200, &json!("signed_in")));
        assert_eq!(client.get("/account").await.json()["username"], "alice");
        assert!(client.get("/account/sessions").await.json().is_array());
        assert_eq!(client.get("/account/sign-up").await.status, 405);
        let wrong = browser().form("/account/sign-in", "username=a&password=b").await;
        assert_eq!((wrong.status, &wrong.json()["code"]), (401, &json!("invalid_credentials")));
    }
    // The body of a program in a browser is JSON, with any `Accept`.
    let mut script = person(&app);
    let body = json!({"username": "alice", "password": PASSWORD});
    assert_eq!(script.post("/account/sign-in", body).await.json()["status"], "signed_in");
}

#[tokio::test]
async fn a_form_that_is_not_taken_is_shown_again_with_its_status_and_what_was_typed() {
    let app = App::new();
    let mut person = person(&app);
    let wrong = person.form("/account/sign-in", "username=alice&password=hunter2").await;
    is_page(&wrong);
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains("role=\"alert\""), "{}", wrong.body);
    assert!(wrong.body.contains("value=\"alice\""), "{}", wrong.body);
    assert!(!wrong.body.contains("hunter2"), "{}", wrong.body);
    let short = person.form("/account/sign-up", "username=bob&password=short").await;
    is_page(&short);
    assert_eq!(short.status, 422);
    assert!(short.body.contains("too short") && short.body.contains("aria-invalid=\"true\""));
    for _ in 0..9 {
        person.form("/account/sign-in", "username=alice&password=hunter2").await;
    }
    let many = person.form("/account/sign-in", "username=alice&password=hunter2").await;
    is_page(&many);
    assert_eq!((many.status, many.headers.contains_key("retry-after")), (429, true));
    assert!(many.body.contains("Try again in 15 minutes"), "{}", many.body);
    let long = format!("username={}", "x".repeat(20_000));
    let long = person.form("/account/sign-in", &long).await;
    is_page(&long);
    assert_eq!(long.status, 413);
    let fields = person.form("/account/sign-in", "username=alice").await;
    assert_eq!(fields.status, 422);
    is_page(&fields);
}

#[tokio::test]
async fn a_page_that_needs_a_sign_in_asks_for_it_and_is_where_it_leads() {
    let app = App::new();
    app.account("alice").await;
    let mut person = person(&app);
    let asked = person.get("/account/sessions").await;
    is_page(&asked);
    assert_eq!(asked.status, 401);
    assert!(asked.headers.contains_key("www-authenticate"));
    let action = "action=\"/account/sign-in?return_to=/account/sessions\"";
    assert!(asked.body.contains(action), "{}", asked.body);
    let signed_in = person.form("/account/sign-in?return_to=/account/sessions", SIGN_IN).await;
    assert_eq!(signed_in.header("location").as_deref(), Some("/account/sessions"));
    let sessions = person.follow(&signed_in).await;
    assert!(sessions.body.contains("(this one)"), "{}", sessions.body);
}

#[tokio::test]
async fn a_sign_in_leads_to_no_other_origin() {
    let app = App::new();
    app.account("alice").await;
    for target in
        ["https://evil.test/", "//evil.test", "/%5Cevil.test", "%2F%2Fevil.test", "javascript:x"]
    {
        let mut person = person(&app);
        let path = format!("/account/sign-in?return_to={target}");
        let form = person.get(&path).await;
        assert!(!form.body.contains("evil"), "{target}: {}", form.body);
        let signed_in = person.form(&path, SIGN_IN).await;
        assert_eq!(signed_in.header("location").as_deref(), Some("/account"), "{target}");
    }
}

#[tokio::test]
async fn the_second_step_has_a_page_for_each_factor_that_is_asked_for() {
    let app = App::new();
    let mut alice = person_signed_in(&app).await;
    let page = alice.form("/account/totp", "").await;
    is_page(&page);
    assert!(page.body.contains("<svg "), "{}", page.body);
    let secret = page.body.split("<code>").nth(1).unwrap().split('<').next().unwrap();
    let phone = Phone::with_secret(secret);
    let wrong = alice.form("/account/totp/confirm", "code=000000").await;
    is_page(&wrong);
    assert_eq!(wrong.status, 422);
    assert!(!wrong.body.contains(secret), "shown once");
    let code = phone.code(app.now());
    let confirmed = alice.form("/account/totp/confirm", &format!("code={code}")).await;
    let factors = alice.follow(&confirmed).await;
    is_page(&factors);
    assert!(factors.body.contains("Authenticator"), "{}", factors.body);
    let codes = alice.form("/account/recovery-codes", "").await;
    is_page(&codes);
    assert_eq!(codes.body.matches("<li>").count(), 10, "{}", codes.body);
    let recovery = codes.body.split("<li>").nth(1).unwrap().split('<').next().unwrap().to_owned();

    app.clock.advance(30);
    let mut again = person(&app);
    let half = again.form("/account/sign-in?return_to=/notes", SIGN_IN).await;
    let location = half.header("location").unwrap();
    assert_eq!(location, "/account/sign-in/totp?return_to=/notes");
    let step = again.follow(&half).await;
    is_page(&step);
    assert!(step.body.contains("/account/sign-in/recovery-code?return_to=/notes"), "{}", step.body);
    let wrong = again.form(&location, "code=000000").await;
    is_page(&wrong);
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains("/account/sign-in/recovery-code?"), "the other way is there still");
    let mut other = again.clone();
    let done = again.form(&location, &format!("code={}", phone.code(app.now()))).await;
    assert_eq!(done.header("location").as_deref(), Some("/notes"));
    let over = other.get(&location).await;
    is_page(&over);
    assert_eq!(over.status, 401);
    assert!(over.body.contains("action=\"/account/sign-in"), "{}", over.body);

    let mut third = person(&app);
    third.form("/account/sign-in", SIGN_IN).await;
    let form = third.get("/account/sign-in/recovery-code").await;
    is_page(&form);
    let used = third.form("/account/sign-in/recovery-code", &format!("code={recovery}")).await;
    assert_eq!(used.header("location").as_deref(), Some("/account"));
}

#[tokio::test]
async fn what_is_not_fresh_enough_is_asked_for_anew() {
    let app = App::new();
    let mut alice = person_signed_in(&app).await;
    app.clock.advance(11 * 60);
    let stale = alice.form("/account/totp", "").await;
    is_page(&stale);
    assert_eq!(stale.status, 401);
    assert!(stale.body.contains("action=\"/account/sign-in?return_to=/account/factors\""));
}

#[tokio::test]
async fn sessions_factors_and_keys_are_ended_by_forms() {
    let app = App::with(|builder| {
        let everyone = auth_accounts::assignment::Rule::everyone();
        let rules = auth_accounts::assignment::AssignmentSettings::new();
        builder.assignments(rules.rule(everyone.assigns(crate::support::Role::Member)))
    });
    let mut alice = person_signed_in(&app).await;
    let mut elsewhere = app.signed_in("alice").await;
    let id = elsewhere.get("/account").await.json()["session"].as_str().unwrap().to_owned();
    let ended = alice.form(&format!("/account/sessions/{id}/end"), "").await;
    let sessions = alice.follow(&ended).await;
    assert!(sessions.body.contains("The session is ended"), "{}", sessions.body);
    assert_eq!(elsewhere.get("/account").await.status, 401);
    let again = alice.form(&format!("/account/sessions/{id}/end"), "").await;
    is_page(&again);
    assert_eq!(again.status, 404);

    Phone::enrol(&mut alice).await;
    let factors = alice.clone().with_header("accept", "*/*").get("/account/factors").await.json();
    let id = factors[0]["id"].as_str().unwrap();
    let removed = alice.form(&format!("/account/factors/{id}/remove"), "").await;
    assert!(alice.follow(&removed).await.body.contains("It is removed"));

    let page = alice.get("/account/api-keys").await;
    is_page(&page);
    let own = alice.get("/account").await;
    assert!(own.body.contains("<dd>member</dd>"), "{}", own.body);
    let new = "name=backup&scopes=notes%3Aread&scopes=notes%3Awrite";
    assert!(page.body.contains("value=\"notes:read\""), "{}", page.body);
    let made = alice.form("/account/api-keys", new).await;
    is_page(&made);
    assert_eq!(made.status, 201);
    let keys = alice.clone().with_header("accept", "*/*").get("/account/api-keys").await.json();
    assert_eq!(keys[0]["scopes"], json!(["notes:read", "notes:write"]));
    let id = keys[0]["id"].as_str().unwrap();
    let replaced = alice.form(&format!("/account/api-keys/{id}/rotate"), "").await;
    is_page(&replaced);
    assert_eq!(replaced.status, 200);
    let unnamed = alice.form("/account/api-keys", "name=&scopes=notes%3Aread").await;
    is_page(&unnamed);
    assert_eq!(unnamed.status, 422);
    assert!(unnamed.body.contains("value=\"notes:read\""), "the form is there again");
    let keys = alice.clone().with_header("accept", "*/*").get("/account/api-keys").await.json();
    for key in keys.as_array().unwrap().iter().filter(|it| it["revoked_at"].is_null()) {
        let path = format!("/account/api-keys/{}/revoke", key["id"].as_str().unwrap());
        assert!(alice.form(&path, "").await.headers.contains_key("location"));
    }
    assert!(!alice.get("/account/api-keys").await.body.contains("backup"));
}

#[tokio::test]
async fn r49_the_link_of_a_message_shows_a_form_and_changes_nothing() {
    let (mailbox, mut messages) = Mailbox::new();
    let app = App::with(|builder| builder.delivery(mailbox));
    let mut person = person(&app);
    let form = "username=alice&email=alice%40mail.test&password=correct+horse+battery+staple";
    person.form("/account/sign-up", form).await;
    next_message(&mut messages).await;
    let asked = person.form("/account/password/reset", "username=alice").await;
    assert!(person.follow(&asked).await.body.contains("If there is such an account"));
    let token = token_of(&next_message(&mut messages).await.1).expose().to_owned();
    let path = format!("/account/password/reset/confirm?token={token}");
    // The browser comes from another site: a mail program.
    let mut from_mail = person.clone().with_header("sec-fetch-site", "cross-site");
    for _ in 0..2 {
        let page = from_mail.get(&path).await;
        is_page(&page);
        assert_eq!(page.status, 200);
        assert_eq!(page.header("referrer-policy").as_deref(), Some("no-referrer"));
        assert!(page.body.contains(&format!("name=\"token\" value=\"{token}\"")), "{}", page.body);
        assert!(page.body.contains("action=\"/account/password/reset/confirm\""));
    }
    // Such a page sends `Origin: null`.
    let mut person = person.with_header("origin", "null");
    let short =
        person.form("/account/password/reset/confirm", &format!("token={token}&new=x")).await;
    is_page(&short);
    assert_eq!(short.status, 422);
    assert_eq!(short.header("referrer-policy").as_deref(), Some("no-referrer"));
    assert!(short.body.contains(&token), "it can be sent again");
    let new = ANOTHER.replace(' ', "+");
    let set =
        person.form("/account/password/reset/confirm", &format!("token={token}&new={new}")).await;
    let sign_in = person.follow(&set).await;
    assert!(sign_in.body.contains("The password is set"), "{}", sign_in.body);
    assert!(!sign_in.headers.contains_key("set-cookie"), "nobody is signed in");
    let used =
        person.form("/account/password/reset/confirm", &format!("token={token}&new={new}")).await;
    assert_eq!(used.status, 400);
    assert!(!used.body.contains(&token), "{}", used.body);
}

#[tokio::test]
async fn hostile_names_are_text() {
    let app = App::new();
    let name = "\"><img/src=x>&'";
    app.account(name).await;
    let mut mallory = person(&app).with_header("user-agent", "<svg/onload=alert(1)>\"' onx='");
    let encoded = "%22%3E%3Cimg%2Fsrc%3Dx%3E%26%27";
    let form = format!("username={encoded}&password=correct+horse+battery+staple");
    let signed_in = mallory.form("/account/sign-in", &form).await;
    let mut pages = vec![mallory.follow(&signed_in).await];
    pages.push(mallory.get("/account/sessions").await);
    let begun = Phone::begin(&mut mallory).await;
    let code = begun.code(app.now());
    let factor = json!({ "code": code, "name": "<b>x</b>\" autofocus onfocus=\"alert(1)" });
    assert_eq!(mallory.post("/account/totp/confirm", factor).await.status, 200);
    pages.push(mallory.get("/account/factors").await);
    let wrong = format!("username={encoded}&password=x");
    pages.push(
        person(&app).form("/account/sign-in?done=%3Cb%3E&return_to=/%22%3E%3Cb%3E", &wrong).await,
    );
    pages.push(mallory.get("/account/email/verify?token=%22%3E%3Cimg/src=x%3E").await);
    pages.push(mallory.get("/account/password/reset/confirm?token=%22%3E%3Cimg/src=x%3E").await);
    for page in pages {
        is_page(&page);
        for hostile in ["<img", "<svg/", "<b>", "\" autofocus", "' onx"] {
            assert!(!page.body.contains(hostile), "{hostile}: {}", page.body);
        }
    }
}

#[tokio::test]
async fn no_stranger_s_page_sends_a_form() {
    let app = App::new();
    app.account("alice").await;
    let mut stranger = person(&app).with_header("sec-fetch-site", "cross-site");
    for path in ["sign-up", "sign-in", "password/reset", "password/reset/confirm", "email/verify"] {
        let refused = stranger.form(&format!("/account/{path}"), SIGN_IN).await;
        assert_eq!(refused.status, 403, "{path}");
        is_page(&refused);
        assert!(!refused.headers.contains_key("set-cookie"));
    }
    let mut alice = person_signed_in_as(&app).await.with_header("sec-fetch-site", "same-site");
    for path in ["sign-out", "totp", "recovery-codes", "api-keys", "sessions/x/end"] {
        assert_eq!(alice.form(&format!("/account/{path}"), "").await.status, 403, "{path}");
    }
}

async fn person_signed_in_as(app: &App) -> Client {
    let mut person = person(app);
    person.form("/account/sign-in", SIGN_IN).await;
    person
}

#[tokio::test]
async fn a_store_that_fails_is_a_page_and_503() {
    let app = App::new();
    let mut alice = person_signed_in(&app).await;
    app.store.faults().fail(true);
    let page = alice.get("/account/sessions").await;
    assert_eq!(page.status, 503);
    is_page(&page);
    let form = person(&app).form("/account/sign-in", SIGN_IN).await;
    assert_eq!(form.status, 503);
    is_page(&form);
}

#[tokio::test]
async fn every_page_is_in_the_access_map() {
    let app = App::new();
    let map = app.accounts.router_at("/account").access_map();
    let listed: Vec<String> = map.iter().map(ToString::to_string).collect();
    for expected in [
        "GET /account/sign-up",
        "GET /account/sign-in",
        "GET /account/sign-in/totp",
        "GET /account/password",
        "GET /account/password/reset/confirm",
        "GET /account/email/verify",
        "POST /account/sessions/{id}/end",
        "POST /account/factors/{id}/remove",
        "POST /account/api-keys/{id}/revoke",
    ] {
        assert!(listed.iter().any(|it| it == expected), "{expected} is not among {listed:#?}");
    }
}

struct Ours;

impl Pages for Ours {
    fn title(&self) -> &'static str {
        "Notes & more"
    }

    fn stylesheet(&self) -> Option<&str> {
        Some("/style.css")
    }

    fn html(&self, page: &Page<'_>) -> Option<String> {
        (page.kind() == PageKind::SignIn).then(|| {
            let problem = page.problem().map_or("none", |it| it.code.as_str());
            format!("<!doctype html>ours: {} {problem}", page.path("sign-up"))
        })
    }
}

#[tokio::test]
async fn an_application_has_pages_of_its_own() {
    let app = App::with(|builder| builder.pages(Ours));
    let mut person = person(&app);
    let sign_in = person.get("/account/sign-in?return_to=/notes").await;
    assert_eq!(sign_in.body, "<!doctype html>ours: /account/sign-up?return_to=/notes none");
    assert!(sign_in.header("content-security-policy").unwrap().contains("style-src 'self'"));
    let wrong = person.form("/account/sign-in", "username=a&password=b").await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.body, "<!doctype html>ours: /account/sign-up invalid_credentials");
    let sign_up = person.get("/account/sign-up").await;
    is_page(&sign_up);
    assert!(sign_up.body.contains("Notes &amp; more"), "{}", sign_up.body);
    assert!(sign_up.body.contains("<link rel=\"stylesheet\" href=\"/style.css\">"));
}

#[tokio::test]
async fn an_application_can_do_without_them() {
    let app = App::with(AccountsBuilder::without_pages);
    app.account("alice").await;
    let mut person = person(&app);
    assert_eq!(person.get("/account/sign-in").await.status, 405);
    let signed_in = person.form("/account/sign-in", SIGN_IN).await;
    assert_eq!(signed_in.json()["status"], "signed_in");
    assert!(person.get("/account/sessions").await.json().is_array());
    assert_eq!(person.form("/account/sessions/x/end", "").await.status, 404);
}

#[tokio::test]
async fn what_administrators_do_is_for_programs() {
    let app = App::with(|builder| {
        let settings = auth_accounts::assignment::AssignmentSettings::new();
        builder.assignments(settings.administration(requirement!(authenticated)))
    });
    let mut alice = person_signed_in(&app).await;
    assert!(alice.get("/account/admin/accounts").await.json().is_array());
    assert_eq!(alice.post("/account/sign-out", Value::Null).await.status, 204);
}

#[tokio::test]
async fn no_form_is_read_before_its_guard_has_let_the_request_in() {
    let app = App::new();
    let is_read = Arc::new(AtomicBool::new(false));
    let send = async |path: &str| {
        let noted = Arc::clone(&is_read);
        let body = Full::from("current=x&new=y&username=alice").map_frame(move |frame| {
            noted.store(true, Ordering::SeqCst);
            frame
        });
        let request = Request::post(path)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        let request = request.body(Body::new(body)).unwrap();
        app.router().oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!(send("/account/password").await, 401);
    assert!(!is_read.load(Ordering::SeqCst));
    assert_ne!(send("/account/password/reset").await, 401, "this one is for everybody");
    assert!(is_read.load(Ordering::SeqCst));
}
