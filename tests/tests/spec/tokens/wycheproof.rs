//! Project Wycheproof and the JOSE cookbook, at the JWS layer: their payloads are no claims sets.

use auth_core::__private::jws::{BACKEND, verify_compact};
use auth_core::Jwks;
use auth_core::jose::{Algorithm, HmacSecret, KeySet};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A secret that is none.
const ZEROS: &str = "the secret is all zeros, which `HmacSecret` refuses";

/// Every test that is not held to `framework_expect`, and why.
const SKIPPED: [(&str, &str); 8] = [
    ("json_web_signature_test/367", "well-formed after all: the text has no padding to refuse"),
    ("json_web_signature_test/370", "well-formed after all: the text has no padding to refuse"),
    (
        "json_web_key_test/4",
        "two keys with one `kid`, both configured: RFC 7517 §4.5 lets keys share it, and each is tried",
    ),
    ("json_web_signature_test/357", ZEROS),
    ("json_web_signature_test/358", ZEROS),
    ("json_web_signature_test/359", ZEROS),
    ("json_web_signature_test/376", ZEROS),
    ("json_web_signature_test/377", ZEROS),
];

fn read(name: &str) -> Value {
    let path = format!("{}/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The keys of a test: a key set as it is published, or, where all of it is secret, what the user of
/// the library configures. A key set never brings a secret, not even beside a public key.
fn keys(jwks: &Value) -> KeySet {
    if let Ok(public) = Jwks::from_json(&jwks.to_string()) {
        return public.into();
    }
    let mut secrets = KeySet::default();
    for secret in jwks["keys"].as_array().unwrap().iter().filter_map(secret) {
        secrets.add(secret);
    }
    secrets
}

fn secret(jwk: &Value) -> Option<HmacSecret> {
    if jwk["kty"] != "oct" || jwk["use"] != "sig" {
        return None;
    }
    let algorithm: Algorithm = jwk["alg"].as_str()?.parse().ok()?;
    let bytes = URL_SAFE_NO_PAD.decode(jwk["k"].as_str()?).ok()?;
    let secret = HmacSecret::new(algorithm, bytes).ok()?;
    Some(match jwk["kid"].as_str() {
        Some(kid) => secret.key_id(kid),
        None => secret,
    })
}

/// Holds P-05.
#[test]
fn wycheproof() {
    let file = read("wycheproof_jws.json");
    let tests = file["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 476);
    let (mut valid, mut invalid, mut either, mut skipped) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for test in tests {
        let id = test["id"].as_str().unwrap();
        // A JSON serialization is an object in the file, and a text on the wire.
        let token = test["jws"].as_str().map_or_else(|| test["jws"].to_string(), str::to_owned);
        let accepted = verify_compact(&token, &keys(&test["jwks"])).is_ok();
        if SKIPPED.iter().any(|(skip, _)| *skip == id) {
            skipped += 1;
            continue;
        }
        let expected = match test["framework_expect"].as_str().unwrap() {
            "valid" => {
                valid += 1;
                true
            }
            "invalid" => {
                invalid += 1;
                false
            }
            // It is enough that it did not panic.
            "either" => {
                either += 1;
                continue;
            }
            other => panic!("{id}: {other}"),
        };
        if accepted != expected {
            wrong.push(format!("{id} {}: accepted {accepted}", test["comment"]));
        }
    }
    assert_eq!((valid, invalid, either, skipped), (44, 418, 6, 8));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_cookbook() {
    let file = read("cookbook_jws.json");
    let mut verified = 0;
    for test in file["tests"].as_array().unwrap() {
        let id = test["id"].as_str().unwrap();
        let keys = keys(&serde_json::json!({"keys": [test["jwk"]]}));
        let payload = verify_compact(test["compact"].as_str().unwrap(), &keys).ok();
        let unsupported = match id {
            "jws/4_3.ecdsa_signature.json" if BACKEND == "rust_crypto" => Some("it has no P-521"),
            "jws/4_5.signature_with_detached_content.json" => Some("a detached payload is no JWT"),
            "rfc7797/hmac-sha2_b64_false.json" => Some("RFC 7797 §7: never with JWTs"),
            _ => None,
        };
        if let Some(reason) = unsupported {
            assert_eq!(payload, None, "{id}: {reason}");
        } else {
            let expected = test["payload_utf8"].as_str().unwrap().as_bytes();
            assert_eq!(payload.as_deref(), Some(expected), "{id}");
            verified += 1;
        }
    }
    assert_eq!(verified, if BACKEND == "rust_crypto" { 4 } else { 5 });
}
