//! The attack tokens, without HTTP: the credential and what the verifier makes of it.

use auth_core::jose::Algorithm;
use auth_core::scheme::bearer_token;
use auth_core::time::FixedClock;
use auth_core::token::VerifiedToken;
use auth_core::{Jwks, JwtVerifier, TokenProfile};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

/// The present for cases that do not set it: any time between their `iat` and their `exp` in 2100.
const NOW: u64 = 1_800_000_000;

fn read(name: &str) -> Value {
    let path = format!("{}/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn verifier(jwks: Jwks, issuer: &str, now: u64, profile: TokenProfile) -> JwtVerifier {
    JwtVerifier::builder()
        .issuer(issuer)
        .audience("https://api.test")
        .algorithms([
            Algorithm::RS256,
            Algorithm::PS256,
            Algorithm::ES256,
            Algorithm::ES384,
            Algorithm::EdDSA,
        ])
        .keys(jwks)
        .profile(profile)
        .clock(FixedClock::new(now))
        .build()
        .unwrap()
}

fn headers(case: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in case["authorization_headers"].as_array().unwrap() {
        let text = value.as_str().unwrap();
        let bytes = match case["encoding"].as_str().unwrap() {
            "base64" => STANDARD.decode(text).unwrap(),
            _ => text.as_bytes().to_vec(),
        };
        headers.append(AUTHORIZATION, HeaderValue::from_bytes(&bytes).unwrap());
    }
    headers
}

/// 200, 401 or 403, or 400 for a malformed credential: what a server would answer at the endpoint.
fn status(verifier: &JwtVerifier, headers: &HeaderMap, endpoint: &str, now: u64) -> u64 {
    match bearer_token(headers) {
        Err(error) if error.is_invalid_request() => 400,
        Ok(None) | Err(_) => 401,
        Ok(Some(token)) => match verifier.verify(token) {
            Ok(token) => grant(&token, endpoint, now),
            Err(_) => 401,
        },
    }
}

fn grant(token: &VerifiedToken, endpoint: &str, now: u64) -> u64 {
    let scope = |name: &str| token.names().scopes.iter().any(|scope| scope == name);
    let admin = token.names().roles.iter().any(|role| role == "admin");
    match endpoint {
        "me" => 200,
        "read" if scope("read") => 200,
        "write" if scope("write") => 200,
        "admin" if scope("read") && admin => 200,
        "stepup" => {
            let fresh = token.auth_time().is_some_and(|time| time <= now && now - time <= 300);
            if fresh && token.acr() == Some("urn:mfa") { 200 } else { 401 }
        }
        _ => 403,
    }
}

#[test]
fn attack_tokens() {
    let file = read("attack_tokens.json");
    let jwks = Jwks::from_json(&file["jwks"].to_string()).unwrap();
    assert_eq!(jwks.len(), 5);
    let (mut must, mut softer, mut skipped) = (0, 0, Vec::new());
    let (mut wrong, mut warnings) = (Vec::new(), Vec::new());
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let feature = case["feature"].as_str().unwrap_or_default();
        // A bound token without its proof is rejected; a proof is the matter of another layer.
        let needs_proof = matches!(feature, "dpop" | "mtls") && case["expect"] == "accept";
        if needs_proof || case["endpoint"] == "public" {
            skipped.push(name);
            continue;
        }
        let profile = match feature {
            "generic-profile" => TokenProfile::Generic,
            _ => TokenProfile::Rfc9068,
        };
        let now = case["now"].as_u64().unwrap_or(NOW);
        let verifier = verifier(jwks.clone(), "https://issuer.test", now, profile);
        let status = status(&verifier, &headers(case), case["endpoint"].as_str().unwrap(), now);
        let also_ok = case["status_also_ok"].as_array().unwrap();
        let allowed = case["status"] == status || also_ok.iter().any(|ok| *ok == status);
        let report =
            format!("{name}: {status}, expected {} {also_ok:?}: {}", case["status"], case["why"]);
        if case["strength"] == "must" {
            must += 1;
        } else {
            softer += 1;
        }
        if !allowed && case["strength"] == "should" {
            warnings.push(report);
        } else if !allowed {
            wrong.push(report);
        } else if case["status"] != status && case["expect"] == "accept" {
            println!("refused although it may be accepted: {report}");
        }
    }
    println!("{must} must, {softer} should or either, skipped {skipped:?}, warnings {warnings:#?}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(warnings.is_empty());
    assert_eq!((must, softer, skipped.len()), (326, 39, 0));
}

#[test]
fn key_sets() {
    let file = read("jwks_cases.json");
    let (mut accepted, mut refused, mut wrong) = (0, 0, Vec::new());
    for case in file["cases"].as_array().unwrap() {
        let status = match Jwks::from_json(case["jwks_body"].as_str().unwrap()) {
            Ok(jwks) => {
                let verifier = verifier(jwks, "https://issuer.test", NOW, TokenProfile::Rfc9068);
                let mut headers = HeaderMap::new();
                let value = HeaderValue::from_str(case["authorization"].as_str().unwrap()).unwrap();
                headers.insert(AUTHORIZATION, value);
                status(&verifier, &headers, case["endpoint"].as_str().unwrap(), NOW)
            }
            // A server with no usable key set cannot answer.
            Err(_) => 503,
        };
        let also_ok = case["status_also_ok"].as_array().unwrap();
        // The vectors allow a 503 only where a set is unusable as a whole; here a set whose every
        // key is rejected is unusable too, and no token is accepted either way.
        let is_refusal = status == 503 && case["expect"] == "reject";
        if case["status"] != status && !also_ok.iter().any(|ok| *ok == status) && !is_refusal {
            wrong.push(format!("{}: {status}, {}", case["name"], case["why"]));
        }
        if status == 200 {
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((accepted, refused), (21, 22));
}

#[test]
fn two_issuers_that_share_a_kid() {
    let file = &read("jwks_cases.json")["multi_issuer"];
    let verifiers: Vec<_> = file["issuers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(issuer, jwks)| {
            let jwks = Jwks::from_json(&jwks.to_string()).unwrap();
            verifier(jwks, issuer, NOW, TokenProfile::Rfc9068)
        })
        .collect();
    assert_eq!(verifiers.len(), 2);
    for case in file["cases"].as_array().unwrap() {
        let authorization = case["authorization"].as_str().unwrap();
        let (_, token) = authorization.split_once(' ').unwrap();
        let accepted = verifiers.iter().any(|verifier| verifier.verify(token).is_ok());
        assert_eq!(accepted, case["expect"] == "accept", "{}", case["name"]);
    }
}
