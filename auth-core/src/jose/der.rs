//! The few shapes of DER that a public key comes in.

use super::backend::HAS_P521;
use super::public_key::{Curve, KeyError, PublicKey};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[0] EXPLICIT`, in a certificate.
const VERSION: u8 = 0xa0;

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const SECP384R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const SECP521R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Reads a `SubjectPublicKeyInfo` ([RFC 5280 §4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)).
pub(crate) fn subject_public_key_info(der: &[u8]) -> Result<PublicKey, KeyError> {
    let info = Reader(der).last(SEQUENCE).ok_or(KeyError::Invalid("DER"))?;
    info_key(info)
}

/// Reads the public key of a certificate ([RFC 5280 §4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)),
/// and nothing else of it.
pub(crate) fn certified_key(der: &[u8]) -> Result<PublicKey, KeyError> {
    info_key(certified_info(der).ok_or(KeyError::Invalid("DER"))?)
}

/// The content of the `SubjectPublicKeyInfo` of a certificate.
fn certified_info(der: &[u8]) -> Option<&[u8]> {
    let mut certificate = Reader(Reader(der).last(SEQUENCE)?);
    let mut signed = Reader(certificate.next(SEQUENCE)?);
    // Its version is left out only of certificates of version 1.
    if signed.0.first() == Some(&VERSION) {
        signed.next(VERSION)?;
    }
    signed.next(INTEGER)?;
    // The algorithm of the signature, the issuer, the validity, the subject.
    for _ in 0..4 {
        signed.next(SEQUENCE)?;
    }
    signed.next(SEQUENCE)
}

fn info_key(info: &[u8]) -> Result<PublicKey, KeyError> {
    let (oid, parameters, key) = split_info(info).ok_or(KeyError::Invalid("DER"))?;
    match oid {
        RSA_ENCRYPTION if parameters == [NULL, 0] => rsa_key(key),
        EC_PUBLIC_KEY => {
            let curve =
                Reader(parameters).last(OBJECT_IDENTIFIER).ok_or(KeyError::UnsupportedCurve)?;
            match curve {
                PRIME256V1 => PublicKey::ec_point(Curve::P256, key),
                SECP384R1 => PublicKey::ec_point(Curve::P384, key),
                SECP521R1 if HAS_P521 => PublicKey::ec_point(Curve::P521, key),
                _ => Err(KeyError::UnsupportedCurve),
            }
        }
        ED25519 if parameters.is_empty() => PublicKey::ed25519(key),
        _ => Err(KeyError::UnsupportedType),
    }
}

/// Reads an `RSAPublicKey` ([RFC 8017 §A.1.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1)).
pub(crate) fn rsa_key(der: &[u8]) -> Result<PublicKey, KeyError> {
    let (n, e) = rsa_public_key(der).ok_or(KeyError::Invalid("DER"))?;
    PublicKey::rsa(n, e)
}

/// Whether this is one DER `SEQUENCE` and nothing after it, as a certificate is
/// ([RFC 5280 §4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)). What is in it is the
/// matter of who checked it.
pub(crate) fn certificate_der(der: &[u8]) -> bool {
    Reader(der).last(SEQUENCE).is_some_and(|content| !content.is_empty())
}

/// The modulus and the exponent, each perhaps with a leading zero.
pub(crate) fn rsa_public_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut numbers = Reader(Reader(der).last(SEQUENCE)?);
    let n = numbers.next(INTEGER)?;
    let e = numbers.last(INTEGER)?;
    let positive = |number: &&[u8]| number.first().is_some_and(|first| *first < 0x80);
    Some((Some(n).filter(positive)?, Some(e).filter(positive)?))
}

/// The identifier and parameters of the algorithm, and the bytes of the key.
fn split_info(info: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut info = Reader(info);
    let mut algorithm = Reader(info.next(SEQUENCE)?);
    let oid = algorithm.next(OBJECT_IDENTIFIER)?;
    let (unused, key) = info.last(BIT_STRING)?.split_first()?;
    (*unused == 0).then_some((oid, algorithm.0, key))
}

/// Reads one value after the other.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The content of the next value, if it has this tag.
    fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        if *found != tag {
            return None;
        }
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    /// The content of the next value, if nothing follows it.
    fn last(mut self, tag: u8) -> Option<&'a [u8]> {
        let content = self.next(tag)?;
        self.0.is_empty().then_some(content)
    }
}

/// A length of at most two bytes, in its shortest form: no key is longer than 64 KiB.
fn length(der: &[u8]) -> Option<(usize, &[u8])> {
    match der {
        [short @ 0..=0x7f, rest @ ..] => Some((usize::from(*short), rest)),
        [0x81, long @ 0x80..=0xff, rest @ ..] => Some((usize::from(*long), rest)),
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            Some((usize::from(u16::from_be_bytes([*high, *low])), rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8410 §10.1.
    const RFC8410: [u8; 44] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00, 0x19, 0xbf, 0x44,
        0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96, 0xc8, 0x50,
        0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1,
    ];

    #[test]
    fn the_key_of_the_rfc_is_read() {
        let key = subject_public_key_info(&RFC8410);
        assert!(matches!(key, Ok(PublicKey::Ed25519(x)) if x == RFC8410[12..]));
    }

    #[test]
    fn every_byte_of_the_frame_matters() {
        for at in 0..12 {
            for bit in 0..8 {
                let mut der = RFC8410;
                der[at] ^= 1 << bit;
                assert!(subject_public_key_info(&der).is_err(), "bit {bit} of byte {at}");
            }
        }
        for length in 0..RFC8410.len() {
            assert!(subject_public_key_info(&RFC8410[..length]).is_err(), "{length} bytes");
        }
        let longer = [RFC8410.as_slice(), &[0]].concat();
        assert!(subject_public_key_info(&longer).is_err());
    }

    #[test]
    fn lengths_have_their_shortest_form() {
        assert_eq!(length(&[0x7f, 1]), Some((127, [1].as_slice())));
        assert_eq!(length(&[0x81, 0x80]), Some((128, [].as_slice())));
        assert_eq!(length(&[0x82, 1, 0]), Some((256, [].as_slice())));
        for der in [&[0x80][..], &[0x81, 0x7f], &[0x82, 0, 0xff], &[0x83, 1, 0, 0], &[0xff], &[]] {
            assert_eq!(length(der), None, "{der:x?}");
        }
    }

    #[test]
    fn a_negative_modulus_is_rejected() {
        assert_eq!(rsa_public_key(&[0x30, 6, 2, 1, 0x7f, 2, 1, 3]), Some((&[0x7f][..], &[3][..])));
        assert_eq!(rsa_public_key(&[0x30, 6, 2, 1, 0x80, 2, 1, 3]), None);
        assert_eq!(rsa_public_key(&[0x30, 7, 2, 1, 0x7f, 2, 1, 3, 0]), None);
        assert_eq!(rsa_public_key(&[0x30, 5, 2, 0, 2, 1, 3]), None);
    }
}
