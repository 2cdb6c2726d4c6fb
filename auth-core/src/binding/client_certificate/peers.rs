//! Who may say which certificate a client has.

use std::net::IpAddr;

/// An address, or a network of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `10.1.2.3`, `10.0.0.0/8`, `::1` or `fd00::/8`. None for anything else: for bits of the
    /// address outside of the network, which are a slip, and for the network of all addresses.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) if bits.bytes().all(|digit| digit.is_ascii_digit()) => {
                (address, Some(bits.parse::<u8>().ok()?))
            }
            Some(_) => return None,
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        if address.to_canonical() != address {
            return None;
        }
        let all = length(address);
        let bits = bits.unwrap_or(all);
        if bits == 0 || bits > all {
            return None;
        }
        let network = Self { address, bits };
        (number(address) & !network.mask() == 0).then_some(network)
    }

    pub(super) fn contains(self, peer: IpAddr) -> bool {
        // An IPv4 peer of a socket that listens on both (RFC 4291 §2.5.5.2).
        let peer = peer.to_canonical();
        length(peer) == length(self.address) && number(peer) & self.mask() == number(self.address)
    }

    /// The bits that have to be the same, in the top bits of the number.
    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0)
    }
}

const fn length(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address in the top bits of a number.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, peer: &str) -> bool {
        Network::parse(network).unwrap().contains(peer.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_addresses() {
        assert!(contains("10.1.2.3", "10.1.2.3"));
        assert!(contains("10.1.2.3", "::ffff:10.1.2.3"));
        assert!(contains("10.0.0.0/8", "10.255.0.1"));
        assert!(contains("128.0.0.0/1", "255.0.0.1"));
        assert!(contains("::1", "::1"));
        assert!(contains("fd00::/8", "fdff::1"));
        for (network, peer) in [
            ("10.1.2.3", "10.1.2.4"),
            ("10.0.0.0/8", "11.0.0.1"),
            ("10.0.0.0/31", "10.0.0.2"),
            ("128.0.0.0/1", "127.0.0.1"),
            ("::1", "127.0.0.1"),
            ("::1", "::2"),
            ("fd00::/8", "fe00::1"),
            ("127.0.0.1", "::1"),
        ] {
            assert!(!contains(network, peer), "{network} {peer}");
        }
    }

    #[test]
    fn a_malformed_network_is_rejected() {
        for text in [
            "",
            "localhost",
            "10.0.0",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/256",
            "0.0.0.0/0",
            "::/0",
            "::/129",
            "fd00::1/8",
            "::ffff:10.0.0.1",
            "10.0.0.1:80",
            "[::1]",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
