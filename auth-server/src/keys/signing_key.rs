//! A private key, parsed once, and what is signed with it.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::write::EncoderStringWriter;
use jsonwebtoken::jwk::Jwk;
use serde::Serialize;
use zeroize::Zeroizing;

use super::SigningAlgorithm;
use super::public_key::{ec_jwk, rsa_jwk};

/// How many bytes a signature has at most: those of RSA with 4096 bits.
const MAX_SIGNATURE: usize = 512;
/// Room for a token, so that its text grows in place.
const TOKEN_BYTES: usize = 1_024;

/// The two types of header that are written all the time.
const ACCESS_TOKEN: &str = "at+jwt";
const ID_TOKEN: &str = "JWT";

/// A key cannot be made, read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signing key cannot be used")]
pub(crate) struct SigningKeyError;

/// A private key, parsed once. `jsonwebtoken` has no signer that can be kept: it parses the key for each
/// token, which takes longer than to sign.
pub(crate) struct SigningKey {
    algorithm: SigningAlgorithm,
    pair: Pair,
    jwk: Jwk,
    /// The header of access tokens, and of ID tokens, as they begin: with the dot.
    access_token_header: String,
    id_token_header: String,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

/// A header, in the order of `jsonwebtoken`.
#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
}

impl SigningKey {
    /// A new key. One of RSA takes a tenth of a second or more: not on a thread that serves requests.
    pub(crate) fn generate(algorithm: SigningAlgorithm) -> Result<Self, SigningKeyError> {
        let pair = match algorithm {
            SigningAlgorithm::Es256 => {
                Pair::Ec(EcdsaKeyPair::generate(SigningAlgorithm::EC).map_err(failed)?)
            }
            SigningAlgorithm::Rs256 => {
                Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?))
            }
        };
        Self::new(algorithm, pair)
    }

    /// The key in this PKCS #8.
    pub(crate) fn from_pkcs8(
        algorithm: SigningAlgorithm,
        pkcs8: &[u8],
    ) -> Result<Self, SigningKeyError> {
        let pair = match algorithm {
            SigningAlgorithm::Es256 => {
                let key = EcdsaKeyPair::from_pkcs8(SigningAlgorithm::EC, pkcs8);
                Pair::Ec(key.map_err(failed)?)
            }
            SigningAlgorithm::Rs256 => {
                Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(pkcs8).map_err(failed)?))
            }
        };
        Self::new(algorithm, pair)
    }

    fn new(algorithm: SigningAlgorithm, pair: Pair) -> Result<Self, SigningKeyError> {
        let jwk = match &pair {
            Pair::Ec(key) => ec_jwk(key.public_key().as_ref()),
            Pair::Rsa(key) => rsa_jwk(key.public_key().as_ref()),
        };
        let jwk = jwk.ok_or(SigningKeyError)?;
        let mut key = Self {
            algorithm,
            pair,
            jwk,
            access_token_header: String::new(),
            id_token_header: String::new(),
        };
        key.access_token_header = key.header(ACCESS_TOKEN)?;
        key.id_token_header = key.header(ID_TOKEN)?;
        // The first signature of an RSA key takes as long as several: no request waits for it.
        key.sign(ID_TOKEN, &())?;
        Ok(key)
    }

    /// The key as PKCS #8, to be sealed.
    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, SigningKeyError> {
        let der = match &self.pair {
            Pair::Ec(key) => key.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Pair::Rsa(key) => {
                let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = key.as_der().map_err(failed)?;
                der.as_ref().to_vec()
            }
        };
        Ok(Zeroizing::new(der))
    }

    /// The thumbprint of the public key.
    pub(crate) fn kid(&self) -> &str {
        self.jwk.common.key_id.as_deref().unwrap_or_default()
    }

    /// The public key.
    pub(crate) const fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// A signed JWT ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519)) with this `typ`, written into one
    /// text.
    pub(crate) fn sign(
        &self,
        typ: &str,
        claims: &impl Serialize,
    ) -> Result<String, SigningKeyError> {
        let mut token = String::with_capacity(TOKEN_BYTES);
        match typ {
            ACCESS_TOKEN => token.push_str(&self.access_token_header),
            ID_TOKEN => token.push_str(&self.id_token_header),
            other => token.push_str(&self.header(other)?),
        }
        let mut writer = EncoderStringWriter::from_consumer(&mut token, &URL_SAFE_NO_PAD);
        serde_json::to_writer(&mut writer, claims).map_err(|_| SigningKeyError)?;
        writer.into_inner();
        self.append_signature(&mut token)?;
        Ok(token)
    }

    fn append_signature(&self, token: &mut String) -> Result<(), SigningKeyError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(key) => {
                let signature = key.sign(&random, token.as_bytes()).map_err(failed)?;
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(signature.as_ref(), token);
            }
            Pair::Rsa(key) => {
                let mut signature = [0; MAX_SIGNATURE];
                let signature =
                    signature.get_mut(..key.public_modulus_len()).ok_or(SigningKeyError)?;
                key.sign(&RSA_PKCS1_SHA256, &random, token.as_bytes(), signature)
                    .map_err(failed)?;
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(signature, token);
            }
        }
        Ok(())
    }

    /// A header, as a token begins: with the dot.
    fn header(&self, typ: &str) -> Result<String, SigningKeyError> {
        let header = Header { typ, alg: self.algorithm.as_str(), kid: self.kid() };
        let header = serde_json::to_vec(&header).map_err(|_| SigningKeyError)?;
        let mut text = URL_SAFE_NO_PAD.encode(header);
        text.push('.');
        Ok(text)
    }
}

fn failed<E>(_: E) -> SigningKeyError {
    SigningKeyError
}

impl fmt::Debug for SigningKey {
    /// Shows the public half.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid())
            .field("algorithm", &self.algorithm.as_str())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jsonwebtoken::DecodingKey;

    use super::*;

    #[test]
    fn a_key_survives_its_pkcs8_and_signs_what_others_verify() {
        for algorithm in SigningAlgorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap();
            let again = SigningKey::from_pkcs8(algorithm, &key.to_pkcs8().unwrap()).unwrap();
            assert_eq!(key.jwk(), again.jwk());
            let claims = BTreeMap::from([("sub", "alice \"ä\"")]);
            let token = again.sign("at+jwt", &claims).unwrap();
            let (message, signature) = token.rsplit_once('.').unwrap();
            let is_valid = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.verifier_factory;
            let decoding = DecodingKey::from_jwk(key.jwk()).unwrap();
            let alg = algorithm.as_str().parse().unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            is_valid(&alg, &decoding).unwrap().verify(message.as_bytes(), &signature).unwrap();
            let header = jsonwebtoken::decode_header(&token).unwrap();
            assert_eq!(header.typ.as_deref(), Some("at+jwt"));
            assert_eq!(header.kid.as_deref(), Some(key.kid()));
        }
    }

    /// The example of [RFC 7638 §3.1](https://www.rfc-editor.org/rfc/rfc7638#section-3.1).
    #[test]
    fn a_kid_is_the_thumbprint() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let n = URL_SAFE_NO_PAD.decode(n).unwrap();
        let der = [
            &[0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00][..],
            &n,
            &[0x02, 0x03, 0x01, 0x00, 0x01],
        ]
        .concat();
        let jwk = rsa_jwk(&der).unwrap();
        assert_eq!(
            jwk.common.key_id.as_deref(),
            Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
        );
        assert!(rsa_jwk(&der[..der.len() - 1]).is_none());
        assert!(ec_jwk(&[4; 64]).is_none() && ec_jwk(&[4; 65]).is_some());
    }
}
