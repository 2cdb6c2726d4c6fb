//! The tenant in the host of a request.

use http::HeaderValue;
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;

use super::Tenant;

/// A host as it is compared: in lower case, without the dot of the root.
pub(super) fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// The label before this domain in the host of a request.
pub(super) fn tenant(request: &Parts, domain: &str) -> Tenant {
    let Ok(host) = host(request) else { return Tenant::Malformed };
    let Some(host) = host else { return Tenant::Absent };
    let Some(label) = host.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.')) else {
        return Tenant::Absent;
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let fits = !label.is_empty() && label.bytes().all(fits);
    if fits { Tenant::Named(label.into()) } else { Tenant::Malformed }
}

struct Unreadable;

/// The host that a request is for. HTTP/2 and 3 have it in `:authority`, HTTP/1.1 in `Host` or in
/// an absolute target (RFC 9110 §7.2, RFC 9113 §8.3.1). Two that differ are two tenants.
fn host(request: &Parts) -> Result<Option<String>, Unreadable> {
    let mut named = request.headers.get_all(HOST).iter().map(in_header);
    let target = request.uri.authority().map(|authority| Ok(normal(authority.host())));
    let mut hosts = target.into_iter().chain(named.by_ref());
    let Some(first) = hosts.next().transpose()? else { return Ok(None) };
    for other in hosts {
        if other? != first {
            return Err(Unreadable);
        }
    }
    Ok(Some(first))
}

fn in_header(value: &HeaderValue) -> Result<String, Unreadable> {
    let authority = Authority::try_from(value.as_bytes()).map_err(|_| Unreadable)?;
    // A request has no `user@host` (RFC 9110 §4.2.4).
    if authority.as_str().contains('@') {
        return Err(Unreadable);
    }
    Ok(normal(authority.host()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(target: &str, hosts: &[&str]) -> Tenant {
        let mut request = http::Request::builder().uri(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        tenant(&request.body(()).unwrap().into_parts().0, &normal("Example.com."))
    }

    #[test]
    fn the_label_before_the_domain_is_the_tenant() {
        let north = Tenant::Named("north".into());
        for host in [
            "north.example.com",
            "north.example.com:8443",
            "North.EXAMPLE.com",
            "north.example.com.",
        ] {
            assert_eq!(of("/x", &[host]), north, "{host}");
            assert_eq!(of(&format!("https://{host}/x"), &[]), north, "{host} as in HTTP/2");
            assert_eq!(of(&format!("https://{host}/x"), &["north.example.com"]), north, "{host}");
        }
    }

    #[test]
    fn a_host_outside_the_domain_names_no_tenant() {
        for host in ["example.com", "example.com:80", "badexample.com", "[::1]:3000", "127.0.0.1"] {
            assert_eq!(of("/", &[host]), Tenant::Absent, "{host}");
        }
        assert_eq!(of("/", &[]), Tenant::Absent);
    }

    #[test]
    fn an_ambiguous_host_is_malformed() {
        for hosts in [
            &["north.example.com", "south.example.com"][..],
            &["a.north.example.com"],
            &[".example.com"],
            &["north..example.com"],
            &["south@north.example.com"],
            &["north.example.com/x"],
            &["n%6frth.example.com"],
        ] {
            assert_eq!(of("/", hosts), Tenant::Malformed, "{hosts:?}");
        }
        assert_eq!(of("https://north.example.com/", &["south.example.com"]), Tenant::Malformed);
    }
}
