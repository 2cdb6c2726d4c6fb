//! Access tokens and ID tokens: what they say, and what they are not taken for. Every one of them is read by
//! `jsonwebtoken`, too.

use auth_core::Authenticator;
use auth_core::testing::DpopKey;
use auth_server::{Client, Resource, SigningAlgorithm, SigningKeys};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde_json::{Value, json};

use super::log::Log;
use super::support::{API, CALLBACK, FILES, ISSUER, NOW, Scope, World, claims_of, form, header_of};

/// The claims of a token by the judgement of `jsonwebtoken`, whose header is compared with its own.
async fn decoded(world: &World, token: &str, typ: &str, audience: &str) -> Value {
    let set: JwkSet = serde_json::from_value(world.get("/jwks").await.ok()).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let key = set.find(header.kid.as_deref().unwrap()).unwrap();
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Its clock is that of the operating system.
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(key).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the second opinion")]
    let decoded = jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap();
    let mut own = Header::new(header.alg);
    own.typ = Some(typ.to_owned());
    own.kid = header.kid.clone();
    assert_eq!(header_of(token), serde_json::to_value(own).unwrap());
    decoded.claims
}

async fn client_token(world: &World, more: &[(&str, &str)]) -> Value {
    let mut pairs = vec![("grant_type", "client_credentials")];
    pairs.extend(more);
    world.post_as("worker", "/token", &form(&pairs)).await.ok()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a78_an_access_token_is_as_rfc_9068_says() {
    let world = World::new().await;
    let tokens = world.tokens("openid read").await;
    let token = text(&tokens["access_token"]);
    let claims = decoded(&world, token, "at+jwt", API).await;
    assert_eq!(header_of(token)["alg"], "ES256");
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], API);
    assert_eq!(claims["sub"], "alice");
    assert_eq!(claims["client_id"], "spa");
    assert_eq!(claims["iat"], NOW);
    assert_eq!(claims["exp"], NOW + 600);
    assert_eq!(tokens["expires_in"], 600);
    assert_eq!(claims["auth_time"], NOW - 5);
    assert_eq!(claims["acr"], "pwd");
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(text(&claims["jti"]).len(), 22);
    let other = world.tokens("openid read").await;
    assert_ne!(claims_of(text(&other["access_token"]))["jti"], claims["jti"]);
    // Nothing of a person is in it but the subject.
    for name in ["email", "preferred_username", "nonce", "at_hash"] {
        assert!(claims.get(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn a78_access_tokens_are_signed_with_the_first_algorithm() {
    let keys =
        SigningKeys::default().algorithms([SigningAlgorithm::Rs256, SigningAlgorithm::Es256]);
    let world = World::with(|it| it.signing_keys(keys)).await;
    let tokens = client_token(&world, &[("resource", API)]).await;
    let token = text(&tokens["access_token"]);
    decoded(&world, token, "at+jwt", API).await;
    assert_eq!(header_of(token)["alg"], "RS256");
}

#[tokio::test]
async fn a79_the_audience_is_the_resource_that_was_asked_for_or_the_default() {
    let world = World::new().await;
    let default = client_token(&world, &[]).await;
    assert_eq!(claims_of(text(&default["access_token"]))["aud"], API);
    let asked = client_token(&world, &[("resource", "HTTPS://API.example.com/")]).await;
    assert_eq!(claims_of(text(&asked["access_token"]))["aud"], API, "as it is configured");
    let opaque = client_token(&world, &[("resource", FILES)]).await;
    assert!(!text(&opaque["access_token"]).contains('.'));
}

#[tokio::test]
async fn a80_scopes_are_those_granted_and_names_come_from_the_account_alone() {
    let world = World::new().await;
    let tokens = world.tokens("openid read").await;
    let claims = claims_of(text(&tokens["access_token"]));
    assert_eq!(claims["scope"], "openid read");
    assert_eq!(claims["roles"], json!(["manager"]));
    assert_eq!(claims["groups"], json!(["/staff"]));
    // A client's own token has its own roles, and nothing of a user.
    let tokens = client_token(&world, &[("scope", "write")]).await;
    let claims = claims_of(text(&tokens["access_token"]));
    assert_eq!(claims["scope"], "write");
    assert_eq!(claims["roles"], json!(["auditor"]));
    assert_eq!(claims["sub"], "worker");
    for name in ["groups", "auth_time", "acr", "amr", "sid"] {
        assert!(claims.get(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn claims_of_the_application_are_in_access_tokens_or_with_the_scope_profile_in_id_tokens() {
    let world = World::new().await;
    world.accounts.give_access_token_claim("tenant", "acme");
    world.accounts.give_profile_claim("address", json!({ "country": "CH" }));
    for scope in ["openid read", "openid profile read"] {
        let tokens = world.tokens(scope).await;
        let access = decoded(&world, text(&tokens["access_token"]), "at+jwt", API).await;
        let id = decoded(&world, text(&tokens["id_token"]), "JWT", "spa").await;
        assert_eq!(access["tenant"], "acme");
        assert_eq!(id.get("tenant"), None);
        assert_eq!(access.get("address"), None);
        let profile = scope.contains("profile").then(|| json!({ "country": "CH" }));
        assert_eq!(id.get("address"), profile.as_ref());
        let token = form(&[("access_token", text(&tokens["access_token"]))]);
        let userinfo = world.post("/userinfo", &token).await.ok();
        assert_eq!(userinfo.get("address"), profile.as_ref());
        assert_eq!(userinfo.get("tenant"), None);
    }
    // As the account has them when the token is refreshed.
    let tokens = world.tokens("read").await;
    world.accounts.give_access_token_claim("tenant", "umbrella");
    let refreshed = world.refresh("spa", text(&tokens["refresh_token"])).await.ok();
    assert_eq!(claims_of(text(&refreshed["access_token"]))["tenant"], "umbrella");
    // A token of a client has no claims of a user.
    let tokens = client_token(&world, &[]).await;
    assert_eq!(claims_of(text(&tokens["access_token"])).get("tenant"), None);
    // An opaque token has them where it is introspected.
    let tokens = world.tokens("read files").await;
    let refresh = form(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens["refresh_token"])),
        ("client_id", "spa"),
        ("resource", FILES),
    ]);
    let tokens = world.post("/token", &refresh).await.ok();
    let token = form(&[("token", text(&tokens["access_token"]))]);
    assert_eq!(world.post_as("api", "/introspect", &token).await.ok()["tenant"], "umbrella");
}

#[tokio::test]
async fn a_user_with_a_claim_of_a_reserved_name_gets_no_token() {
    for name in ["exp", "roles", "permissions", "email_verified"] {
        for is_profile in [false, true] {
            let log = Log::begin();
            let world = World::new().await;
            let tokens = world.tokens("openid read").await;
            if is_profile {
                world.accounts.give_profile_claim(name, true);
            } else {
                world.accounts.give_access_token_claim(name, true);
            }
            let refresh = text(&tokens["refresh_token"]);
            let refused = world.refresh("spa", refresh).await;
            assert_eq!(refused.refusal(), (500, "server_error".to_owned()), "{name}");
            assert!(log.text().contains(name), "{name}");
            let token = form(&[("access_token", text(&tokens["access_token"]))]);
            assert_eq!(world.post("/userinfo", &token).await.status, 500, "{name}");
            // Nothing was used up.
            world.accounts.take_own_claims();
            world.refresh("spa", refresh).await.ok();
        }
    }
}

#[tokio::test]
async fn a81_an_id_token_opens_no_api_and_an_access_token_is_no_id_token() {
    // A resource whose name is that of the client: the audiences are the same.
    let world = World::with(|it| {
        it.resource(Resource::new("urn:both").scope("both", None)).client(
            Client::public("urn:both")
                .redirect_uri(CALLBACK)
                .scopes(["openid", "both"])
                .resources(["urn:both"]),
        )
    })
    .await;
    let code = world
        .code_with("urn:both", "openid both", |grant, _| grant.resources = vec!["urn:both".into()])
        .await;
    let tokens = world.redeem(&code).await.ok();
    let api = Authenticator::builder()
        .vocabulary::<(Scope,)>()
        .verifier(world.server.verifier("urn:both").unwrap())
        .build()
        .unwrap();
    let (access, id) = (text(&tokens["access_token"]), text(&tokens["id_token"]));
    assert_eq!(claims_of(access)["aud"], claims_of(id)["aud"]);
    assert!(api.authenticate_bearer(access).await.is_ok());
    assert!(api.authenticate_bearer(id).await.is_err());
    // By its type a client sees what it has.
    assert_eq!(
        (&header_of(access)["typ"], &header_of(id)["typ"]),
        (&json!("at+jwt"), &json!("JWT"))
    );
    // At the server, an access token is no hint.
    let hint = |token: &str| format!("/end-session?{}", form(&[("id_token_hint", token)]));
    let (good, bad) = (world.get(&hint(id)).await, world.get(&hint(access)).await);
    assert!(good.status.as_u16() < 500 && bad.status.as_u16() < 500);
}

#[tokio::test]
async fn a122_an_id_token_comes_with_openid_alone() {
    let world = World::new().await;
    let tokens = world.tokens("read").await;
    assert!(tokens.get("id_token").is_none());
    let tokens = world.tokens("openid read").await;
    let claims = decoded(&world, text(&tokens["id_token"]), "JWT", "spa").await;
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], "alice");
    assert_eq!(claims["aud"], "spa");
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(NOW), &json!(NOW + 600)));
    assert_eq!(claims["nonce"], "nonce-1");
    assert_eq!(claims["auth_time"], NOW - 5);
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("pwd"), &json!(["pwd"])));
    assert_eq!(claims["sid"], "session-1");
    let hash = digest(&SHA256, text(&tokens["access_token"]).as_bytes());
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
    for name in ["email", "preferred_username", "roles", "groups", "scope", "client_id"] {
        assert!(claims.get(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn a122_scopes_say_what_an_id_token_says_of_the_user() {
    let world = World::new().await;
    let tokens = world.tokens("openid profile email").await;
    let claims = claims_of(text(&tokens["id_token"]));
    assert_eq!(claims["preferred_username"], "alice");
    assert_eq!(claims["email"], "alice@example.com");
    assert_eq!(claims["email_verified"], true);
    // Those of the request: a client that asks for fewer, or has lost some since, gets fewer claims.
    let http = world.serve().await;
    let refresh = form(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens["refresh_token"])),
        ("client_id", "spa"),
        ("scope", "openid profile"),
    ]);
    let fewer = http.post("/token", &refresh, &[]).await.ok();
    let claims = claims_of(text(&fewer["id_token"]));
    assert_eq!(claims["preferred_username"], "alice");
    assert_eq!(claims.get("email"), None);
    assert_eq!(claims.get("email_verified"), None);
}

#[tokio::test]
async fn a123_id_tokens_are_signed_with_rs256_unless_the_client_says_otherwise() {
    let world = World::with(|it| {
        it.client(
            Client::public("es256")
                .redirect_uri(CALLBACK)
                .scopes(["openid"])
                .id_token_signed_response_alg("ES256"),
        )
    })
    .await;
    let tokens = world.tokens("openid").await;
    assert_eq!(header_of(text(&tokens["id_token"]))["alg"], "RS256");
    let code = world.code("es256", "openid").await;
    let tokens = world.redeem(&code).await.ok();
    let claims = decoded(&world, text(&tokens["id_token"]), "JWT", "es256").await;
    assert_eq!(claims["aud"], "es256");
    assert_eq!(
        jsonwebtoken::decode_header(text(&tokens["id_token"])).unwrap().alg,
        Algorithm::ES256
    );
}

#[tokio::test]
async fn a125_a_subject_is_short_ascii_and_no_clients() {
    let world = World::new().await;
    for subject in ["", "\u{e4}", &"a".repeat(256), "worker"] {
        let code = world
            .code_with("spa", "openid", |grant, _| subject.clone_into(&mut grant.subject))
            .await;
        assert_eq!(world.redeem(&code).await.error(), "server_error", "{subject}");
    }
    let longest = "a".repeat(255);
    let code = world.code_with("spa", "openid", |grant, _| grant.subject = longest.clone()).await;
    let tokens = world.redeem(&code).await.ok();
    assert_eq!(claims_of(text(&tokens["id_token"]))["sub"], longest.as_str());
}

#[tokio::test]
async fn a126_a_refreshed_id_token_is_of_the_same_sign_in_without_a_nonce() {
    let world = World::new().await;
    let first = world.tokens("openid offline_access read").await;
    world.clock.advance(1_000);
    let second = world.refresh("spa", text(&first["refresh_token"])).await.ok();
    let (before, after) =
        (claims_of(text(&first["id_token"])), claims_of(text(&second["id_token"])));
    for name in ["iss", "sub", "aud", "auth_time", "acr", "amr", "sid"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_eq!(after["iat"], NOW + 1_000);
    assert!(after.get("nonce").is_none());
    assert_ne!(before["at_hash"], after["at_hash"]);
}

#[tokio::test]
async fn a_token_is_bound_to_the_key_that_was_proved_and_ends_with_its_grant() {
    let world = World::new().await;
    let key = DpopKey::generate().unwrap().with_clock(world.clock.clone());
    let code = world.code_with("spa", "read", |grant, _| grant.expires_at = NOW + 100).await;
    let proof = key.proof("POST", format!("{ISSUER}/token")).sign().unwrap();
    let tokens =
        world.post_with("/token", &code.form(&[("client_id", "spa")]), &[("dpop", &proof)]).await;
    let tokens = tokens.ok();
    let claims = decoded(&world, text(&tokens["access_token"]), "at+jwt", API).await;
    assert_eq!(claims["cnf"], json!({ "jkt": key.thumbprint() }));
    assert_eq!(members(&claims["cnf"]), ["jkt"]);
    assert_eq!((&claims["exp"], &tokens["expires_in"]), (&json!(NOW + 100), &json!(100)));
}
