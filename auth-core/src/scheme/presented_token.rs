//! The one access token of a request, wherever it is.

use std::fmt;
use std::ops::Range;

use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::authorization::{self, RawToken};
use super::token_location::Place;
use super::{BearerPrefixes, CredentialError, TokenLocation, cookie};

/// The scheme under which a token was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenScheme {
    /// [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
    Bearer,
    /// [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)
    Dpop,
}

impl TokenScheme {
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

    /// The scheme of a request that has one in `Authorization`, even if nothing usable follows it.
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

/// A token as it was presented, found once for each request. Nothing has looked at its characters
/// yet.
#[derive(Clone)]
pub(crate) struct PresentedToken {
    scheme: TokenScheme,
    /// The value that the token is in; shares the memory of the request.
    value: HeaderValue,
    range: Range<usize>,
    is_cookie: bool,
}

/// Two are the same if they present the same token in the same way.
impl PartialEq for PresentedToken {
    fn eq(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.is_cookie == other.is_cookie
            && self.raw().bytes() == other.raw().bytes()
    }
}

impl Eq for PresentedToken {}

impl PresentedToken {
    /// Finds the one token of a request in these places; `Ok(None)` if there is none.
    ///
    /// A scheme of `Authorization` that is not accepted is passed over where another place has a
    /// token: it belongs to someone else. So does a bearer token with one of the prefixes.
    pub(crate) fn find(
        request: &Parts,
        locations: &[TokenLocation],
        accepts: impl Fn(TokenScheme) -> bool,
        prefixes: &BearerPrefixes,
    ) -> Result<Option<Self>, CredentialError> {
        // Nearly always there is one place, and nothing to be distinguished.
        if let [TokenLocation(Place::Authorization)] = locations {
            return Self::in_authorization(&request.headers, accepts, prefixes);
        }
        let mut found: Option<Self> = None;
        let mut foreign = None;
        for location in locations {
            let here = match &location.0 {
                Place::Authorization => {
                    match Self::in_authorization(&request.headers, &accepts, prefixes) {
                        Err(error) if !error.is_invalid_request() => {
                            foreign = Some(error);
                            continue;
                        }
                        outcome => outcome?,
                    }
                }
                // Elsewhere there is no scheme: anyone who has the token may use it.
                _ if !accepts(TokenScheme::Bearer) => continue,
                Place::Header(name) => {
                    let values = request.headers.get_all(name).iter();
                    only(values.map(|value| (value, trimmed(value))))?
                        .map(|(value, range)| Self::bearer(value.clone(), range))
                }
                Place::Cookie(name) => {
                    only(cookie(&request.headers, name))?.map(|(line, range)| Self {
                        is_cookie: true,
                        ..Self::bearer(line.clone(), range)
                    })
                }
                Place::WebSocketProtocol(prefix) => only(protocols(&request.headers, prefix))?
                    .map(|(line, range)| Self::bearer(line.clone(), range)),
                Place::Query { parameter, route } => {
                    match TokenLocation::query_of(request, parameter, route)? {
                        Some(value) => {
                            let range = 0..value.len();
                            Some(Self::bearer(value, range))
                        }
                        None => None,
                    }
                }
            };
            match (&found, here) {
                (Some(_), Some(_)) => return Err(CredentialError::Several),
                (None, Some(here)) => found = Some(here),
                (_, None) => {}
            }
        }
        match (found, foreign) {
            (None, Some(error)) => Err(error),
            (found, _) => Ok(found),
        }
    }

    fn in_authorization(
        headers: &HeaderMap,
        accepts: impl Fn(TokenScheme) -> bool,
        prefixes: &BearerPrefixes,
    ) -> Result<Option<Self>, CredentialError> {
        let Some(found) = authorization::find(headers.get_all(AUTHORIZATION), accepts)? else {
            return Ok(None);
        };
        let token = Self {
            scheme: found.scheme,
            value: found.line.clone(),
            range: found.token,
            is_cookie: false,
        };
        if token.scheme == TokenScheme::Bearer && prefixes.claim(token.raw().bytes()) {
            return Err(CredentialError::UnsupportedToken);
        }
        Ok(Some(token))
    }

    const fn bearer(value: HeaderValue, range: Range<usize>) -> Self {
        Self { scheme: TokenScheme::Bearer, value, range, is_cookie: false }
    }

    pub(crate) const fn scheme(&self) -> TokenScheme {
        self.scheme
    }

    /// Whether the token was in a cookie, which browsers send on their own.
    pub(crate) const fn is_cookie(&self) -> bool {
        self.is_cookie
    }

    pub(crate) fn raw(&self) -> RawToken<'_> {
        RawToken::new(self.value.as_bytes().get(self.range.clone()).unwrap_or_default())
    }
}

/// Shows nothing of the token.
impl fmt::Debug for PresentedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedToken").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

/// The only one of these.
fn only<T>(mut found: impl Iterator<Item = T>) -> Result<Option<T>, CredentialError> {
    let first = found.next();
    if found.next().is_some() { Err(CredentialError::Duplicate) } else { Ok(first) }
}

/// The value without the white space around.
fn trimmed(value: &HeaderValue) -> Range<usize> {
    let bytes = value.as_bytes();
    let start = bytes.len() - bytes.trim_ascii_start().len();
    start..start + bytes.trim_ascii().len()
}

/// The protocols that begin with this, and what follows it in them
/// ([RFC 6455 §11.3.4](https://www.rfc-editor.org/rfc/rfc6455#section-11.3.4)).
fn protocols<'a>(
    headers: &'a HeaderMap,
    prefix: &'a str,
) -> impl Iterator<Item = (&'a HeaderValue, Range<usize>)> {
    headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().flat_map(move |line| {
        let bytes = line.as_bytes();
        let mut start = 0;
        std::iter::from_fn(move || {
            let rest = bytes.get(start..)?;
            let length = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
            let element = rest.get(..length)?;
            let from = start + (element.len() - element.trim_ascii_start().len());
            let range = from..from + element.trim_ascii().len();
            start += length + 1;
            Some(range)
        })
        .filter_map(move |range| {
            let element = bytes.get(range.clone())?;
            element
                .starts_with(prefix.as_bytes())
                .then(|| (line, range.start + prefix.len()..range.end))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, &'static str)]) -> Parts {
        let mut builder = http::Request::get("/live?access_token=q.u%2Ee&x=1");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap().into_parts().0
    }

    type Found = Result<Option<(TokenScheme, String)>, CredentialError>;

    fn find(request: &Parts, locations: &[TokenLocation], dpop: bool) -> Found {
        let accepts = |scheme| dpop || scheme == TokenScheme::Bearer;
        let prefixes = BearerPrefixes::new(["acme_".into()]);
        let found = PresentedToken::find(request, locations, accepts, &prefixes)?;
        found.map(|it| Ok((it.scheme(), it.raw().read()?.to_owned()))).transpose()
    }

    fn is_bearer(found: &Found, token: &str) -> bool {
        *found == Ok(Some((TokenScheme::Bearer, token.to_owned())))
    }

    const DEFAULT: &[TokenLocation] = &[TokenLocation::AUTHORIZATION];

    #[test]
    fn dpop_is_a_scheme_where_it_is_configured() {
        for line in ["DPoP a.b.c", "dpop  a.b.c", "DPOP a.b.c "] {
            let request = request(&[("authorization", line)]);
            let dpop = Ok(Some((TokenScheme::Dpop, "a.b.c".to_owned())));
            assert_eq!(find(&request, DEFAULT, true), dpop);
            assert_eq!(find(&request, DEFAULT, false), Err(CredentialError::UnsupportedScheme));
        }
        for line in ["DPoP", "DPoP ", "DPoP a b", "DPoP a,b", "DPoP a, DPoP b", "DPoP\ta"] {
            let request = request(&[("authorization", line)]);
            assert_eq!(find(&request, DEFAULT, true), Err(CredentialError::Malformed));
            assert_eq!(find(&request, DEFAULT, false), Err(CredentialError::UnsupportedScheme));
            assert_eq!(TokenScheme::of(&request.headers), Some(TokenScheme::Dpop));
        }
        let two = request(&[("authorization", "DPoP a"), ("authorization", "Bearer a")]);
        assert_eq!(find(&two, DEFAULT, true), Err(CredentialError::Duplicate));
        assert_eq!(TokenScheme::of(&two.headers), None);
        assert_eq!(TokenScheme::of(&request(&[("authorization", "Basic x")]).headers), None);
        assert_eq!(TokenScheme::of(&request(&[]).headers), None);
    }

    #[test]
    fn a_token_is_only_where_it_is_asked_for() {
        let all = request(&[
            ("authorization", "Bearer a"),
            ("x-token", " h.e "),
            ("cookie", "theme=dark; token=c.o"),
            ("sec-websocket-protocol", "chat, bearer.w.s"),
        ]);
        let header = TokenLocation::header(http::HeaderName::from_static("x-token"));
        let cookie = TokenLocation::cookie("token");
        let socket = TokenLocation::web_socket_protocol("bearer.");
        assert!(is_bearer(&find(&all, DEFAULT, false), "a"));
        assert!(is_bearer(&find(&all, &[header], false), "h.e"));
        assert!(is_bearer(&find(&all, std::slice::from_ref(&cookie), false), "c.o"));
        assert!(is_bearer(&find(&all, &[socket], false), "w.s"));
        let both = [TokenLocation::AUTHORIZATION, cookie];
        assert_eq!(find(&all, &both, false), Err(CredentialError::Several));
    }

    #[test]
    fn another_scheme_does_not_hide_a_token() {
        let staging = request(&[("authorization", "Basic eDp5"), ("cookie", "token=c")]);
        let both = [TokenLocation::AUTHORIZATION, TokenLocation::cookie("token")];
        assert!(is_bearer(&find(&staging, &both, false), "c"));
        let without = request(&[("authorization", "Basic eDp5")]);
        assert_eq!(find(&without, &both, false), Err(CredentialError::UnsupportedScheme));
    }

    #[test]
    fn a_token_of_another_scheme_is_no_access_token() {
        for line in ["Bearer acme_1", "bearer   acme_1 ", "Bearer acme_", "Bearer acme_ a"] {
            let key = request(&[("authorization", line)]);
            let found = find(&key, DEFAULT, true);
            assert_eq!(found, Err(CredentialError::UnsupportedToken), "{line}");
        }
        let dpop = request(&[("authorization", "DPoP acme_1")]);
        assert_eq!(find(&dpop, DEFAULT, true), Ok(Some((TokenScheme::Dpop, "acme_1".into()))));
        let both = [TokenLocation::AUTHORIZATION, TokenLocation::cookie("token")];
        let beside = request(&[("authorization", "Bearer acme_1"), ("cookie", "token=c")]);
        assert!(is_bearer(&find(&beside, &both, false), "c"));
    }

    #[test]
    fn two_cookies_of_the_name_are_refused() {
        let two = request(&[("cookie", "token=a; token=a")]);
        let cookie = [TokenLocation::cookie("token")];
        assert_eq!(find(&two, &cookie, false), Err(CredentialError::Duplicate));
    }

    #[test]
    fn the_query_is_read_on_its_route_alone() {
        let mut here = request(&[]);
        let query = [TokenLocation::query("access_token", "/live")];
        assert_eq!(find(&here, &query, false), Ok(None), "no route is known");
        here.uri = http::Uri::from_static("/other?access_token=x");
        assert_eq!(find(&here, &query, false), Ok(None));
    }

    #[test]
    fn debug_shows_nothing_of_the_token() {
        let request = request(&[("authorization", "Bearer a.secret.b")]);
        let prefixes = BearerPrefixes::default();
        let found = PresentedToken::find(&request, DEFAULT, |_| true, &prefixes).unwrap();
        assert!(!format!("{found:?}").contains("secret"));
    }
}
