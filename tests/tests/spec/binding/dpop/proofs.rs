//! What a proof must be, one rejection after the other (RFC 9449 §4.3).

use auth_core::jose::Algorithm;
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn a_bound_token_with_its_proof_is_let_in() {
    let world = World::new(dpop()).await;
    let answer = world.good().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice true"));
    for path in ["/nested/read", "/a/b", "/a/b%20c", "/read?x=1&y"] {
        let token = world.token();
        let proof = world.proof("GET", path.split('?').next().unwrap(), &token);
        assert_eq!(world.send("GET", path, &token, proof).await.status, 200, "{path}");
    }
    let token = world.token();
    let proof = world.proof("HEAD", "/read", &token);
    assert_eq!(world.send("HEAD", "/read", &token, proof).await.status, 200);
}

#[tokio::test]
async fn every_algorithm_of_the_list_is_accepted_and_no_other() {
    let world = World::new(dpop().algorithms([Algorithm::ES384, Algorithm::PS256])).await;
    for (algorithm, status) in [
        (Algorithm::ES384, 200),
        (Algorithm::PS256, 200),
        (Algorithm::ES256, 401),
        (Algorithm::EdDSA, 401),
        (Algorithm::RS256, 401),
    ] {
        let key = DpopKey::with_algorithm(algorithm).unwrap().with_clock(world.clock.clone());
        let token = world.issuer.token("alice").scopes(["read"]).bound_to(&key).sign().unwrap();
        let proof = key.proof("GET", format!("{ORIGIN}/read")).token(&token);
        let answer = world.send("GET", "/read", &token, proof).await;
        assert_eq!(answer.status, status, "{algorithm}");
        if status == 401 {
            assert_eq!(challenge_of("DPoP", &answer)["algs"], "PS256 ES384");
        }
    }
}

#[tokio::test]
async fn the_header_is_one_compact_jwt() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let proof = || world.proof("GET", "/read", &token).sign().unwrap();
    let authorization = format!("authorization: DPoP {token}");
    let answer = send(world.address, "GET", "/read", &[&authorization]).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_missing");
    let (one, two) = (format!("dpop: {}", proof()), format!("DPoP: {}", proof()));
    let answer = send(world.address, "GET", "/read", &[&authorization, &one, &two]).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_repeated");
    let answer = send(world.address, "GET", "/read", &[&authorization, &one, &one]).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_repeated");
    let one = proof();
    for malformed in [
        String::new(),
        "..".to_owned(),
        "a.b".to_owned(),
        format!("{one}, {}", proof()),
        format!("{one}."),
        format!("{one}="),
        format!("\"{one}\""),
        one.replace('.', ".."),
        format!("e30.{}", one.split_once('.').unwrap().1),
        format!("{one}\u{e4}"),
    ] {
        let answer = world.present("GET", "/read", &token, &malformed).await;
        is_refused(&world, &answer, "invalid_dpop_proof", "proof_malformed");
    }
    let long = world.proof("GET", "/read", &token).id("x".repeat(16 * 1024));
    let answer = world.send("GET", "/read", &token, long).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_too_large");
    // None of that used up the good one.
    assert_eq!(world.present("GET", "/read", &token, &one).await.status, 200);
}

type Change = fn(ProofBuilder) -> ProofBuilder;

#[tokio::test]
async fn the_header_of_a_proof_is_as_the_rfc_says() {
    let world = World::new(dpop()).await;
    let changes: [(&str, Change); 20] = [
        ("proof_wrong_type", |it| it.without_header("typ")),
        ("proof_wrong_type", |it| it.header("typ", "JWT")),
        ("proof_wrong_type", |it| it.header("typ", "at+jwt")),
        ("proof_malformed", |it| it.header("typ", 1)),
        ("proof_unsupported_algorithm", |it| it.header("alg", "none")),
        ("proof_unsupported_algorithm", |it| it.header("alg", "es256")),
        ("proof_unsupported_algorithm", |it| it.header("alg", "HS256")),
        ("proof_unsupported_algorithm", |it| it.header("alg", "ES384")),
        ("proof_malformed", |it| it.without_header("alg")),
        ("proof_key", |it| it.header("alg", "EdDSA")),
        ("proof_critical_header", |it| it.header("crit", json!(["exp"]))),
        ("proof_critical_header", |it| it.header("b64", false)),
        ("proof_no_key", |it| it.without_header("jwk")),
        ("proof_no_key", |it| it.without_header("jwk").header("kid", "test-key")),
        ("proof_key", |it| it.header("jwk", Value::Null)),
        ("proof_key", |it| it.header("jwk", "{}")),
        ("proof_key", |it| it.header("jwk", json!({}))),
        ("proof_key", |it| it.header("jwk", json!({"kty": "oct", "k": "c2VjcmV0"}))),
        ("proof_key", |it| {
            let short = json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"});
            it.header("alg", "EdDSA").header("jwk", short)
        }),
        ("proof_key", |it| {
            let zero = "A".repeat(43);
            it.header("jwk", json!({"kty": "EC", "crv": "P-256", "x": zero, "y": zero}))
        }),
    ];
    for (reason, change) in changes {
        let token = world.token();
        let proof = change(world.proof("GET", "/read", &token));
        let answer = world.send("GET", "/read", &token, proof).await;
        is_refused(&world, &answer, "invalid_dpop_proof", reason);
    }
    for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let token = world.token();
        let mut jwk = world.key.jwk().clone();
        jwk[private] = "AA".into();
        let proof = world.proof("GET", "/read", &token).header("jwk", jwk);
        let answer = world.send("GET", "/read", &token, proof).await;
        is_refused(&world, &answer, "invalid_dpop_proof", "proof_key");
    }
    for typ in ["DPoP+JWT", "application/dpop+jwt"] {
        let token = world.token();
        let proof = world.proof("GET", "/read", &token).header("typ", typ);
        assert_eq!(world.send("GET", "/read", &token, proof).await.status, 200, "{typ}");
    }
}

#[tokio::test]
async fn the_claims_of_a_proof_fit_the_request() {
    let world = World::new(dpop()).await;
    let changes: [(&str, Change); 30] = [
        ("proof_missing_claim", |it| it.without("jti")),
        ("proof_missing_claim", |it| it.without("htm")),
        ("proof_missing_claim", |it| it.without("htu")),
        ("proof_missing_claim", |it| it.without("iat")),
        ("proof_missing_claim", |it| it.without("ath")),
        ("proof_invalid_claim", |it| it.claim("jti", "")),
        ("proof_invalid_claim", |it| it.claim("jti", 1)),
        ("proof_invalid_claim", |it| it.claim("htm", json!(["GET"]))),
        ("proof_invalid_claim", |it| it.claim("htu", Value::Null)),
        ("proof_invalid_claim", |it| it.claim("ath", 1)),
        ("proof_invalid_claim", |it| it.claim("iat", "1800000000")),
        ("proof_invalid_claim", |it| it.claim("iat", u64::MAX)),
        ("proof_invalid_claim", |it| it.claim("iat", 1e300)),
        ("proof_invalid_claim", |it| it.claim("nonce", 1)),
        ("proof_method", |it| it.claim("htm", "get")),
        ("proof_method", |it| it.claim("htm", "HEAD")),
        ("proof_method", |it| it.claim("htm", "GET ")),
        ("proof_target", |it| it.claim("htu", "/read")),
        ("proof_target", |it| it.claim("htu", "http://api.test/read")),
        ("proof_target", |it| it.claim("htu", "https://api.test/read/")),
        ("proof_target", |it| it.claim("htu", "https://api.test/nested/read")),
        ("proof_target", |it| it.claim("htu", "https://api.test:8443/read")),
        ("proof_target", |it| it.claim("htu", "https://api.test.evil.test/read")),
        ("proof_target", |it| it.claim("htu", "https://test/read")),
        ("proof_too_old", |it| it.issued_at(0)),
        ("proof_too_old", |it| it.claim("iat", -1)),
        ("proof_too_old", |it| it.issued_at(NOW - 61)),
        ("proof_in_future", |it| it.issued_at(NOW + 61)),
        ("proof_in_future", |it| it.issued_at(1 << 53)),
        ("proof_other_token", |it| it.token("another")),
    ];
    for (reason, change) in changes {
        let token = world.token();
        let proof = change(world.proof("GET", "/read", &token));
        let answer = world.send("GET", "/read", &token, proof).await;
        is_refused(&world, &answer, "invalid_dpop_proof", reason);
    }
    let good: [Change; 7] = [
        |it| it.issued_at(NOW - 60),
        |it| it.issued_at(NOW + 60),
        |it| it.claim("iat", 1_799_999_999.5),
        |it| it.claim("htu", "HTTPS://API.TEST:443/./%72ead?query#fragment"),
        |it| it.claim("nonce", "nobody asked for it"),
        |it| it.claim("unknown", json!({"a": 1})),
        |it| it.id("j".repeat(8 * 1024)),
    ];
    for (place, change) in good.into_iter().enumerate() {
        let token = world.token();
        let proof = change(world.proof("GET", "/read", &token));
        let answer = world.send("GET", "/read", &token, proof).await;
        assert_eq!(answer.status, 200, "{place}: {:?}", world.reason());
    }
}

#[tokio::test]
async fn the_signature_is_that_of_the_key() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let other = DpopKey::generate().unwrap().with_clock(world.clock.clone());
    let proof = other.proof("GET", format!("{ORIGIN}/read")).token(&token);
    let forged = proof.clone().header("jwk", world.key.jwk().clone());
    let answer = world.send("GET", "/read", &token, forged).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_signature");
    // A good proof of another key.
    let answer = world.send("GET", "/read", &token, proof).await;
    is_refused(&world, &answer, "invalid_token", "not_bound");
}

/// Holds P-15.
#[tokio::test]
async fn a_token_is_bound_to_what_is_proved() {
    let world = World::new(dpop()).await;
    let unbound = world.issuer.token("alice").scopes(["read"]).sign().unwrap();
    let proof = world.proof("GET", "/read", &unbound);
    let answer = world.send("GET", "/read", &unbound, proof).await;
    is_refused(&world, &answer, "invalid_token", "not_bound");
    let thumbprint = world.key.thumbprint();
    for jkt in [thumbprint.to_lowercase(), format!("{thumbprint}="), format!("A{thumbprint}")] {
        let token = world.issuer.token("alice").claim("cnf", json!({"jkt": jkt})).sign().unwrap();
        let proof = world.proof("GET", "/read", &token);
        let answer = world.send("GET", "/read", &token, proof).await;
        is_refused(&world, &answer, "invalid_token", "not_bound");
    }
    let token = world.issuer.token("alice").bound_to_certificate("der").sign().unwrap();
    let proof = world.proof("GET", "/read", &token);
    let answer = world.send("GET", "/read", &token, proof).await;
    is_refused(&world, &answer, "invalid_token", "sender_constrained");
}

/// Holds P-16.
#[tokio::test]
async fn no_header_of_the_request_says_where_the_api_is() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let proof = world.key.proof("GET", "https://evil.test/read").token(&token).sign().unwrap();
    let lines = [
        format!("authorization: DPoP {token}"),
        format!("dpop: {proof}"),
        "x-forwarded-host: evil.test".to_owned(),
        "x-forwarded-proto: https".to_owned(),
        "forwarded: host=evil.test;proto=https".to_owned(),
        "x-original-url: /read".to_owned(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let answer = send(world.address, "GET", "/read", &lines).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_target");
    let answer = send(world.address, "GET", "https://evil.test/read", &lines[..2]).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_target");
}

#[tokio::test]
async fn a_proxy_may_take_a_part_of_the_path_away() {
    let world = World::new(Dpop::builder("https://api.test/shop")).await;
    let token = world.token();
    let proof = world.proof("GET", "/shop/read", &token);
    assert_eq!(world.send("GET", "/read", &token, proof).await.status, 200);
    let proof = world.proof("GET", "/read", &token);
    let answer = world.send("GET", "/read", &token, proof).await;
    is_refused(&world, &answer, "invalid_dpop_proof", "proof_target");
}
