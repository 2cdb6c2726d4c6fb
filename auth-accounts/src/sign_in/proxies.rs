//! The proxies that requests come through.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};

use super::Network;

/// What proxies write the addresses into that they were called from.
pub(super) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies that requests come through. What they say in `X-Forwarded-For` counts, and what others say
/// there does not.
///
/// ```
/// use auth_accounts::sign_in::TrustedProxies;
/// use http::HeaderMap;
///
/// let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
/// let mut headers = HeaderMap::new();
/// headers.insert("x-forwarded-for", "203.0.113.9, 198.51.100.7".parse()?);
/// assert_eq!(proxies.client("10.0.0.1".parse()?, &headers), Some("198.51.100.7".parse()?));
/// assert_eq!(proxies.client("192.0.2.1".parse()?, &headers), Some("192.0.2.1".parse()?));
/// assert!(TrustedProxies::parse(["0.0.0.0/0"]).is_err(), "all addresses are no proxies");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Reads addresses and networks, such as `10.0.0.0/8`.
    ///
    /// # Errors
    /// If texts are neither: a sentence for each.
    pub fn parse<N: AsRef<str>>(proxies: impl IntoIterator<Item = N>) -> Result<Self, Vec<String>> {
        let (mut networks, mut problems) = (Vec::new(), Vec::new());
        for text in proxies {
            let text = text.as_ref();
            match Network::parse(text) {
                Some(network) => networks.push(network),
                None => problems.push(format!(
                    "`{text}` is no trusted proxy: say an address, or a network such as `10.0.0.0/8`"
                )),
            }
        }
        if problems.is_empty() { Ok(Self(networks)) } else { Err(problems) }
    }

    /// The address of the client of a request that comes over a connection from `peer`: the last that is no
    /// trusted proxy. `None` if a proxy has written something else than addresses, or the client is itself one
    /// of the proxies.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let is_proxy = |address: IpAddr| self.0.iter().any(|network| network.contains(address));
        if !is_proxy(peer) {
            return Some(peer.to_canonical());
        }
        // Each proxy adds the address that it was called from at the end.
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        for line in lines {
            for hop in line.to_str().ok()?.rsplit(',') {
                let hop: IpAddr = hop.trim().parse().ok()?;
                if !is_proxy(hop) {
                    return Some(hop.to_canonical());
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str]) -> Option<String> {
        let proxies = TrustedProxies::parse(["10.0.0.0/8", "::1"]).unwrap();
        let lines = forwarded.iter().map(|it| (FORWARDED_FOR, HeaderValue::from_static(it)));
        let found = proxies.client(peer.parse().unwrap(), &lines.collect());
        found.map(|it| it.to_string())
    }

    #[test]
    fn r21_what_a_stranger_says_of_its_address_does_not_count() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(seen("::ffff:192.0.2.1", &[]).as_deref(), Some("192.0.2.1"));
    }

    #[test]
    fn r21_of_forwarded_addresses_the_last_that_is_no_proxy_counts() {
        for (forwarded, expected) in [
            (&["198.51.100.7"][..], Some("198.51.100.7")),
            (&["203.0.113.9, 198.51.100.7"], Some("198.51.100.7")),
            (&["203.0.113.9, 198.51.100.7, 10.2.3.4"], Some("198.51.100.7")),
            (&["203.0.113.9", "198.51.100.7", "10.2.3.4"], Some("198.51.100.7")),
            (&["2001:db8::7"], Some("2001:db8::7")),
            (&["unknown"], None),
            (&["198.51.100.7, evil"], None),
            (&["10.2.3.4"], None),
            (&[], None),
        ] {
            assert_eq!(seen("10.1.1.1", forwarded).as_deref(), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_named() {
        let problems = TrustedProxies::parse(["10.0.0.0/8", "proxy", "10.0.0.1/8"]).unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("`proxy` is no trusted proxy: say"), "{problems:?}");
    }
}
