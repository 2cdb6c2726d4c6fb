//! The endpoints of the owner of keys.

use auth_accounts::model::ApiKeyId;
use auth_accounts::store::ApiKeyStore as _;
use serde_json::{Value, json};

use super::DAY;
use crate::support::{App, Client};
use crate::totp::Phone;

async fn alice() -> (App, Client) {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    (app, browser)
}

fn wished() -> Value {
    json!({ "name": "reports", "scopes": ["notes:read"] })
}

async fn create(browser: &mut Client, wished: Value) -> Value {
    let answer = browser.post("/account/api-keys", wished).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    answer.json()
}

#[tokio::test]
async fn r105_a_key_is_shown_when_it_is_made_and_never_again() {
    let (app, mut browser) = alice().await;
    let made = create(&mut browser, wished()).await;
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(key.starts_with(&format!("key_{id}_")), "{key}");
    assert_eq!(made["expires_at"], app.now() + 90 * DAY);
    let listed = browser.get("/account/api-keys").await;
    assert!(!listed.body.contains(key));
    let listed = listed.json();
    assert_eq!(listed[0]["id"], id);
    assert_eq!(listed[0]["name"], "reports");
    assert_eq!(listed[0]["scopes"], json!(["notes:read"]));
    assert_eq!(listed[0]["last_used_at"], Value::Null);
    let noted = serde_json::to_string(&app.events().await).unwrap();
    assert!(noted.contains("api_key_created") && !noted.contains(key));
}

#[tokio::test]
async fn the_owner_is_the_caller_even_if_the_body_names_another() {
    let (app, mut browser) = alice().await;
    let bob = app.account("bob").await;
    let mut wished = wished();
    for name in ["owner", "account", "user_id", "userId"] {
        wished[name] = bob.as_str().into();
    }
    let made = create(&mut browser, wished).await;
    assert!(app.store.keys(&bob).await.unwrap().is_empty());
    // Nor does a user see, replace or revoke a key of another.
    let mut bob = app.signed_in("bob").await;
    assert_eq!(bob.get("/account/api-keys").await.json(), json!([]));
    let path = format!("/account/api-keys/{}", made["id"].as_str().unwrap());
    assert_eq!(bob.delete(&path).await.status, 404);
    assert_eq!(bob.post(&format!("{path}/rotate"), Value::Null).await.status, 404);
    assert_eq!(bob.delete("/account/api-keys/no-id").await.status, 404);
}

#[tokio::test]
async fn r104_how_long_a_key_is_valid_is_said_in_seconds_or_by_never() {
    let (app, mut browser) = alice().await;
    for (said, expected) in [
        (json!(60), json!(app.now() + 60)),
        (json!("never"), Value::Null),
        (Value::Null, json!(app.now() + 90 * DAY)),
    ] {
        let mut wished = wished();
        wished["expires_in"] = said;
        assert_eq!(create(&mut browser, wished).await["expires_at"], expected);
    }
    for odd in [json!(0), json!(-1), json!("Never"), json!(1.5), json!(u64::MAX), json!([])] {
        let mut wished = wished();
        wished["expires_in"] = odd.clone();
        let answer = browser.post("/account/api-keys", wished).await;
        assert_eq!(answer.status, 422, "{odd}");
    }
    let form = "name=reports&scopes=notes%3Aread+notes%3Awrite&expires_in=never";
    let made = browser.form("/account/api-keys", form).await;
    assert_eq!((made.status, &made.json()["expires_at"]), (201, &Value::Null));
}

#[tokio::test]
async fn a_wish_that_cannot_be_granted_is_422() {
    let (_, mut browser) = alice().await;
    for (wished, code) in [
        (json!({ "name": "", "scopes": ["notes:read"] }), "invalid_name"),
        (json!({ "name": "x", "scopes": [] }), "no_rights"),
        (json!({ "name": "x", "scopes": ["notes:erase"] }), "unknown_scope"),
        (json!({ "name": "x", "scopes": ["notes:read"], "roles": ["x"] }), "unknown_role"),
        (json!({ "scopes": ["notes:read"] }), "invalid_fields"),
    ] {
        let answer = browser.post("/account/api-keys", wished).await;
        assert_eq!((answer.status, &answer.json()["code"]), (422, &code.into()));
    }
}

#[tokio::test]
async fn r104_a_key_is_replaced_and_revoked_by_its_owner() {
    let (app, mut browser) = alice().await;
    let made = create(&mut browser, wished()).await;
    let id = made["id"].as_str().unwrap();
    let path = format!("/account/api-keys/{id}");
    let rotate = format!("{path}/rotate");
    let previous_until = async || {
        let found = app.store.key(&ApiKeyId::parse(id).unwrap()).await.unwrap().unwrap();
        found.record.previous.unwrap().1
    };
    for (body, expected) in [
        (Value::Null, DAY),
        (json!({}), DAY),
        (json!({ "overlap": 60 }), 60),
        (json!({ "overlap": 0 }), 0),
    ] {
        let answer = browser.post(&rotate, body).await;
        assert_eq!((answer.status, &answer.json()["id"]), (200, &made["id"]));
        assert_ne!(answer.json()["key"], made["key"]);
        assert_eq!(previous_until().await, app.now() + expected);
    }
    let long = browser.post(&rotate, json!({ "overlap": 7 * DAY + 1 })).await;
    assert_eq!(long.status, 422);
    assert_eq!(browser.delete(&path).await.status, 204);
    assert_eq!(browser.delete(&path).await.status, 404);
    assert_eq!(browser.post(&rotate, Value::Null).await.status, 404);
    assert_ne!(browser.get("/account/api-keys").await.json()[0]["revoked_at"], Value::Null);
}

#[tokio::test]
async fn r106_a_key_makes_no_key_and_changes_no_factor() {
    let (app, mut browser) = alice().await;
    let made = create(&mut browser, wished()).await;
    let mut program = app.program().with_header("x-api-key", made["key"].as_str().unwrap());
    let path = format!("/account/api-keys/{}", made["id"].as_str().unwrap());
    for path in [
        "/account/api-keys",
        &format!("{path}/rotate"),
        "/account/totp",
        "/account/totp/confirm",
        "/account/recovery-codes",
    ] {
        assert_eq!(program.post(path, wished()).await.status, 401, "{path}");
    }
    assert_eq!(program.delete(&path).await.status, 401);
    assert_eq!(program.get("/account/api-keys").await.status, 401);
    assert_eq!(program.get("/account/factors").await.status, 401);
}

#[tokio::test]
async fn r106_a_key_needs_a_fresh_sign_in_with_all_that_the_account_has() {
    let (app, mut browser) = alice().await;
    let mut by_password = app.signed_in("alice").await;
    Phone::enrol(&mut browser).await;
    let refused = by_password.post("/account/api-keys", wished()).await;
    assert_eq!(refused.status, 401, "the second factor was not proved here");
    let made = create(&mut browser, wished()).await;
    app.clock.advance(10 * 60);
    for path in
        ["/account/api-keys", &format!("/account/api-keys/{}/rotate", made["id"].as_str().unwrap())]
    {
        assert_eq!(browser.post(path, wished()).await.status, 401, "{path}");
    }
    let path = format!("/account/api-keys/{}", made["id"].as_str().unwrap());
    assert_eq!(browser.delete(&path).await.status, 204, "a right is given up at any time");
}
