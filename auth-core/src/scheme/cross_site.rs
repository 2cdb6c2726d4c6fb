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

/// The origins whose pages may send requests with the cookies of this API.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedOrigins(Vec<String>);

impl TrustedOrigins {
    /// Adds an origin; false if it is none.
    pub(crate) fn add(&mut self, origin: &str) -> bool {
        let valid = normal(origin);
        if let Some(origin) = &valid {
            self.0.push(origin.clone());
        }
        valid.is_some()
    }

    /// Whether a request with a credential that browsers send on their own may be one that the page
    /// of a stranger has caused.
    pub(crate) fn is_cross_site(&self, request: &Parts) -> bool {
        if is_safe(request) {
            return false;
        }
        match only(&request.headers, &SEC_FETCH_SITE) {
            // The application's own page, or the user's own act, such as a bookmark.
            Found::One("same-origin" | "none") => false,
            // Another host of the same site is someone else's, unless the application says more.
            Found::One(_) | Found::Nothing => !self.trusts_origin_of(&request.headers),
            Found::Unclear => true,
        }
    }

    fn trusts_origin_of(&self, headers: &HeaderMap) -> bool {
        match only(headers, &ORIGIN) {
            // Browsers write an origin in this form; `null` is no one's.
            Found::One(origin) => self.0.iter().any(|trusted| trusted == origin),
            Found::Nothing | Found::Unclear => false,
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
        let mut origins = TrustedOrigins::default();
        assert!(origins.add("https://App.example.com:443/"));
        origins
    }

    fn is_refused(method: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let mut builder = http::Request::builder().method(method).uri("/orders");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        trusted().is_cross_site(&builder.body(()).unwrap().into_parts().0)
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
