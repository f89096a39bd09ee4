//! Vector instructions: the first pass over a line of JSON ([`Index`]), searches ([`Classes`], [`find_pairs`]) and folding.
//!
//! The level is chosen once for each machine ([`Level::best`]). Every level gives the same, and the tests hold them against each other. `unsafe` is
//! confined to this module: to the calls into functions compiled for a level that was detected, to vector loads from and stores to arrays of the
//! right size, and to a hint to the cache ([`prefetch`]).
#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "vector loads, a hint to the cache, and calls into functions for detected CPU features"
    )
)]

use std::sync::LazyLock;

pub(crate) use classes::{CLASSES, Class, Classes, alike, entry};
pub(crate) use index::Index;

/// Which instructions to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Plain integers, eight bytes at a time; for every machine.
    Portable,
    /// 16 bytes at a time; every x86-64 machine.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// 32 bytes at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 64 bytes at a time, positions by compression.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// Detects the best level.
    fn detect() -> Self {
        Self::available().pop().unwrap_or(Self::Portable)
    }

    /// The best level of this machine, detected once.
    #[inline]
    pub(crate) fn best() -> Self {
        *LEVEL
    }

    /// Whether [`Classes::find`] and [`find_pairs`] find anything.
    #[inline]
    pub(crate) fn has_vectors(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return matches!(self, Self::Avx2 | Self::Avx512);
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// Whether [`Classes::find`] looks up in tables of 64, at half the cost of two tables of 16.
    #[inline]
    pub(crate) fn has_wide_tables(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return self == Self::Avx512;
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// Every level that this machine has, the best last.
    pub(crate) fn available() -> Vec<Self> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "there are more levels on x86-64"))]
        let mut levels = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            levels.push(Self::Sse2);
            if is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("popcnt")
            {
                levels.push(Self::Avx2);
                let avx512 = is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vbmi")
                    && is_x86_feature_detected!("avx512vbmi2")
                    && is_x86_feature_detected!("gfni");
                if avx512 {
                    levels.push(Self::Avx512);
                }
            }
        }
        levels
    }
}

/// See [`Level::best`].
static LEVEL: LazyLock<Level> = LazyLock::new(Level::detect);

/// What is looked at at once.
const BLOCK: usize = 64;

/// Appends the text of a JSON string in lower case, given what stands between its quotes: of characters above 0x7f only such as fold to
/// themselves, and no escapes but those of two characters. False, and nothing is appended, where the level has no instructions for it.
pub(crate) fn fold_escaped(level: Level, raw: &[u8], out: &mut Vec<u8>) -> bool {
    match level {
        // SAFETY: `Level::available` names this level only where its features were detected
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { avx512::fold_escaped(raw, out) },
        // SAFETY: as above
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { avx2::fold_escaped(raw, out) },
        _ => {
            let _ = (raw, out);
            return false;
        }
    }
    true
}

/// Has the line of the cache in which this stands brought near: it will be looked at soon.
#[inline]
pub(crate) fn prefetch<T>(place: &T) {
    // SAFETY: nothing is read, and every x86-64 machine has the instruction
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Appends a text, with these bits set in each of its bytes.
pub(crate) fn or_into(text: &[u8], bits: u8, out: &mut Vec<u8>) {
    #[cfg(target_arch = "x86_64")]
    match *LEVEL {
        // SAFETY: `Level::available` names this level only where its features were detected
        Level::Avx512 => return unsafe { avx512::or_into(text, bits, out) },
        // SAFETY: as above
        Level::Avx2 => return unsafe { avx2::or_into(text, bits, out) },
        Level::Sse2 | Level::Portable => {}
    }
    or_plainly(text, bits, out);
}

/// The loop of [`or_into`], compiled for each level with its instructions. No closures: iterators would call them, without these instructions, byte by byte.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else it would be compiled once, without the instructions of a level")]
fn or_plainly(text: &[u8], bits: u8, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(text);
    for byte in out.get_mut(start..).unwrap_or_default() {
        *byte |= bits;
    }
}

/// Calls `hit` with every position of a text at which one byte stands at one offset and another at another, until it returns true. Offsets are at most
/// [`MAX_OFFSET`]. Positions may be so close to the end that there are no such bytes. For levels for which [`Level::has_vectors`] says yes.
#[inline]
pub(crate) fn find_pairs(
    level: Level,
    text: &[u8],
    pair: [(usize, u8); 2],
    hit: &mut impl FnMut(usize) -> bool,
) -> bool {
    match level {
        // SAFETY: `Level::available` names this level only where its features were detected
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { avx512::find_pairs(text, pair, hit) },
        // SAFETY: as above
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { avx2::find_pairs(text, pair, hit) },
        _ => {
            let _ = (text, pair, hit);
            false
        }
    }
}

/// The farthest that a byte of [`find_pairs`] may be from a position.
pub(crate) const MAX_OFFSET: usize = 23;

/// What stands at this position of a text, zeros past its end; `last` is room for that.
#[inline]
#[cfg(target_arch = "x86_64")]
fn window<'t, const WINDOW: usize>(text: &'t [u8], at: usize, last: &'t mut [u8; WINDOW]) -> &'t [u8; WINDOW] {
    let rest = text.get(at..).unwrap_or_default();
    rest.first_chunk().unwrap_or_else(|| {
        last[..rest.len()].copy_from_slice(rest);
        last[rest.len()..].fill(0);
        last
    })
}

/// Calls `find` with where every block of a text starts, and `hit` with each position found, until that returns true. Inlined into functions for a level, so that
/// `find` is too.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else `find` would be called without the instructions of its level")]
#[cfg(target_arch = "x86_64")]
fn each_block(text: &[u8], mut find: impl FnMut(usize) -> u64, hit: &mut impl FnMut(usize) -> bool) -> bool {
    for start in (0..text.len()).step_by(BLOCK) {
        let mut found = find(start);
        while found != 0 {
            let at = start + found.trailing_zeros() as usize;
            found &= found - 1;
            if hit(at) {
                return true;
            }
        }
    }
    false
}

/// After so many blocks, [`each_listed`] looks at what it has listed.
#[cfg(target_arch = "x86_64")]
const FAR: usize = 32;

/// As [`each_block`] where blocks have some positions now and then: they are listed first, which needs no branch for each block, and `hits` is called for them later,
/// but before far more is searched: with positions, and what is to be added to each. `write` writes the positions of a block's mask.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
#[cfg(target_arch = "x86_64")]
fn each_listed(
    text: &[u8],
    mut find: impl FnMut(usize) -> u64,
    write: impl Fn(&mut [u32; BLOCK], u64, u32),
    hits: &mut impl FnMut(&[u32], usize) -> bool,
) -> bool {
    let mut positions = [0; 2 * BLOCK];
    for (number, stretch) in text.chunks(FAR * BLOCK).enumerate() {
        let from = number * FAR * BLOCK;
        let mut count = 0;
        for (base, start) in (0..).step_by(BLOCK).zip((0..stretch.len()).step_by(BLOCK)) {
            let found = find(from + start);
            if count > BLOCK {
                if hits(&positions[..count], from) {
                    return true;
                }
                count = 0;
            }
            if let Some(room) = positions.get_mut(count..).and_then(<[u32]>::first_chunk_mut) {
                write(room, found, base);
            }
            count += found.count_ones() as usize;
        }
        if hits(positions.get(..count).unwrap_or_default(), from) {
            return true;
        }
    }
    false
}

mod classes;
mod index;
mod positions;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
