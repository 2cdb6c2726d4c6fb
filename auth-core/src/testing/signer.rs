//! Private keys that live as long as the process.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};

use super::issuer::TestIssuerError;
use crate::jose::{Algorithm, base64url_encode, rsa_public_key};

/// A fresh key, for one algorithm.
pub(crate) struct Signer {
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    /// Makes a key: RSA with 2048 bits, the curve of the algorithm, or Ed25519.
    pub(crate) fn generate(algorithm: Algorithm) -> Result<Self, TestIssuerError> {
        let failed = |_| TestIssuerError::KeyGeneration;
        let key = match algorithm {
            Algorithm::ES256 => Key::Ec(
                EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)
                    .map_err(failed)?,
            ),
            Algorithm::ES384 => Key::Ec(
                EcdsaKeyPair::generate(&signature::ECDSA_P384_SHA384_FIXED_SIGNING)
                    .map_err(failed)?,
            ),
            Algorithm::ES512 => Key::Ec(
                EcdsaKeyPair::generate(&signature::ECDSA_P521_SHA512_FIXED_SIGNING)
                    .map_err(failed)?,
            ),
            Algorithm::EdDSA => Key::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
            _ if rsa_encoding(algorithm).is_some() => {
                Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?)
            }
            other => return Err(TestIssuerError::Symmetric(other)),
        };
        Ok(Self { algorithm, key })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TestIssuerError> {
        let failed = |_| TestIssuerError::Signing;
        let random = SystemRandom::new();
        match &self.key {
            Key::Rsa(key) => {
                let encoding = rsa_encoding(self.algorithm).ok_or(TestIssuerError::Signing)?;
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Key::Ec(key) => {
                let signature = key.sign(&random, message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Key::Ed25519(key) => {
                let signature = key.try_sign(message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    /// The public half, as a JWK.
    pub(crate) fn jwk(&self, kid: &str) -> Result<Value, TestIssuerError> {
        let mut jwk = match &self.key {
            Key::Rsa(key) => {
                let (n, e) = rsa_public_key(key.public_key().as_ref())
                    .ok_or(TestIssuerError::KeyGeneration)?;
                let number =
                    |bytes: &[u8]| base64url_encode(bytes.strip_prefix(&[0]).unwrap_or(bytes));
                json!({"kty": "RSA", "n": number(n), "e": number(e)})
            }
            Key::Ec(key) => {
                let curve = match self.algorithm {
                    Algorithm::ES384 => "P-384",
                    Algorithm::ES512 => "P-521",
                    _ => "P-256",
                };
                // 04 || x || y
                let xy = key.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = xy.split_at(xy.len() / 2);
                json!({
                    "kty": "EC",
                    "crv": curve,
                    "x": base64url_encode(x),
                    "y": base64url_encode(y),
                })
            }
            Key::Ed25519(key) => json!({
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64url_encode(key.public_key().as_ref()),
            }),
        };
        if let Some(members) = jwk.as_object_mut() {
            members.insert("alg".into(), self.algorithm.name().into());
            members.insert("use".into(), "sig".into());
            members.insert("kid".into(), kid.into());
        }
        Ok(jwk)
    }
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}
