//! Keys as they come: PEM files, key sets with odd members, secrets.

use std::time::Duration;

use auth_core::jose::{Algorithm, HmacSecret, JwksError, KeyError};
use auth_core::keys::{JwksRefresh, KeySourceError};
use auth_core::testing::TestIssuer;
use auth_core::token::{JwtVerifierError, VerifyError};
use auth_core::{Jwks, JwtVerifier};
use serde_json::{Value, json};

fn path(name: &str) -> String {
    format!("{}/vectors/pem/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn verify(jwks: Jwks, token: &str) -> Result<(), VerifyError> {
    let verifier = JwtVerifier::builder()
        .issuer("https://issuer.test")
        .audience("https://api.test")
        .keys(jwks)
        .build()
        .unwrap();
    verifier.verify(token).map(|_| ())
}

#[test]
fn tokens_of_openssl_verify_with_its_pem_files() {
    let tokens: Value =
        serde_json::from_str(&std::fs::read_to_string(path("tokens.json")).unwrap()).unwrap();
    let tokens = tokens["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 6);
    for case in tokens {
        let file = path(case["pem"].as_str().unwrap());
        let algorithm: Algorithm = case["alg"].as_str().unwrap().parse().unwrap();
        let token = case["token"].as_str().unwrap();
        // Without `kid` the key verifies any, with one only its own.
        let load = |kid| Jwks::from_pem_file(&file, algorithm, kid).unwrap();
        assert_eq!(verify(load(None), token), Ok(()), "{file}");
        assert_eq!(verify(load(Some("from-openssl")), token), Ok(()), "{file}");
        assert_eq!(verify(load(Some("From-openssl")), token), Err(VerifyError::UnknownKey));
        // One key, one algorithm.
        if case["pem"] == "rsa.pem" {
            let other = Jwks::from_pem_file(&file, Algorithm::RS512, None).unwrap();
            assert_eq!(verify(other, token), Err(VerifyError::UnknownKey));
        }
        let foreign = Jwks::from_pem_file(&file, Algorithm::HS256, None);
        assert!(matches!(foreign, Err(JwksError::Key(KeyError::Algorithm))), "{file}");
    }
}

#[test]
fn a_pem_file_that_is_no_good_key_says_why() {
    let load = |name: &str| Jwks::from_pem_file(path(name), Algorithm::RS256, None).unwrap_err();
    assert!(matches!(load("rsa-1024.pem"), JwksError::Key(KeyError::ModulusSize)));
    assert!(matches!(load("secp256k1.pem"), JwksError::Key(KeyError::UnsupportedCurve)));
    assert!(matches!(load("certificate.pem"), JwksError::CertificatePem));
    assert!(matches!(load("no such file"), JwksError::Read { .. }));

    let parse = |text: &str| Jwks::from_pem(text, Algorithm::RS256, None).unwrap_err();
    let rsa = std::fs::read_to_string(path("rsa.pem")).unwrap();
    for text in [
        "",
        "x",
        "-----BEGIN PUBLIC KEY-----",
        &format!("{rsa}{rsa}"),
        &rsa.replace("END PUBLIC", "END RSA PUBLIC"),
    ] {
        assert!(matches!(parse(text), JwksError::NotAPublicKeyPem), "{text}");
    }
    let private =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINOK\n-----END PRIVATE KEY-----\n";
    assert!(matches!(parse(private), JwksError::PrivateKeyPem));
    // Any truncation and any single wrong letter fails without a panic, or is still some key.
    let lines: Vec<&str> = rsa.lines().collect();
    for skip in 1..lines.len() - 1 {
        let shorter: Vec<&str> =
            lines.iter().enumerate().filter(|(i, _)| *i != skip).map(|(_, line)| *line).collect();
        assert!(matches!(
            parse(&shorter.join("\n")),
            JwksError::Key(_) | JwksError::NotAPublicKeyPem
        ));
    }
    for at in 0..rsa.len() {
        let mut text = rsa.clone().into_bytes();
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        let _ = Jwks::from_pem(std::str::from_utf8(&text).unwrap(), Algorithm::RS256, None);
    }
}

/// The key of a fresh issuer, with members set (or removed, by null), and why it is not taken.
fn problem(algorithm: Algorithm, change: &Value) -> Option<KeyError> {
    let issuer = TestIssuer::new("i", "a").unwrap().with_algorithm(algorithm).unwrap();
    let mut jwks: Value = serde_json::from_str(&issuer.jwks_json()).unwrap();
    for (name, value) in change.as_object().unwrap() {
        let key = jwks["keys"][0].as_object_mut().unwrap();
        if value.is_null() {
            key.remove(name);
        } else {
            key.insert(name.clone(), value.clone());
        }
    }
    match Jwks::from_json(&jwks.to_string()) {
        Ok(_) => None,
        Err(JwksError::NoUsableKey { keys: 1, first: Some(first) }) => Some(first.problem),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn an_odd_key_is_refused_for_its_reason() {
    use KeyError::{
        Algorithm as Alg, Invalid, Missing, Point, Private, Purpose, SmallOrder, Symmetric,
        UnsupportedCurve, UnsupportedType,
    };
    let long = "k".repeat(513);
    for (change, expected) in [
        (json!({"x": 1}), Some(Invalid("x"))),
        (json!({}), None),
        (json!({"alg": null, "use": null, "kid": null}), None),
        (json!({"key_ops": ["sign", "verify"], "x5c": [1], "other": {}}), None),
        (json!({"alg": "ES384"}), Some(Alg)),
        (json!({"alg": "RS256"}), Some(Alg)),
        (json!({"alg": "HS256"}), Some(Alg)),
        (json!({"alg": "none"}), Some(Alg)),
        (json!({"alg": 1}), Some(Invalid("alg"))),
        (json!({"kid": 1}), Some(Invalid("kid"))),
        (json!({"kid": long}), Some(Invalid("kid"))),
        (json!({"use": "enc"}), Some(Purpose)),
        (json!({"use": "Sig"}), Some(Purpose)),
        (json!({"use": ["sig"]}), Some(Invalid("use"))),
        (json!({"key_ops": ["encrypt"]}), Some(Purpose)),
        (json!({"key_ops": []}), Some(Purpose)),
        (json!({"key_ops": "verify"}), Some(Invalid("key_ops"))),
        (json!({"kty": null}), Some(Missing("kty"))),
        (json!({"kty": "ec"}), Some(UnsupportedType)),
        (json!({"kty": "oct", "k": "AAAA"}), Some(Symmetric)),
        (json!({"k": "AAAA"}), Some(Symmetric)),
        (json!({"d": "AAAA"}), Some(Private)),
        (json!({"crv": null}), Some(Missing("crv"))),
        (json!({"crv": "P-521"}), Some(Invalid("x"))),
        (json!({"crv": "secp256k1"}), Some(UnsupportedCurve)),
        (json!({"crv": "P-384"}), Some(Invalid("x"))),
        (json!({"y": null}), Some(Missing("y"))),
        (json!({"x": "A".repeat(43), "y": "A".repeat(43)}), Some(Point)),
        (json!({"x": "!"}), Some(Invalid("x"))),
    ] {
        assert_eq!(problem(Algorithm::ES256, &change), expected, "{change}");
    }
    let small = |x: &str| problem(Algorithm::EdDSA, &json!({ "x": x }));
    assert_eq!(small(&"A".repeat(43)), Some(SmallOrder));
    assert_eq!(small(&format!("AQ{}", "A".repeat(41))), Some(SmallOrder));
    assert_eq!(problem(Algorithm::RS256, &json!({"e": "AQ"})), Some(KeyError::Exponent));
    assert_eq!(problem(Algorithm::RS256, &json!({"n": "AQAB"})), Some(KeyError::ModulusSize));
    assert_eq!(problem(Algorithm::RS256, &json!({"n": ""})), Some(KeyError::ModulusSize));
}

#[test]
fn a_key_without_kid_is_a_fallback_and_a_token_without_kid_tries_a_few_keys() {
    let (a, b) = (TestIssuer::new("i", "a").unwrap(), TestIssuer::new("i", "a").unwrap());
    let key = |issuer: &TestIssuer, kid: Option<String>| {
        let mut jwks: Value = serde_json::from_str(&issuer.jwks_json()).unwrap();
        let mut key = jwks["keys"][0].take();
        match kid {
            Some(kid) => key["kid"] = kid.into(),
            None => _ = key.as_object_mut().unwrap().remove("kid"),
        }
        key
    };
    let verifier = |keys: Vec<Value>| {
        let jwks = Jwks::from_json(&json!({ "keys": keys }).to_string()).unwrap();
        JwtVerifier::builder().issuer("i").audience("a").keys(jwks).build().unwrap()
    };
    let verify = |keys: Vec<Value>, kid: Option<&str>| {
        let token = match kid {
            Some(kid) => a.token("s").header("kid", kid),
            None => a.token("s").without_header("kid"),
        };
        let token = token.sign().unwrap();
        verifier(keys).verify(&token).err()
    };
    let named = |issuer: &TestIssuer, kid: &str| key(issuer, Some(kid.to_owned()));
    assert_eq!(verify(vec![named(&b, "1"), named(&a, "2")], None), None);
    assert_eq!(verify(vec![named(&b, "1"), named(&a, "1")], Some("1")), None);
    assert_eq!(
        verify(vec![named(&b, "1"), named(&a, "2")], Some("1")),
        Some(VerifyError::BadSignature)
    );
    assert_eq!(
        verify(vec![named(&b, "1"), named(&a, "2")], Some("3")),
        Some(VerifyError::UnknownKey)
    );
    assert_eq!(verify(vec![named(&b, "1"), key(&a, None)], Some("3")), None);
    assert_eq!(
        verify(vec![named(&b, "3"), key(&a, None)], Some("3")),
        Some(VerifyError::BadSignature)
    );

    // Sixteen keys are tried one after the other, and no more.
    let mut keys: Vec<Value> = (0..15).map(|i| named(&b, &i.to_string())).collect();
    keys.push(named(&a, "a"));
    assert_eq!(verify(keys.clone(), None), None);
    keys.push(named(&b, "b"));
    assert_eq!(verify(keys.clone(), None), Some(VerifyError::TooManyKeys));
    assert_eq!(verify(keys, Some("a")), None);
    let same: Vec<Value> = (0..6).map(|_| named(&b, "1")).collect();
    let jwks = Jwks::from_json(&json!({ "keys": same }).to_string()).unwrap();
    assert_eq!((jwks.len(), jwks.skipped().len()), (4, 2));
    assert_eq!(jwks.skipped()[0].problem, KeyError::TooManyWithOneKid);
}

#[test]
fn a_builder_says_what_is_missing() {
    let issuer = TestIssuer::new("https://issuer.test", "api").unwrap();
    let error = |builder: auth_core::token::JwtVerifierBuilder| builder.build().unwrap_err();
    let full = || issuer.verifier();
    assert_eq!(
        error(JwtVerifier::builder()).problems(),
        [JwtVerifierError::NoIssuer, JwtVerifierError::NoAudience, JwtVerifierError::NoUsableKey]
    );
    assert_eq!(error(full().issuer("")), JwtVerifierError::NoIssuer);
    assert_eq!(
        error(JwtVerifier::builder().issuer("i").leeway(Duration::MAX)).problems(),
        [
            JwtVerifierError::NoAudience,
            JwtVerifierError::LeewayTooLong(Duration::MAX),
            JwtVerifierError::NoUsableKey,
        ]
    );
    assert_eq!(error(full().audience("")), JwtVerifierError::NoAudience);
    assert_eq!(
        error(JwtVerifier::builder().issuer("i").audience("a")),
        JwtVerifierError::NoUsableKey
    );
    assert_eq!(error(full().algorithms([Algorithm::RS256])), JwtVerifierError::NoUsableKey);
    assert_eq!(error(full().algorithms([])), JwtVerifierError::NoAlgorithm);
    let minute = std::time::Duration::from_secs(60);
    assert!(full().leeway(minute).build().is_ok());
    let longer = minute + std::time::Duration::from_nanos(1);
    assert_eq!(error(full().leeway(longer)), JwtVerifierError::LeewayTooLong(longer));
    let century = std::time::Duration::from_secs(100 * 31_557_600);
    assert!(full().max_lifetime(century).build().is_ok());
    for lifetime in [std::time::Duration::ZERO, century + minute] {
        let problem = JwtVerifierError::MaxLifetime(lifetime);
        assert_eq!(error(full().max_lifetime(lifetime)), problem);
    }
    assert_eq!(error(full().max_token_bytes(0)), JwtVerifierError::TokenLimit(0));
    assert_eq!(error(full().max_token_bytes(65537)), JwtVerifierError::TokenLimit(65537));
    let map = auth_core::ClaimMap::new().roles("roles");
    assert_eq!(error(full().claims(map)), JwtVerifierError::ClaimPointer("roles".into()));
}

#[test]
fn every_mistake_about_keys_that_are_fetched_is_reported() {
    let second = Duration::from_secs(1);
    let refresh = JwksRefresh::default()
        .timeout(Duration::ZERO)
        .max_stale(second)
        .user_agent("a\nb")
        .root_certificates("none");
    let error = JwtVerifier::builder().audience("api").jwks_uri("keys").refresh(refresh).build();
    let error = error.unwrap_err();
    let texts: Vec<String> = error.problems().iter().map(ToString::to_string).collect();
    let expected =
        ["no issuer", "::timeout", "::max_stale", "key set `keys`", "user agent", "certificates"];
    for (text, part) in texts.iter().zip(expected) {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(texts.len(), expected.len(), "{error}");
    assert_eq!(error.to_string(), texts.join("\n"));
    // A problem that two settings find is one problem.
    let error = full_with_three_sources().build().unwrap_err();
    assert_eq!(error, KeySourceError::SeveralKeySources.into());
    // Of an issuer that is missing it is not said that it has no metadata.
    let error = JwtVerifier::builder().audience("api").discover().build().unwrap_err();
    assert_eq!(error, JwtVerifierError::NoIssuer);
}

fn full_with_three_sources() -> auth_core::token::JwtVerifierBuilder {
    let issuer = TestIssuer::new("https://issuer.test", "api").unwrap();
    issuer.verifier().discover().jwks_uri("https://issuer.test/keys")
}

/// Holds P-24.
#[test]
fn nothing_secret_is_shown() {
    let secret = "a secret that is surely longer than thirty-two bytes";
    let hmac = HmacSecret::new(Algorithm::HS256, secret).unwrap();
    let mut shown = vec![format!("{hmac:?}")];
    let issuer =
        TestIssuer::new("https://issuer.test", "api").unwrap().with_key_id("the-kid").unwrap();
    let builder = issuer.verifier().shared_secret(hmac);
    shown.push(format!("{builder:?}"));
    let verifier = builder.build().unwrap();
    let token = issuer.token("the-subject").roles(["the-role"]);
    shown.push(format!("{verifier:?}{issuer:?}{token:?}"));
    shown.push(format!("{:?}", issuer.jwks()));
    let proof = verifier.verify(&token.sign().unwrap()).unwrap();
    shown.push(format!("{proof:?}"));
    let shown = shown.concat();
    assert!(shown.contains("https://issuer.test"));
    let jwks: Value = serde_json::from_str(&issuer.jwks_json()).unwrap();
    let x = jwks["keys"][0]["x"].as_str().unwrap();
    let secret_bytes = format!("{:?}", secret.as_bytes());
    for hidden in [secret, x, "the-kid", "the-subject", "the-role", secret_bytes.as_str()] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

#[test]
fn a_key_set_has_bounds() {
    let key = json!({"kty": "oct"});
    let set = |count: usize| json!({"keys": vec![key.clone(); count]}).to_string();
    assert!(matches!(Jwks::from_json(&set(1024)), Err(JwksError::NoUsableKey { keys: 1024, .. })));
    assert!(matches!(Jwks::from_json(&set(1025)), Err(JwksError::TooManyKeys)));
    assert!(matches!(Jwks::from_json(&" ".repeat(1024 * 1024 + 1)), Err(JwksError::TooLarge)));
    for (text, not_json) in [
        ("", true),
        ("<html>", true),
        ("[]", false),
        ("{}", false),
        (r#"{"keys":{}}"#, false),
        (&"[".repeat(9999), true),
    ] {
        match Jwks::from_json(text) {
            Err(JwksError::NotJson) => assert!(not_json, "{text}"),
            Err(JwksError::NotASet) => assert!(!not_json, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// Each set holds few enough; a token of theirs would meet more keys than are tried.
#[test]
fn keys_that_crowd_one_kid_across_sets_are_an_error() {
    let build = |sets: usize, kid: fn(usize) -> String| {
        let builder = JwtVerifier::builder().issuer("https://issuer.test").audience("api");
        let keyed = (0..sets).fold(builder, |builder, place| {
            let issuer = TestIssuer::new("https://issuer.test", "api").unwrap();
            let issuer = issuer.with_key_id(kid(place)).unwrap();
            builder.keys(Jwks::from_json(&issuer.jwks_json()).unwrap())
        });
        keyed.build().map(|_| ())
    };
    assert_eq!(build(4, |_| "one".to_owned()), Ok(()));
    assert_eq!(build(6, |place| format!("key {place}")), Ok(()));
    let crowded = build(5, |_| "one".to_owned());
    assert_eq!(crowded, Err(JwtVerifierError::TooManyKeys { kid: "one".to_owned() }));
}
