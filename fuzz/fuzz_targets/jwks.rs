//! A key set, and a PEM file.

#![no_main]

use auth_core::jose::Algorithm;
use auth_core::{Jwks, JwtVerifier};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(jwks) = Jwks::from_json(text) {
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
        }
    }
});
