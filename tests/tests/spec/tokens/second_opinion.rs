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
        let token = encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap();
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
