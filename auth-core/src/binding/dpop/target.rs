//! The address that a proof is for (`htu`).

use crate::address;

/// How this API is addressed from outside: scheme, host, port, and the path that a proxy in front
/// takes away, all in their normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin(String);

impl Origin {
    /// Reads the origin that an application is configured with: `https`, or `http` of a loopback
    /// host; without query and fragment.
    pub(super) fn parse(url: &str) -> Option<Self> {
        address::parse(url)?;
        if url.contains('?') {
            return None;
        }
        let normal = normalize(url)?;
        Some(Self(normal.strip_suffix('/').unwrap_or(&normal).to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a request with this path, in its normal form.
    ///
    /// None for a path that cannot be in a proof. That is so for dot segments too: the router does
    /// not resolve them, so a proof must not be valid for the address that they would lead to.
    pub(super) fn target(&self, path: &str) -> Option<String> {
        let path = if path.is_empty() { "/" } else { path };
        if !path.starts_with('/') {
            return None;
        }
        let path = normalize_percent(path)?;
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return None;
        }
        Some(format!("{}{path}", self.0))
    }
}

/// The normal form of an absolute `http` or `https` URL
/// ([RFC 3986 §6.2.2, §6.2.3](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2)), without its
/// query and fragment ([RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3), check
/// 9). None if it is no such URL, or carries user information.
pub(super) fn normalize(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let (scheme, rest) = url.split_once("://")?;
    let (scheme, default_port) = if scheme.eq_ignore_ascii_case("https") {
        ("https", 443)
    } else if scheme.eq_ignore_ascii_case("http") {
        ("http", 80)
    } else {
        return None;
    };
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at_checked(slash)?,
        None => (rest, "/"),
    };
    let (host, port) = split_authority(authority)?;
    let port = match port {
        None | Some("") => default_port,
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            digits.parse::<u16>().ok()?
        }
        Some(_) => return None,
    };
    let mut normal = format!("{scheme}://{}", host.to_ascii_lowercase());
    if port != default_port {
        normal.push(':');
        normal.push_str(&port.to_string());
    }
    normal.push_str(&without_dots(&normalize_percent(path)?));
    Some(normal)
}

/// The host, with the brackets of an IPv6 address, and the port.
fn split_authority(authority: &str) -> Option<(&str, Option<&str>)> {
    let end = match authority.strip_prefix('[') {
        Some(address) => address.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at_checked(end)?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~[]:".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_part) {
        return None;
    }
    match rest {
        "" => Some((host, None)),
        port => Some((host, Some(port.strip_prefix(':')?))),
    }
}

/// A path whose percent-encoding is in its normal form: none where none is needed, and in capital
/// letters. None if it is broken, or if a character cannot be in a path.
fn normalize_percent(path: &str) -> Option<String> {
    let mut normal = String::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let high = hex(bytes.next()?)?;
                let low = hex(bytes.next()?)?;
                match high << 4 | low {
                    plain if is_unreserved(plain) => normal.push(char::from(plain)),
                    other => push_encoded(&mut normal, other),
                }
            }
            b'\\' | ..=0x20 | 0x7f => return None,
            plain if plain.is_ascii() => normal.push(char::from(plain)),
            other => push_encoded(&mut normal, other),
        }
    }
    Some(normal)
}

fn push_encoded(text: &mut String, byte: u8) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    text.extend(['%', digit(byte >> 4), digit(byte & 0x0f)]);
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// RFC 3986 §2.3
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// An absolute path without its dot segments (RFC 3986 §5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_urls_have_one_normal_form() {
        for url in [
            "https://api.test/a/b~c",
            "HTTPS://API.Test/a/b~c",
            "https://api.test:443/a/b~c",
            "https://api.test:/a/b~c",
            "https://api.test:0443/a/b~c",
            "https://api.test/%61/b%7Ec",
            "https://api.test/%61/b%7ec",
            "https://api.test/x/../a/./b~c",
            "https://api.test/x/%2e%2E/a/%2e/b~c",
            "https://api.test/../a/b~c",
            "https://api.test/a/b~c?q=1",
            "https://api.test/a/b~c#part",
            "https://api.test/a/b~c?q=a/../b#part",
        ] {
            assert_eq!(normalize(url).as_deref(), Some("https://api.test/a/b~c"), "{url}");
        }
        assert_eq!(normalize("http://[::1]:80").as_deref(), Some("http://[::1]/"));
        assert_eq!(normalize("http://[::1]:8080?x").as_deref(), Some("http://[::1]:8080/"));
        assert_eq!(normalize("https://a/ä").as_deref(), Some("https://a/%C3%A4"));
        assert_eq!(normalize("https://a/b/..").as_deref(), Some("https://a/"));
        assert_eq!(normalize("https://a/b/.").as_deref(), Some("https://a/b/"));
    }

    #[test]
    fn different_urls_have_different_normal_forms() {
        let normal = normalize("https://api.test/a/b");
        for url in [
            "http://api.test/a/b",
            "https://api.test:8443/a/b",
            "https://api.test:80/a/b",
            "https://api.test./a/b",
            "https://api.test/A/b",
            "https://api.test/a/b/",
            "https://api.test//a/b",
            "https://api.test/a%2Fb",
            "https://api.test/a/b;v=1",
            "https://api.test.evil.test/a/b",
            "https://xapi.test/a/b",
        ] {
            assert!(normalize(url).is_some(), "{url}");
            assert_ne!(normalize(url), normal, "{url}");
        }
    }

    #[test]
    fn a_malformed_url_has_no_normal_form() {
        for url in [
            "",
            "/a",
            "api.test/a",
            "//api.test/a",
            "https:/api.test/a",
            "https://",
            "https:///a",
            "ftp://api.test/a",
            " https://api.test/a",
            "https://api.test/a ",
            "https://api.test/a\n",
            "https://api.test\\@evil.test/a",
            "https://api.test/a\\b",
            "https://user@api.test/a",
            "https://user:pass@api.test/a",
            "https://api.test@evil.test/a",
            "https://api.test:x/a",
            "https://api.test:+443/a",
            "https://api.test:99999/a",
            "https://api.test:443:443/a",
            "https://[::1/a",
            "https://[::1]x/a",
            "https://%61pi.test/a",
            "https://äpi.test/a",
            "https://api.test/%",
            "https://api.test/%6",
            "https://api.test/%zz",
        ] {
            assert_eq!(normalize(url), None, "{url}");
        }
    }

    #[test]
    fn an_origin_is_a_trustworthy_address_and_may_have_a_path() {
        let target = |origin: &str, path| Origin::parse(origin).unwrap().target(path);
        for origin in ["https://API.test", "https://api.test/", "https://api.test:443"] {
            assert_eq!(target(origin, "/a").as_deref(), Some("https://api.test/a"));
            assert_eq!(target(origin, "").as_deref(), Some("https://api.test/"));
        }
        for origin in ["https://api.test/v1", "https://api.test/v1/"] {
            assert_eq!(target(origin, "/a").as_deref(), Some("https://api.test/v1/a"));
        }
        assert_eq!(target("http://127.0.0.1:3000", "/").as_deref(), Some("http://127.0.0.1:3000/"));
        for origin in
            ["http://api.test", "api.test", "https://api.test?x", "https://a@b", "https://a#b", ""]
        {
            assert_eq!(Origin::parse(origin), None, "{origin}");
        }
    }

    #[test]
    fn a_path_that_the_router_sees_otherwise_is_no_target() {
        let origin = Origin::parse("https://api.test").unwrap();
        for path in ["/a/../b", "/./a", "/%2e%2e/a", "/..", "*", "a", "/%", "/a\\b"] {
            assert_eq!(origin.target(path), None, "{path}");
        }
        assert_eq!(origin.target("/%61").as_deref(), Some("https://api.test/a"));
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own(url in r"https?://[a-zA-Z.]{1,6}(:[0-9]{0,5})?[/a-c.%0-9A-F\\?#@:]{0,20}") {
            if let Some(normal) = normalize(&url) {
                let again = normalize(&normal);
                prop_assert_eq!(again.as_deref(), Some(normal.as_str()));
                prop_assert!(!normal.contains(['?', '#', '\\']));
                let path = normal.split('/').skip(3);
                prop_assert!(path.into_iter().all(|segment| segment != "." && segment != ".."));
            }
        }

        #[test]
        fn another_spelling_of_a_path_is_the_same_address(
            segments in proptest::collection::vec("[a-zA-Z0-9._~-]{1,5}", 0..5),
            spelled in any::<u64>(),
        ) {
            prop_assume!(segments.iter().all(|segment| segment != "." && segment != ".."));
            let plain = format!("/{}", segments.join("/"));
            let encoded: String = plain.chars().enumerate().map(|(place, letter)| {
                if letter != '/' && spelled >> (place % 64) & 1 == 1 {
                    format!("%{:02x}", u32::from(letter))
                } else {
                    letter.to_string()
                }
            }).collect();
            let origin = Origin::parse("https://api.test").unwrap();
            let htu = normalize(&format!("HTTPS://api.TEST:443{encoded}?q"));
            prop_assert_eq!(&htu, &origin.target(&plain));
            prop_assert_eq!(htu, origin.target(&encoded));
        }

        #[test]
        fn nothing_panics(url in any::<String>()) {
            let _ = normalize(&url);
            let _ = normalize(&format!("https://{url}"));
            let _ = Origin::parse("https://a").unwrap().target(&url);
        }
    }
}
