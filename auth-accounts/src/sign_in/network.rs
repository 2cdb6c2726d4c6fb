//! Networks of addresses, as `10.0.0.0/8`.

use std::net::IpAddr;

/// An address, or a network of them.
///
/// ```
/// use auth_accounts::sign_in::Network;
///
/// let network = Network::parse("10.0.0.0/8").unwrap();
/// assert!(network.contains("10.1.2.3".parse()?));
/// assert!(Network::parse("10.1.2.3/8").is_none(), "it names an address, not its network");
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads an address (`10.1.2.3`, `::1`) or a network in CIDR form (`10.0.0.0/8`, `fd00::/8`). None
    /// for anything else: for bits of the address outside of the network, which are a slip, and for
    /// the network of all addresses.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) if bits.bytes().all(|it| it.is_ascii_digit()) => {
                (address, Some(bits.parse().ok()?))
            }
            Some(_) => return None,
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = length(address);
        let network = Self { address, bits: bits.unwrap_or(longest) };
        let is_valid = (1..=longest).contains(&network.bits)
            && address.to_canonical() == address
            && number(address) & !network.mask() == 0;
        is_valid.then_some(network)
    }

    /// Whether this address is in it. An IPv4 address that is written as an IPv6 one is the same
    /// ([RFC 4291 §2.5.5.2](https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2)).
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        length(address) == length(self.address)
            && number(address) & self.mask() == number(self.address)
    }

    /// The network of so many bits that this address is in.
    pub(crate) fn around(address: IpAddr, bits: u8) -> Self {
        let mut network = Self { address, bits: bits.min(length(address)) };
        let number = number(address) & network.mask();
        network.address = match address {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(number >> 96).unwrap_or_default().into()),
            IpAddr::V6(_) => IpAddr::V6(number.into()),
        };
        network
    }

    /// Its address and how many bits of it count.
    pub(crate) fn to_bytes(self) -> [u8; 17] {
        let mut bytes = [0; 17];
        bytes[..16].copy_from_slice(&number(self.address).to_be_bytes());
        bytes[16] = self.bits;
        bytes
    }

    /// The bits that count, at the top of the number.
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

/// The address at the top of a number.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("fd00::/8", "fd12::1", "fc00::1"),
            ("::1", "::1", "::2"),
        ] {
            let network = Network::parse(network).unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{outside}");
        }
        for text in
            ["", "10.0.0.0/", "10.0.0.0/0", "10.0.0.0/33", "10.0.0.1/8", "::/0", "a", "1/+8"]
        {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_has_a_network_around_it() {
        let around = |text: &str, bits| Network::around(text.parse().unwrap(), bits);
        assert_eq!(around("2001:db8:1:2:3::4", 64), Network::parse("2001:db8:1:2::/64").unwrap());
        assert_eq!(around("10.1.2.3", 32), Network::parse("10.1.2.3").unwrap());
        assert_ne!(around("10.1.2.3", 32).to_bytes(), around("10.1.2.4", 32).to_bytes());
    }
}
