//! Where in a request an access token is.

use std::borrow::Cow;

use axum::extract::MatchedPath;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::challenge::is_token;
use super::{CredentialError, cookie};

/// Where in a request an access token is: a setting of
/// [`AuthenticatorBuilder::token_locations`](crate::authenticator::AuthenticatorBuilder::token_locations).
///
/// `Authorization` is the default, and the right place for every client that can set a header. Each
/// of the others has a danger of its own, and is read only if it is asked for. A token that is bound
/// to a DPoP key is in `Authorization` alone ([RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
///
/// ```
/// use auth_core::Authenticator;
/// use auth_core::scheme::TokenLocation;
///
/// let builder = Authenticator::builder()
///     .token_locations([TokenLocation::AUTHORIZATION, TokenLocation::cookie("__Host-token")])
///     .trusted_origins(["https://app.example.com"]);
/// # drop(builder);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLocation(pub(super) Place);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Authorization,
    Header(HeaderName),
    Cookie(Cow<'static, str>),
    WebSocketProtocol(Cow<'static, str>),
    Query { parameter: Cow<'static, str>, route: Cow<'static, str> },
}

impl TokenLocation {
    /// `Authorization: Bearer <token>`
    /// ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)): the default.
    pub const AUTHORIZATION: Self = Self(Place::Authorization);

    /// The token alone in this header, as some gateways pass it on.
    ///
    /// A client that can reach the service without the gateway can set the header, too. That is no danger,
    /// since the token itself is verified.
    #[must_use]
    pub const fn header(name: HeaderName) -> Self {
        Self(Place::Header(name))
    }

    /// The token in the cookie of this name.
    ///
    /// Browsers send it on their own, so requests that could change something and were caused by
    /// another site are rejected with 403: see
    /// [`trusted_origins`](crate::authenticator::AuthenticatorBuilder::trusted_origins). Set the cookie
    /// with `HttpOnly`, `Secure`, `SameSite` and the prefix `__Host-`.
    #[must_use]
    pub fn cookie(name: impl Into<Cow<'static, str>>) -> Self {
        Self(Place::Cookie(name.into()))
    }

    /// The token in `Sec-WebSocket-Protocol`, after this prefix: `bearer.<token>` for `"bearer."`.
    /// The WebSocket API of browsers can set no other header.
    ///
    /// The client offers a second protocol, and the handler chooses that one: the server has to name
    /// one of those that were offered, and must not send the token back.
    #[must_use]
    pub fn web_socket_protocol(prefix: impl Into<Cow<'static, str>>) -> Self {
        Self(Place::WebSocketProtocol(prefix.into()))
    }

    /// The token in this parameter of the query, at one route alone, as its path is written in the
    /// router: `/events/{topic}`. For clients that can set no header, such as an `EventSource` or a
    /// link to a download.
    ///
    /// Addresses are written to logs, to the history of browsers and into `Referer`: use tokens that
    /// live for a minute, and for this route only
    /// ([RFC 6750 §2.3](https://www.rfc-editor.org/rfc/rfc6750#section-2.3)). There is no way to accept
    /// them at every route.
    #[must_use]
    pub fn query(
        parameter: impl Into<Cow<'static, str>>,
        route: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Place::Query { parameter: parameter.into(), route: route.into() })
    }

    /// Whether it is `Authorization`.
    pub(crate) const fn is_authorization(&self) -> bool {
        matches!(self.0, Place::Authorization)
    }

    /// Whether headers have something there, usable or not. Of the query they tell nothing.
    pub(crate) fn may_be_in(&self, headers: &HeaderMap) -> bool {
        match &self.0 {
            Place::Authorization => headers.contains_key(http::header::AUTHORIZATION),
            Place::Header(name) => headers.contains_key(name),
            Place::Cookie(name) => cookie(headers, name).next().is_some(),
            Place::WebSocketProtocol(_) => {
                headers.contains_key(http::header::SEC_WEBSOCKET_PROTOCOL)
            }
            Place::Query { .. } => false,
        }
    }

    /// Whether it is in the query, and of which route.
    pub(crate) fn route(&self) -> Option<&str> {
        match &self.0 {
            Place::Query { route, .. } => Some(route),
            _ => None,
        }
    }

    /// The name of the cookie, if it is one.
    pub(crate) fn cookie_name(&self) -> Option<&str> {
        match &self.0 {
            Place::Cookie(name) => Some(name),
            _ => None,
        }
    }

    /// The header, if the location is in one and not in `Authorization`.
    pub(crate) fn header_name(&self) -> Option<&HeaderName> {
        match &self.0 {
            Place::Header(name) => Some(name),
            _ => None,
        }
    }

    /// Why a token cannot be there; nothing, as a rule.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        match &self.0 {
            Place::Header(name) if *name == http::header::AUTHORIZATION => {
                Some("for `Authorization` there is `TokenLocation::AUTHORIZATION`")
            }
            Place::Header(name) if *name == http::header::COOKIE => {
                Some("for a cookie there is `TokenLocation::cookie(..)`")
            }
            Place::Cookie(name) if !is_token(name) => Some("no cookie has such a name"),
            Place::WebSocketProtocol(prefix) if !is_token(prefix) => {
                Some("no protocol begins with that")
            }
            Place::Query { route, .. } if !route.starts_with('/') || route.contains("{*") => {
                Some("the query is read at one route, written as in the router, without wildcards")
            }
            Place::Query { parameter, .. } if parameter.is_empty() => {
                Some("the parameter of the query has no name")
            }
            _ => None,
        }
    }

    /// The one token in the query of a request, if the request has come to the route.
    pub(super) fn query_of(
        request: &Parts,
        parameter: &str,
        route: &str,
    ) -> Result<Option<HeaderValue>, CredentialError> {
        let is_there =
            request.extensions.get::<MatchedPath>().is_some_and(|path| path.as_str() == route);
        let Some(query) = request.uri.query().filter(|_| is_there) else { return Ok(None) };
        let mut values = query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name == parameter).then_some(value)
        });
        let (Some(value), further) = (values.next(), values.next()) else { return Ok(None) };
        if further.is_some() {
            return Err(CredentialError::Duplicate);
        }
        let decoded = decoded(value).and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
        let mut value = decoded.ok_or(CredentialError::Malformed)?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// The bytes behind `%xx` ([RFC 3986 §2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)).
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        decoded.push(u8::try_from(value).ok()?);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_are_read_and_odd_ones_refused() {
        assert_eq!(decoded("a.b").as_deref(), Some(&b"a.b"[..]));
        assert_eq!(decoded("a%2Eb%3d").as_deref(), Some(&b"a.b="[..]));
        for odd in ["%", "%2", "%zz", "a%"] {
            assert_eq!(decoded(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_place_where_no_token_can_be_is_a_mistake() {
        let mistaken = [
            TokenLocation::header(http::header::AUTHORIZATION),
            TokenLocation::header(http::header::COOKIE),
            TokenLocation::cookie("a b"),
            TokenLocation::cookie(""),
            TokenLocation::web_socket_protocol(""),
            TokenLocation::web_socket_protocol("a,"),
            TokenLocation::query("access_token", "/{*rest}"),
            TokenLocation::query("access_token", "live"),
            TokenLocation::query("", "/live"),
        ];
        for location in mistaken {
            assert!(location.mistake().is_some(), "{location:?}");
        }
        assert_eq!(TokenLocation::query("access_token", "/live/{id}").mistake(), None);
        assert_eq!(TokenLocation::AUTHORIZATION.mistake(), None);
    }
}
