//! Signatures by `aws-lc-rs`, with keys that are parsed once.
//!
//! Not through `jsonwebtoken`: its verifiers parse the key for each token, and cannot be kept.

use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents};
use aws_lc_rs::{hmac, rand};
use zeroize::Zeroizing;

use crate::jose::algorithm::Algorithm;
use crate::jose::public_key::{Curve, PublicKey};

/// One parsed key, for one algorithm.
pub(crate) struct Verifier(Kind);

enum Kind {
    Public(ParsedPublicKey),
    Hmac(Box<hmac::Key>),
}

impl Verifier {
    /// A verifier for `algorithm`, if the library takes the key: it checks what cannot be seen
    /// from outside, such as a point on its curve.
    pub(crate) fn public(algorithm: Algorithm, key: &PublicKey) -> Option<Self> {
        let key = match (algorithm, key) {
            (_, PublicKey::Rsa { n, e }) => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(rsa(algorithm)?)
            }
            (Algorithm::ES256, PublicKey::Ec { curve: Curve::P256, point }) => {
                ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
            }
            (Algorithm::ES384, PublicKey::Ec { curve: Curve::P384, point }) => {
                ParsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point)
            }
            (Algorithm::ES512, PublicKey::Ec { curve: Curve::P521, point }) => {
                ParsedPublicKey::new(&signature::ECDSA_P521_SHA512_FIXED, point)
            }
            (Algorithm::EdDSA, PublicKey::Ed25519(x)) => {
                ParsedPublicKey::new(&signature::ED25519, x)
            }
            _ => return None,
        };
        key.ok().map(|key| Self(Kind::Public(key)))
    }

    /// A verifier that shares a secret with the issuer.
    pub(crate) fn hmac(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        let hash = match algorithm {
            Algorithm::HS256 => hmac::HMAC_SHA256,
            Algorithm::HS384 => hmac::HMAC_SHA384,
            Algorithm::HS512 => hmac::HMAC_SHA512,
            _ => return None,
        };
        Some(Self(Kind::Hmac(Box::new(hmac::Key::new(hash, secret)))))
    }

    /// Whether `signature` is one of this key over `message`. The comparison of a MAC takes the
    /// same time wherever it differs.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Kind::Public(key) => key.verify_sig(message, signature).is_ok(),
            Kind::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

/// Makes codes that no one makes without the key: HMAC with SHA-256.
pub(crate) struct Mac(hmac::Key);

impl Mac {
    #[expect(clippy::unnecessary_wraps, reason = "without a backend there is none")]
    pub(crate) fn new(secret: &[u8]) -> Option<Self> {
        Some(Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// With a key that no one knows.
    pub(crate) fn random() -> Option<Self> {
        let mut secret = Zeroizing::new([0; 32]);
        rand::fill(secret.as_mut()).ok()?;
        Self::new(secret.as_ref())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> impl AsRef<[u8]> {
        hmac::sign(&self.0, message)
    }

    /// Whether the code is that of the message, in a time that tells nothing of it.
    pub(crate) fn verify(&self, message: &[u8], code: &[u8]) -> bool {
        hmac::verify(&self.0, message, code).is_ok()
    }
}

fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}
