//! The form of a token in a header: `token68` of
//! [RFC 9110 §11.2](https://www.rfc-editor.org/rfc/rfc9110#section-11.2).

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`; the only form of a bearer token, which
/// [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1) calls `b64token`.
#[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a way out of the loop")]
pub(crate) fn is_token68(mut token: &[u8]) -> bool {
    while let [rest @ .., b'='] = token {
        token = rest;
    }
    // Every byte is looked at, even after a wrong one: without a way out of the loop the compiler
    // looks at many at once.
    let is_part = |byte: &u8| {
        let letter = byte | 0x20;
        letter.is_ascii_lowercase()
            | (b'-'..=b'9').contains(byte) // `-`, `.`, `/` and the digits
            | (*byte == b'_')
            | (*byte == b'~')
            | (*byte == b'+')
    };
    !token.is_empty() & token.iter().fold(true, |all, byte| all & is_part(byte))
}

#[cfg(test)]
mod tests {
    use super::is_token68;

    #[test]
    fn the_characters_of_a_token_are_those_of_the_rfc() {
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            assert_eq!(is_token68(&[byte]), expected, "{byte}");
            assert_eq!(is_token68(&[b'a', byte, b'b']), expected, "{byte}");
            assert_eq!(is_token68(&[b'a', byte]), expected || byte == b'=', "{byte}");
        }
        for token in ["", "=", "==", "a=b", "=a"] {
            assert!(!is_token68(token.as_bytes()), "{token}");
        }
        assert!(is_token68(b"a=="));
    }
}
