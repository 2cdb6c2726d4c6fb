//! What is remembered of a device: that it is known, which is no factor, and a session that
//! lasts for long, which is bound to its account, ends, and can be ended.

use serde_json::{Value, json};

use crate::support::{App, Client, PASSWORD};
use crate::totp::Phone;

const DAY: u64 = 24 * 3_600;

/// Alice, who has a second factor.
async fn alice() -> (App, Phone) {
    let app = App::new();
    app.account("alice").await;
    let phone = Phone::enrol(&mut app.signed_in("alice").await).await;
    app.clock.advance(30);
    (app, phone)
}

/// Signs in with both factors, to be remembered.
async fn sign_in(app: &App, phone: &Phone, browser: &mut Client) {
    let body = json!({ "username": "alice", "password": PASSWORD, "remember": true });
    let begun = browser.post("/account/sign-in", body).await;
    assert_eq!(begun.json()["status"], "second_factor", "{begun:?}");
    let code = json!({ "code": phone.code(app.now()) });
    let ended = browser.post("/account/sign-in/totp", code).await;
    assert_eq!(ended.status, 200, "{ended:?}");
}

/// Goes on for so many days, with a request on each.
async fn days(app: &App, browser: &mut Client, days: u64) {
    for _ in 0..days {
        app.clock.advance(DAY);
        let _ = browser.get("/mine").await;
        app.accounts.flush().await.unwrap();
    }
}

#[tokio::test]
async fn r55_a_device_that_is_known_is_asked_for_the_second_factor_all_the_same() {
    let (app, phone) = alice().await;
    let mut browser = app.browser();
    sign_in(&app, &phone, &mut browser).await;
    let device = browser.cookies["__Host-device"].clone();
    app.clock.advance(30);

    let mut known = app.browser();
    known.cookies.insert("__Host-device".to_owned(), device.clone());
    let begun = known.sign_in("alice").await.json();
    assert_eq!(begun["status"], "second_factor", "the device has stood for a factor");
    assert_eq!(known.get("/mine").await.status, 401);
    sign_in(&app, &phone, &mut known).await;
    let me = known.get("/account").await.json();
    let kinds = me["factors"].as_array().unwrap().iter();
    let mut kinds: Vec<_> = kinds.map(|it| it["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["password", "totp"]);

    // Nor does it make two factors of a password.
    app.account("bob").await;
    let mut bob = app.signed_in("bob").await;
    assert!(bob.cookies.contains_key("__Host-device"));
    assert_eq!(bob.sign_in("bob").await.status, 200);
    assert_eq!(bob.get("/careful").await.status, 401);
}

#[tokio::test]
async fn r55_a_session_that_is_remembered_is_no_fresh_factor() {
    let (app, phone) = alice().await;
    let mut browser = app.browser();
    sign_in(&app, &phone, &mut browser).await;
    assert_eq!(browser.post("/pay", Value::Null).await.status, 200);
    app.clock.advance(5 * 60 + 1);
    let stale = browser.post("/pay", Value::Null).await;
    assert_eq!(
        (stale.status, stale.json()["code"].as_str().unwrap()),
        (401, "insufficient_user_authentication")
    );
    // The session itself goes on, and its factors stay as old as they are.
    days(&app, &mut browser, 20).await;
    assert_eq!(browser.get("/mine").await.status, 200);
    for path in ["/pay", "/account/recovery-codes", "/account/totp", "/account/sign-out/everywhere"]
    {
        assert_eq!(browser.post(path, Value::Null).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn r55_a_session_that_is_remembered_ends_with_its_time_its_account_and_its_owner() {
    let (app, phone) = alice().await;
    let mut browser = app.browser();
    sign_in(&app, &phone, &mut browser).await;
    days(&app, &mut browser, 29).await;
    assert_eq!(browser.get("/mine").await.status, 200);
    app.clock.advance(DAY);
    assert_eq!(browser.get("/mine").await.status, 401, "it lasts for ever");

    // Bound to the epoch of the account: another password ends it.
    let mut browser = app.browser();
    sign_in(&app, &phone, &mut browser).await;
    app.clock.advance(30);
    let mut other = app.browser();
    sign_in(&app, &phone, &mut other).await;
    let change = json!({ "current": PASSWORD, "new": "another horse, another staple" });
    assert_eq!(other.post("/account/password", change).await.status, 204);
    assert_eq!(browser.get("/mine").await.status, 401);

    // And its owner ends it from elsewhere.
    let change = json!({ "current": "another horse, another staple", "new": PASSWORD });
    assert_eq!(other.post("/account/password", change).await.status, 204);
    app.clock.advance(30);
    let mut browser = app.browser();
    sign_in(&app, &phone, &mut browser).await;
    let sessions = other.get("/account/sessions").await.json();
    let remembered = sessions.as_array().unwrap().iter().find(|it| it["current"] == false).unwrap();
    let path = format!("/account/sessions/{}", remembered["id"].as_str().unwrap());
    assert_eq!(other.delete(&path).await.status, 204);
    assert_eq!(browser.get("/mine").await.status, 401);
}
