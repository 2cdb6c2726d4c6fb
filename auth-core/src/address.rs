//! Addresses that clients are sent to.

use std::net::IpAddr;

use http::Uri;

/// Whether a client can trust what it fetches from there: an absolute `https` URL, or `http` of a
/// loopback host, where no one listens in on the way
/// ([RFC 8252 §8.3](https://www.rfc-editor.org/rfc/rfc8252#section-8.3)).
///
/// User information and a fragment are no part of an address that is published to everyone.
pub(crate) fn is_trustworthy(url: &str) -> bool {
    parse(url).is_some()
}

/// The parts of a [trustworthy](is_trustworthy) address.
pub(crate) fn parse(url: &str) -> Option<Uri> {
    parse_if(url, is_loopback)
}

/// The parts of an address that is `https`, or `http` of a host that is accepted so.
pub(crate) fn parse_if(url: &str, is_accepted_by_http: impl Fn(&str) -> bool) -> Option<Uri> {
    // `Uri` reads the fragment and drops it.
    if url.contains('#') {
        return None;
    }
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?.as_str();
    if authority.contains('@') {
        return None;
    }
    let host = uri.host().filter(|host| !host.is_empty())?;
    match uri.scheme_str()? {
        "https" => Some(uri),
        "http" if is_accepted_by_http(host) => Some(uri),
        _ => None,
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_can_be_trusted() {
        for url in [
            "https://api.example.com",
            "https://api.example.com/",
            "https://api.example.com:8443/v1?tenant=a",
            "HTTPS://API.EXAMPLE.COM",
            "http://localhost:3000/x",
            "http://127.0.0.1:3000",
            "http://127.9.0.1",
            "http://[::1]:3000/",
        ] {
            assert!(is_trustworthy(url), "{url}");
        }
    }

    #[test]
    fn other_urls_cannot_be_trusted() {
        for url in [
            "",
            "/relative",
            "api.example.com",
            "//api.example.com/x",
            "https://",
            "https:///x",
            "http://api.example.com",
            "http://localhost.evil.test",
            "http://127.0.0.1.evil.test",
            "http://[::2]",
            "ftp://api.example.com",
            "javascript:alert(1)",
            "https://localhost@evil.test/",
            "http://localhost@evil.test/",
            "https://api.example.com/#part",
            "https://api.example.com/a b",
            "https://api.example.com/\n",
        ] {
            assert!(!is_trustworthy(url), "{url}");
        }
    }
}
