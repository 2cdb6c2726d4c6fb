//! Userinfo.

use auth_core::testing::DpopKey;
use auth_server::Client;
use auth_server::store::{AuthorizationStore as _, RevocationReason};
use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use super::support::{Answer, CALLBACK, FILES, ISSUER, World, claims_of, form};

async fn ask(world: &World, method: Method, authorization: &str, more: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri("/userinfo");
    if !authorization.is_empty() {
        request = request.header("authorization", authorization);
    }
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::empty()).unwrap()).await
}

fn bearer(tokens: &Value) -> String {
    format!("Bearer {}", tokens["access_token"].as_str().unwrap())
}

#[tokio::test]
async fn a124_userinfo_answers_get_and_post_with_the_subject_of_the_id_token() {
    let world = World::new().await;
    let tokens = world.tokens("openid profile email").await;
    for method in [Method::GET, Method::POST] {
        let answer = ask(&world, method, &bearer(&tokens), &[]).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cache-control"), "no-store");
        let said = answer.ok();
        let id_token = claims_of(tokens["id_token"].as_str().unwrap());
        assert_eq!(said["sub"], id_token["sub"]);
        let expected = json!({
            "sub": "alice",
            "preferred_username": "alice",
            "email": "alice@example.com",
            "email_verified": true,
        });
        assert_eq!(said, expected);
    }
    // In the form, as RFC 6750 §2.2 has it.
    let body = form(&[("access_token", tokens["access_token"].as_str().unwrap())]);
    assert_eq!(world.post("/userinfo", &body).await.ok()["sub"], "alice");
    let authorization = bearer(&tokens);
    let both = world.post_with("/userinfo", &body, &[("authorization", &authorization)]).await;
    assert_eq!(both.refusal(), (400, "invalid_request".to_owned()), "by one way alone");
    // In the address it is not read.
    let query = world.get(&format!("/userinfo?{body}")).await;
    assert_eq!(query.status, 401);
    assert_eq!(world.request(Method::PUT, "/userinfo").await.status, 405);
}

#[tokio::test]
async fn a124_userinfo_says_what_the_scopes_of_the_token_allow() {
    let world = World::new().await;
    let tokens = world.tokens("openid read").await;
    let said = ask(&world, Method::GET, &bearer(&tokens), &[]).await.ok();
    assert_eq!(said, json!({ "sub": "alice" }));
}

#[tokio::test]
async fn a124_userinfo_refuses_in_the_words_of_rfc_6750() {
    let world = World::new().await;
    let absent = ask(&world, Method::GET, "", &[]).await;
    assert_eq!(absent.status, 401);
    assert!(absent.header("www-authenticate").starts_with("Bearer"), "no error without a token");
    assert!(!absent.header("www-authenticate").contains("error"));
    assert_eq!(absent.header("access-control-allow-origin"), "*");

    let broken = ask(&world, Method::GET, "Bearer abc", &[]).await;
    assert_eq!(broken.status, 401);
    assert!(broken.header("www-authenticate").contains(r#"error="invalid_token""#));

    let without_openid = world.tokens("read").await;
    let refused = ask(&world, Method::GET, &bearer(&without_openid), &[]).await;
    assert_eq!(refused.status, 403);
    assert!(refused.header("www-authenticate").contains(r#"error="insufficient_scope""#));
    assert!(refused.header("www-authenticate").contains("openid"));

    let id_token = world.tokens("openid").await["id_token"].as_str().unwrap().to_owned();
    let refused = ask(&world, Method::GET, &format!("Bearer {id_token}"), &[]).await;
    assert_eq!(refused.status, 401, "an ID token is no access token");
}

#[tokio::test]
async fn a124_userinfo_takes_bound_tokens_with_their_proof_alone() {
    let world = World::new().await;
    let key = DpopKey::generate().unwrap().with_clock(world.clock.clone());
    let code = world.code("spa", "openid").await;
    let proof = key.proof("POST", format!("{ISSUER}/token")).sign().unwrap();
    let answer =
        world.post_with("/token", &code.form(&[("client_id", "spa")]), &[("dpop", &proof)]).await;
    let token = answer.ok()["access_token"].as_str().unwrap().to_owned();
    let dpop = format!("DPoP {token}");
    for method in [Method::GET, Method::POST] {
        let proof = key.proof(method.as_str(), format!("{ISSUER}/userinfo")).token(&token);
        let proof = proof.sign().unwrap();
        let answer = ask(&world, method.clone(), &dpop, &[("dpop", &proof)]).await;
        assert_eq!(answer.ok()["sub"], "alice");
    }
    assert_eq!(ask(&world, Method::GET, &dpop, &[]).await.status, 401);
    assert_eq!(ask(&world, Method::GET, &format!("Bearer {token}"), &[]).await.status, 401);
    let elsewhere = key.proof("GET", format!("{ISSUER}/token")).token(&token).sign().unwrap();
    assert_eq!(ask(&world, Method::GET, &dpop, &[("dpop", &elsewhere)]).await.status, 401);
}

#[tokio::test]
async fn a124_userinfo_takes_opaque_tokens() {
    let world = World::new().await;
    let code = world.code("spa", "openid files").await;
    let tokens =
        world.post("/token", &code.form(&[("client_id", "spa"), ("resource", FILES)])).await;
    let tokens = tokens.ok();
    assert!(!tokens["access_token"].as_str().unwrap().contains('.'));
    assert_eq!(ask(&world, Method::GET, &bearer(&tokens), &[]).await.ok()["sub"], "alice");
}

#[tokio::test]
async fn a124_userinfo_says_nothing_for_a_grant_that_has_ended_or_a_user_who_is_blocked() {
    let world = World::new().await;
    let code = world.code("spa", "openid").await;
    let tokens = world.redeem(&code).await.ok();
    assert_eq!(ask(&world, Method::GET, &bearer(&tokens), &[]).await.status, 200);
    let why = RevocationReason::SignedOut;
    assert!(world.store.revoke_grant(&code.grant.id, why, world.now()).await.unwrap());
    let refused = ask(&world, Method::GET, &bearer(&tokens), &[]).await;
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").contains("invalid_token"));

    let tokens = world.tokens("openid").await;
    world.accounts.block("alice");
    assert_eq!(ask(&world, Method::GET, &bearer(&tokens), &[]).await.status, 401);
}

#[tokio::test]
async fn a124_userinfo_says_nothing_to_a_client_that_is_gone() {
    let world = World::new().await;
    let (store, clock) = (world.store.clone(), world.clock.clone());
    // Another node, whose settings still have the client.
    let before = World::with(|builder| {
        let client = Client::public("gone").redirect_uri(CALLBACK).scopes(["openid"]);
        builder.store(store.clone()).transient(store).clock(clock).client(client)
    })
    .await;
    let code = world.code("gone", "openid").await;
    let tokens = before.redeem(&code).await.ok();
    assert_eq!(ask(&before, Method::GET, &bearer(&tokens), &[]).await.status, 200);
    let refused = ask(&world, Method::GET, &bearer(&tokens), &[]).await;
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").contains("invalid_token"));
    // Nothing else is wrong with the token.
    let other = world.tokens("openid").await;
    assert_eq!(ask(&world, Method::GET, &bearer(&other), &[]).await.status, 200);
}

#[tokio::test]
async fn a124_userinfo_is_below_the_path_of_the_issuer() {
    let world = World::at("https://id.example.com/tenant", |it| it).await;
    let code = world.code("spa", "openid").await;
    let tokens = world.post("/tenant/token", &code.form(&[("client_id", "spa")])).await.ok();
    let request = Request::get("/tenant/userinfo").header("authorization", bearer(&tokens));
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.ok()["sub"], "alice");
}
