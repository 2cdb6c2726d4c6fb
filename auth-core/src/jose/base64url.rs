//! base64url as JWS wants it ([RFC 7515 §2](https://www.rfc-editor.org/rfc/rfc7515#section-2)).

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{NO_PAD, URL_SAFE_NO_PAD};

/// Decodes with wide instructions where the processor has them. What they stop at, and the end of
/// every text, is left to `URL_SAFE_NO_PAD`, so both reject the same.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static DECODER: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::url_safe(NO_PAD));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static DECODER: LazyLock<base64::engine::GeneralPurpose> = LazyLock::new(|| URL_SAFE_NO_PAD);

/// Decodes without padding, other characters or non-zero trailing bits
/// ([RFC 4648 §3.5](https://www.rfc-editor.org/rfc/rfc4648#section-3.5)): two spellings of one
/// token would be two keys of a cache or a deny list.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    DECODER.decode(text).ok()
}

/// [`decode`] into a buffer; `None` also if that is too small.
pub(crate) fn decode_into<'a>(text: &str, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    let length = DECODER.decode_slice(text, buffer).ok()?;
    buffer.get(..length)
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        assert_eq!(decode("Zm9v").as_deref(), Some(b"foo".as_slice()));
        assert_eq!(decode("Zg").as_deref(), Some(b"f".as_slice()));
        for text in
            ["Zg==", "Zh", "Z", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9v=", "Zm9é", "Zm%39v"]
        {
            assert_eq!(decode(text), None, "{text}");
            assert_eq!(decode_into(text, &mut [0; 16]), None, "{text}");
        }
        assert_eq!(decode_into("Zm9v", &mut [0; 3]), Some(b"foo".as_slice()));
        assert_eq!(decode_into("Zm9v", &mut [0; 2]), None);
    }

    /// The wide instructions take 32 characters at a time, from 64 on.
    #[test]
    fn text_of_any_length_is_decoded_as_by_the_plain_engine() {
        for length in 0..=300 {
            let bytes: Vec<u8> = (0..=u8::MAX).cycle().step_by(167).take(length).collect();
            let text = encode(&bytes);
            assert_eq!(decode(&text).as_deref(), Some(bytes.as_slice()));
            assert_eq!(decode_into(&text, &mut [0; 400]), Some(bytes.as_slice()));
        }
        let text: String =
            ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
        let text = text.repeat(3);
        for place in [0, 1, 31, 32, 63, 64, 65, 95, 127, 128, 160, 188, 189, 190, 191] {
            for byte in 0..=0x7f_u8 {
                let mut text = text.clone();
                text.replace_range(place..=place, char::from(byte).encode_utf8(&mut [0; 4]));
                assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok(), "{byte} at {place}");
                assert_eq!(decode_into(&text, &mut [0; 200]).is_some(), decode(&text).is_some());
                for end in 186..192 {
                    let text = text.get(..end).unwrap();
                    assert_eq!(
                        decode(text),
                        URL_SAFE_NO_PAD.decode(text).ok(),
                        "{byte} at {place}"
                    );
                }
            }
        }
        assert_eq!(decode(&text.replacen('A', "é", 1)), None);
    }
}
