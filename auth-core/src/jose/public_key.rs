//! Public keys, validated before any library sees it.

use thiserror::Error;

use super::algorithm::{Algorithm, AlgorithmSet};

/// Why a key cannot verify tokens. Contains nothing of the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The member of the set is not a JSON object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// The member is missing.
    #[error("its member `{0}` is missing")]
    Missing(&'static str),
    /// The member has the wrong type, encoding or length.
    #[error("its member `{0}` has the wrong type, encoding or length")]
    Invalid(&'static str),
    /// `kty` is not `RSA`, `EC` or `OKP`.
    #[error("its key type is not supported, expected `RSA`, `EC` or `OKP`")]
    UnsupportedType,
    /// The curve is not one of the supported.
    #[error(
        "its curve is not supported, expected `P-256`, `P-384`, `Ed25519` or (with the feature `aws_lc_rs`) `P-521`"
    )]
    UnsupportedCurve,
    /// `alg` names an algorithm that is not supported, or that does not fit the key.
    #[error("its algorithm is not supported or does not fit the type of the key")]
    Algorithm,
    /// `use` is not `sig`, or `key_ops` lacks `verify`.
    #[error("it is not for verifying signatures")]
    Purpose,
    /// A secret in a key set: what is published is no secret
    /// ([RFC 8725 §3.1](https://www.rfc-editor.org/rfc/rfc8725#section-3.1)).
    #[error("it is symmetric; a shared secret is configured as an `HmacSecret`, never published")]
    Symmetric,
    /// The private half is there too, so anyone who reads the set can sign.
    #[error("it carries private members; publish the public part only, and replace the key")]
    Private,
    /// The modulus has fewer than 2048 or more than 8192 bits
    /// ([RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3)).
    #[error("its modulus has not between 2048 and 8192 bits")]
    ModulusSize,
    /// The modulus is even, so it is not one of RSA.
    #[error("its modulus is even")]
    EvenModulus,
    /// The exponent is even, smaller than 3 or longer than 32 bits.
    #[error("its exponent is even, smaller than 3 or longer than 32 bits")]
    Exponent,
    /// The point is not on the curve.
    #[error("its point is not on the curve")]
    Point,
    /// The point generates only a few values, so signatures can be forged
    /// ([RFC 8032 §5.1.7](https://www.rfc-editor.org/rfc/rfc8032#section-5.1.7)).
    #[error("its point is of small order")]
    SmallOrder,
    /// Its member `issuer` says that it is for one issuer, in a set that is used for many.
    #[error("it is for one issuer alone")]
    OneIssuer,
    /// More keys share one `kid` than are tried for a token.
    #[error("too many keys share its `kid`")]
    TooManyWithOneKid,
}

crate::wording::debug_in_words!(KeyError);

/// An elliptic curve of ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// The length of a coordinate, in bytes.
    const fn coordinate(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A validated public key. It can be had only from the functions below.
#[derive(Clone)]
pub(crate) enum PublicKey {
    /// Big-endian, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// The uncompressed point: `04 || x || y`.
    Ec { curve: Curve, point: Vec<u8> },
    /// The encoded point.
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// An RSA key of big-endian numbers. Leading zeros are tolerated as most readers do.
    pub(crate) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let n = without_leading_zeros(n);
        let e = without_leading_zeros(e);
        if !(2048..=8192).contains(&bits(n)) {
            return Err(KeyError::ModulusSize);
        }
        if !is_odd(n) {
            return Err(KeyError::EvenModulus);
        }
        // With e = 1 every message is its own signature. A long exponent is only slow.
        if !(2..=32).contains(&bits(e)) || !is_odd(e) {
            return Err(KeyError::Exponent);
        }
        Ok(Self::Rsa { n: n.to_vec(), e: e.to_vec() })
    }

    /// An EC key of two coordinates. They have the full length (RFC 7518 §6.2.1.2), but some write
    /// them as numbers, and so lose a leading zero or add one: that changes nothing about the point,
    /// which is checked to be on the curve anyway.
    pub(crate) fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, KeyError> {
        let mut point = vec![4];
        for (name, coordinate) in [("x", x), ("y", y)] {
            let (zeros, digits) =
                of_length(coordinate, curve.coordinate()).ok_or(KeyError::Invalid(name))?;
            point.extend(std::iter::repeat_n(0, zeros));
            point.extend_from_slice(digits);
        }
        Ok(Self::Ec { curve, point })
    }

    /// An EC key of an uncompressed point (SEC 1 §2.3.3).
    pub(crate) fn ec_point(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        match point.split_first() {
            Some((4, xy)) if xy.len() == 2 * curve.coordinate() => {
                Ok(Self::Ec { curve, point: point.to_vec() })
            }
            _ => Err(KeyError::Point),
        }
    }

    /// An Ed25519 key of its 32 bytes (RFC 8037 §2).
    pub(crate) fn ed25519(x: &[u8]) -> Result<Self, KeyError> {
        let x: [u8; 32] = x.try_into().map_err(|_| KeyError::Invalid("x"))?;
        if is_small_order(&x) {
            return Err(KeyError::SmallOrder);
        }
        Ok(Self::Ed25519(x))
    }

    /// What a key of this type can verify.
    pub(crate) fn algorithms(&self) -> AlgorithmSet {
        match self {
            Self::Rsa { .. } => AlgorithmSet::RSA,
            Self::Ec { curve: Curve::P256, .. } => AlgorithmSet::only(Algorithm::ES256),
            Self::Ec { curve: Curve::P384, .. } => AlgorithmSet::only(Algorithm::ES384),
            Self::Ec { curve: Curve::P521, .. } => AlgorithmSet::only(Algorithm::ES512),
            Self::Ed25519(_) => AlgorithmSet::only(Algorithm::EdDSA),
        }
    }
}

fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let Some((0, rest)) = number.split_first() {
        number = rest;
    }
    number
}

fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// How many zeros to put before which bytes of a number, so that it is so long: a few at most. None if
/// it is another number then.
fn of_length(number: &[u8], length: usize) -> Option<(usize, &[u8])> {
    /// How many zeros may be lost or added. More is not a matter of how numbers are written.
    const ZEROS: usize = 4;

    if number.is_empty() || number.len().abs_diff(length) > ZEROS {
        return None;
    }
    match number.len().checked_sub(length) {
        Some(added) => {
            let (zeros, digits) = number.split_at_checked(added)?;
            zeros.iter().all(|zero| *zero == 0).then_some((0, digits))
        }
        None => Some((length - number.len(), number)),
    }
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last % 2 == 1)
}

/// The y coordinates, as encoded, of the points whose order divides 8: 1 and p + 1 (order 1), p − 1
/// (order 2), 0 and p (order 4), and two of order 8. Either sign of x belongs to each.
const SMALL_ORDER: [[u8; 32]; 7] = {
    let mut p = [0xff; 32];
    p[31] = 0x7f;
    let (mut less_one, mut plus_one, mut one) = (p, p, [0; 32]);
    p[0] = 0xed;
    less_one[0] = 0xec;
    plus_one[0] = 0xee;
    one[0] = 1;
    [
        [0; 32],
        one,
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
            0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
            0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
            0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
            0x92, 0xac, 0x03, 0x7a,
        ],
        less_one,
        p,
        plus_one,
    ]
};

fn is_small_order(x: &[u8; 32]) -> bool {
    let mut y = *x;
    // The top bit is the sign of x.
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    SMALL_ORDER.contains(&y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rsa(n: &[u8], e: &[u8]) -> Option<KeyError> {
        PublicKey::rsa(n, e).err()
    }

    #[test]
    fn rsa_keys_have_a_sane_size_and_exponent() {
        let mut n = vec![0xff; 256];
        assert_eq!(rsa(&n, &[1, 0, 1]), None);
        assert_eq!(rsa(&n, &[3]), None);
        assert_eq!(rsa(&[&[0], n.as_slice()].concat(), &[0, 3]), None);
        for e in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
            assert_eq!(rsa(&n, e), Some(KeyError::Exponent), "{e:?}");
        }
        assert_eq!(rsa(&[], &[3]), Some(KeyError::ModulusSize));
        assert_eq!(rsa(&[0; 256], &[3]), Some(KeyError::ModulusSize));
        assert_eq!(rsa(&n[1..], &[3]), Some(KeyError::ModulusSize));
        assert_eq!(rsa(&[0xff; 1025], &[3]), Some(KeyError::ModulusSize));
        n[255] = 0xfe;
        assert_eq!(rsa(&n, &[3]), Some(KeyError::EvenModulus));
        n[255] = 0xff;
        n[0] = 0x7f;
        assert_eq!(rsa(&n, &[3]), Some(KeyError::ModulusSize), "2047 bits");
    }

    #[test]
    fn coordinates_have_the_length_of_the_curve() {
        assert!(PublicKey::ec(Curve::P256, &[1; 32], &[1; 32]).is_ok());
        for (x, y) in [(33, 32), (32, 33), (27, 32), (37, 32), (48, 48), (0, 0), (32, 0)] {
            assert!(PublicKey::ec(Curve::P256, &vec![1; x], &vec![1; y]).is_err());
        }
        assert!(PublicKey::ec_point(Curve::P384, &[4; 97]).is_ok());
        assert!(PublicKey::ec_point(Curve::P384, &[2; 49]).is_err(), "compressed");
        assert!(PublicKey::ec_point(Curve::P384, &[]).is_err());
    }

    /// A zero that was lost or added is put right; a number that is another one is not.
    #[test]
    fn leading_zeros_of_coordinates_do_not_count() {
        let point = |x: &[u8], y: &[u8]| match PublicKey::ec(Curve::P256, x, y) {
            Ok(PublicKey::Ec { point, .. }) => Some(point),
            _ => None,
        };
        let full = |zeros: usize| [vec![0; zeros], vec![7; 32 - zeros]].concat();
        for lost in 0..=4 {
            let (x, y) = (full(lost), full(0));
            let expected = [&[4], x.as_slice(), &y].concat();
            assert_eq!(point(&x[lost..], &y), Some(expected.clone()));
            assert_eq!(point(&[vec![0; lost], x].concat(), &y), Some(expected));
        }
        assert_eq!(point(&[&[1], full(0).as_slice()].concat(), &full(0)), None);
        assert!(PublicKey::ec(Curve::P521, &[1; 65], &[1; 66]).is_ok());
    }

    #[test]
    fn ed25519_points_of_small_order_are_refused_with_either_sign() {
        for mut point in SMALL_ORDER {
            assert_eq!(PublicKey::ed25519(&point).err(), Some(KeyError::SmallOrder));
            point[31] |= 0x80;
            assert_eq!(PublicKey::ed25519(&point).err(), Some(KeyError::SmallOrder));
        }
        assert_eq!(PublicKey::ed25519(&[9; 33]).err(), Some(KeyError::Invalid("x")));
        assert_eq!(PublicKey::ed25519(&[9; 31]).err(), Some(KeyError::Invalid("x")));
        assert!(PublicKey::ed25519(&[9; 32]).is_ok());
    }
}
