//! Accounts that the program itself provides: those of its configuration.

use auth_accounts::model::{AssignmentKind, LoginKey};
use auth_accounts::provided::{ProvideError, ProvidedAccount};
use auth_accounts::secret::SecretText;
use auth_accounts::store::{AccountStore as _, FactorStore as _};
use serde_json::json;

use crate::support::{Answer, App, Client, PASSWORD};
use crate::totp::Phone;

/// `correct horse`, hashed by another program.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$oVLnFW4Vdd+KZaNyuHNZYDlTeeRDSkyoACLFGAAhgLc";
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn alice() -> ProvidedAccount {
    ProvidedAccount::new("alice", SecretText::from(PASSWORD))
}

async fn sign_in(browser: &mut Client, name: &str, password: &str) -> Answer {
    let body = json!({ "username": name, "password": password });
    browser.post("/account/sign-in", body).await
}

async fn is_signed_in(browser: &mut Client) -> bool {
    browser.get("/mine").await.status == 200
}

async fn held(app: &App, id: &auth_accounts::model::AccountId) -> Vec<String> {
    let held = app.accounts.assignments_of(id).await.unwrap();
    let name = |it: auth_accounts::model::Assignment| match it.kind {
        AssignmentKind::Group => it.name,
        _ => format!("role {}", it.name),
    };
    let mut names: Vec<_> = held.into_iter().map(name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_account_is_there_with_all_that_is_said_of_it() {
    let app = App::new();
    let provided = alice().email("alice@example.com").roles(["member"]).groups(["/staff"]);
    let id = app.accounts.provide(&provided.totp(SecretText::from(SECRET))).await.unwrap();
    let stored = app.store.load(&id).await.unwrap().unwrap();
    assert_eq!(stored.login, LoginKey::prepare("Alice").unwrap());
    assert_eq!(stored.email.unwrap().as_str(), "alice@example.com");
    assert_eq!(stored.email_verified_at, Some(app.now()));
    assert_eq!(held(&app, &id).await, ["/staff", "role member"]);

    let mut browser = app.browser();
    let half_way = sign_in(&mut browser, "alice", PASSWORD).await;
    assert_eq!(half_way.status, 200, "{half_way:?}");
    assert!(!is_signed_in(&mut browser).await, "the second factor is asked for");
    let code = Phone::with_secret(SECRET).code(app.now());
    let answer = browser.post("/account/sign-in/totp", json!({ "code": code })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn what_is_so_already_is_not_written_again() {
    let app = App::new();
    let all = || alice().email("a@example.com").roles(["member"]).totp(SecretText::from(SECRET));
    let id = app.accounts.provide(&all()).await.unwrap();
    let (events, factors) = (app.events().await.len(), app.store.factors(&id).await.unwrap());
    assert_eq!(app.accounts.provide(&all()).await, Ok(id.clone()));
    assert_eq!(app.events().await.len(), events);
    assert_eq!(app.store.factors(&id).await.unwrap(), factors);
    // Nor what is not spoken of any more, but roles and groups.
    app.accounts.provide(&alice()).await.unwrap();
    assert_eq!(app.store.factors(&id).await.unwrap(), factors);
    assert_eq!(held(&app, &id).await, Vec::<String>::new());
}

#[tokio::test]
async fn sessions_last_until_the_password_is_another_one() {
    let app = App::new();
    let id = app.accounts.provide(&alice()).await.unwrap();
    let mut browser = app.browser();
    assert_eq!(sign_in(&mut browser, "alice", PASSWORD).await.status, 200);
    app.accounts.provide(&alice().roles(["member"])).await.unwrap();
    assert!(is_signed_in(&mut browser).await);
    let other = ProvidedAccount::new("alice", SecretText::from("another long password"));
    assert_eq!(app.accounts.provide(&other).await, Ok(id));
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(sign_in(&mut browser, "alice", PASSWORD).await.status, 401);
    assert_eq!(sign_in(&mut browser, "alice", "another long password").await.status, 200);
}

#[tokio::test]
async fn a_hash_of_another_program_stays_as_it_is_and_sessions_last_over_a_restart() {
    let app = App::new();
    let carol = || ProvidedAccount::new("carol", SecretText::from(HASH));
    let id = app.accounts.provide(&carol()).await.unwrap();
    let mut browser = app.browser();
    assert_eq!(sign_in(&mut browser, "carol", "correct horses").await.status, 401);
    assert_eq!(sign_in(&mut browser, "carol", "correct horse").await.status, 200);
    // The program starts again.
    let restarted = app.another_node(|it| it);
    assert_eq!(restarted.accounts.provide(&carol()).await, Ok(id.clone()));
    assert!(is_signed_in(&mut browser.at(&restarted)).await);
    assert_eq!(app.store.load(&id).await.unwrap().unwrap().password.unwrap().as_str(), HASH);
    // The hash in the file is replaced: it is another password.
    let other = HASH.replace("oVLn", "oVLm");
    restarted
        .accounts
        .provide(&ProvidedAccount::new("carol", other.as_str().into()))
        .await
        .unwrap();
    assert!(!is_signed_in(&mut browser.at(&restarted)).await);
}

#[tokio::test]
async fn what_others_have_assigned_stays() {
    let app = App::new();
    let id = app.accounts.provide(&alice().roles(["member"])).await.unwrap();
    let by_hand = auth_accounts::model::Assignment {
        account: id.clone(),
        kind: AssignmentKind::Role,
        name: "admin".to_owned(),
        origin: auth_accounts::model::AssignmentOrigin::Manual,
        granted_by: None,
        reason: "she asked".to_owned(),
        granted_at: app.now(),
        expires_at: None,
    };
    let entry = auth_accounts::model::AuditEntry::new(app.now(), "assigned");
    app.accounts.stores().assignments.assign(&by_hand, &entry).await.unwrap();
    app.accounts.provide(&alice()).await.unwrap();
    assert_eq!(held(&app, &id).await, ["role admin"]);
}

#[tokio::test]
async fn a_name_that_is_taken_is_not_added_again() {
    let app = App::new();
    let added = app.accounts.add_as_program(&alice()).await.unwrap();
    assert!(added.is_some());
    let again = ProvidedAccount::new("Alice", SecretText::from("another long password"));
    assert_eq!(app.accounts.add_as_program(&again).await, Ok(None));
    assert_eq!(sign_in(&mut app.browser(), "alice", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn of_two_password_changes_that_saw_the_same_account_one_fails() {
    let app = App::new();
    let id = app.accounts.provide(&alice()).await.unwrap();
    let seen = app.store.load(&id).await.unwrap().unwrap();
    let set = |password: &'static str| {
        let (accounts, seen) = (app.accounts.clone(), seen.clone());
        async move { accounts.set_password_as_program(&seen, &password.into()).await }
    };
    assert_eq!(set("the first long password").await, Ok(()));
    assert_eq!(set("the second long password").await, Err(ProvideError::Busy));
    let mut browser = app.browser();
    assert_eq!(sign_in(&mut browser, "alice", "the second long password").await.status, 401);
    assert_eq!(sign_in(&mut browser, "alice", "the first long password").await.status, 200);
}

#[tokio::test]
async fn mistakes_are_found_before_anything_is_written() {
    let app = App::new();
    let long = "x".repeat(1_025);
    for (provided, expected) in [
        (ProvidedAccount::new("a b", PASSWORD.into()), ProvideError::Username),
        (ProvidedAccount::new("", PASSWORD.into()), ProvideError::Username),
        (ProvidedAccount::new("alice", "".into()), ProvideError::Password),
        (ProvidedAccount::new("alice", "a\u{7}b".into()), ProvideError::Password),
        (ProvidedAccount::new("alice", long.as_str().into()), ProvideError::Password),
        (alice().email("nowhere"), ProvideError::Email),
        (alice().totp("JBSW".into()), ProvideError::Totp),
        (alice().totp("not base 32!!".into()), ProvideError::Totp),
    ] {
        assert_eq!(app.accounts.provide(&provided).await, Err(expected), "{provided:?}");
    }
    assert_eq!(app.events().await, []);
}
