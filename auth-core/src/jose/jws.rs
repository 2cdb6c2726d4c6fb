//! Compact JWS: header rules, key, signature. What the payload says is not read here.

use super::algorithm::AlgorithmSet;
use super::header::Header;
use super::json::{Document, Object};
use super::key_set::KeySet;
use super::{backend, base64url};
use crate::token::error::VerifyError;

/// The longest signature of a key that is accepted: RSA with 8192 bits.
const MAX_SIGNATURE_BYTES: usize = 1024;

/// A payload whose signature was checked, with the header that was signed along.
pub(crate) struct Jws {
    pub(crate) header: Header,
    pub(crate) payload: Vec<u8>,
}

/// What a token says of itself, believed by nobody.
pub(crate) struct Unverified {
    pub(crate) header: Header,
    claims: Document,
}

impl Unverified {
    /// Reads a compact JWS without a look at its signature: to choose who verifies it, or to see
    /// what could still become of a token whose key is not there. Never to believe it.
    pub(crate) fn read(token: &str) -> Result<Self, VerifyError> {
        let segments = split(token)?;
        let header = Header::parse(segments.header)?;
        base64url::decode(segments.signature).ok_or(VerifyError::Malformed)?;
        let payload = base64url::decode(segments.payload).ok_or(VerifyError::Malformed)?;
        let claims = Document::parse(payload).ok_or(VerifyError::Malformed)?;
        Ok(Self { header, claims })
    }

    pub(crate) fn claims(&self) -> Object<'_> {
        self.claims.root()
    }
}

/// Checks a compact JWS ([RFC 7515 §5.2](https://www.rfc-editor.org/rfc/rfc7515#section-5.2)).
///
/// The signing input is the text as received, never encoded anew. The payload is decoded only
/// after the signature over its text is known to be right.
pub(crate) fn verify(
    token: &str,
    keys: &KeySet,
    allowed: AlgorithmSet,
) -> Result<Jws, VerifyError> {
    let Segments { signing_input, header, payload, signature } = split(token)?;
    let header = Header::parse(header)?;
    if !allowed.contains(header.algorithm) {
        return Err(VerifyError::UnsupportedAlgorithm);
    }
    let mut buffer = [0; MAX_SIGNATURE_BYTES];
    let signature = base64url::decode_into(signature, &mut buffer).ok_or(VerifyError::Malformed)?;
    let candidates = keys.candidates(header.algorithm, header.kid())?;
    if !candidates.verify(signing_input.as_bytes(), signature) {
        return Err(VerifyError::BadSignature);
    }
    let payload = base64url::decode(payload).ok_or(VerifyError::Malformed)?;
    Ok(Jws { header, payload })
}

/// The library that signatures are verified by. Not part of the public interface.
#[doc(hidden)]
pub const BACKEND: &str = backend::NAME;

struct Segments<'a> {
    signing_input: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

/// Three segments, so also no JWE (five). Strict base64url would refuse the rest as well, but not
/// before a key was tried.
fn split(token: &str) -> Result<Segments<'_>, VerifyError> {
    let (signing_input, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
    let (header, payload) = signing_input.split_once('.').ok_or(VerifyError::Malformed)?;
    // To the end whatever comes: without a way out the compiler compares many bytes at once.
    if payload.bytes().fold(0, |found, byte| found | u8::from(byte == b'.')) != 0 {
        return Err(VerifyError::Malformed);
    }
    Ok(Segments { signing_input, header, payload, signature })
}

/// [`verify`] for test vectors whose payload is no claims set: the payload, no claims rule applied.
///
/// Not part of the public interface.
///
/// # Errors
/// If the token is not a JWS of one of the keys.
#[doc(hidden)]
pub fn verify_compact(token: &str, keys: &KeySet) -> Result<Vec<u8>, VerifyError> {
    verify(token, keys, AlgorithmSet::all()).map(|jws| jws.payload)
}
