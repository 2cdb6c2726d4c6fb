//! Keys and tokens, made once by `cargo run --bin prepare` and read by everything else.
//!
//! Making RSA keys takes too long to do it anew under valgrind for every count.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the keys sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with 2048 bits, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256.
    Hs256,
}

impl Algorithm {
    /// Each of them, in the order of the table.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Es256, Self::EdDsa, Self::Hs256];

    /// The name in the header of a token.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }
}

/// Four keys of one algorithm, and tokens that each of them signed in turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Material {
    /// The keys as a key set; for HS256 the secrets, as `oct` keys.
    pub jwks: Value,
    /// Tokens of different managers, who are let in.
    pub tokens: Vec<String>,
    /// Tokens of visitors, whose role is not enough.
    pub forbidden: Vec<String>,
    /// The first ones again, with the signature of another token.
    pub forged: Vec<String>,
}

impl Material {
    /// Reads what was prepared for this algorithm.
    ///
    /// # Panics
    /// If nothing was prepared yet.
    #[must_use]
    pub fn read(algorithm: Algorithm) -> Self {
        let path = folder().join(format!("{}.json", algorithm.name()));
        let text = fs::read(&path)
            .unwrap_or_else(|_| panic!("no tokens yet: `cargo run --release --bin prepare` first"));
        serde_json::from_slice(&text).expect("`prepare` wrote it")
    }

    /// The members of each key: `kid`, and what makes up the key.
    pub fn keys(&self) -> impl Iterator<Item = &Value> {
        self.jwks["keys"].as_array().into_iter().flatten()
    }
}

/// Where the keys and tokens lie.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/material"))
}
