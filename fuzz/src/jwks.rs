//! A key set, and a PEM file.

use auth_core::jose::Algorithm;
use auth_core::{Jwks, JwtVerifier};

pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let set = Jwks::from_json(text);
    let mut is_accepted = set.is_ok();
    if let Ok(jwks) = set {
        assert!(!jwks.is_empty());
        for key in jwks.skipped() {
            assert!(!key.problem.to_string().is_empty());
        }
        let verifier = JwtVerifier::builder().issuer("i").audience("a").keys(jwks).build().unwrap();
        assert!(verifier.verify("eyJhbGciOiJFZERTQSJ9.e30.AAAA").is_err());
    }
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA] {
        if let Ok(jwks) = Jwks::from_pem(text, algorithm, None) {
            assert_eq!(jwks.len(), 1);
            is_accepted = true;
        }
    }
    is_accepted
}
