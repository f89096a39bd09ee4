//! A hash of content, for names and for telling whether something changed.

/// FNV-1a, 64 bits: short, and the same everywhere and for ever.
pub fn content_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
