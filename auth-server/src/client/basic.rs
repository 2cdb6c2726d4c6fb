//! HTTP Basic in OAuth ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)): both
//! halves are form-encoded.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::wire::hex;

/// Padding may be left out, as some clients do.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest credential that is looked at, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// A client id, and the secret that is presented for it.
pub(crate) struct BasicCredential {
    pub(crate) client_id: String,
    pub(crate) secret: Zeroizing<String>,
}

/// Reads what comes after `Basic `; `None` if it is not base64 of two encoded halves with a colon between
/// them.
pub(crate) fn parse(credential: &str) -> Option<BasicCredential> {
    if credential.len() > MAX_BYTES {
        return None;
    }
    let decoded = Zeroizing::new(BASE64.decode(credential).ok()?);
    let colon = decoded.iter().position(|it| *it == b':')?;
    let (client_id, rest) = decoded.split_at_checked(colon)?;
    let client_id = decode(client_id)?;
    let secret = Zeroizing::new(decode(rest.get(1..)?)?);
    (!client_id.is_empty()).then_some(BasicCredential { client_id, secret })
}

/// Decodes a form-encoded text. An invalid escape and invalid UTF-8 are rejected, since they would be read as
/// another secret.
fn decode(text: &[u8]) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(*bytes.next()?)? << 4 | hex(*bytes.next()?)?,
            byte => *byte,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn read(text: &[u8]) -> Option<(String, String)> {
        let read = parse(&STANDARD.encode(text))?;
        Some((read.client_id, read.secret.to_string()))
    }

    #[test]
    fn a36_both_halves_of_basic_are_decoded_as_forms_are() {
        for (text, id, secret) in [
            ("worker:secret", "worker", "secret"),
            ("a%3Ab:c:d", "a:b", "c:d"),
            ("a+b:c%20d+e%2B", "a b", "c d e+"),
            ("id:%C3%A4%25", "id", "\u{e4}%"),
            ("id:", "id", ""),
        ] {
            assert_eq!(
                read(text.as_bytes()).unwrap(),
                (id.to_owned(), secret.to_owned()),
                "{text}"
            );
        }
        for text in
            [&b""[..], b"worker", b":secret", b"id:%", b"id:%4", b"id:%zz", b"id:%ff", b"id:\xff"]
        {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert!(parse("!").is_none());
        assert!(parse(&STANDARD.encode("a".repeat(10_000) + ":b")).is_none());
        assert!(parse("YTpi").is_some() && parse("aWQ6YQ").is_some(), "padding may be left out");
    }
}
