//! Redirect URIs: compared byte for byte.

use url::{Host, Url};

/// Whether this can be a redirect URI: `https`, `http` on a loopback address, or the scheme of an application,
/// which contains a dot ([RFC 8252 §7.1](https://www.rfc-editor.org/rfc/rfc8252#section-7.1)).
///
/// URIs are invalid that browsers read differently: `https:host` is relative to this server, and a backslash is a
/// slash. Patterns are invalid, since there is no matching.
pub(crate) fn is_redirect_uri(uri: &str) -> bool {
    if uri.contains(['#', '\\']) || uri.bytes().any(|it| it <= 0x20 || it >= 0x7f) {
        return false;
    }
    let Ok(url) = Url::parse(uri) else { return false };
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    match url.scheme() {
        "https" => {
            let has_host = uri
                .strip_prefix("https://")
                .is_some_and(|it| !it.is_empty() && !it.starts_with('/'));
            has_host && url.host_str().is_some_and(|it| !it.contains('*'))
        }
        "http" => loopback(uri).is_some() && url.host().is_some_and(|it| is_loopback(&it)),
        scheme => scheme.contains('.'),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.octets() == [127, 0, 0, 1],
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Whether the URI of a request is the registered one: byte for byte
/// ([RFC 9700 §2.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1)). Of `http` on a loopback address
/// the port may be another one, since a native application takes what is free
/// ([RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
pub(crate) fn matches(registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    match (loopback(registered), loopback(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

/// Whether it is an `http` URI on a loopback address.
pub(crate) fn is_loopback_uri(uri: &str) -> bool {
    loopback(uri).is_some()
}

/// Host, and path with query, of an `http` URI on a loopback address, with a valid port or none.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|it| rest.starts_with(it))?;
    let rest = rest.strip_prefix(host)?;
    let rest = match rest.strip_prefix(':') {
        Some(rest) => {
            let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
            let (port, rest) = rest.split_at_checked(end)?;
            port.parse::<u16>().ok()?;
            rest
        }
        None => rest,
    };
    let is_path = rest.is_empty() || rest.starts_with('/') || rest.starts_with('?');
    is_path.then_some((host, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_is_compared_byte_for_byte() {
        let registered = "https://app.example.com/callback";
        assert!(matches(registered, registered));
        for other in [
            "https://app.example.com/callback/",
            "https://app.example.com/Callback",
            "https://APP.example.com/callback",
            "https://app.example.com:443/callback",
            "https://app.example.com/a/../callback",
            "https://app.example.com/callback?x=1",
            "https://app.example.com/callbac%6b",
            "https://app.example.com.evil.example/callback",
            "http://app.example.com/callback",
        ] {
            assert!(!matches(registered, other), "{other}");
        }
    }

    #[test]
    fn the_port_of_a_loopback_address_is_free_and_nothing_else() {
        for host in ["127.0.0.1", "[::1]", "localhost"] {
            let registered = format!("http://{host}/callback?a=b");
            assert!(matches(&registered, &format!("http://{host}:49152/callback?a=b")));
            assert!(matches(
                &format!("http://{host}:1/callback"),
                &format!("http://{host}:2/callback")
            ));
            for other in [
                "http://127.0.0.2:1/callback?a=b".to_owned(),
                format!("https://{host}:1/callback?a=b"),
                format!("http://{host}:1/callback"),
                format!("http://{host}:x/callback?a=b"),
                format!("http://{host}:99999/callback?a=b"),
                format!("http://{host}:1@evil.example/callback?a=b"),
                format!("http://{host}.evil.example:1/callback?a=b"),
            ] {
                assert!(!matches(&registered, &other), "{other}");
            }
        }
        assert!(!matches("http://localhost/callback", "http://127.0.0.1/callback"));
        assert!(!matches("https://localhost:1/callback", "https://localhost:2/callback"));
    }

    #[test]
    fn what_can_run_a_script_or_leak_a_code_is_no_redirect_uri() {
        for uri in [
            "https://app.example.com/callback",
            "https://app.example.com/callback?tenant=a",
            "http://127.0.0.1/callback",
            "http://[::1]:8080/callback",
            "http://localhost/callback",
            "com.example.app:/callback",
        ] {
            assert!(is_redirect_uri(uri), "{uri}");
        }
        for uri in [
            "",
            "/callback",
            "http://app.example.com/callback",
            "http://127.0.0.1.evil.example/callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://user@app.example.com/",
            "https://app.example.com/#fragment",
            "https://app.example.com/#",
            "https://app.example.com/ a",
            "https://app.example.com/\u{e4}",
            "https:app.example.com/callback",
            "https:/app.example.com/callback",
            "https:///app.example.com/callback",
            "HTTPS://app.example.com/callback",
            "https://app.example.com\\@evil.example/",
            "https://*.example.com/callback",
            "app:/callback",
        ] {
            assert!(!is_redirect_uri(uri), "{uri}");
        }
    }
}
