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
#[derive(Clone)]
struct Class {
    /// By place: a bit for each entry ([`simd::entry`]) that some gram has there.
    entries: [u64; 4],
    odds: Odds,
    /// By place but the last: how often one of these entries is followed by each.
    followed: [[f32; ENTRIES]; 3],
    /// By place but the first: how often each is followed by one of these entries.
    following: [[f32; ENTRIES]; 3],
}

/// What decides how often positions are found by a class.
#[derive(Clone, Copy)]
struct Odds {
    /// By place but the last: how often one of its entries is followed by one of those of the next place.
    pairs: [f32; 3],
    /// By place but the last: how often one of its entries occurs.
    singles: [f32; 3],
}

/// Frequencies by entry, of events as scanners see them.
struct Frequencies {
    singles: [f32; ENTRIES],
    /// By an entry and the one behind it.
    pairs: Box<[[f32; ENTRIES]; ENTRIES]>,
    /// By an entry and the one before it.
    turned: Box<[[f32; ENTRIES]; ENTRIES]>,
}

const ENTRIES: usize = 64;

static FREQUENCIES: LazyLock<Frequencies> = LazyLock::new(|| {
    // the byte of an entry that has the case bit
    let bytes: [u8; ENTRIES] = std::array::from_fn(|entry| {
        let bits = u8::try_from(entry).unwrap_or(0);
        (bits & 0x20) << 1 | 0x20 | bits & 0x1f
    });
    let pairs = Box::new(bytes.map(|one| bytes.map(|other| rarity::frequency(&[one, other]))));
    let turned = Box::new(std::array::from_fn(|other| std::array::from_fn(|one| pairs[one][other])));
    Frequencies { singles: bytes.map(|byte| rarity::frequency(&[byte])), pairs, turned }
});

impl Odds {
    /// How often are positions found? As if each byte depended on the one before it only.
    fn frequency(&self) -> f32 {
        let [first, second, third] = self.pairs;
        let [_, after_first, after_second] = self.singles;
        let chance = |pairs: f32, singles: f32| if singles > 0.0 { pairs / singles } else { 0.0 };
        first * chance(second, after_first) * chance(third, after_second)
    }
}

impl Class {
    const EMPTY: Self = Self {
        entries: [0; 4],
        odds: Odds { pairs: [0.0; 3], singles: [0.0; 3] },
        followed: [[0.0; ENTRIES]; 3],
        following: [[0.0; ENTRIES]; 3],
    };

    /// By place: the entries that a gram adds, as the level can tell them.
    fn added(&self, level: Level, gram: &[u8]) -> [u64; 4] {
        std::array::from_fn(|place| {
            let own = gram.get(place).map_or(u64::MAX, |byte| 1 << simd::entry(*byte));
            simd::alike(level, self.entries[place] | own) & !self.entries[place]
        })
    }

    /// The odds with these entries added: of what they add, all is known but how they follow each other.
    fn odds_with(&self, added: [u64; 4]) -> Odds {
        let frequencies = &*FREQUENCIES;
        let mut odds = self.odds;
        for place in 0..3 {
            for entry in bits(added[place]) {
                odds.singles[place] += frequencies.singles[entry];
                odds.pairs[place] += self.following[place][entry];
                odds.pairs[place] += bits(added[place + 1]).map(|after| frequencies.pairs[entry][after]).sum::<f32>();
            }
            odds.pairs[place] += bits(added[place + 1]).map(|entry| self.followed[place][entry]).sum::<f32>();
        }
        odds
    }

    fn add(&mut self, added: [u64; 4]) {
        let frequencies = &*FREQUENCIES;
        let add = |sums: &mut [f32; ENTRIES], more: &[f32; ENTRIES]| {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        };
        self.odds = self.odds_with(added);
        for (place, added) in added.into_iter().enumerate() {
            self.entries[place] |= added;
            for entry in bits(added) {
                if let Some(followed) = self.followed.get_mut(place) {
                    add(followed, &frequencies.pairs[entry]);
                }
                if let Some(following) = place.checked_sub(1).and_then(|before| self.following.get_mut(before)) {
                    add(following, &frequencies.turned[entry]);
                }
            }
        }
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
        let empty = Class::EMPTY;
        let alone = |gram: &[u8]| empty.odds_with(empty.added(level, gram)).frequency();
        let mut grams: Vec<(f32, &[u8])> = grams.iter().map(|gram| (alone(gram), *gram)).collect();
        // the most probable ones choose first, and stay by themselves
        grams.sort_unstable_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut classes = vec![empty.clone(); count * CLASSES];
        for (_, gram) in grams {
            let growth = |class: &Class| {
                let added = class.added(level, gram);
                if added == [0; 4] { 0.0 } else { class.odds_with(added).frequency() - class.odds.frequency() }
            };
            let grown = classes.iter_mut().map(|class| (growth(class), class));
            if let Some((_, class)) = grown.min_by(|(one, _), (other, _)| one.total_cmp(other)) {
                class.add(class.added(level, gram));
            }
        }
        let classes: Vec<simd::Class> = classes.iter().map(|class| class.entries).collect();
        Self { classes: Classes::new(level, &classes) }
    }

    /// Calls `hits` with all positions at which a gram may stand, some at a time, and with what is to be added to each, until it returns true.
    #[inline]
    pub(super) fn each(&self, text: &[u8], hits: &mut impl FnMut(&[u32], usize) -> bool) -> bool {
        self.classes.find(text, hits)
    }
}
