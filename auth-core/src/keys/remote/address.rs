//! Addresses that this service itself asks.

use http::Uri;

use crate::address::{is_loopback, parse, parse_if};

/// The parts of an address that is [trustworthy](crate::address::is_trustworthy), or one of these hosts
/// by `http`: the operator has named them.
pub(crate) fn parse_or_named(url: &str, insecure_hosts: &[String]) -> Option<Uri> {
    let is_named = |host: &str| insecure_hosts.iter().any(|named| named.eq_ignore_ascii_case(host));
    parse_if(url, |host| is_loopback(host) || is_named(host))
}

/// Whether a [trustworthy](crate::address::is_trustworthy) address leads to this machine.
pub(crate) fn is_on_this_machine(url: &str) -> bool {
    parse(url).is_some_and(|uri| uri.host().is_some_and(is_loopback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_http_a_named_host_can_and_no_other() {
        let named = ["keycloak".to_owned(), "10.0.0.7".to_owned()];
        for url in
            ["http://keycloak:8080/x", "http://KeyCloak", "http://10.0.0.7/", "https://a.test"]
        {
            assert!(parse_or_named(url, &named).is_some(), "{url}");
        }
        for url in [
            "http://keycloak.evil.test",
            "http://keycloak@evil.test",
            "http://evil.test/keycloak",
            "http://10.0.0.70",
            "ftp://keycloak",
            "http://keycloak/#part",
        ] {
            assert!(parse_or_named(url, &named).is_none(), "{url}");
        }
    }
}
