//! `application/x-www-form-urlencoded`
//! ([RFC 6749 Appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B)).

use std::fmt::Write as _;

/// Appends a name and a value. Both are encoded, so that neither can end itself and begin another.
pub(super) fn append(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    encode(form, name);
    form.push('=');
    encode(form, value);
}

/// Appends a text, encoded.
pub(super) fn encode(form: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b' ' => form.push('+'),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                form.push(char::from(byte));
            }
            // Writing into a string never fails.
            _ => {
                let _ = write!(form, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(members: &[(&str, &str)]) -> String {
        let mut form = String::new();
        for (name, value) in members {
            append(&mut form, name, value);
        }
        form
    }

    #[test]
    fn a_value_cannot_become_another_member() {
        let injected = form(&[("token", "a&token_type_hint=x&active=true"), ("next", "a%26b")]);
        assert_eq!(injected, "token=a%26token_type_hint%3Dx%26active%3Dtrue&next=a%2526b");
    }

    /// The example of RFC 6749 Appendix B.
    #[test]
    fn every_other_byte_is_encoded() {
        let mut text = String::new();
        encode(&mut text, " %&+£€");
        assert_eq!(text, "+%25%26%2B%C2%A3%E2%82%AC");
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(name in "\\PC{1,20}", value in "\\PC*") {
            let form = form(&[(&name, &value), ("x", "y")]);
            prop_assert!(form.bytes().all(|byte| byte.is_ascii_graphic()));
            let decoded: Vec<(String, String)> = form
                .split('&')
                .filter_map(|member| member.split_once('='))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect();
            prop_assert_eq!(decoded, [(name, value), ("x".into(), "y".into())]);
        }
    }

    fn decode(text: &str) -> String {
        let (mut bytes, mut rest) = (Vec::new(), text.bytes());
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        String::from_utf8(bytes).unwrap()
    }
}
