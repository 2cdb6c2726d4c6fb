//! jsonwebtoken, called as its documentation says: read the header, choose the key by its `kid`,
//! decode.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use jsonwebtoken::crypto::{CryptoProvider, KeyUtils, aws_lc, rust_crypto};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

use super::claims::Claims;
use crate::case::Case;
use crate::claims::{AUDIENCE, ISSUER};
use crate::material::{self, Material};
use crate::token::row;

/// Which of its two backends verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// aws-lc-rs.
    AwsLc,
    /// The crates of Rust Crypto.
    RustCrypto,
}

static RUST_CRYPTO: AtomicBool = AtomicBool::new(false);

/// `decode` knows one provider for the whole process. This one goes to either, so that both stand
/// in one run.
static EITHER: CryptoProvider = CryptoProvider {
    signer_factory: aws_lc::DEFAULT_PROVIDER.signer_factory,
    verifier_factory: |algorithm, key| {
        let provider = if RUST_CRYPTO.load(Ordering::Relaxed) {
            &rust_crypto::DEFAULT_PROVIDER
        } else {
            &aws_lc::DEFAULT_PROVIDER
        };
        (provider.verifier_factory)(algorithm, key)
    },
    key_utils: KeyUtils::new_unimplemented(),
};

impl Backend {
    /// Lets this one verify from now on.
    pub fn choose(self) {
        // From the second time on it is installed already.
        let _ = EITHER.install_default();
        RUST_CRYPTO.store(self == Self::RustCrypto, Ordering::Relaxed);
    }

    const fn who(self) -> &'static str {
        match self {
            Self::AwsLc => "jsonwebtoken + aws-lc",
            Self::RustCrypto => "jsonwebtoken + rust_crypto",
        }
    }
}

/// Keys by their `kid`, and the rules.
#[derive(Clone)]
pub struct Verifier {
    keys: HashMap<String, DecodingKey>,
    validation: Validation,
}

impl Verifier {
    /// A verifier with the four keys of this algorithm.
    ///
    /// # Panics
    /// If what was prepared is no key set.
    #[must_use]
    pub fn new(algorithm: material::Algorithm) -> Self {
        let jwks = Material::read(algorithm).jwks;
        let jwks: JwkSet = serde_json::from_value(jwks).expect("a key set");
        let key = |jwk: &jsonwebtoken::jwk::Jwk| {
            let kid = jwk.common.key_id.clone().expect("a kid");
            (kid, DecodingKey::from_jwk(jwk).expect("a key"))
        };
        let mut validation = Validation::new(match algorithm {
            material::Algorithm::Rs256 => Algorithm::RS256,
            material::Algorithm::Es256 => Algorithm::ES256,
            material::Algorithm::EdDsa => Algorithm::EdDSA,
            material::Algorithm::Hs256 => Algorithm::HS256,
        });
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = 30;
        Self { keys: jwks.keys.iter().map(key).collect(), validation }
    }

    /// The claims of a token, if it is valid.
    #[must_use]
    pub fn verify(&self, token: &str) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        let key = self.keys.get(&header.kid?)?;
        decode::<Claims>(token, key, &self.validation).ok().map(|token| token.claims)
    }
}

/// The cases of both backends.
#[must_use]
pub fn verifications(algorithm: material::Algorithm) -> Vec<Case> {
    let case = |backend: Backend| {
        backend.choose();
        let verifier = Verifier::new(algorithm);
        let tokens = Material::read(algorithm).tokens;
        Case::over(row(algorithm), backend.who(), tokens, move |token| {
            backend.choose();
            assert!(verifier.verify(token).is_some_and(|claims| claims.suffice()));
        })
    };
    [Backend::AwsLc, Backend::RustCrypto].map(case).into()
}
