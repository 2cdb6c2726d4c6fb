//! Keys, algorithms and cryptography come in as the types of `jsonwebtoken`, and key sets go out as them.

use std::sync::atomic::{AtomicU64, Ordering};

use auth_core::jose::{Algorithm, HmacSecret, JwksError, UnknownAlgorithm};
use auth_core::testing::TestIssuer;
use auth_core::token::{JwtVerifierBuilder, JwtVerifierError, VerifyError};
use auth_core::{Jwks, JwtVerifier};
use jsonwebtoken::crypto::{CryptoProvider, aws_lc};
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{AlgorithmFamily, DecodingKey};

const ISSUER: &str = "https://issuer.test";
const AUDIENCE: &str = "orders-api";

const PUBLIC: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

fn issuer(algorithm: Algorithm) -> TestIssuer {
    TestIssuer::new(ISSUER, AUDIENCE).unwrap().with_algorithm(algorithm).unwrap()
}

fn builder() -> JwtVerifierBuilder {
    JwtVerifier::builder().issuer(ISSUER).audience(AUDIENCE)
}

fn secret() -> [u8; 64] {
    std::array::from_fn(|place| u8::try_from(place * 37 % 251).unwrap())
}

#[test]
fn algorithms_convert_both_ways_without_loss() {
    let families =
        [AlgorithmFamily::Hmac, AlgorithmFamily::Rsa, AlgorithmFamily::Ec, AlgorithmFamily::Ed];
    let theirs: Vec<_> = families.iter().flat_map(|family| family.algorithms().to_vec()).collect();
    assert_eq!(theirs.len(), Algorithm::ALL.len() - 1);
    for their in theirs {
        let our = Algorithm::try_from(their).unwrap();
        assert_eq!(our.try_into(), Ok(their));
        assert_eq!(our.name(), format!("{their:?}"));
    }
    let es512 = jsonwebtoken::Algorithm::try_from(Algorithm::ES512);
    assert_eq!(es512, Err(UnknownAlgorithm), "they do not have it");
}

#[test]
fn a_jwk_set_a_jwk_and_a_decoding_key_are_keys() {
    for algorithm in PUBLIC {
        let issuer = issuer(algorithm);
        let token = issuer.token("alice").sign().unwrap();
        let stranger = TestIssuer::new(ISSUER, AUDIENCE).unwrap();
        let stranger = stranger.with_algorithm(algorithm).unwrap().token("eve").sign().unwrap();
        let set = issuer.jwk_set();
        let key = DecodingKey::from_jwk(&set.keys[0]).unwrap();
        for verifier in [
            builder().keys(&set).build().unwrap(),
            builder().keys(set.keys[0].clone()).build().unwrap(),
            builder().keys(set).build().unwrap(),
            builder().keys(&key).build().unwrap(),
            builder().keys(key).algorithms([algorithm]).build().unwrap(),
        ] {
            assert_eq!(verifier.verify(&token).unwrap().subject(), "alice", "{algorithm}");
            assert_eq!(verifier.verify(&stranger).err(), Some(VerifyError::BadSignature));
        }
    }
}

#[test]
fn a_secret_as_a_decoding_key_serves_the_algorithms_that_it_is_long_enough_for() {
    let key = |length: usize| DecodingKey::from_secret(&secret()[..length]).unwrap();
    let only = |length, algorithm| builder().keys(key(length)).algorithms([algorithm]).build();
    assert!(only(32, Algorithm::HS256).is_ok());
    assert_eq!(only(32, Algorithm::HS384).err(), Some(JwtVerifierError::NoUsableKey));
    assert!(only(64, Algorithm::HS512).is_ok());
    let JwtVerifierError::Keys(short) = builder().keys(key(31)).build().unwrap_err() else {
        panic!("a short secret is refused as one");
    };
    assert!(short.contains("31 bytes"), "{short}");
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    let pem = DecodingKey::from_secret(pem.as_bytes()).unwrap();
    assert!(matches!(builder().keys(pem).build(), Err(JwtVerifierError::Keys(_))));
}

#[test]
fn a_jwk_set_is_judged_as_strictly_as_its_text() {
    let symmetric =
        r#"{"keys":[{"kty":"oct","k":"c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA"}]}"#;
    let set: JwkSet = serde_json::from_str(symmetric).unwrap();
    assert!(matches!(Jwks::try_from(&set), Err(JwksError::NoUsableKey { keys: 1, .. })));
    assert!(matches!(builder().keys(set).build(), Err(JwtVerifierError::Keys(_))));

    let mut encrypting = issuer(Algorithm::ES256).jwk_set();
    encrypting.keys[0].common.public_key_use = Some(PublicKeyUse::Encryption);
    assert!(Jwks::try_from(encrypting).is_err());

    let weak = DecodingKey::from_rsa_raw_components(&[0xff; 128], &[1, 0, 1]);
    assert!(matches!(builder().keys(weak).build(), Err(JwtVerifierError::Keys(_))));
    let off_the_curve = DecodingKey::from_ec_der(&[4; 65]);
    assert!(matches!(builder().keys(off_the_curve).build(), Err(JwtVerifierError::Keys(_))));
}

#[test]
fn a_key_set_is_published_as_their_types() {
    for algorithm in PUBLIC {
        let issuer = issuer(algorithm);
        let text: JwkSet = serde_json::from_str(&issuer.jwks_json()).unwrap();
        assert_eq!(text, issuer.jwk_set());
        // What was loaded is published as it came.
        assert_eq!(JwkSet::from(&issuer.jwks()), text);
        let Jwk { common, .. } = &text.keys[0];
        let theirs: jsonwebtoken::Algorithm = algorithm.try_into().unwrap();
        assert_eq!(common.key_algorithm, Some(KeyAlgorithm::from(theirs)));
        assert_eq!(common.public_key_use, Some(PublicKeyUse::Signature));
        assert_eq!(common.key_id.as_deref(), Some("test-key"));
    }
}

#[test]
fn a_key_without_a_name_is_published_with_its_thumbprint() {
    // RFC 7638 §3.1.
    let key = r#"{"keys":[{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}]}"#;
    let set = JwkSet::from(&Jwks::from_json(key).unwrap());
    let common = &set.keys[0].common;
    assert_eq!(common.key_id.as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    assert_eq!(common.key_algorithm, None, "it may verify six");
}

#[test]
fn a_provider_of_the_applications_own_verifies() {
    for algorithm in PUBLIC {
        let issuer = issuer(algorithm);
        let token = issuer.token("alice").sign().unwrap();
        let other = self::issuer(algorithm).token("eve").sign().unwrap();
        let verifier =
            issuer.verifier().crypto_provider(&aws_lc::DEFAULT_PROVIDER).build().unwrap();
        assert_eq!(verifier.verify(&token).unwrap().subject(), "alice", "{algorithm}");
        assert_eq!(verifier.verify(&other).err(), Some(VerifyError::BadSignature), "{algorithm}");
    }
}

#[test]
fn every_signature_is_a_matter_of_the_provider_that_was_handed_over() {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let provider = CryptoProvider {
        verifier_factory: |algorithm, key| {
            ASKED.fetch_add(1, Ordering::SeqCst);
            (aws_lc::DEFAULT_PROVIDER.verifier_factory)(algorithm, key)
        },
        ..aws_lc::DEFAULT_PROVIDER.clone()
    };
    let issuer = issuer(Algorithm::ES256);
    let token = issuer.token("alice").sign().unwrap();
    let verifier = issuer.verifier().crypto_provider(provider).build().unwrap();
    let at_start = ASKED.load(Ordering::SeqCst);
    assert_eq!(at_start, 1, "whether it takes the key is asked once");
    for _ in 0..3 {
        assert!(verifier.verify(&token).is_ok());
    }
    assert_eq!(ASKED.load(Ordering::SeqCst), at_start + 3);
    // Another verifier has no part in it.
    assert!(issuer.verifier().build().unwrap().verify(&token).is_ok());
    assert_eq!(ASKED.load(Ordering::SeqCst), at_start + 3);
}

#[test]
fn a_provider_that_answers_for_another_algorithm_verifies_nothing() {
    let confused = CryptoProvider {
        verifier_factory: |_, key| {
            (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&jsonwebtoken::Algorithm::RS256, key)
        },
        ..aws_lc::DEFAULT_PROVIDER.clone()
    };
    let verifier = issuer(Algorithm::PS256).verifier().crypto_provider(confused).build();
    assert_eq!(verifier.err(), Some(JwtVerifierError::NoUsableKey));
}

#[test]
fn a_secret_is_verified_by_a_provider_too() {
    let secret = HmacSecret::new(Algorithm::HS256, secret()).unwrap();
    let verifier = builder().shared_secret(secret).crypto_provider(&aws_lc::DEFAULT_PROVIDER);
    assert!(verifier.build().is_ok());
}
