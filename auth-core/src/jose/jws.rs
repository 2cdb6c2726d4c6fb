//! Compact JWS: header rules, key, signature. What the payload says is not read here.

use super::algorithm::AlgorithmSet;
use super::backend::{self, Verifier};
use super::base64url;
use super::error::JwsError;
use super::header::Header;
use super::json::{Document, Object};
use super::key_set::KeySet;

/// The longest signature of a key that is accepted: RSA with 8192 bits.
const MAX_SIGNATURE_BYTES: usize = 1024;

/// A compact JWS, taken apart and read once. Nothing that it says is to be used before its
/// signature was [verified](Self::verify), but to choose who verifies it.
pub(crate) struct Unverified<'a> {
    segments: Segments<'a>,
    /// Checked when it is needed: a JWS that breaks a rule is still distinguished from an opaque token.
    header: Result<Header, JwsError>,
    names_an_algorithm: bool,
    payload: Option<Document>,
}

impl<'a> Unverified<'a> {
    /// Three segments, of which the first is a JSON object
    /// ([RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)).
    pub(crate) fn parse(token: &'a str) -> Result<Self, JwsError> {
        let segments = split(token)?;
        let members = Header::read(segments.header)?;
        let names_an_algorithm = members.root().get("alg").is_some();
        let header = Header::of(members);
        Ok(Self { segments, header, names_an_algorithm, payload: None })
    }

    /// Whether it has the header of a JWS. An opaque token may have dots as well.
    pub(crate) const fn names_an_algorithm(&self) -> bool {
        self.names_an_algorithm
    }

    /// Its length in bytes.
    pub(crate) const fn len(&self) -> usize {
        self.segments.signing_input.len() + 1 + self.segments.signature.len()
    }

    /// The header, if it breaks no rule.
    pub(crate) fn header(&self) -> Result<&Header, JwsError> {
        self.header.as_ref().map_err(|error| *error)
    }

    /// The payload as a JSON object, read when it is first asked for.
    pub(crate) fn claims(&mut self) -> Result<Object<'_>, JwsError> {
        if self.payload.is_none() {
            self.payload = Some(self.read_payload()?);
        }
        self.payload.as_ref().map(Document::root).ok_or(JwsError::Malformed)
    }

    /// What was read of the payload before, or what is now read of it.
    pub(crate) fn take_claims(&mut self) -> Result<Document, JwsError> {
        match self.payload.take() {
            Some(payload) => Ok(payload),
            None => self.read_payload(),
        }
    }

    /// Gives back what was [taken](Self::take_claims), so that it is not read once more.
    pub(crate) fn put_claims(&mut self, claims: Document) {
        self.payload = Some(claims);
    }

    fn read_payload(&self) -> Result<Document, JwsError> {
        let payload = base64url::decode(self.segments.payload).ok_or(JwsError::Malformed)?;
        Document::parse(payload).ok_or(JwsError::Malformed)
    }

    /// Checks the signature with the keys that fit
    /// ([RFC 7515 §5.2](https://www.rfc-editor.org/rfc/rfc7515#section-5.2)).
    ///
    /// The signing input is the text as received, never encoded anew.
    pub(crate) fn verify(&self, keys: &KeySet, allowed: AlgorithmSet) -> Result<(), JwsError> {
        let header = self.header()?;
        if !allowed.contains(header.algorithm) {
            return Err(JwsError::UnsupportedAlgorithm);
        }
        let mut buffer = [0; MAX_SIGNATURE_BYTES];
        let signature = self.signature(&mut buffer)?;
        let candidates = keys.candidates(header.algorithm, header.kid())?;
        if !candidates.verify(self.signing_input(), signature) {
            return Err(JwsError::BadSignature);
        }
        Ok(())
    }

    /// Checks the signature with one key; the header does not matter.
    pub(crate) fn verify_with(&self, verifier: &Verifier) -> Result<(), JwsError> {
        let mut buffer = [0; MAX_SIGNATURE_BYTES];
        let signature = self.signature(&mut buffer)?;
        if !verifier.verify(self.signing_input(), signature) {
            return Err(JwsError::BadSignature);
        }
        Ok(())
    }

    fn signing_input(&self) -> &[u8] {
        self.segments.signing_input.as_bytes()
    }

    fn signature<'b>(
        &self,
        buffer: &'b mut [u8; MAX_SIGNATURE_BYTES],
    ) -> Result<&'b [u8], JwsError> {
        let signature = base64url::decode_into(self.segments.signature, buffer);
        signature.ok_or(JwsError::Malformed)
    }

    /// Whether the signature has the form of one.
    pub(crate) fn has_signature(&self) -> Result<(), JwsError> {
        base64url::decode(self.segments.signature).map(drop).ok_or(JwsError::Malformed)
    }
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

/// Three segments, so also no JWE (five). Strict base64url would reject the rest as well, but not
/// before a key was tried.
fn split(token: &str) -> Result<Segments<'_>, JwsError> {
    let (signing_input, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Malformed)?;
    // To the end whatever comes: without a way out the compiler compares many bytes at once.
    if payload.bytes().fold(0, |found, byte| found | u8::from(byte == b'.')) != 0 {
        return Err(JwsError::Malformed);
    }
    Ok(Segments { signing_input, header, payload, signature })
}

/// The check of a signature for test vectors whose payload is no claims set: the payload, no claims rule applied.
///
/// Not part of the public interface.
///
/// # Errors
/// If the token is not a JWS of one of the keys.
#[doc(hidden)]
pub fn verify_compact(token: &str, keys: &KeySet) -> Result<Vec<u8>, JwsError> {
    let jws = Unverified::parse(token)?;
    jws.verify(keys, AlgorithmSet::all())?;
    base64url::decode(jws.segments.payload).ok_or(JwsError::Malformed)
}
