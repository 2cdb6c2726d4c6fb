//! What a server says of itself, its keys and its users, over real HTTP.

use auth_core::Jwks;
use serde_json::{Value, json};

use super::support::{Answer, Http, ISSUER, World, claims_of, form, header_of};

async fn get(http: Http, path: &str, headers: &[(&str, &str)]) -> Answer {
    http.request("GET", path, headers, b"").await
}

async fn tokens(world: &World, http: Http, scopes: &str) -> Value {
    let code = world.code("spa", scopes).await;
    http.post("/token", &code.form(&[("client_id", "spa")]), &[]).await.ok()
}

#[tokio::test]
async fn a69_a72_a73_a77_a123_metadata_over_http_are_those_of_the_issuer() {
    let world = World::new().await;
    let http = world.serve().await;
    let spoofed = [("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
    let mut documents = Vec::new();
    for place in ["oauth-authorization-server", "openid-configuration"] {
        // The host of the request is the address of this machine.
        documents.push(get(http, &format!("/.well-known/{place}"), &spoofed).await.ok());
    }
    assert_eq!(documents[0], documents[1]);
    let document = &documents[0];
    assert_eq!(document["issuer"], ISSUER);
    assert!(document["jwks_uri"].as_str().unwrap().starts_with(ISSUER));
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    let algorithms = document["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&json!("RS256")));
    assert!(document["scopes_supported"].as_array().unwrap().contains(&json!("offline_access")));
    let resource = get(http, "/.well-known/oauth-protected-resource", &[]).await.ok();
    assert!(!resource["scopes_supported"].as_array().unwrap().contains(&json!("offline_access")));
}

#[tokio::test]
async fn a71_every_endpoint_of_the_metadata_answers_over_http() {
    let world = World::new().await;
    let http = world.serve().await;
    let document = get(http, "/.well-known/openid-configuration", &[]).await.ok();
    for (name, value) in document.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let path = value.as_str().unwrap().strip_prefix(ISSUER).unwrap();
            let answer = get(http, path, &[]).await;
            assert!(answer.status != 404 && answer.status.as_u16() < 500, "{name}");
        }
    }
}

#[tokio::test]
async fn a74_a78_a81_a122_a124_a126_keys_and_tokens_over_http() {
    let world = World::new().await;
    let http = world.serve().await;
    let jwks = get(http, "/jwks", &[]).await;
    let etag = jwks.header("etag").to_owned();
    for member in ["\"d\"", "\"p\"", "\"q\"", "\"k\"", "\"oct\""] {
        assert!(!jwks.text().contains(member), "{member}");
    }
    assert_eq!(Jwks::from_json(&jwks.text()).unwrap().len(), 2);
    assert_eq!(get(http, "/jwks", &[("if-none-match", &etag)]).await.status, 304);

    let first = tokens(&world, http, "openid offline_access email read").await;
    let access = first["access_token"].as_str().unwrap();
    let id = first["id_token"].as_str().unwrap();
    assert_eq!(
        (&header_of(access)["typ"], &header_of(id)["typ"]),
        (&json!("at+jwt"), &json!("JWT"))
    );
    for method in ["GET", "POST"] {
        let authorization = format!("Bearer {access}");
        let headers = [("authorization", &*authorization)];
        let said = http.request(method, "/userinfo", &headers, b"").await.ok();
        assert_eq!((&said["sub"], &said["email"]), (&json!("alice"), &json!("alice@example.com")));
    }
    let as_access_token = format!("Bearer {id}");
    let refused = get(http, "/userinfo", &[("authorization", &as_access_token)]).await;
    assert_eq!(refused.status, 401);

    let refresh = first["refresh_token"].as_str().unwrap();
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", "spa")];
    let second = http.post("/token", &form(&pairs), &[]).await.ok();
    let (before, after) = (claims_of(id), claims_of(second["id_token"].as_str().unwrap()));
    for name in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_eq!((&before["nonce"], after.get("nonce")), (&json!("nonce-1"), None));
}
