//! Several verifiers for the tokens of one issuer.

use auth_core::JwtVerifier;
use auth_core::TokenProfile;
use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::jose::{Algorithm, HmacSecret};
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::token::VerifyError;
use auth_tests::http::NOW;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{accepted, builder};

const SUPABASE: &str = "https://shop.supabase.co/auth/v1";
const SECRET: &[u8] = b"3kTq9vX1pLw7Zr5uYc2mBn8sDf4gHj6Q";

fn issuer(audience: &str) -> TestIssuer {
    TestIssuer::new(SUPABASE, audience).unwrap().with_clock(FixedClock::new(NOW))
}

fn by_secret(audience: &str) -> JwtVerifier {
    let secret = HmacSecret::new(Algorithm::HS256, SECRET).unwrap();
    let verifier = JwtVerifier::builder().issuer(SUPABASE).audience(audience).shared_secret(secret);
    let verifier = verifier.profile(TokenProfile::Generic).clock(FixedClock::new(NOW));
    verifier.build().unwrap()
}

/// A token that is signed with a secret.
fn with_secret(secret: &[u8], alg: &str, kid: Option<&str>) -> String {
    let claims = json!({
        "iss": SUPABASE, "sub": "alice", "aud": "authenticated", "exp": NOW + 60, "scope": "read",
    });
    let header = match kid {
        Some(kid) => json!({"alg": alg, "typ": "JWT", "kid": kid}),
        None => json!({"alg": alg, "typ": "JWT"}),
    };
    let encode = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let input = format!("{}.{}", encode(header), encode(claims));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    let signature = aws_lc_rs::hmac::sign(&key, input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn refused(builder: AuthenticatorBuilder) -> String {
    format!("{:?}", builder.build().unwrap_err())
}

#[tokio::test]
async fn a_secret_and_a_key_set_go_together_while_an_issuer_moves() {
    let current = issuer("authenticated");
    let by_keys = || current.verifier().profile(TokenProfile::Generic).build().unwrap();
    let old = with_secret(SECRET, "HS256", None);
    let new = current.token("alice").header("typ", "JWT");
    for (first, second) in
        [(by_keys(), by_secret("authenticated")), (by_secret("authenticated"), by_keys())]
    {
        let authenticator = builder().verifier(first).verifier(second).build().unwrap();
        let accepted = async |token: &str| accepted(&authenticator, token).await;
        assert_eq!(accepted(&old).await.as_deref(), Ok(SUPABASE));
        assert_eq!(accepted(&new.clone().sign().unwrap()).await.as_deref(), Ok(SUPABASE));

        // Neither is the other's key, and no one else's is either.
        let confused = with_secret(current.jwks_json().as_bytes(), "HS256", Some("test-key"));
        assert_eq!(accepted(&confused).await, Err(VerifyError::BadSignature));
        let swapped = new.clone().header("alg", "HS256").sign().unwrap();
        assert_eq!(accepted(&swapped).await, Err(VerifyError::BadSignature));
        let swapped = with_secret(SECRET, "ES256", Some("test-key"));
        assert!(accepted(&swapped).await.is_err());
        for alg in ["RS256", "HS512", "none", "PS256"] {
            let odd = new.clone().header("alg", alg).sign().unwrap();
            assert_eq!(accepted(&odd).await, Err(VerifyError::UnsupportedAlgorithm), "{alg}");
        }
        let elsewhere = new.clone().audience("other").sign().unwrap();
        assert_eq!(accepted(&elsewhere).await, Err(VerifyError::AudienceMismatch));
        assert_eq!(accepted("a.b.c").await, Err(VerifyError::Malformed));
        let stranger = new.clone().issuer("https://other.test").sign().unwrap();
        assert_eq!(accepted(&stranger).await, Err(VerifyError::IssuerMismatch));
    }
}

#[tokio::test]
async fn each_audience_of_an_issuer_may_have_its_own_profile() {
    let api = issuer("orders-api");
    let strict = api.verifier().build().unwrap();
    let web = JwtVerifier::builder()
        .issuer(SUPABASE)
        .audience("orders-web")
        .keys(api.jwks())
        .profile(TokenProfile::IdTokenAsAccessToken)
        .clock(FixedClock::new(NOW))
        .build()
        .unwrap();
    let authenticator = builder().verifier(strict).verifier(web).build().unwrap();
    let accepted = async |token: &str| accepted(&authenticator, token).await;

    let access = api.token("alice");
    assert!(accepted(&access.clone().sign().unwrap()).await.is_ok());
    let id_token = access.clone().header("typ", "JWT").claim("at_hash", "h");
    let for_web = id_token.clone().audience("orders-web").sign().unwrap();
    assert!(accepted(&for_web).await.is_ok());
    // What the chosen one rejects, no other is asked about.
    assert_eq!(accepted(&id_token.clone().sign().unwrap()).await, Err(VerifyError::WrongType));
    let both =
        id_token.claim("aud", json!(["orders-web", "orders-api"])).claim("azp", "orders-web");
    assert_eq!(accepted(&both.sign().unwrap()).await, Err(VerifyError::WrongType));
    for (change, expected) in [
        (json!("other"), VerifyError::AudienceMismatch),
        (json!([]), VerifyError::AudienceMismatch),
        (json!(7), VerifyError::InvalidClaim("aud")),
    ] {
        let token = access.clone().claim("aud", change.clone()).sign().unwrap();
        assert_eq!(accepted(&token).await, Err(expected), "{change}");
    }
    let without = access.without("aud").sign().unwrap();
    assert_eq!(accepted(&without).await, Err(VerifyError::MissingClaim("aud")));
}

#[test]
fn verifiers_that_cannot_be_distinguished_are_an_error() {
    let current = issuer("authenticated");
    let by_keys = || current.verifier();
    let two = |one: JwtVerifier, other: JwtVerifier| builder().verifier(one).verifier(other);
    let built = |verifier: auth_core::token::JwtVerifierBuilder| verifier.build().unwrap();
    for builder in [
        two(built(by_keys()), built(by_keys().profile(TokenProfile::Generic))),
        two(built(by_keys()), built(by_keys().audience("another"))),
        two(by_secret("authenticated"), by_secret("authenticated")),
        // The third is like the first.
        two(built(by_keys()), by_secret("authenticated")).verifier(built(by_keys())),
    ] {
        let said = refused(builder);
        for part in [SUPABASE, "neither `alg` nor `aud`", "help: ", ".algorithms([..])"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    let other = issuer("other");
    for builder in [
        two(built(by_keys()), by_secret("authenticated")),
        two(built(by_keys()), built(other.verifier())),
        two(built(by_keys()), by_secret("other")),
    ] {
        assert!(builder.build().is_ok());
    }
    // A key set that is still to be fetched holds no secret, and may hold anything else.
    let fetched = || {
        let verifier = JwtVerifier::builder().issuer(SUPABASE).audience("authenticated");
        verifier.jwks_uri("https://shop.supabase.co/keys").clock(FixedClock::new(NOW))
    };
    assert!(two(built(fetched()), by_secret("authenticated")).build().is_ok());
    let said = refused(two(built(fetched()), built(by_keys())));
    assert!(said.contains(SUPABASE), "{said}");
    let narrowed = fetched().algorithms([Algorithm::RS256]);
    assert!(two(built(narrowed), built(by_keys())).build().is_ok());
}
