//! What a proof says, once its signature is that of the key it carries
//! ([RFC 9449 §4.2, §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).

use sha2::{Digest as _, Sha256};

use super::error::DpopProofError;
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::backend::{CryptoBackend, Verifier};
use crate::jose::header::Header;
use crate::jose::json::{Object, Value};
use crate::jose::jwk;
use crate::jose::jws::Unverified;
use crate::jose::public_key::{KeyError, PublicKey};
use crate::jose::thumbprint::thumbprint;
use crate::token::{numeric_date, profile};

/// How long a proof may be. One with an RSA key of 4096 bits has 2 KiB.
pub(super) const MAX_BYTES: usize = 16 * 1024;

/// A proof that was signed with the key in it. What it is for is still to be compared.
pub(super) struct Proof {
    /// Of the key, RFC 7638.
    pub(super) thumbprint: [u8; 32],
    pub(super) jti: String,
    pub(super) htm: String,
    pub(super) htu: String,
    /// In seconds since 1970, a fraction cut off.
    pub(super) issued_at: u64,
    /// The hash of the access token that it comes with, if it comes with one.
    pub(super) ath: Option<String>,
    pub(super) nonce: Option<String>,
}

impl Proof {
    /// Reads a proof: checks 2 to 7 of RFC 9449 §4.3.
    pub(super) fn read(
        proof: &str,
        allowed: AlgorithmSet,
        backend: CryptoBackend,
    ) -> Result<Self, DpopProofError> {
        if proof.len() > MAX_BYTES {
            return Err(DpopProofError::TooLarge);
        }
        let mut proof = Unverified::parse(proof).map_err(DpopProofError::of_jws)?;
        let header = proof.header().map_err(DpopProofError::of_jws)?;
        if !profile::is_type(header.typ(), "dpop+jwt") {
            return Err(DpopProofError::WrongType);
        }
        if !allowed.contains(header.algorithm) {
            return Err(DpopProofError::UnsupportedAlgorithm);
        }
        let (key, verifier) = key(header, backend)?;
        proof.verify_with(&verifier).map_err(DpopProofError::of_jws)?;
        let claims = proof.claims().map_err(DpopProofError::of_jws)?;
        let required = |name| string(claims, name)?.ok_or(DpopProofError::MissingClaim(name));
        let issued_at = numeric_date::date("iat", claims.get("iat"))
            .map_err(|_| DpopProofError::InvalidClaim("iat"))?
            .ok_or(DpopProofError::MissingClaim("iat"))?;
        let jti = required("jti")?;
        if jti.is_empty() {
            return Err(DpopProofError::InvalidClaim("jti"));
        }
        Ok(Self {
            thumbprint: thumbprint(&key),
            jti,
            htm: required("htm")?,
            htu: required("htu")?,
            issued_at: issued_at.down,
            ath: string(claims, "ath")?,
            nonce: string(claims, "nonce")?,
        })
    }
}

/// The key that the header carries, ready for the algorithm of the proof.
fn key(header: &Header, backend: CryptoBackend) -> Result<(PublicKey, Verifier), DpopProofError> {
    let Value::Object(jwk) = header.get("jwk").ok_or(DpopProofError::NoKey)? else {
        return Err(DpopProofError::Key(KeyError::NotAnObject));
    };
    let jwk = jwk.to_map();
    let public = jwk::public_key(&jwk).map_err(DpopProofError::Key)?;
    let algorithms = jwk::algorithms(&jwk, &public).map_err(DpopProofError::Key)?;
    if !algorithms.contains(header.algorithm) {
        return Err(DpopProofError::Key(KeyError::Algorithm));
    }
    let verifier = Verifier::public(backend, header.algorithm, &public)
        .ok_or(DpopProofError::Key(KeyError::Point))?;
    Ok((public, verifier))
}

/// A claim that is a string where it is present.
fn string(claims: Object<'_>, name: &'static str) -> Result<Option<String>, DpopProofError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.to_owned())),
        Some(_) => Err(DpopProofError::InvalidClaim(name)),
    }
}

/// The SHA-256 over one text as it is, or over several, each with its length.
pub(super) fn hash(texts: &[&str]) -> [u8; 32] {
    if let [text] = texts {
        return Sha256::digest(text).into();
    }
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}
