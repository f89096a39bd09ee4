//! Byte-level primitives: hashing and substring search without set-up cost.

use memchr::{memchr_iter, memmem};

use crate::simd::{self, Level};

/// A 64-bit hash of some bytes, eight at a time. Stable within a process; never written anywhere.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let fold = |state: u64, word: u64| mix(state ^ word, K);
    let mut state = (bytes.len() as u64).wrapping_mul(K);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        if let Ok(word) = <[u8; 8]>::try_from(chunk) {
            state = fold(state, u64::from_le_bytes(word));
        }
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(chunks.remainder()) {
        *to = *from;
    }
    fold(state, u64::from_le_bytes(last))
}

/// The two halves of a product, folded into one.
#[inline]
pub(super) fn mix(one: u64, other: u64) -> u64 {
    let wide = u128::from(one).wrapping_mul(u128::from(other));
    #[expect(clippy::cast_possible_truncation, reason = "folding the two halves of a product is the point")]
    let folded = wide as u64 ^ (wide >> 64) as u64;
    folded
}

/// A hash of four bytes: the high bits mix all of them.
#[inline]
pub(super) fn mixed(gram: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B1)
}

/// The length from which on looking for two bytes at a time is worth its while.
const PAIRED: usize = 64;

/// Whether `needle` occurs in `haystack`.
///
/// `memmem` pays for a searcher at each call; event values are short, so looking for the needle's rarest bytes first is cheaper.
/// Where these turn out not to be rare, `memmem` takes over, so the worst case stays linear.
#[inline]
pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    contains_with(Level::best(), haystack, needle)
}

/// As [`contains`], with the instructions of a level.
#[inline]
fn contains_with(level: Level, haystack: &[u8], needle: &[u8]) -> bool {
    const MISSES: usize = 16;
    let Some(spare) = haystack.len().checked_sub(needle.len()) else { return false };
    if spare < 4 {
        return haystack.windows(needle.len().max(1)).any(|window| window == needle) || needle.is_empty();
    }
    let Some([first, second]) = rarest(needle) else { return true };
    let mut misses = 0;
    // whether the search is over: found, or better done by `memmem`
    let mut check = |at: usize| {
        let found = haystack.get(at..at + needle.len()) == Some(needle);
        misses += 1;
        let rest = || haystack.get(at + 1..).is_some_and(|rest| memmem::find(rest, needle).is_some());
        if found { Some(true) } else { (misses > MISSES).then(rest) }
    };
    if haystack.len() >= PAIRED && level.has_vectors() {
        let mut outcome = None;
        simd::find_pairs(level, haystack, [first, second], &mut |at| {
            outcome = check(at);
            outcome.is_some()
        });
        return outcome.unwrap_or(false);
    }
    let (offset, byte) = first;
    let Some(window) = haystack.get(offset..=offset + spare) else { return false };
    memchr_iter(byte, window).find_map(check).unwrap_or(false)
}

/// The two rarest of the first bytes of a needle, and where they stand; the rarest twice if there is no other.
fn rarest(needle: &[u8]) -> Option<[(usize, u8); 2]> {
    let first = (0, *needle.first()?);
    let (mut best, mut second) = (first, first);
    let mut ranks = (rank(best.1), u8::MAX);
    for (at, byte) in needle.iter().copied().enumerate().take(simd::MAX_OFFSET + 1).skip(1) {
        let rank = rank(byte);
        if rank < ranks.0 {
            (second, ranks.1) = (best, ranks.0);
            (best, ranks.0) = ((at, byte), rank);
        } else if rank < ranks.1 {
            (second, ranks.1) = ((at, byte), rank);
        }
    }
    Some([best, second])
}

/// ASCII letters differ from their other case in this bit.
pub(crate) const CASE_BIT: u8 = 0x20;

/// Appends folded text as JSON spells it, with the case bit set in each byte: what scanners look for and at.
///
/// Most values need not be unescaped and folded to be scanned: setting the bit in their bytes gives the same. Texts that differ in the
/// case of letters become equal, and a few others too (`[` and `{`), which makes candidates too many, never too few.
pub(crate) fn spell_into(folded: &[u8], out: &mut Vec<u8>) {
    let mut rest = folded;
    while let Some(at) = rest.iter().position(|byte| LETTERS[usize::from(*byte)] != 0) {
        simd::or_into(&rest[..at], CASE_BIT, out);
        out.extend([b'\\', LETTERS[usize::from(rest[at])]].map(|byte| byte | CASE_BIT));
        rest = &rest[at + 1..];
    }
    simd::or_into(rest, CASE_BIT, out);
}

/// What stands behind the backslash where JSON spells a byte with one; 0 for the others.
static LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut left: &[(u8, u8)] =
        &[(b'"', b'"'), (b'\\', b'\\'), (b'\n', b'n'), (b'\r', b'r'), (b'\t', b't'), (0x08, b'b'), (0x0c, b'f')];
    while let [(byte, letter), rest @ ..] = left {
        letters[*byte as usize] = *letter;
        left = rest;
    }
    letters
};

/// How common a byte is in folded event text, roughly: the higher the more common.
pub(crate) fn rank(byte: u8) -> u8 {
    RANKS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Ranks by byte, from the bytes of recorded Windows and Linux events, most common first.
static RANKS: [u8; 256] = {
    const COMMON: &[u8] = b"esi\\tonrac0dlmwp.2u:-x63f14 gkb8h579y/v_{}zj%,=q\"();'|$&+@<>[]*!~#^?`";
    let mut ranks = [0; 256];
    let mut left = COMMON;
    let mut value = 255;
    while let [byte, rest @ ..] = left {
        ranks[*byte as usize] = value;
        value -= 1;
        left = rest;
    }
    ranks
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn contains_agrees_with_memmem(haystack in "[ex]{0,200}", needle in "[ex]{0,5}e{0,30}x?") {
            let expected = memmem::find(haystack.as_bytes(), needle.as_bytes()).is_some();
            let around = format!("{haystack}{needle}{haystack}");
            for level in Level::available() {
                prop_assert_eq!(contains_with(level, haystack.as_bytes(), needle.as_bytes()), expected);
                prop_assert!(contains_with(level, around.as_bytes(), needle.as_bytes()));
            }
        }
    }

    #[test]
    fn contains_agrees_with_windows() {
        let texts: &[&[u8]] =
            &[b"", b"a", b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", b"c:\\windows\\system32\\cmd.exe", b"xaxbxcxd"];
        let needles: &[&[u8]] = &[b"", b"a", b"ab", b"aab", b"b", b"\\cmd", b"exe", b"d", b"system32", b"zz"];
        for text in texts {
            for needle in needles {
                let expected = needle.is_empty() || text.windows(needle.len()).any(|w| w == *needle);
                assert_eq!(contains(text, needle), expected, "{text:?} {needle:?}");
            }
        }
    }
}
