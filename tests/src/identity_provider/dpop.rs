//! A client's key and its proofs (RFC 9449).

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use auth_core::time::{Clock as _, SystemClock};

/// A key pair of a client. Every proof has a `jti` of its own.
#[derive(Debug)]
pub struct DpopKey {
    pair: EcdsaKeyPair,
    proofs: AtomicU64,
}

impl DpopKey {
    /// A fresh key for ES256.
    ///
    /// # Panics
    /// If none can be made.
    #[must_use]
    pub fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self { pair, proofs: AtomicU64::new(0) }
    }

    /// A proof of now for one request: `token` is the access token that it goes with, `nonce` what the
    /// server asked for.
    ///
    /// # Panics
    /// If it cannot be signed.
    #[must_use]
    pub fn proof(&self, htm: &str, htu: &str, token: Option<&str>, nonce: Option<&str>) -> String {
        let jti = format!("{}-{}", self.thumbprint(), self.proofs.fetch_add(1, Ordering::Relaxed));
        let mut claims = Map::new();
        claims.insert("jti".into(), jti.into());
        claims.insert("htm".into(), htm.into());
        claims.insert("htu".into(), htu.into());
        claims.insert("iat".into(), SystemClock.now().into());
        claims.extend(token.map(|token| ("ath".into(), hash(token).into())));
        claims.extend(nonce.map(|nonce| ("nonce".into(), nonce.into())));
        let claims = Value::Object(claims);
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk()});
        let signed = format!("{}.{}", encoded(&header), encoded(&claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.expect("a signature")))
    }

    /// The thumbprint of the key (RFC 7638), as in `cnf.jkt`.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        hash(&self.jwk().to_string())
    }

    fn jwk(&self) -> Value {
        // An uncompressed point: a 4, and two coordinates of 32 bytes.
        let point = self.pair.public_key().as_ref();
        let (x, y) = point.get(1..).expect("a point").split_at(32);
        let [x, y] = [x, y].map(|half| URL_SAFE_NO_PAD.encode(half));
        // In the order of RFC 7638 §3, whether or not `serde_json` keeps it.
        json!({"crv": "P-256", "kty": "EC", "x": x, "y": y})
    }
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
