//! The features make libraries available; which one verifies is said in code.

#![cfg(test)]

use auth_core::jose::{Algorithm, CryptoBackend};
use auth_core::testing::TestIssuer;
use auth_core::token::{JwtVerifierError, VerifyError};
use jsonwebtoken::crypto::{CryptoProvider, KeyUtils};

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

fn issuer(algorithm: Algorithm) -> TestIssuer {
    TestIssuer::new("https://issuer.test", "orders-api").unwrap().with_algorithm(algorithm).unwrap()
}

#[test]
fn aws_lc_rs_is_the_default_where_both_are_there() {
    assert_eq!(format!("{:?}", CryptoBackend::default()), "CryptoBackend(aws_lc_rs)");
}

#[test]
fn each_library_verifies_for_the_verifier_that_asks_for_it() {
    for algorithm in ALGORITHMS {
        let (issuer, stranger) = (issuer(algorithm), issuer(algorithm));
        let token = issuer.token("alice").sign().unwrap();
        let forged = stranger.token("eve").sign().unwrap();
        for backend in [CryptoBackend::AWS_LC_RS, CryptoBackend::RUST_CRYPTO] {
            let verifier = issuer.verifier().crypto_provider(backend).build().unwrap();
            assert_eq!(verifier.verify(&token).unwrap().subject(), "alice", "{algorithm}");
            assert_eq!(verifier.verify(&forged).err(), Some(VerifyError::BadSignature));
        }
    }
}

#[test]
fn a_key_that_a_library_does_not_take_is_left_out() {
    let verifier = issuer(Algorithm::ES512).verifier().crypto_provider(CryptoBackend::RUST_CRYPTO);
    assert_eq!(verifier.build().err(), Some(JwtVerifierError::NoUsableKey), "it has no P-521");
}

/// `jsonwebtoken::encode` and `decode` ask the provider of the process, and the first that asks settles it.
#[test]
fn signing_and_verifying_neither_settle_nor_ask_the_provider_of_the_process() {
    static OF_THE_APPLICATION: CryptoProvider = CryptoProvider {
        signer_factory: |_, _| panic!("asked to sign"),
        verifier_factory: |_, _| panic!("asked to verify"),
        key_utils: KeyUtils::new_unimplemented(),
    };
    let works = || {
        for algorithm in ALGORITHMS {
            let issuer = issuer(algorithm);
            let token = issuer.token("alice").sign().unwrap();
            let verifier = issuer.verifier().keys(issuer.jwk_set()).build().unwrap();
            assert_eq!(verifier.verify(&token).unwrap().subject(), "alice", "{algorithm}");
        }
    };
    works();
    OF_THE_APPLICATION.install_default().expect("the provider of the process is not settled");
    works();
}
