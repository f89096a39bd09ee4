//! Blocks of addresses, and networks by name.

use std::net::{IpAddr, Ipv6Addr};

/// A block of addresses; those of version 4 count as `::ffff:a.b.c.d`.
pub(super) struct Range {
    address: u128,
    length: u32,
}

impl Range {
    /// `10.0.0.0/8`, `fe80::/10`; an address alone is a block of one. A block of version 6 around addresses of version 4 is none: it is not clear
    /// from where the length counts.
    pub(super) fn block(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let (bits, most, version_4): (u128, u32, bool) = match address.parse().ok()? {
            IpAddr::V4(address) => (address.to_ipv6_mapped().to_bits(), 32, true),
            IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => return None,
            IpAddr::V6(address) => (address.to_bits(), 128, false),
        };
        let length = match length {
            Some(length) => length.parse().ok().filter(|length| *length <= most)?,
            None => most,
        };
        Some(Self { address: bits, length: if version_4 { length + 96 } else { length } })
    }

    /// Whether the address is in the block.
    pub(super) fn contains(&self, address: Ipv6Addr) -> bool {
        (address.to_bits() ^ self.address) & mask(self.length) == 0
    }
}

/// So many bits from the left.
pub(super) fn mask(length: u32) -> u128 {
    match length {
        0 => 0,
        length => u128::MAX.checked_shl(128_u32.saturating_sub(length)).unwrap_or(u128::MAX),
    }
}

/// Whether the address is in a network: a block, or one that the network direction processor knows by name (Elasticsearch reference, "Network
/// direction processor"). `None` if there is no such network.
pub(super) fn network_contains(network: &str, address: Ipv6Addr) -> Option<bool> {
    let v4 = address.to_ipv4_mapped();
    let [first, second, ..] = address.octets();
    let loopback = v4.map_or(address.is_loopback(), |v4| v4.is_loopback());
    let unspecified = v4.map_or(address.is_unspecified(), |v4| v4.is_unspecified());
    let multicast = v4.map_or(address.is_multicast(), |v4| v4.is_multicast());
    let link_local = v4.map_or(address.is_unicast_link_local(), |v4| v4.is_link_local());
    let scope = |scope: u8| v4.is_none() && first == 0xff && second & 15 == scope;
    let node_multicast = scope(1);
    let link_multicast = scope(2) || v4.is_some_and(|v4| matches!(v4.octets(), [224, 0, 0, _]));
    let private = v4.map_or(first == 0xfd, |v4| v4.is_private());
    Some(match network {
        "loopback" => loopback,
        "unicast" | "global_unicast" => {
            let broadcast = v4.is_some_and(|v4| v4.is_broadcast());
            !(broadcast || unspecified || loopback || multicast || link_local)
        }
        "link_local_unicast" => link_local,
        "interface_local_multicast" => node_multicast,
        "link_local_multicast" => link_multicast,
        "multicast" => multicast,
        "unspecified" => unspecified,
        "private" => private,
        "public" => !(private || loopback || unspecified || link_local || link_multicast || node_multicast),
        block => Range::block(block)?.contains(address),
    })
}
