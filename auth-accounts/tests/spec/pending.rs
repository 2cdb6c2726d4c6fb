//! Sign-ins that wait for their second factor.

use auth_accounts::model::{AccountId, AuditEntry, FactorId, FactorKind, FactorRecord};
use auth_accounts::secret::Sealed;
use auth_accounts::store::{AccountStore as _, FactorAdded, FactorStore as _};
use serde_json::{Value, json};

use crate::support::{App, Client};

/// An account that has a second factor.
async fn with_totp(app: &App, name: &str) -> AccountId {
    let account = app.account(name).await;
    let factor = FactorRecord {
        id: FactorId::random(),
        account: account.clone(),
        kind: FactorKind::Totp,
        name: "phone".to_owned(),
        sealed: Sealed { key: "test".to_owned(), bytes: Vec::new() },
        last_step: None,
        credential_id: None,
        sign_count: 0,
        created_at: app.now(),
        last_used_at: None,
    };
    let added = app.store.add_factor(&factor, &AuditEntry::new(app.now(), "factor_added")).await;
    assert_eq!(added.unwrap(), FactorAdded::Done);
    account
}

/// A browser and a program that wait for their second factor.
async fn half_way(app: &App) -> [Client; 2] {
    with_totp(app, "alice").await;
    let (mut browser, mut program) = (app.browser(), app.program());
    let by_cookie = browser.sign_in("alice").await;
    assert_eq!(by_cookie.json(), json!({ "status": "second_factor", "factors": ["totp"] }));
    assert_eq!(by_cookie.header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-pending"]);
    let by_token = program.sign_in_for_token("alice").await.json();
    assert_eq!(by_token["status"], "second_factor");
    assert!(program.token.as_ref().unwrap().starts_with("pnd_"));
    [browser, program]
}

#[tokio::test]
async fn r51_a_half_finished_sign_in_meets_no_requirement() {
    let app = App::new();
    for mut client in half_way(&app).await {
        for path in ["/mine", "/account", "/account/sessions"] {
            assert_eq!(client.get(path).await.status, 401, "{path}");
        }
        for path in ["/mine", "/account/sign-out", "/account/sign-out/everywhere"] {
            assert_eq!(client.post(path, Value::Null).await.status, 401, "{path}");
        }
        assert_ne!(client.get("/anybody").await.body, "");
        // Nor does its secret in the place of that of a session.
        let secret = match (client.cookies.remove("__Host-pending"), client.token.take()) {
            (Some(cookie), _) => cookie,
            (_, token) => token.unwrap()["pnd_".len()..].to_owned(),
        };
        client.token = Some(format!("ses_{secret}"));
        assert_eq!(client.get("/mine").await.status, 401);
        client.token = None;
        client.cookies.insert("__Host-sid".to_owned(), secret);
        assert_eq!(client.get("/mine").await.status, 401);
    }
}

#[tokio::test]
async fn r51_a_half_finished_sign_in_leaves_a_session_as_it_is() {
    let app = App::new();
    let bob = app.account("bob").await;
    with_totp(&app, "alice").await;
    let mut browser = app.signed_in("bob").await;
    assert_eq!(browser.sign_in("alice").await.json()["status"], "second_factor");
    assert_eq!(browser.get("/mine").await.body, bob.as_str());
}

#[tokio::test]
async fn the_trail_tells_that_a_second_factor_was_asked_for() {
    let app = App::new();
    half_way(&app).await;
    let events = app.events().await;
    assert_eq!(events.iter().filter(|it| it.event == "second_factor_asked").count(), 2);
    assert!(events.iter().all(|it| it.event != "sign_in"));
    assert_eq!(
        app.store.bump_epoch(&AccountId::random(), &AuditEntry::new(0, "x")).await,
        Ok(None)
    );
}
