//! Signing in.

use auth_accounts::model::AuditOutcome;
use serde_json::{Value, json};

use crate::support::{App, PASSWORD, START};

#[tokio::test]
async fn a_sign_in_gives_a_cookie() {
    let app = App::new();
    let alice = app.account("alice").await;
    let mut browser = app.browser();
    let answer = browser.sign_in("alice").await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "status": "signed_in" })));
    assert_eq!(browser.get("/mine").await.body, alice.as_str());
}

#[tokio::test]
async fn a_sign_in_gives_a_token_to_who_asks_for_one() {
    let app = App::new();
    let alice = app.account("alice").await;
    let mut program = app.program();
    let body = program.sign_in_for_token("alice").await.json();
    let token = body["access_token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("ses_"));
    assert_eq!(
        body,
        json!({
            "status": "signed_in", "access_token": token, "token_type": "Bearer",
            "expires_in": 86_400
        })
    );
    assert_eq!(program.get("/mine").await.body, alice.as_str());
    assert_eq!(program.post("/account/sign-out", Value::Null).await.status, 204);
    assert_eq!(program.get("/mine").await.status, 401);
}

#[tokio::test]
async fn a_form_signs_in_too() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.browser();
    let form = format!("username=alice&password={}&remember=on", PASSWORD.replace(' ', "+"));
    assert_eq!(browser.form("/account/sign-in", &form).await.status, 200);
    assert_eq!(browser.get("/mine").await.status, 200);
}

#[tokio::test]
async fn a_secret_is_carried_as_it_was_given_out() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let mut program = app.program();
    program.sign_in_for_token("alice").await;
    let cookie = browser.cookies.remove("__Host-sid").unwrap();
    let token = program.token.take().unwrap();
    browser.token = Some(format!("ses_{cookie}"));
    assert_eq!(browser.get("/mine").await.status, 401);
    program.cookies.insert("__Host-sid".to_owned(), token.strip_prefix("ses_").unwrap().to_owned());
    assert_eq!(program.get("/mine").await.status, 401);
}

#[tokio::test]
async fn r107_a_cookie_and_a_token_in_one_request_are_refused() {
    let app = App::new();
    app.account("alice").await;
    let mut both = app.signed_in("alice").await;
    let mut program = app.program();
    program.sign_in_for_token("alice").await;
    both.token = program.token.clone();
    for path in ["/mine", "/anybody", "/account"] {
        assert_eq!(both.get(path).await.status, 400, "{path}");
    }
    assert_eq!(both.sign_in("alice").await.status, 400);
}

#[tokio::test]
async fn r57_a_session_says_which_factors_were_proved_and_when() {
    let app = App::new();
    let alice = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    app.clock.advance(100);
    let me = browser.get("/account").await;
    assert_eq!(me.header("cache-control").as_deref(), Some("no-store"));
    let me = me.json();
    assert_eq!((&me["account"], &me["username"]), (&alice.as_str().into(), &"alice".into()));
    assert_eq!(me["factors"], json!([{ "kind": "password", "at": START, "age": 100 }]));
    assert_eq!((&me["mfa"], &me["authenticated_at"]), (&false.into(), &START.into()));
    assert_eq!((&me["roles"], &me["groups"]), (&json!([]), &json!([])));
    assert_eq!(browser.get("/account/").await.json(), me);
    assert_eq!(app.program().get("/account").await.status, 401);
}

#[tokio::test]
async fn r109_a_sign_in_is_in_the_audit_trail_with_its_factors_and_its_session() {
    let app = App::new();
    let alice = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let session = browser.get("/account").await.json()["session"].clone();
    browser.post("/account/sign-out", Value::Null).await;
    let events = app.events().await;
    let of = |name: &str| events.iter().find(|it| it.event == name).unwrap();
    let signed_in = of("sign_in");
    assert_eq!((signed_in.at, signed_in.outcome), (START, AuditOutcome::Done));
    assert_eq!((&signed_in.account, &signed_in.actor), (&Some(alice.clone()), &Some(alice)));
    assert_eq!(signed_in.detail["session"], session);
    assert_eq!(signed_in.detail["factors"], json!([{ "kind": "password", "at": START }]));
    assert_eq!(of("sign_out").detail["session"], session);
}

#[tokio::test]
async fn the_challenge_names_the_cookie_and_no_password_prompt() {
    let app = App::new();
    let answer = app.browser().get("/mine").await;
    let challenges = answer.all("www-authenticate").join(", ");
    assert_eq!(
        (answer.status, challenges.as_str()),
        (401, "Cookie cookie-name=\"__Host-sid\", form-action=\"/account/sign-in\"")
    );
}
