//! A DPoP proof: as text, and as header and claims that the client itself signed.

use std::sync::LazyLock;

use auth_core::binding::Dpop;
use auth_core::error::Unauthenticated;
use auth_core::testing::{DpopKey, TestIssuer};
use auth_core::time::FixedClock;
use auth_core::{AuthError, Authenticator, Scopes};
use futures_util::FutureExt;
use http::Request;
use serde_json::{Map, Value};

const NOW: u64 = 1_800_000_000;

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
}

struct World {
    authenticator: Authenticator,
    key: DpopKey,
    token: String,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let clock = FixedClock::new(NOW);
    let issuer = TestIssuer::new("https://issuer.test", "api").unwrap().with_clock(clock.clone());
    let key = DpopKey::generate().unwrap().with_clock(clock);
    World {
        authenticator: Authenticator::builder()
            .vocabulary::<(Scope,)>()
            .verifier(issuer.verifier().build().unwrap())
            .dpop(Dpop::builder("https://api.test").build().unwrap())
            .build()
            .unwrap(),
        token: issuer.token("alice").bound_to(&key).sign().unwrap(),
        key,
    }
});

/// Whether the proof is accepted for `GET /read`, as far as no one used it before.
fn is_accepted(proof: &str) -> bool {
    let request = Request::get("/read")
        .header("authorization", format!("DPoP {}", WORLD.token))
        .header("dpop", proof);
    let Ok(request) = request.body(()) else {
        return false;
    };
    let (parts, ()) = request.into_parts();
    let outcome = WORLD.authenticator.authenticate(&parts);
    match outcome.now_or_never().unwrap() {
        Err(AuthError::Unauthenticated(Unauthenticated::InvalidDpopProof(error))) => {
            error.code() == "proof_replayed"
        }
        // With a full store the proof was as good.
        outcome => matches!(outcome, Ok(_) | Err(AuthError::Unavailable(_))),
    }
}

pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    assert!(!is_accepted(text));

    // The second way: what is in the claims cannot break the rules for claims.
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(text) else {
        return false;
    };
    let proof = WORLD.key.proof("GET", "https://api.test/read").token(&WORLD.token);
    let signed = claims
        .clone()
        .into_iter()
        .fold(proof.clone(), |proof, (name, value)| proof.claim(name, value));
    let of_claims = is_accepted(&signed.sign().unwrap());
    if of_claims {
        assert!(claims.get("htm").is_none_or(|method| method == "GET"));
        assert!(claims.get("jti").is_none_or(|id| id.as_str().is_some_and(|id| !id.is_empty())));
        assert!(claims.get("iat").is_none_or(|time| {
            time.as_f64().is_some_and(|time| (time - 1_800_000_000.0).abs() < 61.0)
        }));
        let address = claims.get("htu").map(|address| address.as_str().unwrap());
        assert!(
            address.is_none_or(|address| address.to_lowercase().starts_with("https://api.test"))
        );
    }
    // And what is in the header those for headers.
    let signed = claims.into_iter().fold(proof, |proof, (name, value)| proof.header(name, value));
    let of_header = is_accepted(&signed.sign().unwrap());
    of_claims || of_header
}
