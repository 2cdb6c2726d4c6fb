//! The issuer that a token claims to be of, before anything of it is accepted.

use std::sync::LazyLock;

use auth_core::__private::unverified;
use auth_core::JwtVerifier;
use auth_core::jose::Algorithm;
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::token::VerifyError;
use serde_json::{Map, Value};

const NOW: u64 = 1_800_000_000;

struct World {
    issuers: Vec<TestIssuer>,
    verifiers: Vec<JwtVerifier>,
}

/// Their keys have the same name.
static WORLD: LazyLock<World> = LazyLock::new(|| {
    let issuer = |name: &str| {
        TestIssuer::new(name, "api")
            .unwrap()
            .with_algorithm(Algorithm::EdDSA)
            .unwrap()
            .with_clock(FixedClock::new(NOW))
    };
    let issuers: Vec<_> =
        ["https://a.test", "https://b.test", "https://a.test/"].into_iter().map(issuer).collect();
    let verifiers = issuers.iter().map(|issuer| issuer.verifier().build().unwrap()).collect();
    World { issuers, verifiers }
});

pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let (form, issuer) = (unverified::is_compact_jws(text), unverified::claimed_issuer(text));
    if form || issuer.is_ok() {
        assert_eq!(text.bytes().filter(|byte| *byte == b'.').count(), 2);
    }

    // The second way: the claims are signed by one issuer, and may name another.
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(text) else {
        return false;
    };
    let mut is_accepted = false;
    for (signer, issuer) in WORLD.issuers.iter().enumerate() {
        let mut token = issuer.token("subject");
        for (name, value) in claims.clone() {
            token = token.claim(name, value);
        }
        let token = token.sign().unwrap();
        assert!(unverified::is_compact_jws(&token));
        let claimed = unverified::claimed_issuer(&token);
        for (verifier, own) in WORLD.verifiers.iter().enumerate() {
            match own.verify(&token) {
                Ok(verified) => {
                    is_accepted = true;
                    assert_eq!(signer, verifier);
                    assert_eq!(claimed.as_deref(), Ok(verified.issuer()));
                }
                // Nothing of a strange token is looked at beyond its signature.
                Err(VerifyError::BadSignature | VerifyError::TooLarge) => {}
                Err(_) => assert_eq!(signer, verifier),
            }
        }
    }
    is_accepted
}
