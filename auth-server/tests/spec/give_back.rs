//! Introspection and revocation: requirements 65 to 68.

use serde_json::json;

use super::support::{API, FILES, SECRET, World, basic, form, header_of};

fn revoke(token: &str, more: &[(&str, &str)]) -> String {
    let mut pairs = vec![("token", token), ("client_id", "spa")];
    pairs.extend(more);
    form(&pairs)
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn a65_who_gives_a_token_back_that_is_not_its_own_hears_nothing_and_does_nothing() {
    let world = World::new().await;
    let http = world.serve().await;
    let tokens = world.tokens("read files").await;
    let opaque = form(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens["refresh_token"])),
        ("client_id", "spa"),
        ("resource", FILES),
    ]);
    let files = http.post("/token", &opaque, &[]).await.ok();
    let header = basic("web", SECRET);
    let header = [("authorization", &*header)];
    let (jwt, opaque) = (text(&tokens["access_token"]), text(&files["access_token"]));
    let refresh = text(&files["refresh_token"]);
    for token in [jwt, opaque, refresh, "unknown", "a.b.c", "\0", "..", &"a".repeat(20_000)] {
        for hint in ["access_token", "refresh_token", "saml", ""] {
            let foreign = form(&[("token", token), ("token_type_hint", hint)]);
            let answer = http.post("/revoke", &foreign, &header).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0), "{token}");
            assert_eq!(answer.header("content-type"), "");
        }
    }
    assert!(world.is_active(jwt).await && world.is_active(opaque).await);
    let next = world.refresh("spa", refresh).await.ok();
    // Its own, once more and again.
    for _ in 0..2 {
        let own = revoke(text(&next["refresh_token"]), &[]);
        assert_eq!(http.post("/revoke", &own, &[]).await.status, 200);
    }
    let spent = http.post("/revoke", &revoke(refresh, &[]), &[]).await;
    assert_eq!(spent.status, 200);
    // A client that does not authenticate gets an error.
    let answer = http.post("/revoke", &form(&[("token", jwt)]), &[]).await;
    assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    let answer = http.post("/revoke", &form(&[("client_id", "spa")]), &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn a66_a_refresh_token_that_is_given_back_ends_its_grant_with_any_hint() {
    let world = World::new().await;
    for hint in ["refresh_token", "access_token", "nonsense"] {
        let tokens = world.tokens("read").await;
        let (access, refresh) = (text(&tokens["access_token"]), text(&tokens["refresh_token"]));
        let form = revoke(refresh, &[("token_type_hint", hint)]);
        assert_eq!(world.post("/revoke", &form).await.status, 200);
        assert!(!world.is_active(access).await, "{hint}");
        assert_eq!(world.refresh("spa", refresh).await.error(), "invalid_grant");
    }
}

#[tokio::test]
async fn a66_an_access_token_that_is_given_back_is_revoked_alone() {
    let world = World::new().await;
    for hint in ["refresh_token", "access_token"] {
        let tokens = world.tokens("read files").await;
        let access = text(&tokens["access_token"]);
        let form_of = |token: &str| revoke(token, &[("token_type_hint", hint)]);
        assert_eq!(world.post("/revoke", &form_of(access)).await.status, 200);
        assert!(!world.is_active(access).await);
        let opaque = form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&tokens["refresh_token"])),
            ("client_id", "spa"),
            ("resource", FILES),
        ]);
        let files = world.post("/token", &opaque).await.ok();
        let access = text(&files["access_token"]);
        assert!(world.is_active(access).await);
        assert_eq!(world.post("/revoke", &form_of(access)).await.status, 200);
        assert!(!world.is_active(access).await);
    }
    // A client's own.
    let own = form(&[("grant_type", "client_credentials")]);
    let token = world.post_as("worker", "/token", &own).await.ok();
    let token = text(&token["access_token"]);
    assert!(world.is_active(token).await);
    world.post_as("worker", "/revoke", &form(&[("token", token)])).await;
    assert!(!world.is_active(token).await);
}

/// Holds P-37.
#[tokio::test]
async fn a67_what_is_not_good_or_not_for_the_one_who_asks_is_not_active_and_no_more() {
    let world = World::new().await;
    let http = world.serve().await;
    let inactive = json!({ "active": false });
    let tokens = world.tokens("openid read").await;
    let jwt = text(&tokens["access_token"]);
    let ask = async |client: &str, token: &str| {
        let header = basic(client, SECRET);
        http.post("/introspect", &form(&[("token", token)]), &[("authorization", &header)]).await
    };
    assert_eq!(ask("api", jwt).await.ok()["active"], true);
    // The token is for another resource, or the client is not a resource server.
    for client in ["files-api", "web", "worker"] {
        assert_eq!(ask(client, jwt).await.ok(), inactive, "{client}");
    }
    let header = jwt.split('.').next().unwrap();
    let changed = format!("{jwt}x");
    let none = format!("{header}.e30.");
    let (id, refresh) = (text(&tokens["id_token"]), text(&tokens["refresh_token"]));
    for token in ["unknown", "a.b.c", &changed, &none, id, refresh, &"a".repeat(30_000)] {
        assert_eq!(ask("api", token).await.ok(), inactive, "{token}");
    }
    // A client that does not authenticate learns nothing, and a public client cannot authenticate.
    for form in [form(&[("token", jwt)]), form(&[("token", jwt), ("client_id", "spa")])] {
        let answer = http.post("/introspect", &form, &[]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    }
    let answer = ask("api", "").await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
    // A user that is blocked.
    world.accounts.block("alice");
    assert_eq!(ask("api", jwt).await.ok(), inactive);
}

#[tokio::test]
async fn a67_a_token_that_has_expired_is_not_active() {
    let world = World::new().await;
    let jwt = world.tokens("read").await["access_token"].as_str().unwrap().to_owned();
    let own = form(&[("grant_type", "client_credentials"), ("resource", FILES)]);
    let opaque = world.post_as("worker", "/token", &own).await.ok();
    let opaque = text(&opaque["access_token"]);
    world.clock.advance(599);
    assert!(world.is_active(&jwt).await && world.is_active(opaque).await);
    world.clock.advance(1);
    assert!(!world.is_active(&jwt).await && !world.is_active(opaque).await);
}

#[tokio::test]
async fn a68_what_is_active_says_all_that_a_resource_server_needs() {
    let world = World::new().await;
    let tokens = world.tokens("openid read").await;
    let jwt = text(&tokens["access_token"]);
    assert_eq!(header_of(jwt)["typ"], "at+jwt");
    let said = world.introspect(jwt).await;
    assert_eq!(said["active"], true);
    assert_eq!((&said["aud"], &said["client_id"]), (&json!(API), &json!("spa")));
    assert_eq!((&said["scope"], &said["token_type"]), (&json!("openid read"), &json!("Bearer")));
    assert_eq!((&said["sub"], &said["exp"]), (&json!("alice"), &json!(world.now() + 600)));
    assert_eq!(said["roles"], json!(["manager"]));
    let own = form(&[("grant_type", "client_credentials"), ("resource", FILES)]);
    let opaque = world.post_as("worker", "/token", &own).await.ok();
    let said = world.introspect(text(&opaque["access_token"])).await;
    assert_eq!((&said["active"], &said["aud"]), (&json!(true), &json!(FILES)));
    assert_eq!((&said["scope"], &said["token_type"]), (&json!("files"), &json!("Bearer")));
    assert!(said["exp"].is_u64() && said["client_id"] == "worker");
}
