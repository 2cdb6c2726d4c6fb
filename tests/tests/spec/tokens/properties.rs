//! What holds for every token and every string.

use std::sync::LazyLock;
use std::time::Duration;

use auth_core::jose::{Algorithm, HmacSecret};
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::token::VerifyError;
use auth_core::{JwtVerifier, TokenProfile};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

const NOW: u64 = 1_800_000_000;
const ALGORITHMS: [Algorithm; 9] = [
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

struct World {
    issuer: TestIssuer,
    verifier: JwtVerifier,
    token: String,
}

/// One issuer for each algorithm: keys take time to make.
static WORLDS: LazyLock<Vec<World>> = LazyLock::new(|| {
    ALGORITHMS
        .into_iter()
        .map(|algorithm| {
            let issuer = TestIssuer::new("https://issuer.test", "api")
                .unwrap()
                .with_algorithm(algorithm)
                .unwrap()
                .with_clock(FixedClock::new(NOW));
            World {
                verifier: issuer.verifier().build().unwrap(),
                token: issuer.token("alice").scopes(["read"]).sign().unwrap(),
                issuer,
            }
        })
        .collect()
});

/// Holds P-05.
#[test]
fn every_algorithm_signs_and_verifies_and_accepts_no_other_key() {
    for (i, world) in WORLDS.iter().enumerate() {
        let verified = world.verifier.verify(&world.token).unwrap();
        assert_eq!(verified.subject(), "alice");
        assert_eq!(verified.issuer(), "https://issuer.test");
        assert_eq!(verified.expires_at(), NOW + 300);
        assert_eq!(verified.issued_at(), Some(NOW));
        assert_eq!(verified.client_id(), Some("test-client"));
        assert_eq!(verified.names().scopes, ["read"]);
        for (j, other) in WORLDS.iter().enumerate() {
            if i != j {
                assert_eq!(
                    other.verifier.verify(&world.token).err(),
                    Some(VerifyError::UnknownKey)
                );
            }
        }
    }
}

#[test]
fn a_changed_header_of_the_same_key_is_rejected() {
    // The key set says RS256, the token asks for another algorithm of the same key.
    let world = &WORLDS[0];
    for algorithm in ["RS384", "PS256", "HS256", "ES256", "none", "rs256"] {
        let token = world.issuer.token("alice").header("alg", algorithm).sign().unwrap();
        let refused = world.verifier.verify(&token).unwrap_err();
        assert!(
            matches!(refused, VerifyError::UnknownKey | VerifyError::UnsupportedAlgorithm),
            "{algorithm}: {refused}"
        );
    }
}

#[test]
fn the_allow_list_holds_even_where_a_key_could() {
    let rsa = &WORLDS[0];
    let es = &WORLDS[6];
    let verifier = rsa
        .issuer
        .verifier()
        .keys(es.issuer.jwks())
        .algorithms([Algorithm::ES256])
        .build()
        .unwrap();
    assert!(verifier.verify(&es.token).is_ok());
    assert_eq!(verifier.verify(&rsa.token).err(), Some(VerifyError::UnsupportedAlgorithm));
}

#[test]
fn one_changed_letter_is_refused_everywhere() {
    // ES256 and EdDSA: short enough to try every letter at every place of the signature, and every
    // neighbour of every letter elsewhere.
    for world in [&WORLDS[6], &WORLDS[8]] {
        let bytes = world.token.as_bytes();
        for at in 0..bytes.len() {
            for bit in 0..7 {
                let mut changed = bytes.to_vec();
                changed[at] ^= 1 << bit;
                let changed = std::str::from_utf8(&changed).unwrap();
                assert!(world.verifier.verify(changed).is_err(), "bit {bit} of byte {at}");
            }
            let (head, tail) = world.token.split_at(at);
            let (_, shorter) = tail.split_at(1);
            assert!(
                world.verifier.verify(&format!("{head}{shorter}")).is_err(),
                "without byte {at}"
            );
            assert!(
                world.verifier.verify(&format!("{head}A{tail}")).is_err(),
                "A before byte {at}"
            );
            assert!(world.verifier.verify(head).is_err(), "only {at} bytes");
        }
    }
}

/// Made by Python's `hmac` with 64 bytes, of which byte `i` is `7 ^ 167 * i`: HS256, `sub` is `bob`, `exp` is in 2100.
const HS256_TOKEN: &str = concat!(
    "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiJ9.",
    "eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0IiwiYXVkIjoiYXBpIiwic3ViIjoiYm9iIiwiZXhwIjo0MTAyNDQ0ODAwfQ.",
    "kfYpmKaSmNZduMh3riodBtgPiE6Lp2RJ1ri_fdelO5Y"
);

#[test]
fn a_secret_verifies_only_its_own_algorithm() {
    let verifier = |algorithm, byte| {
        JwtVerifier::builder()
            .issuer("https://issuer.test")
            .audience("api")
            .shared_secret(
                HmacSecret::new(
                    algorithm,
                    std::array::from_fn::<u8, 64, _>(|place| {
                        byte ^ u8::try_from(place).unwrap_or(0).wrapping_mul(167)
                    }),
                )
                .unwrap(),
            )
            .clock(FixedClock::new(NOW))
            .build()
            .unwrap()
    };
    let hs256 = verifier(Algorithm::HS256, 7);
    assert_eq!(hs256.verify(HS256_TOKEN).unwrap().subject(), "bob");
    assert_eq!(
        verifier(Algorithm::HS256, 8).verify(HS256_TOKEN).err(),
        Some(VerifyError::BadSignature)
    );
    assert_eq!(
        verifier(Algorithm::HS512, 7).verify(HS256_TOKEN).err(),
        Some(VerifyError::UnknownKey)
    );
    let (input, _) = HS256_TOKEN.rsplit_once('.').unwrap();
    let unsigned = format!("{input}.");
    assert_eq!(hs256.verify(&unsigned).err(), Some(VerifyError::BadSignature));

    // A token of a public key does not become one of the secret, with any header.
    for world in WORLDS.iter() {
        assert_eq!(hs256.verify(&world.token).err(), Some(VerifyError::UnknownKey));
        let claimed = world.issuer.token("alice").header("alg", "HS256").sign().unwrap();
        assert_eq!(hs256.verify(&claimed).err(), Some(VerifyError::BadSignature));
    }
}

#[test]
fn size_is_looked_at_first() {
    let world = &WORLDS[6];
    let exact = world.issuer.verifier().max_token_bytes(world.token.len()).build().unwrap();
    assert!(exact.verify(&world.token).is_ok());
    let shorter = world.issuer.verifier().max_token_bytes(world.token.len() - 1).build().unwrap();
    assert_eq!(shorter.verify(&world.token).err(), Some(VerifyError::TooLarge));
}

#[test]
fn time_passes() {
    let clock = FixedClock::new(NOW);
    let issuer = TestIssuer::new("https://issuer.test", "api").unwrap().with_clock(clock.clone());
    let verifier = issuer.verifier().leeway(Duration::from_secs(10)).build().unwrap();
    let token = issuer.token("alice").lifetime(Duration::from_secs(60)).sign().unwrap();
    clock.advance(69);
    assert!(verifier.verify(&token).is_ok());
    clock.advance(1);
    assert_eq!(verifier.verify(&token).err(), Some(VerifyError::Expired));
    clock.set(NOW - 10);
    assert!(verifier.verify(&token).is_ok());
    clock.set(NOW - 11);
    assert_eq!(verifier.verify(&token).err(), Some(VerifyError::IssuedInFuture));
}

/// Holds P-11.
#[test]
fn a_token_that_lives_longer_than_any_may_is_rejected() {
    let issuer = TestIssuer::new("https://issuer.test", "api").unwrap();
    let issuer = issuer.with_clock(FixedClock::new(NOW));
    let hour = Duration::from_secs(3_600);
    let lasting = |lifetime: Duration| issuer.token("alice").lifetime(lifetime).sign().unwrap();
    let milliseconds = issuer.token("alice").claim("exp", (NOW + 300) * 1_000).sign().unwrap();
    let any = issuer.verifier().build().unwrap();
    assert!(any.verify(&milliseconds).is_err());
    assert!(any.verify(&lasting(2 * hour)).is_ok());
    let brief = issuer.verifier().max_lifetime(hour).build().unwrap();
    assert!(brief.verify(&lasting(hour)).is_ok());
    assert!(brief.verify(&lasting(2 * hour)).is_err());
}

#[test]
fn a_test_token_says_what_it_was_made_with() {
    let world = &WORLDS[6];
    let sign =
        |change: fn(auth_core::testing::TokenBuilder) -> auth_core::testing::TokenBuilder| {
            world.verifier.verify(&change(world.issuer.token("alice")).sign().unwrap())
        };
    assert_eq!(sign(|t| t.without("exp")).err(), Some(VerifyError::MissingClaim("exp")));
    assert_eq!(sign(|t| t.without("aud")).err(), Some(VerifyError::MissingClaim("aud")));
    assert_eq!(sign(|t| t.without("iss")).err(), Some(VerifyError::MissingClaim("iss")));
    assert_eq!(sign(|t| t.issuer("other")).err(), Some(VerifyError::IssuerMismatch));
    assert_eq!(sign(|t| t.audience("other")).err(), Some(VerifyError::AudienceMismatch));
    assert_eq!(sign(|t| t.header("typ", "JWT")).err(), Some(VerifyError::WrongType));
    assert_eq!(sign(|t| t.header("kid", "other")).err(), Some(VerifyError::UnknownKey));
    assert_eq!(
        sign(|t| t.header("crit", json!(["x"]))).err(),
        Some(VerifyError::UnsupportedCriticalHeader)
    );
    assert_eq!(
        sign(|t| t.claim("cnf", json!({"jkt": "x"}))).err(),
        Some(VerifyError::SenderConstrained)
    );
    let all = sign(|t| {
        t.roles(["r"])
            .permissions(["p"])
            .scopes(["s", "t"])
            .groups(["g"])
            .acr("mfa")
            .auth_time(7)
            .without("iat")
    })
    .unwrap();
    assert_eq!(all.names().roles, ["r"]);
    assert_eq!(all.names().permissions, ["p"]);
    assert_eq!(all.names().scopes, ["s", "t"]);
    assert_eq!(all.names().groups, ["g"]);
    assert_eq!((all.acr(), all.auth_time(), all.issued_at()), (Some("mfa"), Some(7), None));
    assert!(all.token_id().is_some() && all.claims().contains_key("sub"));

    let generic = world.issuer.verifier().profile(TokenProfile::Generic).build().unwrap();
    let typed = |typ: &str| world.issuer.token("alice").header("typ", typ).sign().unwrap();
    assert!(generic.verify(&typed("JWT")).is_ok());
    assert_eq!(generic.verify(&typed("dpop+jwt")).err(), Some(VerifyError::WrongType));
}

proptest! {
    /// Holds P-04.
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        prop_assert!(WORLDS[6].verifier.verify(&text).is_err());
    }

    #[test]
    fn no_three_segments_panic(
        header in proptest::collection::vec(any::<u8>(), 0..80),
        payload in proptest::collection::vec(any::<u8>(), 0..80),
        signature in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let segments = [header, payload, signature].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        prop_assert!(WORLDS[6].verifier.verify(&segments.join(".")).is_err());
    }

    #[test]
    fn no_signature_but_the_own(
        world in 0_usize..9,
        signature in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let world = &WORLDS[world];
        let (input, _) = world.token.rsplit_once('.').unwrap();
        let forged = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
        prop_assert_eq!(world.verifier.verify(&forged).err(), Some(VerifyError::BadSignature));
    }

    /// Holds P-05.
    #[test]
    fn any_change_of_any_token_is_refused(world in 0_usize..9, at in any::<prop::sample::Index>(), bit in 0_u8..7) {
        let world = &WORLDS[world];
        let mut bytes = world.token.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(world.verifier.verify(std::str::from_utf8(&bytes).unwrap()).is_err());
    }

    /// Holds P-04.
    #[test]
    fn any_signed_claims_are_read_without_panic(
        name in prop::sample::select(vec!["iss", "aud", "exp", "nbf", "iat", "sub", "cnf", "acr", "auth_time", "roles", "scope", "jti"]),
        value in json_value(),
    ) {
        let world = &WORLDS[8];
        let token = world.issuer.token("alice").claim(name, value).sign().unwrap();
        let _ = world.verifier.verify(&token);
    }
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|b| json!(b)),
        any::<i64>().prop_map(|n| json!(n)),
        any::<u64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        "\\PC{0,12}".prop_map(|s| json!(s)),
    ];
    leaf.prop_recursive(40, 64, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(|members| json!(members)),
            proptest::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|members| json!(members)),
        ]
    })
}
