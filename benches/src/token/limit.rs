//! The least that a verification can cost: base64 into buffers that are there, the signature with
//! a key that is parsed already, and one pass of serde over the claims into borrowed texts.
//!
//! It does not read the header, knows beforehand which key signed, grants no leeway and does not
//! look at `nbf`. Its base64 and its claims are read as everyone would: there are faster ways.

use std::hint::black_box;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::case::Case;
use crate::claims::{AUDIENCE, ISSUER};
use crate::material::{Algorithm, Material};

/// A parsed key.
#[expect(clippy::large_enum_variant, reason = "there are sixteen of them, and a box would cost")]
pub enum Key {
    /// A public key.
    Public(ParsedPublicKey),
    /// A shared secret.
    Hmac(hmac::Key),
}

/// What of the claims counts.
#[derive(Debug, Deserialize)]
struct Claims<'a> {
    iss: &'a str,
    #[serde(borrow)]
    aud: Vec<&'a str>,
    sub: &'a str,
    exp: u64,
    scope: &'a str,
    #[serde(borrow)]
    realm_access: Roles<'a>,
    #[serde(borrow)]
    resource_access: ResourceAccess<'a>,
}

#[derive(Debug, Deserialize)]
struct ResourceAccess<'a> {
    #[serde(borrow, rename = "orders-api")]
    orders_api: Roles<'a>,
}

#[derive(Debug, Deserialize)]
struct Roles<'a> {
    #[serde(borrow)]
    roles: Vec<&'a str>,
}

impl Key {
    /// Parses a key of a key set.
    ///
    /// # Panics
    /// If it is not a key of this algorithm.
    #[must_use]
    pub fn parse(algorithm: Algorithm, jwk: &Value) -> Self {
        let part = |name: &str| {
            let text = jwk[name].as_str().expect("a member of the key");
            URL_SAFE_NO_PAD.decode(text).expect("base64url")
        };
        let key = match algorithm {
            Algorithm::Rs256 => RsaPublicKeyComponents { n: part("n"), e: part("e") }
                .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Es256 => {
                let point = [vec![4], part("x"), part("y")].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            }
            Algorithm::EdDsa => ParsedPublicKey::new(&ED25519, part("x")),
            Algorithm::Hs256 => return Self::Hmac(hmac::Key::new(hmac::HMAC_SHA256, &part("k"))),
        };
        Self::Public(key.expect("a key"))
    }

    /// Checks a signature.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Public(key) => key.verify_sig(message, signature).is_ok(),
            Self::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

/// Checks the signature of a token and gives its payload as it is there.
#[must_use]
pub fn verify_signature<'a>(token: &'a str, key: &Key, buffer: &mut [u8]) -> Option<&'a str> {
    let (input, signature) = token.rsplit_once('.')?;
    let length = URL_SAFE_NO_PAD.decode_slice(signature, buffer).ok()?;
    if !key.verify(input.as_bytes(), &buffer[..length]) {
        return None;
    }
    input.split_once('.').map(|(_, payload)| payload)
}

fn verify(token: &str, key: &Key, now: u64, buffer: &mut [u8]) -> Option<bool> {
    let payload = verify_signature(token, key, buffer)?;
    let length = URL_SAFE_NO_PAD.decode_slice(payload, buffer).ok()?;
    let claims: Claims<'_> = serde_json::from_slice(&buffer[..length]).ok()?;
    if claims.iss != ISSUER || !claims.aud.contains(&AUDIENCE) || claims.exp <= now {
        return None;
    }
    black_box(claims.sub);
    let read = claims.scope.split(' ').any(|scope| scope == "read");
    let mut roles =
        claims.realm_access.roles.iter().chain(&claims.resource_access.orders_api.roles);
    Some(read && roles.any(|role| *role == "manager"))
}

/// Each token with the key that signed it: the `n`th of four.
#[must_use]
pub fn with_keys(material: &Material, algorithm: Algorithm) -> Vec<(String, Key)> {
    let jwks: Vec<&Value> = material.keys().collect();
    let with_key = |(number, token): (usize, &String)| {
        let place = number % jwks.len();
        (token.clone(), Key::parse(algorithm, jwks[place]))
    };
    material.tokens.iter().enumerate().map(with_key).collect()
}

/// The case of the limit.
#[must_use]
pub fn case(algorithm: Algorithm) -> Case {
    let tokens = with_keys(&Material::read(algorithm), algorithm);
    let mut buffer = vec![0; 8 * 1_024];
    Case::over(super::row(algorithm), "limit", tokens, move |(token, key)| {
        assert_eq!(verify(token, key, 1, &mut buffer), Some(true));
    })
}
