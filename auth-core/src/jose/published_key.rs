//! Keys and certificates in the forms in which they are handed around. None of them is a secret that
//! two share: the public ones everyone knows, and the private ones are for something else.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::backend::{CryptoBackend, Verifier};
use super::public_key::{Curve, PublicKey};

/// How often a key may be written in base64 or hex: PEM in base64, as environments have it, is twice.
const WRAPPINGS: u8 = 2;

/// What a text with a key in it has somewhere: PEM; the form of SSH2; OpenSSH, with and without a
/// hardware key; JWK, quoted once more or not; `PuTTY`; .NET.
const MARKS: [&[u8]; 9] = [
    b"-----BEGIN ",
    b"---- BEGIN ",
    b"ssh-rsa",
    b"ssh-ed25519",
    b"ecdsa-sha2-",
    b"\"kty",
    b"'kty",
    b"PuTTY-User-Key-File",
    b"<RSAKeyValue",
];

/// How DER in base64 begins, also where it is cut off: RSA and certificates; EC on three curves;
/// Ed25519.
const STARTS: [&[u8]; 5] = [b"MII", b"MFkwE", b"MHYwE", b"MIGbM", b"MCowB"];

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Whether the bytes are a key or a certificate. Random bytes are taken for one with a chance below
/// one in a million.
pub(crate) fn is_published_key(bytes: &[u8]) -> bool {
    is_key(bytes, WRAPPINGS)
}

fn is_key(bytes: &[u8], wrappings: u8) -> bool {
    is_der(bytes) || is_der(bytes.trim_ascii_end()) || is_point(bytes) || is_text(bytes, wrappings)
}

fn is_text(bytes: &[u8], wrappings: u8) -> bool {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii();
    let has = |mark: &[u8]| text.windows(mark.len()).any(|part| part == mark);
    MARKS.iter().any(|mark| has(mark))
        || STARTS.iter().any(|start| text.starts_with(start))
        || is_json(text)
        || (wrappings > 0
            && unwrapped(text).iter().flatten().any(|bytes| is_key(bytes, wrappings - 1)))
}

/// Whether it is a JSON object or array: a JWK, a key set, the credentials of an account.
fn is_json(text: &[u8]) -> bool {
    matches!(text, [b'{' | b'[', ..]) && serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// What the text says in hex and both kinds of base64.
fn unwrapped(text: &[u8]) -> [Option<Zeroizing<Vec<u8>>>; 3] {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let kept = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace() && !is_quote(byte));
    let text = Zeroizing::new(kept.collect::<Vec<_>>());
    let base64 = |engine: GeneralPurpose| engine.decode(text.as_slice()).ok().map(Zeroizing::new);
    [hex(&text), base64(BASE64), base64(BASE64URL)]
}

fn hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    bytes.collect::<Option<Vec<_>>>().map(Zeroizing::new)
}

/// Whether it begins with a `SEQUENCE` of DER that is as long as the whole, or with one of many bytes
/// after which another one follows: a chain of certificates.
fn is_der(bytes: &[u8]) -> bool {
    // What keys and certificates have first: a SEQUENCE, or an INTEGER.
    let is_key = |content: &[u8]| matches!(content, [0x30 | 0x02, ..]);
    match bytes {
        [0x30, 0x82, high, low, content @ ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            length == content.len() || (length > 255 && length < content.len() && is_key(content))
        }
        [0x30, 0x81, length, content @ ..] => {
            usize::from(*length) == content.len() && is_key(content)
        }
        // BER without a length, as PKCS #12 has it at times.
        [0x30, 0x80, content @ ..] => is_key(content),
        [0x30, length, content @ ..] => usize::from(*length) == content.len() && is_key(content),
        _ => false,
    }
}

/// Whether it is an uncompressed point of a curve.
fn is_point(bytes: &[u8]) -> bool {
    let is_on = |algorithm, curve| {
        let point = PublicKey::ec_point(curve, bytes);
        point.is_ok_and(|point| {
            Verifier::public(CryptoBackend::DEFAULT, algorithm, &point).is_some()
        })
    };
    match bytes {
        // P-521: each coordinate has 521 bits in 66 bytes.
        [4, 0..=1, rest @ ..] if bytes.len() == 133 => {
            rest.get(65).is_some_and(|first| *first <= 1)
        }
        [4, ..] if bytes.len() == 65 => is_on(Algorithm::ES256, Curve::P256),
        [4, ..] if bytes.len() == 97 => is_on(Algorithm::ES384, Curve::P384),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

    use super::*;

    /// The key of RFC 8410 §10.1.
    const ED25519: &str =
        "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
    /// The key of RFC 7515 §A.3.1.
    const P256: &str = concat!(
        "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
        "7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445",
        "c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad",
    );

    fn bytes(digits: &str) -> Vec<u8> {
        hex(digits.as_bytes()).unwrap().to_vec()
    }

    fn in_hex(bytes: &[u8]) -> String {
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
    }

    /// DER as long as it says, of a key with so many bytes in it.
    fn der(header: &[u8], length: usize) -> Vec<u8> {
        let content = (0..length).map(|place| u8::try_from(place * 167 % 251).unwrap());
        header.iter().copied().chain(content).collect()
    }

    #[test]
    fn keys_are_found_in_every_form() {
        for key in [
            bytes(ED25519),
            bytes(P256),
            // P-384 and P-521; PKCS #8 of Ed25519 and EC; SEC 1; RSA; a certificate; PKCS #12.
            der(&[0x30, 0x76, 0x30, 0x10], 0x74),
            der(&[0x30, 0x81, 0x9b, 0x30, 0x10], 0x99),
            der(&[0x30, 0x2e, 0x02, 0x01, 0x00], 0x2b),
            der(&[0x30, 0x81, 0x87, 0x02, 0x01, 0x00], 0x84),
            der(&[0x30, 0x77, 0x02, 0x01, 0x01], 0x74),
            der(&[0x30, 0x82, 0x01, 0x22, 0x30, 0x0d], 0x120),
            der(&[0x30, 0x82, 0x03, 0x00, 0x30, 0x82], 0x2fe),
            der(&[0x30, 0x80, 0x02, 0x01, 0x03], 300),
        ] {
            let in_hex = in_hex(&key);
            let pem =
                format!("-----BEGIN KEY-----\n{}\n-----END KEY-----\n", STANDARD.encode(&key));
            let base64 = STANDARD.encode(&key);
            let folded = base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line));
            let folded = folded.collect::<Vec<_>>().join("\r\n");
            for text in [
                in_hex.clone(),
                in_hex.to_uppercase(),
                format!("\"{base64}\""),
                folded,
                STANDARD_NO_PAD.encode(&key),
                URL_SAFE_NO_PAD.encode(&key),
                STANDARD.encode(&base64),
                STANDARD.encode(&pem),
                format!("Bag Attributes\n    localKeyID: 01\n{pem}"),
                format!("\u{feff}  {pem}"),
                base64,
                pem,
            ] {
                assert!(is_published_key(text.as_bytes()), "{text}");
            }
            assert!(is_published_key(&key) && is_published_key(&[&key[..], b"\n"].concat()));
        }
        // The leaf, and then the rest of the chain.
        let leaf = der(&[0x30, 0x82, 0x03, 0x00, 0x30, 0x82], 0x2fe);
        assert!(is_published_key(&[leaf.clone(), leaf].concat()));
    }

    #[test]
    fn texts_that_hold_keys_are_found() {
        for text in [
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ",
            "from=\"10.0.0.0/8\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE",
            "AAAAB3NzaC1yc2EAAAADAQABAAABAQ==",
            "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA",
            "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2g",
            "---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2EAAAADAQABAAABAQ",
            "{ \"e\":\"AQAB\", \"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmb\"}",
            "\"{\\\"kty\\\":\\\"OKP\\\",\\\"crv\\\":\\\"Ed25519\\\",\\\"x\\\":\\\"11qYAYKxCrfVS_7TyWQHOg\\\"}\"",
            "{\"\\u006bty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmb\",\"e\":\"AQAB\"}",
            "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmb\"}]}",
            "{'kty': 'RSA', 'n': '0vx7agoebGcQSuuPiLJXZptN9nndrQmb', 'e': 'AQAB'}",
            "<RSAKeyValue><Modulus>0vx7agoebGcQSuuPiLJXZptN9nndrQmb</Modulus></RSAKeyValue>",
            "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA",
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
        ] {
            assert!(is_published_key(text.as_bytes()), "{text}");
        }
    }

    #[cfg(any(feature = "aws_lc_rs", feature = "rust_crypto"))]
    #[test]
    fn a_point_is_a_key() {
        let point = bytes(P256)[26..].to_vec();
        assert_eq!(point.len(), 65);
        assert!(is_published_key(&point));
        let mut off = point;
        off[64] ^= 1;
        assert!(!is_published_key(&off), "not on the curve, so it may be random");
        assert!(is_published_key(&[&[4, 1], &[0xa7; 65][..], &[0], &[0x5b; 65]].concat()));
    }

    /// Bytes of a hash, in each form in which secrets are kept.
    #[test]
    fn random_bytes_are_no_key() {
        use sha2::{Digest as _, Sha512};
        for number in 0_u32..2_000 {
            let secret: [u8; 64] = Sha512::digest(number.to_be_bytes()).into();
            let digits = in_hex(&secret);
            assert!(!is_published_key(&secret) && !is_published_key(digits.as_bytes()));
            assert!(!is_published_key(STANDARD.encode(secret).as_bytes()));
            assert!(!is_published_key(URL_SAFE_NO_PAD.encode(&secret[..32]).as_bytes()));
        }
    }
}
