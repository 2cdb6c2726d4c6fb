//! The one credential of a request, whatever its scheme.

use http::{HeaderMap, HeaderValue};

use super::CredentialError;
use super::authorization::{self, Unread};

/// The scheme under which a token was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
    Bearer,
    /// [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)
    Dpop,
}

impl Scheme {
    /// Schemes compare without case (RFC 9110 §11.1).
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        if name.eq_ignore_ascii_case(b"bearer") {
            Some(Self::Bearer)
        } else if name.eq_ignore_ascii_case(b"dpop") {
            Some(Self::Dpop)
        } else {
            None
        }
    }

    /// The scheme of a request that has one, even if nothing usable follows it.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        authorization::scheme(headers)
    }

    /// The name, as challenges write it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

/// A token as it was presented. Nobody has looked at its characters yet.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'a> {
    pub(crate) scheme: Scheme,
    pub(crate) token: Unread<'a>,
}

impl<'a> Presented<'a> {
    /// Finds the one token of a request in its lines of `Authorization`; `Ok(None)` if there are
    /// none. Where DPoP is not configured, its scheme is one like any other.
    pub(crate) fn find(
        lines: impl IntoIterator<Item = &'a HeaderValue>,
        dpop: bool,
    ) -> Result<Option<Self>, CredentialError> {
        let found = authorization::find(lines, |scheme| dpop || scheme == Scheme::Bearer)?;
        Ok(found.map(|(scheme, token)| Self { scheme, token }))
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;

    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (AUTHORIZATION, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn dpop_is_a_scheme_where_it_is_configured() {
        for line in ["DPoP a.b.c", "dpop  a.b.c", "DPOP a.b.c "] {
            let headers = headers(&[line]);
            let found = Presented::find(headers.get_all(AUTHORIZATION), true).unwrap().unwrap();
            assert_eq!((found.scheme, found.token.read()), (Scheme::Dpop, Ok("a.b.c")));
            let foreign = Presented::find(headers.get_all(AUTHORIZATION), false).err();
            assert_eq!(foreign, Some(CredentialError::UnsupportedScheme));
        }
        for line in ["DPoP", "DPoP ", "DPoP a b", "DPoP a,b", "DPoP a, DPoP b", "DPoP\ta"] {
            let headers = headers(&[line]);
            let found = Presented::find(headers.get_all(AUTHORIZATION), true);
            let read = found.and_then(|found| found.map(|it| it.token.read()).transpose());
            assert_eq!(read, Err(CredentialError::Malformed));
            assert_eq!(
                Presented::find(headers.get_all(AUTHORIZATION), false).err(),
                Some(CredentialError::UnsupportedScheme)
            );
            assert_eq!(Scheme::of(&headers), Some(Scheme::Dpop));
        }
        let two = headers(&["DPoP a", "Bearer a"]);
        assert_eq!(
            Presented::find(two.get_all(AUTHORIZATION), true).err(),
            Some(CredentialError::Duplicate)
        );
        assert_eq!(Scheme::of(&two), None);
        assert_eq!(Scheme::of(&headers(&["Basic x"])), None);
        assert_eq!(Scheme::of(&headers(&[])), None);
    }
}
