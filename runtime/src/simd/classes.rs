//! Searches for classes of grams: which positions of a text may some gram start at?

use super::Level;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// Classes of grams of four bytes, laid out for the instructions of a level.
#[derive(Clone, Debug)]
pub(crate) struct Classes(Layout);

#[derive(Clone, Debug)]
enum Layout {
    /// The level has no instructions for it.
    Nothing,
    #[cfg(target_arch = "x86_64")]
    Nibbles(Box<[Nibbles]>),
    #[cfg(target_arch = "x86_64")]
    Entries(Box<[Entries]>),
}

/// Eight classes: bit n of the entry of a byte says whether class n has that byte at that place. For tables of 64.
#[derive(Clone, Debug)]
#[repr(align(64))]
#[cfg(target_arch = "x86_64")]
pub(super) struct Entries(pub(super) [[u8; 64]; 4]);

/// Eight classes: bit n says whether class n has, at that place, a byte with this low half, and one with this high half. For tables of 16, twice.
#[derive(Clone, Debug)]
#[repr(align(64))]
#[cfg(target_arch = "x86_64")]
pub(super) struct Nibbles(pub(super) [[[u8; 32]; 2]; 4]);

/// A class of grams: by place, a bit for each [`entry`] that some gram has there.
pub(crate) type Class = [u64; 4];

/// Classes that are looked for at once.
pub(crate) const CLASSES: usize = 8;

/// What tells bytes apart: all but the highest bit and the case bit. So letters of both cases share one, and few others do.
#[inline]
pub(crate) const fn entry(byte: u8) -> u8 {
    byte >> 1 & 0x20 | byte & 0x1f
}

impl Classes {
    /// Lays out classes for a level.
    pub(crate) fn new(level: Level, classes: &[Class]) -> Self {
        // bit n: whether the n-th of some classes has one of these entries at a place
        #[cfg(target_arch = "x86_64")]
        let bits = |classes: &[Class], place: usize, entries: u64| -> u8 {
            let bit = |(bit, class): (usize, &Class)| u8::from(class[place] & entries != 0) << bit;
            classes.iter().enumerate().map(bit).sum()
        };
        let _ = classes;
        Self(match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => {
                let group = |classes: &[Class]| {
                    let tables = |place| std::array::from_fn(|entry| bits(classes, place, 1 << entry));
                    Entries(std::array::from_fn(tables))
                };
                Layout::Entries(classes.chunks(CLASSES).map(group).collect())
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => {
                let group = |classes: &[Class]| {
                    let low = |place, half: usize| bits(classes, place, LOW_HALF << half);
                    let high = |place, half: u8| bits(classes, place, 0xffff << (entry(half << 4) & 0x30));
                    let tables = |place| {
                        [
                            std::array::from_fn(|at| low(place, at % 16)),
                            std::array::from_fn(|at| high(place, u8::try_from(at % 16).unwrap_or(0))),
                        ]
                    };
                    Nibbles(std::array::from_fn(tables))
                };
                Layout::Nibbles(classes.chunks(CLASSES).map(group).collect())
            }
            _ => Layout::Nothing,
        })
    }

    /// Calls `hits` with all positions of a text at which a gram of one of the classes may stand, some at a time, and with what is to be added to each, until it
    /// returns true. False where it never did. For levels for which [`Level::has_vectors`] says yes; for others it finds nothing.
    #[inline]
    pub(crate) fn find(&self, text: &[u8], hits: &mut impl FnMut(&[u32], usize) -> bool) -> bool {
        match &self.0 {
            Layout::Nothing => {
                let _ = (text, hits);
                false
            }
            // SAFETY: laid out so only for a level that `Level::available` names, which it does only where its features were detected
            #[cfg(target_arch = "x86_64")]
            Layout::Entries(groups) => unsafe { avx512::find_grams(groups, text, hits) },
            // SAFETY: as above
            #[cfg(target_arch = "x86_64")]
            Layout::Nibbles(groups) => unsafe { avx2::find_grams(groups, text, hits) },
        }
    }
}

/// The entries that have one low half.
#[cfg(target_arch = "x86_64")]
const LOW_HALF: u64 = 0x0001_0001_0001_0001;

/// The entries that a level cannot tell from these.
pub(crate) fn alike(level: Level, entries: u64) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if level == Level::Avx2 {
        // every low half with every high half
        let halves = [0, 16, 32, 48].map(|high| entries >> high & 0xffff);
        let low = halves.into_iter().fold(0, |low, half| low | half);
        let with = |(high, half): (usize, &u64)| if *half == 0 { 0 } else { low << (high * 16) };
        return halves.iter().enumerate().map(with).sum();
    }
    let _ = level;
    entries
}
