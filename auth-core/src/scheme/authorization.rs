//! The `Authorization` header: a scheme and one token.
//!
//! Finding a token and looking at each of its characters are two steps: one that was seen before
//! need not be looked at again.

use std::ops::Range;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use super::{CredentialError, TokenScheme};
use crate::token::is_token68;

/// What is where a token belongs, unread.
#[derive(Clone, Copy)]
pub(crate) struct RawToken<'a>(&'a [u8]);

impl<'a> RawToken<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

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

/// A token in `Authorization`.
pub(super) struct Found<'a> {
    pub(super) scheme: TokenScheme,
    pub(super) line: &'a HeaderValue,
    /// Where in the line the token is.
    pub(super) token: Range<usize>,
}

/// Finds the one token under one of the accepted schemes, in the lines of `Authorization`;
/// `Ok(None)` if there are none.
pub(super) fn find<'a>(
    lines: impl IntoIterator<Item = &'a HeaderValue>,
    accepts: impl Fn(TokenScheme) -> bool,
) -> Result<Option<Found<'a>>, CredentialError> {
    let mut lines = lines.into_iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(CredentialError::Duplicate);
    }
    let bytes = line.as_bytes();
    // The token is the end of the value, but for white space.
    let end = bytes.len().saturating_sub(trailing(bytes));
    let as_usual = bytes.get(..end).and_then(|value| value.strip_prefix(b"Bearer"));
    let as_usual = as_usual.filter(|rest| rest.starts_with(b" "));
    // What nearly every client sends is recognised first.
    let (scheme, rest) = if let Some(rest) = as_usual {
        (Some(TokenScheme::Bearer), rest)
    } else {
        let (name, rest) = split(bytes);
        if name.is_empty() {
            return Err(CredentialError::Malformed);
        }
        (TokenScheme::named(name), rest)
    };
    let scheme = scheme.filter(|it| accepts(*it)).ok_or(CredentialError::UnsupportedScheme)?;
    let token = token(rest)?;
    Ok(Some(Found { scheme, line, token: end.saturating_sub(token.len())..end }))
}

/// The bearer token of the only line, of any characters.
pub(super) fn bearer(headers: &HeaderMap) -> Option<(&HeaderValue, Range<usize>)> {
    let lines = headers.get_all(AUTHORIZATION);
    let found = find(lines, |scheme| scheme == TokenScheme::Bearer).ok().flatten()?;
    Some((found.line, found.token))
}

/// The scheme of the only line.
pub(super) fn scheme(headers: &HeaderMap) -> Option<TokenScheme> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let only = values.next().filter(|_| values.next().is_none())?;
    TokenScheme::named(split(only.as_bytes()).0)
}

/// The name of the scheme, and what follows it.
fn split(value: &[u8]) -> (&[u8], &[u8]) {
    // White space around is not part of the value (RFC 9110 §5.5).
    let value = trim(value);
    let end = value.iter().position(|byte| !is_tchar(*byte));
    value.split_at_checked(end.unwrap_or(value.len())).unwrap_or((value, &[]))
}

/// What follows `1*SP`. A `token68` belongs there, which RFC 6750 calls `b64token`.
fn token(rest: &[u8]) -> Result<&[u8], CredentialError> {
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let token = rest.get(spaces..).filter(|token| spaces > 0 && !token.is_empty());
    token.ok_or(CredentialError::Malformed)
}

/// How many bytes of white space the value ends with.
fn trailing(value: &[u8]) -> usize {
    value.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Without the SP and HTAB around, which are all that counts as white space there.
fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
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
}
