//! A second opinion: `jsonwebtoken` reads what our issuer signs with key pairs, and our verifier what
//! it signs with secrets.
#![expect(
    clippy::disallowed_methods,
    reason = "the other implementation is what is compared with, on tokens made here"
)]

use auth_core::JwtVerifier;
use auth_core::jose::{Algorithm, HmacSecret};
use auth_core::testing::TestIssuer;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.test";
const AUDIENCE: &str = "orders-api";

const PUBLIC: [(Algorithm, jsonwebtoken::Algorithm); 9] = [
    (Algorithm::RS256, jsonwebtoken::Algorithm::RS256),
    (Algorithm::RS384, jsonwebtoken::Algorithm::RS384),
    (Algorithm::RS512, jsonwebtoken::Algorithm::RS512),
    (Algorithm::PS256, jsonwebtoken::Algorithm::PS256),
    (Algorithm::PS384, jsonwebtoken::Algorithm::PS384),
    (Algorithm::PS512, jsonwebtoken::Algorithm::PS512),
    (Algorithm::ES256, jsonwebtoken::Algorithm::ES256),
    (Algorithm::ES384, jsonwebtoken::Algorithm::ES384),
    (Algorithm::EdDSA, jsonwebtoken::Algorithm::EdDSA),
];

const SHARED: [(Algorithm, jsonwebtoken::Algorithm); 3] = [
    (Algorithm::HS256, jsonwebtoken::Algorithm::HS256),
    (Algorithm::HS384, jsonwebtoken::Algorithm::HS384),
    (Algorithm::HS512, jsonwebtoken::Algorithm::HS512),
];

fn validation(algorithm: jsonwebtoken::Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation
}

#[test]
fn jsonwebtoken_accepts_what_our_issuer_signs() {
    for (ours, theirs) in PUBLIC {
        let issuer = TestIssuer::new(ISSUER, AUDIENCE).unwrap().with_algorithm(ours).unwrap();
        let token = issuer.token("alice").scopes(["read", "write"]).sign().unwrap();
        let keys: JwkSet = serde_json::from_str(&issuer.jwks_json()).unwrap();
        let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
        let claims = decode::<Value>(&token, &key, &validation(theirs)).unwrap().claims;
        assert_eq!(claims["sub"], "alice", "{ours}");
        assert_eq!(claims["scope"], "read write", "{ours}");

        let verified = issuer.verifier().build().unwrap().verify(&token).unwrap();
        assert_eq!(Value::Object(verified.claims().clone()), claims, "{ours}");
    }
}

#[test]
fn es512_is_the_only_algorithm_that_the_other_one_does_not_have() {
    let known = |ours: &Algorithm| PUBLIC.iter().chain(&SHARED).any(|(it, _)| it == ours);
    let unknown: Vec<_> = Algorithm::ALL.iter().filter(|ours| !known(ours)).collect();
    assert_eq!(unknown, [&Algorithm::ES512]);
    assert!(jsonwebtoken::Algorithm::try_from(Algorithm::ES512).is_err());
}

#[test]
fn neither_accepts_a_signature_of_another_key() {
    for (ours, theirs) in PUBLIC {
        let issuer = || TestIssuer::new(ISSUER, AUDIENCE).unwrap().with_algorithm(ours).unwrap();
        let (right, wrong) = (issuer(), issuer());
        let token = wrong.token("mallory").sign().unwrap();
        let keys: JwkSet = serde_json::from_str(&right.jwks_json()).unwrap();
        let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
        assert!(decode::<Value>(&token, &key, &validation(theirs)).is_err(), "{ours}");
        assert!(right.verifier().build().unwrap().verify(&token).is_err(), "{ours}");
    }
}

fn secret(seed: u8) -> [u8; 64] {
    std::array::from_fn(|place| {
        seed.wrapping_add(u8::try_from(place).unwrap_or(0).wrapping_mul(167))
    })
}

#[test]
fn we_accept_what_jsonwebtoken_signs_with_a_secret() {
    for (ours, theirs) in SHARED {
        let secret = secret(7);
        let header = Header { typ: Some("at+jwt".to_owned()), kid: None, ..Header::new(theirs) };
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "client_id": "shop",
            "jti": "1", "iat": 1_800_000_000_u64, "exp": 4_000_000_000_u64, "scope": "read",
        });
        let clock = auth_core::time::FixedClock::new(1_800_000_000);
        let token = encode(&header, &claims, &EncodingKey::from_secret(&secret).unwrap()).unwrap();
        let over = |secret: &[u8]| {
            JwtVerifier::builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .clock(clock.clone())
                .shared_secret(HmacSecret::new(ours, secret).unwrap())
                .build()
                .unwrap()
        };
        let verified = over(&secret).verify(&token).unwrap();
        assert_eq!(verified.names().scopes, ["read"], "{ours}");
        assert!(over(&self::secret(8)).verify(&token).is_err(), "{ours}");
    }
}

/// Every shape that a token of ours can have.
fn shapes(issuer: &TestIssuer) -> Vec<auth_core::testing::TokenBuilder> {
    let key = auth_core::testing::DpopKey::generate().unwrap();
    let token = || issuer.token("alice");
    vec![
        token(),
        token().roles(["admin", "clerk"]).permissions(["orders:read"]).groups(["staff"]),
        token().scopes(["read"]).acr("mfa").auth_time(1_700_000_000),
        token().claim("tenant", "north").claim("deep", json!({"a": [1, 2.5, null, "\u{e9}"]})),
        token().claim("aud", json!([AUDIENCE, "https://other.test"])),
        token().lifetime(std::time::Duration::from_secs(3_600)),
        token().without("client_id").without("jti").without("iat"),
        token().without_header("kid").without_header("typ"),
        token().header("typ", "JWT").header("x5t", "unused"),
        token().bound_to(&key),
        token().bound_to_certificate(b"a certificate"),
    ]
}

#[test]
fn every_token_that_we_sign_the_other_one_reads_back() {
    for (ours, theirs) in PUBLIC {
        let issuer = TestIssuer::new(ISSUER, AUDIENCE).unwrap().with_algorithm(ours).unwrap();
        let key = DecodingKey::from_jwk(&issuer.jwk_set().keys[0]).unwrap();
        for token in shapes(&issuer) {
            let token = token.sign().unwrap();
            let read = decode::<Value>(&token, &key, &validation(theirs)).unwrap();
            assert_eq!((read.header.alg, &read.claims["sub"]), (theirs, &json!("alice")));
        }
    }
}

#[test]
fn every_proof_that_we_sign_the_other_one_reads_back() {
    for (ours, theirs) in PUBLIC {
        let client = auth_core::testing::DpopKey::with_algorithm(ours).unwrap();
        let proof = client.proof("GET", "https://api.test/orders").token("t").nonce("n").sign();
        let mut validation = Validation::new(theirs);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let jwk = serde_json::from_value(client.jwk().clone()).unwrap();
        let key = DecodingKey::from_jwk(&jwk).unwrap();
        let read = decode::<Value>(&proof.unwrap(), &key, &validation).unwrap();
        assert_eq!(read.header.typ.as_deref(), Some("dpop+jwt"));
        assert_eq!(read.claims["htm"], "GET", "{ours}");
        let thumbprint = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
        assert_eq!(thumbprint, client.thumbprint(), "{ours}");
    }
}

/// What the other one says of a token, used as its documentation shows: the key by `kid`, the algorithm
/// of the key, issuer and audience named, the times checked.
fn their_verdict(token: &str, keys: &JwkSet) -> Result<(), String> {
    let said = |error: jsonwebtoken::errors::Error| format!("{:?}", error.kind());
    let header = jsonwebtoken::decode_header(token).map_err(said)?;
    let kid = header.kid.ok_or("no kid")?;
    let jwk = keys.find(&kid).ok_or("unknown kid")?;
    let algorithm = jwk.common.key_algorithm.ok_or("no alg")?;
    let mut validation = validation(algorithm.try_into().map_err(said)?);
    validation.set_audience(&["https://api.test"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    validation.leeway = 30;
    let key = DecodingKey::from_jwk(jwk).map_err(said)?;
    decode::<Value>(token, &key, &validation).map(drop).map_err(said)
}

/// Why ours rejects what the other one accepts, by our code.
const STRICTER: &[(&str, &str)] = &[
    ("wrong_type", "RFC 9068 §4: `typ` tells an access token from an ID token or a proof"),
    ("malformed", "RFC 8725 §2.4 and RFC 7515 §4: no member twice, and `null` is no string"),
    (
        "invalid_claim",
        "RFC 7519 §4.1: each registered claim has its type and range, asked for or not",
    ),
    ("sender_constrained", "RFC 9449 §7.2: a bound token needs the proof of its sender"),
    ("too_large", "a limit on what a stranger makes a server read"),
];

/// Why ours accepts what the other one rejects, by its error.
const WIDER: &[(&str, &str)] =
    &[("no kid", "RFC 7515 §4.1.4: `kid` is optional; the keys of the algorithm are tried")];

#[test]
fn both_judge_every_attack_token_and_each_difference_has_a_reason() {
    let path = format!("{}/vectors/attack_tokens.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let keys: JwkSet = serde_json::from_value(file["jwks"].clone()).unwrap();
    let ours = JwtVerifier::builder()
        .issuer(ISSUER)
        .audience("https://api.test")
        .keys(&keys)
        .build()
        .unwrap();
    let (mut judged, mut agreed, mut unexplained) = (0, 0, Vec::new());
    let mut used = std::collections::BTreeSet::new();
    for case in file["cases"].as_array().unwrap() {
        // A token, as the header has it; the form of the header is not a matter of the token.
        let [header] = case["authorization_headers"].as_array().unwrap().as_slice() else {
            continue;
        };
        let Some(token) = header.as_str().and_then(|it| it.strip_prefix("Bearer ")) else {
            continue;
        };
        judged += 1;
        let (ours, theirs) = (ours.verify(token), their_verdict(token, &keys));
        let (table, reason) = match (&ours, &theirs) {
            (Ok(_), Ok(())) | (Err(_), Err(_)) => {
                agreed += 1;
                continue;
            }
            (Err(error), Ok(())) => (STRICTER, error.code().to_owned()),
            (Ok(_), Err(error)) => (WIDER, error.clone()),
        };
        match table.iter().find(|(code, _)| *code == reason) {
            Some((code, _)) => {
                used.insert(*code);
            }
            None => unexplained.push(format!("{}: {reason}: {ours:?} {theirs:?}", case["name"])),
        }
    }
    println!("{judged} tokens, {agreed} judged alike");
    assert!(judged > 300, "{judged}");
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    let reasons: std::collections::BTreeSet<_> =
        STRICTER.iter().chain(WIDER).map(|(code, _)| *code).collect();
    assert_eq!(used, reasons, "a reason that no token needs");
}
