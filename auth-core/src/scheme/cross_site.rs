//! Cross-site requests: those that the page of a stranger makes a browser send, with the cookies of
//! its user.
//!
//! A browser says where a request comes from: `Sec-Fetch-Site`
//! ([Fetch Metadata §2.3](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)), and `Origin`
//! ([RFC 6454 §7](https://www.rfc-editor.org/rfc/rfc6454#section-7)). Scripts can set neither. A
//! request that could change something needs one of them to speak for it.

use http::header::{ORIGIN, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, Uri};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins whose pages may send requests that change something, beside the pages of the service
/// itself; and the question whether a request is cross-site.
///
/// Guards ask it for credentials that browsers send on their own, with the origins of
/// [`AuthenticatorBuilder::trusted_origins`](crate::authenticator::AuthenticatorBuilder::trusted_origins).
/// This type is for endpoints that take no credential and still let a browser keep something of the
/// answer: at a sign-in, the page of a stranger could sign its visitor in to the stranger's account.
/// Behind [`Router::protect`](crate::Router::protect) such a handler takes the extractor
/// [`NotCrossSite`](crate::web::NotCrossSite), which asks with the origins of the authenticator.
///
/// A request is accepted
/// - if it can change nothing: `GET`, `HEAD` and `OPTIONS`
///   ([RFC 9110 §9.2.1](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1)), but for one with
///   `Upgrade`, since the handshake of a WebSocket opens a connection to write to;
/// - if `Sec-Fetch-Site` is `same-origin` or `none`
///   ([Fetch Metadata §2.3](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)): a page of
///   the service itself, or the act of the user;
/// - if `Origin` ([RFC 6454 §7](https://www.rfc-editor.org/rfc/rfc6454#section-7)) is one of these
///   origins. It is never compared with `Host`, and `null` is no one's.
///
/// Everything else is cross-site: another host of the same site, a header that is there twice, and a
/// request with neither header, which no browser of today sends. A browser sends `Sec-Fetch-Site` to
/// `https` and to loopback hosts only: a service on plain HTTP lists its own origin here too.
///
/// ```
/// use auth_core::scheme::{CrossSite, TrustedOrigins};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let origins = TrustedOrigins::new(["https://app.example.com"])?;
/// let request = |name, value| http::Request::post("/sign-in").header(name, value).body(());
/// let (own, ()) = request("sec-fetch-site", "same-origin")?.into_parts();
/// let (trusted, ()) = request("origin", "https://app.example.com")?.into_parts();
/// let (other, ()) = request("origin", "https://evil.example.net")?.into_parts();
/// assert_eq!(origins.check(&own), Ok(()));
/// assert_eq!(origins.check(&trusted), Ok(()));
/// assert_eq!(origins.check(&other), Err(CrossSite::OtherOrigin));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedOrigins(Vec<String>);

/// Why a request counts as cross-site: see [`TrustedOrigins`].
///
/// It converts into the [`AuthError`](crate::AuthError) of such a request, which is answered with 403
/// `cross_site_request`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CrossSite {
    /// `Sec-Fetch-Site` says that the page of another host sent it, and its `Origin` is not trusted.
    #[error("`Sec-Fetch-Site` names another host, and its `Origin` is not a trusted origin")]
    OtherHost,
    /// There is no `Sec-Fetch-Site`, and the `Origin` is not trusted.
    #[error("there is no `Sec-Fetch-Site`, and `Origin` is not a trusted origin")]
    OtherOrigin,
    /// Neither header is there.
    #[error("there is neither `Sec-Fetch-Site` nor `Origin`")]
    NoOrigin,
    /// One of the headers is there more than once, or says what no browser says.
    #[error("`Sec-Fetch-Site` or `Origin` is there more than once, or says what no browser says")]
    Unclear,
}

crate::wording::debug_in_words!(CrossSite);

impl CrossSite {
    /// A stable name of the reason, for metrics and audit events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherHost => "other_host",
            Self::OtherOrigin => "other_origin",
            Self::NoOrigin => "no_origin",
            Self::Unclear => "unclear_origin",
        }
    }
}

/// A text that is no origin: a scheme (`https` or `http`), a host and a port that may be left out.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an origin\nhelp: a scheme, a host and a port that is not the default: `https://app.example.com`"
)]
pub struct InvalidOrigin(pub String);

crate::wording::debug_in_words!(InvalidOrigin);

impl TrustedOrigins {
    /// These origins, each as browsers write it or with the default port or a slash more:
    /// `https://app.example.com`. With none of them, the pages of the service alone are trusted.
    ///
    /// # Errors
    /// If one is not an origin.
    pub fn new<O: AsRef<str>>(origins: impl IntoIterator<Item = O>) -> Result<Self, InvalidOrigin> {
        let mut trusted = Self::default();
        for origin in origins {
            trusted.add(origin.as_ref())?;
        }
        Ok(trusted)
    }

    /// Adds an origin.
    pub(crate) fn add(&mut self, origin: &str) -> Result<(), InvalidOrigin> {
        let origin = normal(origin).ok_or_else(|| InvalidOrigin(origin.to_owned()))?;
        self.0.push(origin);
        Ok(())
    }

    /// The origins, as browsers write them: to give them to
    /// [`AuthenticatorBuilder::trusted_origins`](crate::authenticator::AuthenticatorBuilder::trusted_origins),
    /// too.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the page of a stranger may have caused this request, which could change something.
    #[must_use]
    pub fn is_cross_site(&self, request: &Parts) -> bool {
        self.check(request).is_err()
    }

    /// The same, with the reason.
    ///
    /// # Errors
    /// If the request is cross-site. Its refusal depends on both headers, so it should carry
    /// `Vary: Sec-Fetch-Site, Origin`; that of an [`AuthError`](crate::AuthError) does.
    pub fn check(&self, request: &Parts) -> Result<(), CrossSite> {
        if is_safe(request) {
            return Ok(());
        }
        let otherwise = match only(&request.headers, &SEC_FETCH_SITE) {
            // The application's own page, or the user's own act, such as a bookmark.
            Found::One("same-origin" | "none") => return Ok(()),
            // Another host of the same site is someone else's, unless the application says more.
            Found::One("same-site" | "cross-site") => CrossSite::OtherHost,
            Found::Nothing => CrossSite::OtherOrigin,
            // No browser says anything else.
            Found::One(_) | Found::Unclear => return Err(CrossSite::Unclear),
        };
        match only(&request.headers, &ORIGIN) {
            // Browsers write an origin in this form; `null` is no one's.
            Found::One(origin) if self.0.iter().any(|trusted| trusted == origin) => Ok(()),
            Found::Nothing if otherwise == CrossSite::OtherOrigin => Err(CrossSite::NoOrigin),
            Found::One(_) | Found::Nothing => Err(otherwise),
            Found::Unclear => Err(CrossSite::Unclear),
        }
    }
}

/// Whether the request can change nothing (RFC 9110 §9.2.1). The handshake of a WebSocket is a `GET`
/// that opens a connection to write to.
fn is_safe(request: &Parts) -> bool {
    matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS)
        && !request.headers.contains_key(UPGRADE)
}

enum Found<'a> {
    Nothing,
    One(&'a str),
    Unclear,
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Found<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Found::Nothing,
        (Some(Ok(value)), None) => Found::One(value),
        _ => Found::Unclear,
    }
}

/// An origin as browsers write it ([RFC 6454 §6.1](https://www.rfc-editor.org/rfc/rfc6454#section-6.1)):
/// scheme, host and a port that is not the default.
fn normal(origin: &str) -> Option<String> {
    let uri: Uri = origin.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let authority = uri.authority()?;
    let is_whole = matches!(uri.path(), "" | "/")
        && uri.query().is_none()
        && !authority.as_str().contains('@')
        && !origin.contains('#')
        && !authority.host().is_empty();
    let default = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let host = authority.host().to_ascii_lowercase();
    let port = match uri.port() {
        None => None,
        Some(port) => Some(port.as_str().parse::<u16>().ok()?),
    };
    is_whole.then(|| match port.filter(|port| *port != default) {
        None => format!("{scheme}://{host}"),
        Some(port) => format!("{scheme}://{host}:{port}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted() -> TrustedOrigins {
        TrustedOrigins::new(["https://App.example.com:443/"]).unwrap()
    }

    fn is_refused(method: &str, headers: &[(&'static str, &'static str)]) -> bool {
        check(method, headers).is_err()
    }

    fn check(method: &str, headers: &[(&'static str, &'static str)]) -> Result<(), CrossSite> {
        let mut builder = http::Request::builder().method(method).uri("/orders");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let request = builder.body(()).unwrap().into_parts().0;
        let outcome = trusted().check(&request);
        assert_eq!(trusted().is_cross_site(&request), outcome.is_err());
        outcome
    }

    #[test]
    fn a_cross_site_request_is_one_for_a_reason() {
        for (headers, reason) in [
            (&[][..], CrossSite::NoOrigin),
            (&[("origin", "null")], CrossSite::OtherOrigin),
            (&[("sec-fetch-site", "cross-site")], CrossSite::OtherHost),
            (&[("sec-fetch-site", "same-site"), ("origin", "null")], CrossSite::OtherHost),
            (&[("origin", "null"), ("origin", "null")], CrossSite::Unclear),
            (&[("sec-fetch-site", "none"), ("sec-fetch-site", "none")], CrossSite::Unclear),
            (&[("sec-fetch-site", "Same-Origin")], CrossSite::Unclear),
            (&[("sec-fetch-site", ""), ("origin", "https://app.example.com")], CrossSite::Unclear),
            (&[("sec-fetch-site", "x"), ("origin", "https://app.example.com")], CrossSite::Unclear),
        ] {
            assert_eq!(check("POST", headers), Err(reason), "{headers:?}");
        }
    }

    #[test]
    fn origins_are_kept_as_browsers_write_them() {
        assert_eq!(trusted().iter().collect::<Vec<_>>(), ["https://app.example.com"]);
        let invalid = TrustedOrigins::new(["https://a.test", "a.test"]).unwrap_err();
        assert_eq!(invalid, InvalidOrigin("a.test".to_owned()));
    }

    #[test]
    fn a_request_that_can_change_something_needs_a_word_of_the_browser() {
        for (headers, refused) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "")], true),
            (&[("origin", "https://app.example.com")], false),
            (&[("origin", "http://app.example.com")], true),
            (&[("origin", "https://app.example.com.evil.test")], true),
            (&[("origin", "null")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://app.example.com")], false),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://evil.example.com")], true),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none")], true),
            (&[("origin", "https://app.example.com"), ("origin", "https://evil.test")], true),
        ] {
            for method in ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND"] {
                assert_eq!(is_refused(method, headers), refused, "{method} {headers:?}");
            }
        }
    }

    #[test]
    fn a_request_that_changes_nothing_may_come_from_anywhere() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(!is_refused(method, &[]));
            assert!(!is_refused(method, &[("sec-fetch-site", "cross-site")]));
        }
    }

    #[test]
    fn a_web_socket_request_counts_as_a_change() {
        let socket = ("upgrade", "websocket");
        assert!(is_refused("GET", &[socket]));
        assert!(is_refused("GET", &[socket, ("origin", "https://evil.test")]));
        assert!(!is_refused("GET", &[socket, ("origin", "https://app.example.com")]));
        assert!(!is_refused("GET", &[socket, ("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        for (text, expected) in [
            ("https://a.test", Some("https://a.test")),
            ("https://A.test:443", Some("https://a.test")),
            ("http://localhost:3000/", Some("http://localhost:3000")),
            ("http://[::1]:80", Some("http://[::1]")),
            ("https://a.test/path", None),
            ("https://a.test?x", None),
            ("https://user@a.test", None),
            ("a.test", None),
            ("*", None),
            ("null", None),
            ("", None),
            ("ftp://a.test", None),
        ] {
            assert_eq!(normal(text).as_deref(), expected, "{text}");
        }
    }
}
