//! PEM ([RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)), as far as public keys need it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::der;
use super::jwks::JwksError;
use super::material::Material;

/// Reads the one public key in `text`.
pub(crate) fn parse(text: &str) -> Result<Material, JwksError> {
    let (label, bytes) = block(text).ok_or(JwksError::NotAPublicKeyPem)?;
    match label {
        "PUBLIC KEY" => der::subject_public_key_info(&bytes).map_err(JwksError::Key),
        "RSA PUBLIC KEY" => der::rsa_material(&bytes).map_err(JwksError::Key),
        "CERTIFICATE" => Err(JwksError::CertificatePem),
        _ if label.ends_with("PRIVATE KEY") => Err(JwksError::PrivateKeyPem),
        _ => Err(JwksError::NotAPublicKeyPem),
    }
}

/// The label and the bytes of the only block.
pub(crate) fn block(text: &str) -> Option<(&str, Vec<u8>)> {
    let rest = text.trim().strip_prefix("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, end) = rest.split_once("-----END ")?;
    if end.strip_suffix("-----")? != label {
        return None;
    }
    let body: String = body.split_ascii_whitespace().collect();
    Some((label, STANDARD.decode(body).ok()?))
}
