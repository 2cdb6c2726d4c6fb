//! What administrators do over HTTP.

use auth_accounts::assignment::{AssignmentSettings, Rule};
use auth_accounts::model::{AccountId, AuditOutcome};
use auth_core::{AccessMap, requirement};
use serde_json::{Value, json};

use super::support::{App, Client, ORIGIN, PASSWORD, Role, START};

fn settings() -> AssignmentSettings {
    AssignmentSettings::new()
        .administrator(Role::Admin)
        .may_assign(Role::Admin, [Role::Member, Role::Admin])
        .rule(Rule::everyone().assigns(Role::Member))
        .administration(requirement!(role = Role::Admin))
}

fn app() -> App {
    App::with(|builder| builder.assignments(settings()))
}

/// An administrator who has just signed in, and their id.
async fn admin(app: &App) -> (Client, AccountId) {
    let id = app.account("ann").await;
    app.accounts.assign_as_program(&id, Role::Admin, "for the test").await.unwrap();
    (app.signed_in("ann").await, id)
}

fn path(account: &AccountId, rest: &str) -> String {
    format!("/account/admin/accounts/{account}{rest}")
}

#[tokio::test]
async fn without_a_requirement_there_are_no_endpoints_for_administrators() {
    let app = App::new();
    app.account("ann").await;
    let mut ann = app.signed_in("ann").await;
    for place in ["accounts", "audit", "access-review"] {
        assert_eq!(ann.get(&format!("/account/admin/{place}")).await.status, 404, "{place}");
    }
    let answer = ann.post("/account/admin/bootstrap", json!({"token": "x"})).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn only_who_meets_the_requirement_is_let_in() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let bob = app.account("bob").await;
    let mut other = app.signed_in("bob").await;
    let gets = [
        "/account/admin/accounts".to_owned(),
        path(&bob, ""),
        "/account/admin/audit".to_owned(),
        "/account/admin/audit/chain".to_owned(),
    ];
    for place in &gets {
        assert_eq!(ann.get(place).await.status, 200, "{place}");
        assert_eq!(other.get(place).await.status, 403, "{place}");
        assert_eq!(app.browser().get(place).await.status, 401, "{place}");
    }
    for rest in ["/lock", "/unlock", "/sign-out"] {
        assert_eq!(other.post(&path(&bob, rest), Value::Null).await.status, 403, "{rest}");
    }
    let body = json!({"reason": "because"});
    assert_eq!(other.put(&path(&bob, "/roles/admin"), body).await.status, 403);
    assert_eq!(other.delete(&path(&bob, "/roles/member")).await.status, 403);
}

#[tokio::test]
async fn changes_take_a_fresh_sign_in() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let bob = app.account("bob").await;
    app.clock.advance(601);
    assert_eq!(ann.get(&path(&bob, "")).await.status, 200);
    let answer = ann.post(&path(&bob, "/lock"), Value::Null).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    let answer = ann.put(&path(&bob, "/roles/admin"), json!({"reason": "x"})).await;
    assert_eq!(answer.status, 401, "{answer:?}");
}

#[tokio::test]
async fn accounts_are_found_by_a_part_of_their_name_page_by_page() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    for name in ["bob", "bobby", "eve"] {
        app.account(name).await;
    }
    let found = ann.get("/account/admin/accounts?query=BOB").await;
    let names: Vec<Value> =
        found.json().as_array().unwrap().iter().map(|it| it["username"].clone()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&json!("bob")) && names.contains(&json!("bobby")));
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = ann.get(&format!("/account/admin/accounts?limit=1{after}")).await.json();
        let Some(it) = page.as_array().unwrap().first() else { break };
        seen.push(it["username"].as_str().unwrap().to_owned());
        after = format!("&after={}", it["id"].as_str().unwrap());
    }
    seen.sort();
    assert_eq!(seen, ["ann", "bob", "bobby", "eve"]);
    let first = ann.get("/account/admin/accounts?query=eve").await;
    let eve = &first.json()[0];
    for member in ["id", "username", "email", "status", "created_at"] {
        assert!(eve.get(member).is_some(), "{member}: {eve}");
    }
    assert_eq!(first.header("cache-control").as_deref(), Some("no-store"));
}

#[tokio::test]
async fn an_account_is_shown_without_any_secret_of_it() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let bob = app.account("bob").await;
    app.signed_in("bob").await;
    let shown = ann.get(&path(&bob, "")).await;
    let json = shown.json();
    assert_eq!((&json["username"], &json["status"]), (&json!("bob"), &json!("active")));
    assert_eq!(json["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(json["roles"][0]["name"], "member");
    assert!(json.get("password").is_none());
    assert!(!shown.body.contains(PASSWORD), "{shown:?}");
}

#[tokio::test]
async fn r80_a_locked_account_is_out_everywhere_and_cannot_sign_in() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let bob = app.account("bob").await;
    let (mut one, mut two) = (app.signed_in("bob").await, app.signed_in("bob").await);
    assert_eq!(one.get("/mine").await.status, 200);
    assert_eq!(ann.post(&path(&bob, "/lock"), Value::Null).await.status, 204);
    for client in [&mut one, &mut two] {
        assert_eq!(client.get("/mine").await.status, 401);
    }
    let answer = app.browser().sign_in("bob").await;
    assert_ne!(answer.status, 200, "{answer:?}");
    assert_eq!(ann.get(&path(&bob, "")).await.json()["status"], "locked");
    // Once more changes nothing.
    assert_eq!(ann.post(&path(&bob, "/lock"), Value::Null).await.status, 204);
    assert_eq!(ann.post(&path(&bob, "/unlock"), Value::Null).await.status, 204);
    assert_eq!(one.get("/mine").await.status, 401, "what was ended stays ended");
    app.signed_in("bob").await;
}

#[tokio::test]
async fn r80_an_administrator_ends_all_sessions_of_an_account() {
    let app = app();
    let (mut ann, admin) = admin(&app).await;
    let bob = app.account("bob").await;
    let (mut one, mut two) = (app.signed_in("bob").await, app.signed_in("bob").await);
    assert_eq!(ann.post(&path(&bob, "/sign-out"), Value::Null).await.status, 204);
    for client in [&mut one, &mut two] {
        assert_eq!(client.get("/mine").await.status, 401);
    }
    app.signed_in("bob").await;
    let events = app.events().await;
    let event = events.iter().find(|it| it.event == "signed_out_everywhere").unwrap();
    assert_eq!((&event.actor, &event.account), (&Some(admin), &Some(bob)));
}

#[tokio::test]
async fn the_last_administrator_and_oneself_are_not_locked() {
    let app = app();
    let (mut ann, id) = admin(&app).await;
    let answer = ann.post(&path(&id, "/lock"), Value::Null).await;
    assert_eq!((answer.status, &answer.json()["code"]), (409, &json!("not_locked")));
    assert_eq!(ann.get("/mine").await.status, 200);
    let answer = ann.delete(&path(&id, "/roles/admin")).await;
    assert_eq!((answer.status, &answer.json()["code"]), (409, &json!("last_administrator")));
}

#[tokio::test]
async fn an_account_that_is_none_is_not_found() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let nobody = AccountId::random();
    assert_eq!(ann.get(&path(&nobody, "")).await.status, 404);
    for rest in ["/lock", "/unlock", "/sign-out"] {
        assert_eq!(ann.post(&path(&nobody, rest), Value::Null).await.status, 404, "{rest}");
    }
    let answer = ann.put(&path(&nobody, "/roles/member"), json!({"reason": "x"})).await;
    assert_eq!(answer.status, 404);
    for id in ["x", "%00", "..%2f..", "7Kq2mXw9ZbT47Kq2mXw9Z%0a"] {
        let answer = ann.get(&format!("/account/admin/accounts/{id}")).await;
        assert_eq!(answer.status, 404, "{id}");
    }
}

#[tokio::test]
async fn r83_a_role_is_assigned_and_withdrawn_and_counts_at_once() {
    let app = app();
    let (mut ann, admin) = admin(&app).await;
    let bob = app.account("bob").await;
    let mut other = app.signed_in("bob").await;
    assert_eq!(other.get("/account/admin/audit").await.status, 403);
    let body = json!({"reason": "takes over", "expires_at": START + 3_600});
    let answer = ann.put(&path(&bob, "/roles/admin"), body).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(other.get("/account/admin/audit").await.status, 200);
    let shown = ann.get(&path(&bob, "")).await.json();
    let role = shown["roles"].as_array().unwrap().iter().find(|it| it["name"] == "admin").unwrap();
    let expected = json!({
        "kind": "role", "name": "admin", "origin": "manual", "granted_by": admin,
        "reason": "takes over", "granted_at": START, "expires_at": START + 3_600,
    });
    assert_eq!(*role, expected);
    let place = path(&bob, "/roles/admin?reason=leaves+the+team");
    assert_eq!(ann.delete(&place).await.status, 204);
    assert_eq!(other.get("/account/admin/audit").await.status, 403);
    assert_eq!(ann.delete(&place).await.status, 404);
    let events = app.events().await;
    let event = events.iter().rfind(|it| it.event == "withdrawn").unwrap();
    assert_eq!(event.detail["reason"], "leaves the team");
}

#[tokio::test]
async fn what_cannot_be_assigned_is_said() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let bob = app.account("bob").await;
    let ok = json!({"reason": "x"});
    for (name, body, status, code) in [
        ("root", ok.clone(), 404, "unknown_name"),
        ("member", json!({"reason": " "}), 422, "invalid_reason"),
        ("member", json!({"reason": "a\nb"}), 422, "invalid_reason"),
        ("member", json!({"reason": "x", "expires_at": START}), 422, "ends_in_the_past"),
        ("member", json!({"reason": "x", "expires_at": -1}), 422, "invalid_fields"),
        ("member", json!({}), 422, "invalid_fields"),
    ] {
        let answer = ann.put(&path(&bob, &format!("/roles/{name}")), body).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{name}");
    }
    let answer = ann.put(&path(&bob, "/groups/staff"), ok).await;
    assert_eq!(answer.json()["code"], "unknown_name");
}

#[tokio::test]
async fn no_actor_assigns_more_than_was_said() {
    let app = App::with(|builder| {
        let settings = AssignmentSettings::new()
            .administrator(Role::Admin)
            .may_assign(Role::Admin, [Role::Member])
            .administration(requirement!(role = Role::Member | Role::Admin));
        builder.assignments(settings)
    });
    let (mut ann, _) = admin(&app).await;
    let mia = app.account("mia").await;
    app.accounts.assign_as_program(&mia, Role::Member, "for the test").await.unwrap();
    let mut member = app.signed_in("mia").await;
    for (by_admin, role) in [(true, "admin"), (false, "member"), (false, "admin")] {
        let client = if by_admin { &mut ann } else { &mut member };
        let answer =
            client.put(&path(&mia, &format!("/roles/{role}")), json!({"reason": "x"})).await;
        assert_eq!((answer.status, &answer.json()["code"]), (403, &json!("may_not_assign")));
    }
    let events = app.events().await;
    let refused = events.iter().filter(|it| it.event == "assignment_refused");
    assert_eq!(refused.filter(|it| it.outcome == AuditOutcome::Refused).count(), 3);
}

#[tokio::test]
async fn r92_a_page_of_another_origin_changes_nothing() {
    let app = app();
    let (ann, _) = admin(&app).await;
    let bob = app.account("bob").await;
    let mut evil = ann.with_header("sec-fetch-site", "cross-site");
    assert_eq!(evil.post(&path(&bob, "/lock"), Value::Null).await.status, 403);
    let answer = evil.put(&path(&bob, "/roles/admin"), json!({"reason": "x"})).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn r50_no_endpoint_for_administrators_takes_or_shows_a_password() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let bob = app.account("bob").await;
    for rest in ["/password", "/password/reset", "/totp", "/recovery-codes", "/api-keys"] {
        for method in [http::Method::POST, http::Method::PUT, http::Method::GET] {
            let body = Some(("application/json", json!({"new": "x", "password": "x"}).to_string()));
            let answer = ann.send(method.clone(), &path(&bob, rest), body).await;
            assert_eq!(answer.status, 404, "{method} {rest}");
        }
    }
}

#[tokio::test]
async fn a_bootstrap_token_makes_who_brings_it_the_administrator() {
    let app = app();
    let token = app.accounts.bootstrap_token().await.unwrap().unwrap();
    app.account("bob").await;
    let mut bob = app.signed_in("bob").await;
    let wrong = bob.post("/account/admin/bootstrap", json!({"token": "guess"})).await;
    assert_eq!((wrong.status, &wrong.json()["code"]), (403, &json!("invalid_token")));
    let stranger =
        app.browser().post("/account/admin/bootstrap", json!({"token": token.expose()})).await;
    assert_eq!(stranger.status, 401);
    assert_eq!(bob.get("/account/admin/accounts").await.status, 403);
    let done = bob.post("/account/admin/bootstrap", json!({"token": token.expose()})).await;
    assert_eq!(done.status, 204, "{done:?}");
    assert_eq!(bob.get("/account/admin/accounts").await.status, 200);
    app.account("eve").await;
    let mut eve = app.signed_in("eve").await;
    let again = eve.post("/account/admin/bootstrap", json!({"token": token.expose()})).await;
    assert_eq!(again.status, 403);
    assert!(app.accounts.bootstrap_token().await.unwrap().is_none());
    assert!(!format!("{:?}", app.events().await).contains(token.expose()));
}

#[tokio::test]
async fn who_tries_out_tokens_is_stopped_before_the_trail_is_full_of_them() {
    let app = app();
    app.account("eve").await;
    let mut eve = app.signed_in("eve").await;
    for _ in 0..5 {
        let answer = eve.post("/account/admin/bootstrap", json!({"token": "guess"})).await;
        assert_eq!(answer.status, 403);
        let answer = eve.post("/account/invitations/accept", json!({"token": "guess"})).await;
        assert_eq!(answer.status, 403);
    }
    let before = app.events().await.len();
    for place in ["admin/bootstrap", "invitations/accept"] {
        let answer = eve.post(&format!("/account/{place}"), json!({"token": "guess"})).await;
        assert_eq!((answer.status, &answer.json()["code"]), (429, &json!("too_many_attempts")));
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(app.events().await.len(), before);
}

#[tokio::test]
async fn an_invitation_gives_a_role_to_who_brings_it() {
    let app = app();
    let (mut ann, admin) = admin(&app).await;
    let body = json!({"roles": ["admin"], "reason": "new colleague"});
    let answer = ann.post("/account/admin/invitations", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let bob = app.account("bob").await;
    let mut other = app.signed_in("bob").await;
    let accept = json!({"token": token});
    assert_eq!(other.post("/account/invitations/accept", accept.clone()).await.status, 204);
    let shown = ann.get(&path(&bob, "")).await.json();
    let role = shown["roles"].as_array().unwrap().iter().find(|it| it["name"] == "admin").unwrap();
    assert_eq!(role["granted_by"], json!(admin));
    assert_eq!(other.post("/account/invitations/accept", accept).await.status, 403);
    let unknown = json!({"roles": ["root"], "reason": "x"});
    assert_eq!(ann.post("/account/admin/invitations", unknown).await.status, 404);
}

#[tokio::test]
async fn the_audit_trail_is_read_in_parts_and_checked() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let bob = app.account("bob").await;
    ann.put(&path(&bob, "/roles/admin"), json!({"reason": "x"})).await;
    let all = ann.get("/account/admin/audit?limit=1000").await.json();
    let all = all.as_array().unwrap();
    let rest = ann.get("/account/admin/audit?after=2&limit=1").await.json();
    assert_eq!(rest.as_array().unwrap().len(), 1);
    assert_eq!(rest[0], all[2]);
    let of_bob = ann.get(&format!("/account/admin/audit?account={bob}")).await.json();
    assert!(of_bob.as_array().unwrap().iter().all(|it| it["entry"]["account"] == json!(bob)));
    let assigned =
        all.iter().find(|it| it["entry"]["detail"]["reason"] == "x").expect("it was assigned");
    assert_eq!(assigned["entry"]["event"], "assigned");
    let csv = ann.get("/account/admin/audit?format=csv").await;
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"), "{csv:?}");
    assert!(csv.body.starts_with("position,at,"), "{csv:?}");
    let lines = ann.get("/account/admin/audit?format=jsonl&limit=1000").await;
    assert_eq!(lines.body.lines().count(), all.len());
    for bad in ["format=xml", "after=-1", "account=x", "limit=many"] {
        assert_eq!(ann.get(&format!("/account/admin/audit?{bad}")).await.status, 400, "{bad}");
    }
    let chain = ann.get("/account/admin/audit/chain").await.json();
    assert_eq!((&chain["intact"], &chain["broken"]), (&json!(all.len()), &Value::Null));
    let anchor = chain["anchor"].as_str().unwrap();
    let later = ann.get(&format!("/account/admin/audit/chain?anchor={anchor}")).await.json();
    assert_eq!(later["broken"], Value::Null);
    assert_eq!(ann.get("/account/admin/audit/chain?anchor=x").await.status, 400);
}

#[tokio::test]
async fn the_access_review_is_json_csv_or_a_page() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let place = "/account/admin/access-review";
    assert_eq!(ann.get(place).await.json()["code"], "no_access_map");
    let map: AccessMap =
        auth_core::Router::new().nest("/account", app.accounts.router()).access_map();
    app.accounts.use_access_map(map);
    let review = ann.get(place).await;
    assert_eq!(review.header("content-type").as_deref(), Some("application/json"));
    let endpoints = review.json()["endpoints"].as_array().unwrap().clone();
    let lock = endpoints
        .iter()
        .find(|it| it["endpoint"] == "POST /account/admin/accounts/{id}/lock")
        .unwrap();
    assert_eq!(lock["callers"][0]["username"], "ann");
    assert_eq!(lock["callers"][0]["because"][0]["name"], "admin");
    assert_eq!(lock["callers"][0]["provided"], r#"max_age = "10m""#);
    let csv = ann.get(&format!("{place}?format=csv")).await;
    assert!(csv.body.starts_with("endpoint,requirement,"), "{csv:?}");
    let mut page = ann.clone().with_header("accept", "text/html,application/xml;q=0.9,*/*;q=0.8");
    let page = page.get(place).await;
    assert!(page.body.starts_with("<!doctype html>"), "{page:?}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert_eq!(ann.get(&format!("{place}?format=pdf")).await.status, 400);
}

#[tokio::test]
async fn r112_without_the_store_nothing_is_said_to_be_done() {
    let app = app();
    let (mut ann, _) = admin(&app).await;
    let bob = app.account("bob").await;
    ann.get(&path(&bob, "")).await;
    app.store.faults().fail_on(&["AssignmentStore::assign", "AccountStore::set_status"]);
    let answer = ann.put(&path(&bob, "/roles/admin"), json!({"reason": "x"})).await;
    assert_eq!((answer.status, answer.header("retry-after").as_deref()), (503, Some("1")));
    assert_eq!(ann.post(&path(&bob, "/lock"), Value::Null).await.status, 503);
    app.store.faults().fail_on(&[]);
    assert_eq!(ann.get(&path(&bob, "")).await.json()["status"], "active");
    assert!(ORIGIN.starts_with("https://"));
}

#[tokio::test]
async fn r83_another_node_knows_of_a_withdrawn_role_by_the_feed() {
    let app = app();
    let other = app.another_node(|builder| builder.assignments(settings()));
    let (ann, admin) = admin(&app).await;
    let ben = app.account("ben").await;
    app.accounts.assign_as_program(&ben, Role::Admin, "for the test").await.unwrap();
    let mut there = ann.at(&other);
    // Kept there from now on, for half a minute if nothing else is said.
    assert_eq!(there.get("/account/admin/accounts").await.status, 200);
    let mut ben = app.signed_in("ben").await;
    assert_eq!(ben.delete(&path(&admin, "/roles/admin")).await.status, 204);
    super::support::eventually(|| {
        let mut there = there.clone();
        async move { there.get("/account/admin/accounts").await.status == 403 }
    })
    .await;
}
