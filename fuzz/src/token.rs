//! A token: as text, and as claims that the issuer itself signed.

use std::sync::LazyLock;

use auth_core::jose::Algorithm;
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::{JwtVerifier, TokenProfile};
use serde_json::{Map, Value};

const NOW: u64 = 1_800_000_000;

struct World {
    issuer: TestIssuer,
    strict: JwtVerifier,
    generic: JwtVerifier,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let issuer = TestIssuer::new("https://issuer.test", "api")
        .unwrap()
        .with_algorithm(Algorithm::EdDSA)
        .unwrap()
        .with_clock(FixedClock::new(NOW));
    World {
        strict: issuer.verifier().build().unwrap(),
        generic: issuer.verifier().profile(TokenProfile::Generic).build().unwrap(),
        issuer,
    }
});

pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    assert!(WORLD.strict.verify(text).is_err());
    assert!(WORLD.generic.verify(text).is_err());

    // The second way: what is in the claims cannot break the rules for claims.
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(text) else {
        return false;
    };
    let mut token = WORLD.issuer.token("subject");
    for (name, value) in claims {
        token = token.claim(name, value);
    }
    let token = token.sign().unwrap();
    let verified = WORLD.strict.verify(&token);
    if let Ok(verified) = &verified {
        let claims = verified.claims();
        assert_eq!(verified.issuer(), "https://issuer.test");
        assert_eq!(claims["iss"], "https://issuer.test");
        let audience = &claims["aud"];
        assert!(audience == "api" || audience.as_array().unwrap().iter().any(|name| name == "api"));
        assert!(verified.expires_at() + 30 >= NOW);
        assert!(verified.issued_at().is_none_or(|time| time <= NOW + 30));
        assert!(!claims.contains_key("cnf"));
        assert!(verified.names().scopes.iter().all(|name| !name.is_empty()));
        assert_ne!(verified.subject(), "");
    }
    verified.is_ok()
}
