//! The `Authorization` header: a scheme and one token.
//!
//! Finding a token and looking at each of its characters are two steps: one that was seen before
//! need not be looked at again.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use super::{CredentialError, Scheme};

/// What stands where a token belongs, unread.
#[derive(Clone, Copy)]
pub(crate) struct Unread<'a>(&'a [u8]);

impl<'a> Unread<'a> {
    pub(crate) const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The token, if it is one.
    pub(crate) fn read(self) -> Result<&'a str, CredentialError> {
        // Always text: the characters are ASCII.
        let text = is_token68(self.0).then(|| std::str::from_utf8(self.0).ok()).flatten();
        text.ok_or(CredentialError::Malformed)
    }
}

/// Finds the one token under one of the accepted schemes, in the lines of `Authorization`;
/// `Ok(None)` if there are none.
pub(super) fn find<'a>(
    lines: impl IntoIterator<Item = &'a HeaderValue>,
    accepts: impl Fn(Scheme) -> bool,
) -> Result<Option<(Scheme, Unread<'a>)>, CredentialError> {
    let mut lines = lines.into_iter();
    let Some(value) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(CredentialError::Duplicate);
    }
    let (name, rest) = split(value.as_bytes());
    if name.is_empty() {
        return Err(CredentialError::Malformed);
    }
    let scheme =
        Scheme::named(name).filter(|it| accepts(*it)).ok_or(CredentialError::UnsupportedScheme)?;
    token(rest).map(|token| Some((scheme, token)))
}

/// The scheme of the only line, whatever follows it.
pub(super) fn scheme(headers: &HeaderMap) -> Option<Scheme> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let only = values.next().filter(|_| values.next().is_none())?;
    Scheme::named(split(only.as_bytes()).0)
}

/// The name of the scheme, and what follows it.
fn split(value: &[u8]) -> (&[u8], &[u8]) {
    // White space around is not part of the value (RFC 9110 §5.5).
    let value = trim(value);
    let end = value.iter().position(|byte| !is_tchar(*byte));
    value.split_at_checked(end.unwrap_or(value.len())).unwrap_or((value, &[]))
}

/// What follows `1*SP`. A `token68` belongs there, which RFC 6750 calls `b64token`.
fn token(rest: &[u8]) -> Result<Unread<'_>, CredentialError> {
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let token = rest.get(spaces..).filter(|token| spaces > 0 && !token.is_empty());
    token.map(Unread).ok_or(CredentialError::Malformed)
}

/// Without the SP and HTAB around, which are all that counts as white space there.
fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 9110 §11.2)
#[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a way out of the loop")]
fn is_token68(mut token: &[u8]) -> bool {
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

/// A character of a token (RFC 9110 §5.6.2), of which a scheme consists.
const fn is_tchar(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
    ) || byte.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_characters_of_a_scheme_are_those_of_the_rfc() {
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_tchar(byte), expected, "{byte}");
        }
    }

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
