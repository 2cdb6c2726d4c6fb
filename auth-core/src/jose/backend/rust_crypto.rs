//! Signatures by the libraries of the `RustCrypto` project, in Rust alone.
//!
//! Slower than `aws-lc-rs`, by an order of magnitude for RSA. Only verification is used: what is
//! known of the timing of `rsa` (RUSTSEC-2023-0071) concerns operations with a private key.

use ed25519_dalek::VerifyingKey as Ed25519;
use hmac::{Hmac, Mac as _};
use p256::ecdsa::{self as p256_ecdsa, signature::Verifier as _};
use p384::ecdsa as p384_ecdsa;
#[cfg(not(feature = "aws_lc_rs"))]
use rsa::rand_core::{OsRng, RngCore as _};
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::{BigUint, RsaPublicKey, pkcs1v15, pss};
#[cfg(not(feature = "aws_lc_rs"))]
use zeroize::Zeroizing;

use crate::jose::algorithm::Algorithm;
use crate::jose::public_key::{Curve, PublicKey};

/// What [`PublicKey`] lets through.
const MAX_MODULUS_BITS: usize = 8192;

/// One parsed key, for one algorithm.
pub(crate) enum Verifier {
    Rs256(pkcs1v15::VerifyingKey<Sha256>),
    Rs384(pkcs1v15::VerifyingKey<Sha384>),
    Rs512(pkcs1v15::VerifyingKey<Sha512>),
    Ps256(pss::VerifyingKey<Sha256>),
    Ps384(pss::VerifyingKey<Sha384>),
    Ps512(pss::VerifyingKey<Sha512>),
    Es256(p256_ecdsa::VerifyingKey),
    Es384(p384_ecdsa::VerifyingKey),
    EdDsa(Ed25519),
    Hs256(Box<Hmac<Sha256>>),
    Hs384(Box<Hmac<Sha384>>),
    Hs512(Box<Hmac<Sha512>>),
}

impl Verifier {
    /// A verifier for `algorithm`, if the library takes the key: it checks what cannot be seen
    /// from outside, such as a point on its curve.
    pub(crate) fn public(algorithm: Algorithm, key: &PublicKey) -> Option<Self> {
        Some(match (algorithm, key) {
            (_, PublicKey::Rsa { n, e }) => {
                let (n, e) = (BigUint::from_bytes_be(n), BigUint::from_bytes_be(e));
                let key = RsaPublicKey::new_with_max_size(n, e, MAX_MODULUS_BITS).ok()?;
                match algorithm {
                    Algorithm::RS256 => Self::Rs256(pkcs1v15::VerifyingKey::new(key)),
                    Algorithm::RS384 => Self::Rs384(pkcs1v15::VerifyingKey::new(key)),
                    Algorithm::RS512 => Self::Rs512(pkcs1v15::VerifyingKey::new(key)),
                    Algorithm::PS256 => Self::Ps256(pss::VerifyingKey::new(key)),
                    Algorithm::PS384 => Self::Ps384(pss::VerifyingKey::new(key)),
                    Algorithm::PS512 => Self::Ps512(pss::VerifyingKey::new(key)),
                    _ => return None,
                }
            }
            (Algorithm::ES256, PublicKey::Ec { curve: Curve::P256, point }) => {
                Self::Es256(p256_ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?)
            }
            (Algorithm::ES384, PublicKey::Ec { curve: Curve::P384, point }) => {
                Self::Es384(p384_ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?)
            }
            (Algorithm::EdDSA, PublicKey::Ed25519(x)) => Self::EdDsa(Ed25519::from_bytes(x).ok()?),
            _ => return None,
        })
    }

    /// A verifier that shares a secret with the issuer.
    pub(crate) fn hmac(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        Some(match algorithm {
            Algorithm::HS256 => Self::Hs256(Box::new(Hmac::new_from_slice(secret).ok()?)),
            Algorithm::HS384 => Self::Hs384(Box::new(Hmac::new_from_slice(secret).ok()?)),
            Algorithm::HS512 => Self::Hs512(Box::new(Hmac::new_from_slice(secret).ok()?)),
            _ => return None,
        })
    }

    /// Whether `signature` is one of this key over `message`. The comparison of a MAC takes the
    /// same time wherever it differs.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rs256(key) => pkcs1(signature).is_some_and(|it| key.verify(message, &it).is_ok()),
            Self::Rs384(key) => pkcs1(signature).is_some_and(|it| key.verify(message, &it).is_ok()),
            Self::Rs512(key) => pkcs1(signature).is_some_and(|it| key.verify(message, &it).is_ok()),
            Self::Ps256(key) => pss(signature).is_some_and(|it| key.verify(message, &it).is_ok()),
            Self::Ps384(key) => pss(signature).is_some_and(|it| key.verify(message, &it).is_ok()),
            Self::Ps512(key) => pss(signature).is_some_and(|it| key.verify(message, &it).is_ok()),
            Self::Es256(key) => p256_ecdsa::Signature::from_slice(signature)
                .is_ok_and(|it| key.verify(message, &it).is_ok()),
            Self::Es384(key) => p384_ecdsa::Signature::from_slice(signature)
                .is_ok_and(|it| key.verify(message, &it).is_ok()),
            // `verify_strict` rejects what RFC 8032 §5.1.7 leaves open: points of small order.
            Self::EdDsa(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|it| key.verify_strict(message, &it).is_ok()),
            Self::Hs256(mac) => is_mac(&**mac, message, signature),
            Self::Hs384(mac) => is_mac(&**mac, message, signature),
            Self::Hs512(mac) => is_mac(&**mac, message, signature),
        }
    }
}

/// Makes codes that no one makes without the key: HMAC with SHA-256.
#[cfg(not(feature = "aws_lc_rs"))]
pub(crate) struct Mac(Hmac<Sha256>);

#[cfg(not(feature = "aws_lc_rs"))]
impl Mac {
    pub(crate) fn new(secret: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(secret).ok().map(Self)
    }

    /// With a key that no one knows.
    pub(crate) fn random() -> Option<Self> {
        let mut secret = Zeroizing::new([0; 32]);
        OsRng.try_fill_bytes(secret.as_mut()).ok()?;
        Self::new(secret.as_ref())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> impl AsRef<[u8]> + use<> {
        <[u8; 32]>::from(self.0.clone().chain_update(message).finalize().into_bytes())
    }

    /// Whether the code is that of the message, in a time that tells nothing of it.
    pub(crate) fn verify(&self, message: &[u8], code: &[u8]) -> bool {
        is_mac(&self.0, message, code)
    }
}

fn pkcs1(signature: &[u8]) -> Option<pkcs1v15::Signature> {
    signature.try_into().ok()
}

fn pss(signature: &[u8]) -> Option<pss::Signature> {
    signature.try_into().ok()
}

fn is_mac<M: hmac::Mac + Clone>(mac: &M, message: &[u8], signature: &[u8]) -> bool {
    mac.clone().chain_update(message).verify_slice(signature).is_ok()
}
