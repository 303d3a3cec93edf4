//! Values by network: the most specific one wins.

use std::net::IpAddr;

use prefix_trie::PrefixMap;

/// A value for each of some networks of both address families.
#[derive(Debug)]
pub(super) struct Networks<T> {
    v4: PrefixMap<(u32, u8), T>,
    v6: PrefixMap<(u128, u8), T>,
}

/// A network: an address whose host bits are zero, and the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    V4(u32, u8),
    V6(u128, u8),
}

// === impl Network ===

impl Network {
    /// Reads `10.0.0.0/8`, or one address.
    ///
    /// # Errors
    /// What is wrong with it, with the right spelling where one is clear.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr =
            address.trim().parse().map_err(|_| format!("`{text}` is no address or network (CIDR)"))?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let length = match length.map(str::trim) {
            None => bits,
            Some(length) => length
                .parse::<u8>()
                .ok()
                .filter(|length| *length <= bits)
                .ok_or_else(|| format!("`{text}` has a prefix that is not 0 to {bits}"))?,
        };
        let network = Self::of(address, length);
        if network != Self::of_all_bits(address, length) {
            return Err(format!("`{text}` has bits behind its prefix: did you mean `{network}`?"));
        }
        Ok(network)
    }

    fn of(address: IpAddr, length: u8) -> Self {
        match address {
            IpAddr::V4(v4) => {
                Self::V4(v4.to_bits() & u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0), length)
            }
            IpAddr::V6(v6) => {
                Self::V6(v6.to_bits() & u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0), length)
            }
        }
    }

    fn of_all_bits(address: IpAddr, length: u8) -> Self {
        match address {
            IpAddr::V4(v4) => Self::V4(v4.to_bits(), length),
            IpAddr::V6(v6) => Self::V6(v6.to_bits(), length),
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::V4(bits, length) => write!(f, "{}/{length}", std::net::Ipv4Addr::from_bits(bits)),
            Self::V6(bits, length) => write!(f, "{}/{length}", std::net::Ipv6Addr::from_bits(bits)),
        }
    }
}

// === impl Networks ===

impl<T> Default for Networks<T> {
    fn default() -> Self {
        Self { v4: PrefixMap::new(), v6: PrefixMap::new() }
    }
}

impl<T> Networks<T> {
    /// Sets a network's value; the one it had is answered.
    pub(super) fn insert(&mut self, network: Network, value: T) -> Option<T> {
        match network {
            Network::V4(bits, length) => self.v4.insert((bits, length), value),
            Network::V6(bits, length) => self.v6.insert((bits, length), value),
        }
    }

    pub(super) fn get(&self, address: IpAddr) -> Option<&T> {
        match address {
            IpAddr::V4(v4) => self.v4.get_lpm(&(v4.to_bits(), 32)).map(|(_, value)| value),
            IpAddr::V6(v6) => self.v6.get_lpm(&(v6.to_bits(), 128)).map(|(_, value)| value),
        }
    }
}
