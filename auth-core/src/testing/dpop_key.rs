//! The key of a client, and proofs that it holds it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jsonwebtoken::jwk::{CommonParameters, Jwk};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::issuer::TestIssuerError;
use super::signer::Signer;
use super::token_builder::{compact, header};
use crate::jose::{Algorithm, base64url_encode, thumbprint};
use crate::time::{Clock, SystemClock};

/// Makes each `jti` of the process another one.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// A fresh key of a client: tokens are bound to it, and it makes DPoP proofs
/// ([RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
///
/// ```
/// use auth_core::testing::{DpopKey, TestIssuer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
/// let key = DpopKey::generate()?;
/// let token = issuer.token("alice").bound_to(&key).sign()?;
/// let proof = key.proof("GET", "https://api.example.com/orders").token(&token).sign()?;
///
/// let request = http::Request::get("/orders")
///     .header("authorization", format!("DPoP {token}"))
///     .header("dpop", proof)
///     .body(())?;
/// # drop(request);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DpopKey {
    signer: Arc<Signer>,
    jwk: Value,
    thumbprint: String,
    clock: Arc<dyn Clock>,
}

impl DpopKey {
    /// A fresh ES256 key.
    ///
    /// # Errors
    /// If no key can be generated.
    pub fn generate() -> Result<Self, TestIssuerError> {
        Self::with_algorithm(Algorithm::ES256)
    }

    /// A fresh key for `algorithm`.
    ///
    /// # Errors
    /// If the algorithm is symmetric or no key can be generated.
    pub fn with_algorithm(algorithm: Algorithm) -> Result<Self, TestIssuerError> {
        let signer = Signer::generate(algorithm)?;
        let public = signer.public_key()?;
        let jwk = Jwk { common: CommonParameters::default(), ..signer.jwk("")? };
        let jwk = serde_json::to_value(jwk).map_err(|_| TestIssuerError::KeyGeneration)?;
        let thumbprint = base64url_encode(thumbprint(&public));
        Ok(Self { signer: Arc::new(signer), jwk, thumbprint, clock: Arc::new(SystemClock) })
    }

    /// Replaces the clock that proofs are dated by.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The thumbprint, as in `cnf.jkt` of a token
    /// ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The public key as a JWK.
    #[must_use]
    pub const fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// Starts a proof for a request: its method, and its whole address without the query. Each one
    /// has a `jti` of its own and is dated now.
    pub fn proof(&self, method: impl Into<String>, address: impl Into<String>) -> ProofBuilder {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let mut header = header(self.signer.algorithm(), "dpop+jwt");
        header.insert("jwk".to_owned(), self.jwk.clone());
        ProofBuilder {
            signer: Arc::clone(&self.signer),
            header,
            claims: members(json!({
                "jti": format!("proof-{serial}"),
                "htm": method.into(),
                "htu": address.into(),
                "iat": self.clock.now(),
            })),
        }
    }
}

/// Shows the thumbprint, not the key.
impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DpopKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

/// A proof in the making. Made by [`DpopKey::proof`].
#[derive(Clone)]
#[must_use]
pub struct ProofBuilder {
    signer: Arc<Signer>,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl ProofBuilder {
    /// The access token that is sent along: `ath` is its hash.
    pub fn token(self, token: &str) -> Self {
        self.claim("ath", base64url_encode(Sha256::digest(token)))
    }

    /// The nonce that the server gave.
    pub fn nonce(self, nonce: impl Into<String>) -> Self {
        self.claim("nonce", nonce.into())
    }

    /// When the proof was made, in seconds since 1970, instead of now.
    pub fn issued_at(self, seconds: u64) -> Self {
        self.claim("iat", seconds)
    }

    /// The `jti`, instead of a new one.
    pub fn id(self, jti: impl Into<String>) -> Self {
        self.claim("jti", jti.into())
    }

    /// Sets any claim.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Leaves a claim out.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets any header member. The key that signs stays the same.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Leaves a header member out.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Signs the proof.
    ///
    /// # Errors
    /// If the library cannot sign.
    pub fn sign(self) -> Result<String, TestIssuerError> {
        compact(&self.signer, self.header, self.claims)
    }
}

/// Shows nothing of the proof.
impl fmt::Debug for ProofBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofBuilder").finish_non_exhaustive()
    }
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
