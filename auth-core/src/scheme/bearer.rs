//! Bearer tokens ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).

use http::HeaderMap;
use http::header::AUTHORIZATION;
use thiserror::Error;

use super::authorization::RawToken;
use super::{TokenScheme, authorization};

/// Why a request carries no usable bearer token although it has an `Authorization` header.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// Another scheme, such as `Basic`. To be answered like no credential at all: 401 and no
    /// `error` ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
    #[error("the authorization scheme is not accepted")]
    UnsupportedScheme,
    /// A bearer token that belongs to another scheme by its
    /// [prefix](super::Location::BearerWithPrefix), such as an API key. To be answered like no
    /// credential at all.
    #[error("the bearer token is of a kind that is not accepted")]
    UnsupportedToken,
    /// Not the scheme, spaces and one token: 400 `invalid_request`.
    #[error("the `Authorization` header is malformed, expected a scheme and one token")]
    Malformed,
    /// More than one `Authorization` header: 400 `invalid_request`. Which of them counts, the
    /// services along the way may see differently.
    #[error("the request has more than one `Authorization` header")]
    Duplicate,
    /// Two credentials that the endpoint accepts: 400 `invalid_request`.
    #[error("the request has more than one credential that is accepted here")]
    Several,
    /// The address of the request has a credential in it: 400 `invalid_request`. It is known to others
    /// by now, and should be replaced.
    #[error("a credential is in the address of the request")]
    InAddress,
}

crate::wording::debug_in_words!(CredentialError);

impl CredentialError {
    /// A stable name of the reason, for metrics and audit events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnsupportedScheme => "foreign_scheme",
            Self::UnsupportedToken => "foreign_token",
            Self::Malformed => "malformed_credential",
            Self::Duplicate => "repeated_credential",
            Self::Several => "several_credentials",
            Self::InAddress => "credential_in_address",
        }
    }

    /// Whether the answer is 400 `invalid_request`. Otherwise it is the 401 of a request without
    /// credential.
    #[must_use]
    pub const fn is_invalid_request(self) -> bool {
        match self {
            Self::UnsupportedScheme | Self::UnsupportedToken => false,
            Self::Malformed | Self::Duplicate | Self::Several | Self::InAddress => true,
        }
    }
}

/// Finds the one bearer token of a request; `Ok(None)` if there is no `Authorization` header.
///
/// Only that header is read: a token in the query, the body, a cookie or any other header is no
/// credential (OAuth 2.1 §5.1, [RFC 9700 §4.3.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.3.2)).
///
/// ```
/// use auth_core::scheme::{CredentialError, bearer_token};
/// use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(bearer_token(&headers), Ok(None));
///
/// headers.insert(AUTHORIZATION, HeaderValue::from_static("bearer abc.def.ghi"));
/// assert_eq!(bearer_token(&headers), Ok(Some("abc.def.ghi")));
///
/// headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer other"));
/// assert_eq!(bearer_token(&headers), Err(CredentialError::Duplicate));
/// ```
///
/// # Errors
/// If there is such a header, but not exactly one with exactly one bearer token.
pub fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, CredentialError> {
    let lines = headers.get_all(AUTHORIZATION);
    let found = authorization::find(lines, |scheme| scheme == TokenScheme::Bearer)?;
    match found {
        Some(found) => {
            let token = found.line.as_bytes().get(found.token).unwrap_or_default();
            RawToken::new(token).read().map(Some)
        }
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::AUTHORIZATION;
    use proptest::prelude::*;

    use super::*;

    fn read(value: &[u8]) -> Result<Option<String>, CredentialError> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        bearer_token(&headers).map(|token| token.map(str::to_owned))
    }

    #[test]
    fn one_token_in_any_case_after_any_number_of_spaces() {
        for value in ["Bearer a.b-c_d~e+f/g==", "bearer x", "BEARER    x", " Bearer x "] {
            assert!(matches!(read(value.as_bytes()), Ok(Some(_))), "{value}");
        }
        assert_eq!(read(b"Bearer  t="), Ok(Some("t=".to_owned())));
    }

    #[test]
    fn what_is_not_one_token_is_malformed() {
        for value in [
            &b""[..],
            b" ",
            b"Bearer",
            b"Bearer ",
            b"Bearer\tx",
            b"Bearer x y",
            b"Bearer x,y",
            b"Bearer x, Bearer y",
            b"Bearer =",
            b"Bearer =x",
            b"Bearer x=y",
            b"Bearer \"x\"",
            b"Bearer \xa0x",
            b"Bearer x\xff",
            b"Bearer:x",
            b"Bearer,x",
            b"\xffBearer x",
            b", Bearer x",
            b"Bearer x;y",
            b"Bearer %20x",
        ] {
            assert_eq!(read(value), Err(CredentialError::Malformed), "{value:?}");
        }
    }

    #[test]
    fn another_scheme_is_no_bearer_credential() {
        for value in [
            "Basic dXNlcjpwYXNz",
            "Digest username=\"x\"",
            "BearerX x",
            "Token x",
            "DPoP x",
            "eyJ.a.b",
        ] {
            let refused = read(value.as_bytes());
            assert_eq!(refused, Err(CredentialError::UnsupportedScheme), "{value}");
        }
    }

    #[test]
    fn two_headers_are_refused_even_if_equal() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        assert_eq!(bearer_token(&headers), Err(CredentialError::Duplicate));
        assert!(CredentialError::Duplicate.is_invalid_request());
        assert!(!CredentialError::UnsupportedScheme.is_invalid_request());
    }

    proptest! {
        #[test]
        fn every_b64token_is_read_back(token in "[A-Za-z0-9._~+/-]{1,40}={0,3}", spaces in 1_usize..4) {
            let value = format!("Bearer{}{token}", " ".repeat(spaces));
            prop_assert_eq!(read(value.as_bytes()), Ok(Some(token)));
        }

        #[test]
        fn other_characters_are_rejected(value in "[Bb]earer[ \t]{0,2}[ -~]{0,20}") {
            if let Ok(Some(token)) = read(value.as_bytes()) {
                let (_, rest) = value.split_at(6);
                prop_assert!(rest.starts_with(' '));
                prop_assert_eq!(rest.trim_start_matches(' ').trim_end(), token);
            }
        }
    }
}
