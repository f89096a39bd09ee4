//! Where in a text may one of some hundred grams stand?
//!
//! Each gram belongs to a class of grams that are alike. A position is found if its first four bytes are, one by one, bytes that the grams of
//! some class have at their places: vector instructions decide that for 64 positions and eight classes at a time
//! ([`simd::find_grams`]). What is found is compared by the caller.

use super::rarity;
use crate::simd::{self, Group};

/// Grams of three and four bytes.
#[derive(Debug)]
pub(super) struct Sieve {
    groups: Box<[Group]>,
}

/// The most grams that are worth a sieve.
pub(super) const MAX_GRAMS: usize = 512;
/// Classes of a group: a bit each.
const CLASSES: usize = 8;
/// A group more costs as much at each position as some false positives.
const GRAMS_PER_GROUP: usize = 96;

/// The grams of a class, while it is made.
#[derive(Clone, Copy, Default)]
struct Class {
    /// By place: which bytes?
    bytes: [u128; 4],
    /// By place: how probable is it that a byte of an event is one of these?
    chances: [f32; 4],
}

impl Class {
    /// How probable is it that a position is found by this class?
    fn chance(&self) -> f32 {
        self.chances.iter().product()
    }

    fn with(mut self, gram: &[u8]) -> Self {
        for (place, (bytes, chance)) in self.bytes.iter_mut().zip(&mut self.chances).enumerate() {
            match gram.get(place) {
                Some(byte) if *bytes >> (byte & 0x7f) & 1 == 0 => {
                    *bytes |= 1 << (byte & 0x7f);
                    *chance += rarity::share(*byte);
                }
                Some(_) => {}
                None => (*bytes, *chance) = (u128::MAX, 1.0),
            }
        }
        self
    }
}

impl Sieve {
    /// A sieve for these grams. None if there are too many of them, or if this machine has no instructions for it.
    pub(super) fn new<'g>(grams: impl ExactSizeIterator<Item = &'g [u8]>) -> Option<Self> {
        if grams.len() > MAX_GRAMS || !simd::has_grams() {
            return None;
        }
        let count = grams.len().div_ceil(GRAMS_PER_GROUP);
        let mut grams: Vec<(f32, &[u8])> = grams.map(|gram| (Class::default().with(gram).chance(), gram)).collect();
        // the most probable ones choose first, and stay by themselves
        grams.sort_unstable_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut classes = vec![Class::default(); count * CLASSES];
        for (_, gram) in grams {
            let cost = |class: &Class| class.with(gram).chance() - class.chance();
            if let Some(class) = classes.iter_mut().min_by(|one, other| cost(one).total_cmp(&cost(other))) {
                *class = class.with(gram);
            }
        }
        let group = |classes: &[Class]| {
            let entry = |place: usize, byte: usize| {
                let bit = |(bit, class): (usize, &Class)| {
                    u8::from(class.bytes.get(place).is_some_and(|bytes| bytes >> byte & 1 != 0)) << bit
                };
                classes.iter().enumerate().map(bit).sum()
            };
            Group(std::array::from_fn(|place| std::array::from_fn(|byte| entry(place, byte))))
        };
        Some(Self { groups: classes.chunks(CLASSES).map(group).collect() })
    }

    /// Calls `hit` with every position at which a gram may stand, until it returns true.
    #[inline]
    pub(super) fn each(&self, text: &[u8], hit: &mut impl FnMut(usize) -> bool) -> bool {
        simd::find_grams(&self.groups, text, hit)
    }
}
