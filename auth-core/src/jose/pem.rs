//! PEM ([RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)), as far as public keys need it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::der;
use super::jwks::JwksError;
use super::public_key::PublicKey;

/// Reads the one public key in `text`.
pub(crate) fn parse(text: &str) -> Result<PublicKey, JwksError> {
    let (label, bytes) = block(text).ok_or(JwksError::NotAPublicKeyPem)?;
    match label {
        "PUBLIC KEY" => der::subject_public_key_info(&bytes).map_err(JwksError::Key),
        "RSA PUBLIC KEY" => der::rsa_key(&bytes).map_err(JwksError::Key),
        "CERTIFICATE" => Err(JwksError::CertificatePem),
        _ if label.ends_with("PRIVATE KEY") => Err(JwksError::PrivateKeyPem),
        _ => Err(JwksError::NotAPublicKeyPem),
    }
}

/// The label and the bytes of the only block.
pub(crate) fn block(text: &str) -> Option<(&str, Vec<u8>)> {
    let (label, bytes, rest) = next_block(text.trim())?;
    rest.is_empty().then_some((label, bytes))
}

/// The first certificate of a chain, whose other certificates issued it or each other. Nothing but
/// certificates is in it.
pub(crate) fn first_certificate(text: &str) -> Option<Vec<u8>> {
    let (mut first, mut rest) = (None, text.trim());
    while !rest.is_empty() {
        let (label, bytes, after) = next_block(rest)?;
        if label != "CERTIFICATE" {
            return None;
        }
        first.get_or_insert(bytes);
        rest = after.trim_start();
    }
    first
}

/// The label and the bytes of the block that the text begins with, and what follows it.
fn next_block(text: &str) -> Option<(&str, Vec<u8>, &str)> {
    let rest = text.strip_prefix("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, end) = rest.split_once("-----END ")?;
    let rest = end.strip_prefix(label)?.strip_prefix("-----")?;
    let body: String = body.split_ascii_whitespace().collect();
    Some((label, STANDARD.decode(body).ok()?, rest))
}
