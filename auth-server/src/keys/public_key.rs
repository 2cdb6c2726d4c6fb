//! The public half of a signing key, as a JWK.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters,
    EllipticCurveKeyType, Jwk, KeyAlgorithm, PublicKeyUse, RSAKeyParameters, RSAKeyType,
};

/// The JWK of a P-256 key, given its uncompressed point
/// ([RFC 7518 §6.2](https://www.rfc-editor.org/rfc/rfc7518#section-6.2)).
pub(super) fn ec_jwk(point: &[u8]) -> Option<Jwk> {
    let coordinates = point.strip_prefix(&[4])?;
    let (x, y) = coordinates.split_at_checked(32).filter(|(_, y)| y.len() == 32)?;
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let kid = thumbprint(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#));
    let key = EllipticCurveKeyParameters {
        key_type: EllipticCurveKeyType::EC,
        curve: EllipticCurve::P256,
        x,
        y,
    };
    Some(Jwk {
        common: common(kid, KeyAlgorithm::ES256),
        algorithm: AlgorithmParameters::EllipticCurve(key),
    })
}

/// The JWK of an RSA key, given as in [RFC 8017 §A.1.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1)
/// ([RFC 7518 §6.3](https://www.rfc-editor.org/rfc/rfc7518#section-6.3)).
pub(super) fn rsa_jwk(der: &[u8]) -> Option<Jwk> {
    let (n, e) = modulus_and_exponent(der)?;
    let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
    let kid = thumbprint(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
    let key = RSAKeyParameters { key_type: RSAKeyType::RSA, n, e };
    Some(Jwk { common: common(kid, KeyAlgorithm::RS256), algorithm: AlgorithmParameters::RSA(key) })
}

fn common(kid: String, algorithm: KeyAlgorithm) -> CommonParameters {
    CommonParameters {
        public_key_use: Some(PublicKeyUse::Signature),
        key_algorithm: Some(algorithm),
        key_id: Some(kid),
        ..CommonParameters::default()
    }
}

/// The thumbprint of a key with these required members
/// ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
fn thumbprint(members: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
}

/// The two positive numbers of `SEQUENCE { INTEGER, INTEGER }`, without leading zeros.
fn modulus_and_exponent(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (numbers, rest) = value(0x30, der)?;
    let (n, numbers) = value(0x02, numbers)?;
    let (e, numbers) = value(0x02, numbers)?;
    let positive = |number: &'_ [u8]| !number.is_empty();
    let (n, e) = (n.strip_prefix(&[0]).unwrap_or(n), e.strip_prefix(&[0]).unwrap_or(e));
    (rest.is_empty() && numbers.is_empty() && positive(n) && positive(e)).then_some((n, e))
}

/// The content of the first value, which has this tag, and what comes after it.
fn value(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let der = der.strip_prefix(&[tag])?;
    let (first, der) = der.split_first()?;
    let (length, der) = match *first {
        length @ 0..=0x7f => (usize::from(length), der),
        0x81 => der.split_first().map(|(length, der)| (usize::from(*length), der))?,
        0x82 => {
            let (length, der) = der.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(*length)), der)
        }
        _ => return None,
    };
    der.split_at_checked(length)
}
