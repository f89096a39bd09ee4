//! Addresses and networks, as rows of bits.

use std::net::IpAddr;

/// An address of IPv6, or one of IPv4 as IPv6 maps it (`::ffff:10.0.0.1`).
pub fn address(text: &str) -> Option<u128> {
    match text.parse().ok()? {
        IpAddr::V4(four) => Some(u128::from(four.to_ipv6_mapped())),
        IpAddr::V6(six) => Some(u128::from(six)),
    }
}

/// Whether an address is in a network (`10.0.0.0/8`), or is the address that stands in its place. `None` if that is neither.
pub fn contains(network: &str, wanted: u128) -> Option<bool> {
    let Some((base, bits)) = network.split_once('/') else { return Some(address(network)? == wanted) };
    let bits = bits.parse::<u32>().ok()?;
    let bits = match base.parse().ok()? {
        IpAddr::V4(_) if bits <= 32 => 96 + bits,
        IpAddr::V6(_) if bits <= 128 => bits,
        _ => return None,
    };
    let shift = 128 - bits;
    Some(shift == 128 || address(base)? >> shift == wanted >> shift)
}
