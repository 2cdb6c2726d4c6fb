//! Proofs of possession at the endpoints of the server: requirements 43, 60 and 91 to 94.

use auth_core::jose::Algorithm;
use auth_core::testing::{DpopKey, ProofBuilder};
use auth_server::AuthorizationServerBuilder;
use serde_json::Value;

use super::support::{Answer, Http, ISSUER, NOW, SECRET, World, basic, claims_of, form};

const TOKEN: &str = "https://id.example.com/token";

fn key(world: &World) -> DpopKey {
    DpopKey::generate().unwrap().with_clock(world.clock.clone())
}

fn proof(key: &DpopKey) -> ProofBuilder {
    key.proof("POST", TOKEN)
}

async fn post(http: Http, form: &str, proof: &str) -> Answer {
    http.post("/token", form, &[("dpop", proof)]).await
}

/// The form of a public client that refreshes.
fn refresh(tokens: &Value) -> String {
    let token = tokens["refresh_token"].as_str().unwrap();
    form(&[("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "spa")])
}

fn jkt(tokens: &Value) -> Value {
    claims_of(tokens["access_token"].as_str().unwrap())["cnf"]["jkt"].clone()
}

#[tokio::test]
async fn a43_a_token_is_of_the_type_dpop_exactly_when_it_is_bound_to_a_key() {
    let world = World::new().await;
    let http = world.serve().await;
    let key = key(&world);
    let code = world.code("spa", "read").await.form(&[("client_id", "spa")]);
    let bound = post(http, &code, &proof(&key).sign().unwrap()).await.ok();
    assert_eq!(bound["token_type"], "DPoP");
    assert_eq!(jkt(&bound), key.thumbprint());
    let said = world.introspect(bound["access_token"].as_str().unwrap()).await;
    assert_eq!((&said["active"], &said["token_type"]), (&true.into(), &"DPoP".into()));
    assert_eq!(said["cnf"]["jkt"], key.thumbprint());
    let bearer = world.tokens("read").await;
    assert_eq!((&bearer["token_type"], jkt(&bearer)), (&"Bearer".into(), Value::Null));
    // So it is for a client's own token, and at a resource with opaque ones.
    let authorization = basic("worker", SECRET);
    for resource in [super::support::API, super::support::FILES] {
        let own = form(&[("grant_type", "client_credentials"), ("resource", resource)]);
        let proof = proof(&key).sign().unwrap();
        let headers = [("authorization", &*authorization), ("dpop", &*proof)];
        let tokens = http.post("/token", &own, &headers).await.ok();
        assert_eq!(tokens["token_type"], "DPoP");
        let said = world.introspect(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(said["cnf"]["jkt"], key.thumbprint());
    }
}

#[tokio::test]
async fn a60_a_refresh_token_of_a_public_client_needs_its_key() {
    let world = World::new().await;
    let http = world.serve().await;
    let (key, other) = (key(&world), key(&world));
    let code = world.code("spa", "read").await.form(&[("client_id", "spa")]);
    let tokens = post(http, &code, &proof(&key).sign().unwrap()).await.ok();
    let form_of = refresh(&tokens);
    let without = http.post("/token", &form_of, &[]).await;
    assert_eq!(without.refusal(), (400, "invalid_dpop_proof".to_owned()));
    let with_other = post(http, &form_of, &proof(&other).sign().unwrap()).await;
    assert_eq!(with_other.refusal(), (400, "invalid_grant".to_owned()));
    let next = post(http, &form_of, &proof(&key).sign().unwrap()).await.ok();
    assert_eq!(jkt(&next), key.thumbprint());
    // What failed has revoked nothing, also of a token that is spent by now, long after.
    world.clock.advance(60);
    assert_eq!(http.post("/token", &form_of, &[]).await.error(), "invalid_dpop_proof");
    post(http, &refresh(&next), &proof(&key).sign().unwrap()).await.ok();
    // A client that authenticates may come with another key.
    let authorization = basic("web", SECRET);
    let headers = |proof: &str| {
        vec![
            ("authorization".to_owned(), authorization.clone()),
            ("dpop".to_owned(), proof.to_owned()),
        ]
    };
    let send = async |form: &str, proof: &str| {
        let headers = headers(proof);
        let headers: Vec<_> = headers.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        http.post("/token", form, &headers).await.ok()
    };
    let code = world.code("web", "read").await.form(&[]);
    let tokens = send(&code, &proof(&key).sign().unwrap()).await;
    let token = tokens["refresh_token"].as_str().unwrap();
    let form = form(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    assert_eq!(jkt(&send(&form, &proof(&other).sign().unwrap()).await), other.thumbprint());
}

#[tokio::test]
async fn a91_a92_a_proof_is_for_this_endpoint_and_this_moment() {
    let world = World::new().await;
    let http = world.serve().await;
    let key = key(&world);
    let code = world.code("spa", "read").await.form(&[("client_id", "spa")]);
    let at = |address: &str| key.proof("POST", address);
    let symmetric = proof(&key).header("alg", "HS256");
    let private = {
        let mut jwk = key.jwk().clone();
        jwk["d"] = "AAAA".into();
        proof(&key).header("jwk", jwk)
    };
    let address = http.0;
    for (what, proof) in [
        ("another method", key.proof("GET", TOKEN)),
        ("another endpoint", at("https://id.example.com/par")),
        ("another host", at("https://evil.example/token")),
        ("the address of the connection", at(&format!("http://{address}/token"))),
        ("http", at("http://id.example.com/token")),
        ("a path below", at("https://id.example.com/token/a")),
        ("too old", proof(&key).issued_at(NOW - 61)),
        ("too early", proof(&key).issued_at(NOW + 61)),
        ("without a time", proof(&key).without("iat")),
        ("without an id", proof(&key).without("jti")),
        ("without an address", proof(&key).without("htu")),
        ("without a method", proof(&key).without("htm")),
        ("another type", proof(&key).header("typ", "JWT")),
        ("without its key", proof(&key).without_header("jwk")),
        ("with its private key", private),
        ("by a shared secret", symmetric),
        ("by no algorithm", proof(&key).header("alg", "none")),
        ("changed", proof(&key).header("alg", "ES384")),
    ] {
        let answer = post(http, &code, &proof.sign().unwrap()).await;
        assert_eq!(answer.refusal(), (400, "invalid_dpop_proof".to_owned()), "{what}");
    }
    for text in ["", "a.b.c", "nothing", &"a".repeat(17_000)] {
        assert_eq!(post(http, &code, text).await.refusal().1, "invalid_dpop_proof");
    }
    let two = [proof(&key).sign().unwrap(), proof(&key).sign().unwrap()];
    let headers = [("dpop", &*two[0]), ("dpop", &*two[1])];
    let answer = http.post("/token", &code, &headers).await;
    assert_eq!(answer.refusal(), (400, "invalid_dpop_proof".to_owned()));
    // None of it has used the code up. Query and fragment do not count, nor does the case of the host.
    let good = at("https://ID.example.com:443/token?a=b#c").sign().unwrap();
    post(http, &code, &good).await.ok();
}

#[tokio::test]
async fn a91_a_proof_is_used_once() {
    let world = World::new().await;
    let http = world.serve().await;
    let key = key(&world);
    let used = proof(&key).sign().unwrap();
    let code = world.code("spa", "read").await.form(&[("client_id", "spa")]);
    post(http, &code, &used).await.ok();
    let code = world.code("spa", "read").await.form(&[("client_id", "spa")]);
    let again = post(http, &code, &used).await;
    assert_eq!(again.refusal(), (400, "invalid_dpop_proof".to_owned()));
    // The id is taken for its key alone.
    let (one, other) = (proof(&key).id("same"), proof(&self::key(&world)).id("same"));
    post(http, &code, &one.sign().unwrap()).await.ok();
    let code = world.code("spa", "read").await.form(&[("client_id", "spa")]);
    post(http, &code, &other.sign().unwrap()).await.ok();
}

#[tokio::test]
async fn a91_every_algorithm_that_is_advertised_is_accepted() {
    let world = World::new().await;
    let metadata = world.get("/.well-known/oauth-authorization-server").await.ok();
    let advertised = metadata["dpop_signing_alg_values_supported"].as_array().unwrap();
    assert!(!advertised.is_empty());
    for name in advertised {
        let algorithm: Algorithm = name.as_str().unwrap().parse().unwrap();
        let key = DpopKey::with_algorithm(algorithm).unwrap().with_clock(world.clock.clone());
        let code = world.code("spa", "read").await.form(&[("client_id", "spa")]);
        let proof = proof(&key).sign().unwrap();
        world.post_with("/token", &code, &[("dpop", &*proof)]).await.ok();
    }
}

#[tokio::test]
async fn a92_a_nonce_is_asked_for_with_400_and_given_along() {
    let world = World::with(AuthorizationServerBuilder::require_dpop_nonces).await;
    let http = world.serve().await;
    let key = key(&world);
    let code = world.code("spa", "read").await.form(&[("client_id", "spa")]);
    let answer = post(http, &code, &proof(&key).sign().unwrap()).await;
    assert_eq!(answer.refusal(), (400, "use_dpop_nonce".to_owned()));
    assert_eq!(answer.header("www-authenticate"), "");
    let nonce = answer.header("dpop-nonce").to_owned();
    assert!(!nonce.is_empty() && answer.header("access-control-expose-headers").contains("DPoP"));
    let wrong = proof(&key).nonce("wrong").sign().unwrap();
    assert_eq!(post(http, &code, &wrong).await.error(), "use_dpop_nonce");
    let answer = post(http, &code, &proof(&key).nonce(&nonce).sign().unwrap()).await;
    let tokens = answer.ok();
    // One that is old, but good, comes with the next.
    world.clock.advance(130);
    let form = refresh(&tokens);
    let answer = post(http, &form, &proof(&key).nonce(&nonce).sign().unwrap()).await;
    let next = answer.header("dpop-nonce").to_owned();
    assert!(answer.status == 200 && !next.is_empty() && next != nonce, "{answer:?}");
    world.clock.advance(250);
    let answer = post(http, &form, &proof(&key).nonce(&nonce).sign().unwrap()).await;
    assert_eq!(answer.error(), "use_dpop_nonce");
}

#[tokio::test]
async fn a93_a_code_that_is_bound_to_a_key_needs_it() {
    let world = World::new().await;
    let http = world.serve().await;
    let (key, other) = (key(&world), key(&world));
    let thumbprint = key.thumbprint().to_owned();
    let code = world.code_with("spa", "read", |_, code| code.jkt = Some(thumbprint)).await;
    let form = code.form(&[("client_id", "spa")]);
    let without = http.post("/token", &form, &[]).await;
    assert_eq!(without.refusal(), (400, "invalid_dpop_proof".to_owned()));
    let with_other = post(http, &form, &proof(&other).sign().unwrap()).await;
    assert_eq!(with_other.refusal(), (400, "invalid_grant".to_owned()));
    post(http, &form, &proof(&key).sign().unwrap()).await.ok();
}

#[tokio::test]
async fn a94_a_client_of_bound_tokens_never_gets_another() {
    let world = World::new().await;
    let http = world.serve().await;
    let key = key(&world);
    let code = world.code("bound", "read").await.form(&[("client_id", "bound")]);
    let answer = http.post("/token", &code, &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_dpop_proof".to_owned()));
    let tokens = post(http, &code, &proof(&key).sign().unwrap()).await.ok();
    assert_eq!(tokens["token_type"], "DPoP");
    let form = refresh(&tokens).replace("spa", "bound");
    assert_eq!(http.post("/token", &form, &[]).await.error(), "invalid_dpop_proof");
    post(http, &form, &proof(&key).sign().unwrap()).await.ok();
}

/// With a path in the issuer the address of the endpoint has it, too.
#[tokio::test]
async fn a91_the_path_of_the_issuer_is_part_of_the_address() {
    let issuer = format!("{ISSUER}/a/b");
    let world = World::at(&issuer, |builder| builder).await;
    let key = key(&world);
    let code = world.code("spa", "read").await.form(&[("client_id", "spa")]);
    let wrong = proof(&key).sign().unwrap();
    let answer = world.post_with("/a/b/token", &code, &[("dpop", &*wrong)]).await;
    assert_eq!(answer.refusal(), (400, "invalid_dpop_proof".to_owned()));
    let right = key.proof("POST", format!("{issuer}/token")).sign().unwrap();
    world.post_with("/a/b/token", &code, &[("dpop", &*right)]).await.ok();
}
