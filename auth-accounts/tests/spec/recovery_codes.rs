//! Recovery codes: ten, each used up once.

use auth_accounts::store::FactorStore as _;
use serde_json::{Value, json};

use crate::support::{App, Client};
use crate::totp::Phone;

/// Alice with a phone, and the recovery codes that she has printed.
async fn alice() -> (App, Client, Vec<String>) {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    Phone::enrol(&mut browser).await;
    let codes = make(&mut browser).await;
    (app, browser, codes)
}

async fn make(browser: &mut Client) -> Vec<String> {
    let answer = browser.post("/account/recovery-codes", Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    let codes = answer.json()["codes"].as_array().unwrap().clone();
    codes.iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

async fn half_way(app: &App) -> Client {
    let mut browser = app.browser();
    let answer = browser.sign_in("alice").await;
    let factors = &answer.json()["factors"];
    assert_eq!(factors, &json!(["totp", "recovery-code"]));
    browser
}

async fn use_up(browser: &mut Client, code: &str) -> u16 {
    browser.post("/account/sign-in/recovery-code", json!({ "code": code })).await.status
}

#[tokio::test]
async fn r42_a_code_signs_in_once() {
    let (app, mut owner, codes) = alice().await;
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|it| it.replace('-', "").len() * 5 == 120));
    let mut browser = half_way(&app).await;
    assert_eq!(use_up(&mut browser, &codes[3]).await, 200);
    assert_eq!(browser.get("/mine").await.status, 200);
    assert_eq!(use_up(&mut half_way(&app).await, &codes[3]).await, 401);
    assert_eq!(owner.get("/account/recovery-codes").await.json(), json!({ "left": 9 }));
    let typed = codes[4].to_uppercase().replace('-', " ");
    assert_eq!(use_up(&mut half_way(&app).await, &typed).await, 200, "as people type it");
}

#[tokio::test]
async fn r42_the_store_and_the_trail_have_no_code() {
    let (app, mut owner, codes) = alice().await;
    use_up(&mut half_way(&app).await, &codes[0]).await;
    let listed = owner.get("/account/factors").await.body;
    let noted = serde_json::to_string(&app.events().await).unwrap();
    assert!(noted.contains("recovery_codes_replaced") && noted.contains("recovery_code_used"));
    for code in &codes {
        for written in [code.clone(), code.replace('-', "")] {
            assert!(!noted.contains(&written) && !listed.contains(&written));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r43_of_64_who_use_a_code_at_once_one_is_right() {
    let (app, _, codes) = alice().await;
    let mut waiting = Vec::new();
    for _ in 0..64 {
        waiting.push(half_way(&app).await);
    }
    let tasks: Vec<_> = waiting
        .into_iter()
        .map(|mut browser| {
            let code = codes[0].clone();
            tokio::spawn(async move { use_up(&mut browser, &code).await })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|it| **it == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|it| [200, 401, 429].contains(it)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r52_of_64_who_end_a_sign_in_at_once_with_different_codes_one_is_signed_in() {
    let (app, _, codes) = alice().await;
    let waiting = half_way(&app).await;
    let tasks: Vec<_> = (0..64)
        .map(|number: usize| {
            let (mut browser, code) = (waiting.clone(), codes[number % 10].clone());
            tokio::spawn(async move { use_up(&mut browser, &code).await })
        })
        .collect();
    let mut signed_in = 0;
    for task in tasks {
        signed_in += u32::from(task.await.unwrap() == 200);
    }
    assert_eq!(signed_in, 1);
}

#[tokio::test]
async fn r44_new_codes_replace_all_old_ones() {
    let (app, mut owner, old) = alice().await;
    use_up(&mut half_way(&app).await, &old[0]).await;
    let new = make(&mut owner).await;
    assert_eq!(owner.get("/account/recovery-codes").await.json(), json!({ "left": 10 }));
    assert_eq!(use_up(&mut half_way(&app).await, &old[1]).await, 401);
    assert_eq!(use_up(&mut half_way(&app).await, &new[1]).await, 200);
}

#[tokio::test]
async fn r44_new_codes_need_a_fresh_factor() {
    let (app, mut owner, _) = alice().await;
    app.clock.advance(10 * 60);
    let answer = owner.post("/account/recovery-codes", Value::Null).await;
    assert_eq!(answer.status, 401);
    assert_eq!(owner.get("/account/recovery-codes").await.json(), json!({ "left": 10 }));
}

#[tokio::test]
async fn codes_stand_for_a_factor_that_there_is() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let answer = browser.post("/account/recovery-codes", Value::Null).await;
    assert_eq!(answer.status, 409);
    Phone::enrol(&mut browser).await;
    make(&mut browser).await;
    let factor = app.store.factors(&id).await.unwrap().remove(0).id;
    assert_eq!(browser.delete(&format!("/account/factors/{factor}")).await.status, 204);
    assert_eq!(app.store.recovery_codes_left(&id).await, Ok(0), "they go with the last one");
    assert_eq!(app.browser().sign_in("alice").await.json()["status"], "signed_in");
}

#[tokio::test]
async fn a_code_of_another_account_is_none() {
    let (app, _, codes) = alice().await;
    app.account("bob").await;
    let mut bob = app.signed_in("bob").await;
    Phone::enrol(&mut bob).await;
    make(&mut bob).await;
    let mut browser = app.browser();
    browser.sign_in("bob").await;
    assert_eq!(use_up(&mut browser, &codes[0]).await, 401);
    assert_eq!(use_up(&mut half_way(&app).await, &codes[0]).await, 200, "it was not used up");
}
