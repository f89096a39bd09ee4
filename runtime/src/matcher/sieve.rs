//! Where in a text may one of some hundred grams stand?
//!
//! Each gram belongs to a class of grams that are alike. A position is found if its first four bytes are, one by one, bytes that the grams of
//! some class have at their places: vector instructions decide that for 64 positions and eight classes at a time
//! ([`Classes::find`]). What is found is compared by the caller.

use std::sync::LazyLock;

use super::rarity;
use crate::simd::{self, CLASSES, Classes, Level};

/// Grams of three and four bytes.
#[derive(Debug)]
pub(super) struct Sieve {
    classes: Classes,
}

/// The most grams that are worth a sieve, where other ways test only every fourth position.
pub(super) fn max_grams(level: Level) -> usize {
    if !level.has_vectors() {
        0
    } else if level.has_wide_tables() {
        512
    } else {
        GRAMS_PER_GROUP
    }
}

/// The most grams that are worth a sieve, where other ways test every position.
pub(super) fn max_short_grams(level: Level) -> usize {
    if level.has_vectors() { 512 } else { 0 }
}

/// A group more costs as much at each position as some false positives.
const GRAMS_PER_GROUP: usize = 96;

/// The grams of a class, while it is made.
#[derive(Clone, Copy)]
struct Class {
    /// By place: a bit for each entry ([`simd::entry`]) that some gram has there.
    entries: [u64; 4],
    /// By place but the last: how often one of these entries is followed by one of those of the next place.
    pairs: [f32; 3],
    /// By place: how often one of these entries occurs.
    singles: [f32; 4],
}

/// Frequencies by entry, of events as scanners see them.
struct Frequencies {
    singles: [f32; ENTRIES],
    pairs: Box<[[f32; ENTRIES]; ENTRIES]>,
}

const ENTRIES: usize = 64;

static FREQUENCIES: LazyLock<Frequencies> = LazyLock::new(|| {
    // the byte of an entry that has the case bit
    let bytes: [u8; ENTRIES] = std::array::from_fn(|entry| {
        let bits = u8::try_from(entry).unwrap_or(0);
        (bits & 0x20) << 1 | 0x20 | bits & 0x1f
    });
    let mut pairs = Box::new([[0.0; ENTRIES]; ENTRIES]);
    for (row, one) in pairs.iter_mut().zip(bytes) {
        *row = bytes.map(|other| rarity::frequency(&[one, other]));
    }
    Frequencies { singles: bytes.map(|byte| rarity::frequency(&[byte])), pairs }
});

impl Class {
    const EMPTY: Self = Self { entries: [0; 4], pairs: [0.0; 3], singles: [0.0; 4] };

    /// How often are positions found by this class? As if each byte depended on the one before it only.
    fn frequency(&self) -> f32 {
        let [first, second, third] = self.pairs;
        let [_, after_first, after_second, _] = self.singles;
        let chance = |pairs: f32, singles: f32| if singles > 0.0 { pairs / singles } else { 0.0 };
        first * chance(second, after_first) * chance(third, after_second)
    }

    /// With a gram more, as the level can tell it.
    fn with(mut self, level: Level, gram: &[u8]) -> Self {
        let frequencies = &*FREQUENCIES;
        for place in 0..4 {
            let own = gram.get(place).map_or(u64::MAX, |byte| 1 << simd::entry(*byte));
            let all = simd::alike(level, self.entries[place] | own);
            let new = all & !self.entries[place];
            for entry in bits(new) {
                self.singles[place] += frequencies.singles[entry];
                if place > 0 {
                    let before = bits(self.entries[place - 1]);
                    self.pairs[place - 1] += before.map(|before| frequencies.pairs[before][entry]).sum::<f32>();
                }
                if place < 3 {
                    let after = bits(self.entries[place + 1]);
                    self.pairs[place] += after.map(|after| frequencies.pairs[entry][after]).sum::<f32>();
                }
            }
            self.entries[place] = all;
        }
        self
    }
}

/// The numbers of the set bits.
fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then_some(set.trailing_zeros() as usize);
        set &= set.wrapping_sub(1);
        bit
    })
}

impl Sieve {
    /// A sieve for these grams, which may have bytes behind them. It finds nothing where [`Level::has_vectors`] says no.
    pub(super) fn new(level: Level, grams: &[&[u8]]) -> Self {
        let count = grams.len().div_ceil(GRAMS_PER_GROUP);
        let mut grams: Vec<(f32, &[u8])> =
            grams.iter().map(|gram| (Class::EMPTY.with(level, gram).frequency(), *gram)).collect();
        // the most probable ones choose first, and stay by themselves
        grams.sort_unstable_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut classes = vec![Class::EMPTY; count * CLASSES];
        for (_, gram) in grams {
            let grown = classes.iter_mut().map(|class| {
                let grown = class.with(level, gram);
                (grown.frequency() - class.frequency(), class, grown)
            });
            if let Some((_, class, grown)) = grown.min_by(|(one, ..), (other, ..)| one.total_cmp(other)) {
                *class = grown;
            }
        }
        let classes: Vec<simd::Class> = classes.iter().map(|class| class.entries).collect();
        Self { classes: Classes::new(level, &classes) }
    }

    /// Calls `hit` with every position at which a gram may stand, until it returns true.
    #[inline]
    pub(super) fn each(&self, text: &[u8], hit: &mut impl FnMut(usize) -> bool) -> bool {
        self.classes.find(text, hit)
    }
}
