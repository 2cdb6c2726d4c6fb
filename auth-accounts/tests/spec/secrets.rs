//! No secret of keys and second factors is in a log, an event of the trail or a problem.

use serde_json::{Value, json};

use crate::log::Log;
use crate::support::App;
use crate::totp::Phone;

#[tokio::test]
async fn r14_r110_secrets_are_in_no_log_no_trail_and_no_problem() {
    let log = Log::begin();
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let wished = json!({ "name": "reports", "scopes": ["notes:read"] });
    let key = browser.post("/account/api-keys", wished).await.json()["key"].clone();
    let key = key.as_str().unwrap().to_owned();
    let phone = Phone::enrol(&mut browser).await;
    let codes = browser.post("/account/recovery-codes", Value::Null).await.json();
    let code = codes["codes"][0].as_str().unwrap().to_owned();
    let mut problems = String::new();
    let mut note = |answer: crate::support::Answer| {
        assert!(answer.status >= 400, "{answer:?}");
        problems.push_str(&answer.body);
    };
    // Keys where they do not belong, and a store that fails on the way.
    let mut program = app.program().with_header("x-api-key", &key);
    note(program.get("/account/api-keys").await);
    note(app.program().get(&format!("/account/api-keys?key={key}")).await);
    let mut half_way = app.browser();
    half_way.sign_in("alice").await;
    app.clock.advance(30);
    let present = phone.code(app.now());
    app.store.faults().fail_on(&["FactorStore::accept_step", "FactorStore::take_recovery_code"]);
    for (path, code) in [("totp", &present), ("recovery-code", &code)] {
        note(half_way.post(&format!("/account/sign-in/{path}"), json!({ "code": code })).await);
    }
    app.store.faults().fail_on(&[]);
    for (path, code) in [("totp", &code), ("recovery-code", &key)] {
        note(half_way.post(&format!("/account/sign-in/{path}"), json!({ "code": code })).await);
    }
    let ended = half_way.post("/account/sign-in/totp", json!({ "code": present })).await;
    assert_eq!(ended.status, 200);
    note(half_way.post("/account/sign-in/totp", json!({ "code": present })).await);
    let logged = log.text();
    assert!(logged.contains("the store of the accounts failed"), "{logged}");
    let trail = serde_json::to_string(&app.events().await).unwrap();
    let secrets = [key.rsplit('_').next().unwrap(), &code, &code.replace('-', ""), phone.secret()];
    for (place, text) in [("log", &logged), ("trail", &trail), ("problem", &problems)] {
        for secret in secrets {
            assert!(!text.contains(secret), "the {place} has {secret}: {text}");
        }
        assert!(!text.contains(&present), "the {place} has the code {present}: {text}");
    }
}
