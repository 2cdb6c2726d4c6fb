//! Private keys that live as long as the process.
//!
//! They sign through the trait that `jsonwebtoken` signs with. Its own signers parse the key for each
//! token, and with its features on, its default would be another one for the whole process.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::signature::Error as SignatureError;

use super::issuer::TestIssuerError;
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::public_key::{Curve, PublicKey};
use crate::jose::{Algorithm, public_jwk, rsa_public_key};

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

    /// The public half.
    pub(crate) fn public_key(&self) -> Result<PublicKey, TestIssuerError> {
        let key = match &self.key {
            Key::Rsa(key) => {
                let (n, e) = rsa_public_key(key.public_key().as_ref())
                    .ok_or(TestIssuerError::KeyGeneration)?;
                PublicKey::rsa(n, e)
            }
            Key::Ec(key) => {
                let curve = match self.algorithm {
                    Algorithm::ES384 => Curve::P384,
                    Algorithm::ES512 => Curve::P521,
                    _ => Curve::P256,
                };
                PublicKey::ec_point(curve, key.public_key().as_ref())
            }
            Key::Ed25519(key) => PublicKey::ed25519(key.public_key().as_ref()),
        };
        key.map_err(|_| TestIssuerError::KeyGeneration)
    }

    /// The public half, as an issuer publishes it.
    pub(crate) fn jwk(&self, kid: &str) -> Result<Jwk, TestIssuerError> {
        let algorithms = AlgorithmSet::only(self.algorithm);
        Ok(public_jwk(&self.public_key()?, Some(kid), algorithms))
    }
}

impl jsonwebtoken::signature::Signer<Vec<u8>> for Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let failed = |_| SignatureError::new();
        let random = SystemRandom::new();
        match &self.key {
            Key::Rsa(key) => {
                let encoding = rsa_encoding(self.algorithm).ok_or_else(SignatureError::new)?;
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
