//! Certificates as a key set.

use serde_json::Value;

use super::der;
use super::header::MAX_KID_BYTES;
use super::jwks::{Jwks, JwksError};
use super::key_set::VerifyingKey;
use super::pem;
use super::public_key::KeyError;

impl Jwks {
    /// Reads the public keys of certificates: a JSON object whose members are certificates in PEM,
    /// named by `kid`, as Google publishes them for session cookies of Firebase
    /// (`{"2fa3..": "-----BEGIN CERTIFICATE-----\n..", ..}`).
    ///
    /// A certificate is only the frame of its key: who issued it, for what and until when is not
    /// looked at, no more than it is of `x5c` in a key set (RFC 7517, section 4.7). The issuer ends
    /// a key by leaving it out, so read the file anew from time to time. A key verifies every
    /// algorithm of its type; limit them with
    /// [`algorithms`](crate::token::JwtVerifierBuilder::algorithms). What is odd is skipped, as by
    /// [`from_json`](Self::from_json).
    ///
    /// # Errors
    /// If the text is longer than 1 MiB, is not such an object, holds more than 1024 certificates,
    /// or none of their keys can verify tokens.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use auth_core::Jwks;
    ///
    /// let keys = Jwks::from_certificates(&std::fs::read_to_string("firebase-certificates.json")?)?;
    /// # drop(keys);
    /// # Ok(()) }
    /// ```
    pub fn from_certificates(json: &str) -> Result<Self, JwksError> {
        let set = Self::parse(json)?;
        let members = set.as_object().ok_or(JwksError::NotCertificates)?;
        // A key set, for example, would be an object without a single certificate.
        if !members.values().all(Value::is_string) {
            return Err(JwksError::NotCertificates);
        }
        let jwks = Self::collect(members.len(), members.iter().map(read))?;
        jwks.warn_of_skipped();
        Ok(jwks)
    }
}

/// The key of one certificate.
fn read((kid, certificate): (&String, &Value)) -> Result<VerifyingKey, KeyError> {
    if kid.is_empty() || kid.len() > MAX_KID_BYTES {
        return Err(KeyError::Invalid("kid"));
    }
    let der = certificate.as_str().and_then(pem::first_certificate);
    let key = der::certified_key(&der.ok_or(KeyError::Invalid("PEM"))?)?;
    let algorithms = key.algorithms();
    VerifyingKey::public(key, algorithms, Some(kid))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CERTIFICATE: &str = include_str!("../../../tests/vectors/pem/certificate.pem");

    #[test]
    fn certificates_are_keys_by_kid() {
        let jwks =
            Jwks::from_certificates(&json!({"a": CERTIFICATE, "b": CERTIFICATE}).to_string());
        assert_eq!(jwks.unwrap().len(), 2);
        let odd = json!({
            "a": CERTIFICATE,
            "": CERTIFICATE,
            "text": "certificate",
            "key": CERTIFICATE.replace("CERTIFICATE", "PUBLIC KEY"),
            "cut": CERTIFICATE.replace("MII", "MIJ"),
            "k".repeat(513): CERTIFICATE,
        });
        let jwks = Jwks::from_certificates(&odd.to_string()).unwrap();
        assert_eq!((jwks.len(), jwks.skipped().len()), (1, 5));
    }

    #[test]
    fn an_invalid_certificate_set_is_rejected_with_a_reason() {
        for (json, expected) in [
            (json!([CERTIFICATE]), "not an object of certificates"),
            (json!({"keys": []}), "not an object of certificates"),
            (json!({"a": "x"}), "none of the 1 keys"),
            (json!({}), "holds no keys"),
        ] {
            let said = Jwks::from_certificates(&json.to_string()).unwrap_err().to_string();
            assert!(said.contains(expected), "{json}: {said}");
        }
        assert!(matches!(Jwks::from_certificates("-----BEGIN"), Err(JwksError::NotJson)));
    }
}
