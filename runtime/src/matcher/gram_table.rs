//! Which literals have a gram, and does one of them stand around it?
//!
//! Tables of thousands of literals lie in far caches, so what counts is how many lines of them an answer touches, one after the other: one for a gram, one
//! for each literal that has it, and one more only where a literal is longer than what stands there of it.

use std::hint::select_unpredictable;
use std::ops::Range;

use super::bytes::mixed;
use super::cache::clamp;
use super::grams::Found;
use crate::simd::prefetch;

/// Literals by some of their grams.
#[derive(Debug, Default)]
pub(super) struct GramTable {
    /// Open-addressed, by pairs that share a line of the cache.
    pairs: Box<[Pair]>,
    /// By gram.
    places: Box<[Place]>,
    /// The literals, end to end.
    texts: Box<[u8]>,
}

/// Two grams that are looked up together, and whether others would stand here, and stand behind.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Pair([Slot; 2]);

const _: () = assert!(size_of::<Pair>() == 32);

/// A gram, the first of its places, and what tells most texts that have the gram but none of its literals.
#[derive(Clone, Copy, Debug)]
struct Slot {
    gram: u32,
    first: u32,
    /// Up to four bytes beside the gram, if it has only one place.
    near: [u8; 4],
    /// Where they start, counted from the gram.
    near_offset: i16,
    near_len: u8,
    /// Of the first of a pair: another gram would stand in the pair, and stands behind.
    is_passed: bool,
}

/// A gram of a literal.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The literal's.
    id: u32,
    len: u32,
    /// Where it stands in `texts`.
    text: u32,
    /// Where in the literal the gram stands.
    offset: u32,
    /// Up to eight other bytes of the literal, and where in it they stand: most literals are ruled out by them.
    near: u64,
    near_offset: u32,
    /// In bytes.
    near_len: u8,
    /// The gram and these bytes are all of the literal.
    is_whole: bool,
    /// The next place is of another gram.
    is_last: bool,
}

/// What a table is made of: a gram of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub gram: u32,
    /// Which literal?
    pub literal: u32,
    /// Where in it does the gram stand?
    pub offset: u32,
    /// How many bytes of it are the gram, 1-4?
    pub width: u32,
}

/// A literal and its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Literal<'a> {
    pub id: u32,
    pub text: &'a [u8],
}

/// No gram is this: text has no byte of all ones, nor has spelled text four.
const NO_GRAM: u32 = u32::MAX;

/// Up to four bytes as a number.
#[inline]
pub(super) fn gram(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

impl GramTable {
    /// A table of these entries, sorted.
    pub(super) fn new(entries: &[Entry], literals: &[Literal<'_>]) -> Self {
        let mut texts = Vec::new();
        let starts: Vec<u32> = literals
            .iter()
            .map(|literal| {
                let start = texts.len();
                texts.extend_from_slice(literal.text);
                clamp(start)
            })
            .collect();
        let groups = entries.chunk_by(|one, other| one.gram == other.gram);
        let size = groups.clone().count().next_power_of_two();
        let mut pairs = vec![Pair([Slot::EMPTY; 2]); size].into_boxed_slice();
        let mut places = Vec::with_capacity(entries.len());
        for group in groups {
            let Some(Entry { gram, .. }) = group.first() else { continue };
            let first = places.len();
            let of_group = group.iter().filter_map(|entry| {
                let index = entry.literal as usize;
                Some(Place::new(entry, literals.get(index)?, *starts.get(index)?))
            });
            places.extend(of_group);
            let mut slot = Slot { gram: *gram, first: clamp(first), ..Slot::EMPTY };
            if let [place] = places.get(first..).unwrap_or_default() {
                slot.look_beside(place);
            }
            let mut at = home(*gram, size);
            while !pairs[at].put(slot) {
                at = (at + 1) & (size - 1);
            }
            if let Some(last) = places.last_mut() {
                last.is_last = true;
            }
        }
        Self { pairs, places: places.into(), texts: texts.into() }
    }

    /// Every gram.
    pub(super) fn grams(&self) -> impl Iterator<Item = u32> {
        self.pairs.iter().flat_map(|Pair(slots)| slots).map(|slot| slot.gram).filter(|gram| *gram != NO_GRAM)
    }

    /// A gram will be looked for.
    #[inline]
    pub(super) fn expect_gram(&self, gram: u32) {
        self.pairs.get(home(gram, self.pairs.len())).into_iter().for_each(prefetch);
    }

    /// Whether a literal may stand around the gram at this position of a text: by one line of the cache, and without a branch that depends on it, since nobody would
    /// foresee it. Of grams of ordinary texts two of three are told.
    #[inline]
    pub(super) fn may_stand(&self, gram: u32, text: &[u8], at: usize) -> bool {
        let Some(Pair([one, other])) = self.pairs.get(home(gram, self.pairs.len())) else { return false };
        let is_other = select_unpredictable(other.gram == gram, other.stands_beside(text, at), one.is_passed);
        select_unpredictable(one.gram == gram, one.stands_beside(text, at), is_other)
    }

    /// Calls `found` with the id of each literal that stands around the gram at this position of a text, and where it does, until it returns true.
    #[inline]
    pub(super) fn around(&self, gram: u32, text: &[u8], at: usize, found: &mut Found<'_>) -> bool {
        for place in self.places(gram) {
            if let Some(range) = self.place_around(place, text, at)
                && found(place.id, range)
            {
                return true;
            }
            if place.is_last {
                break;
            }
        }
        false
    }

    /// The places of a gram, and those of others behind them.
    #[inline]
    fn places(&self, gram: u32) -> &[Place] {
        let mut at = home(gram, self.pairs.len());
        while let Some(Pair(slots)) = self.pairs.get(at) {
            if let Some(slot) = slots.iter().find(|slot| slot.gram == gram) {
                return self.places.get(slot.first as usize..).unwrap_or_default();
            }
            if !slots[0].is_passed {
                break;
            }
            at = (at + 1) & (self.pairs.len() - 1);
        }
        &[]
    }

    #[inline]
    fn place_around(&self, place: &Place, text: &[u8], at: usize) -> Option<Range<usize>> {
        let start = at.checked_sub(place.offset as usize)?;
        let range = start..start + place.len as usize;
        let near = text.get(start + place.near_offset as usize..).and_then(<[u8]>::first_chunk);
        if let Some(near) = near {
            let differ = u64::from_le_bytes(*near) ^ place.near;
            if differ.checked_shl(64 - 8 * u32::from(place.near_len)).unwrap_or(0) != 0 {
                return None;
            }
            if place.is_whole {
                return Some(range);
            }
        }
        // longer, or close to the end
        let literal = self.texts.get(place.text as usize..)?.get(..place.len as usize)?;
        (text.get(range.clone()) == Some(literal)).then_some(range)
    }
}

impl Pair {
    /// Puts a gram here, if there is room; marks that it stands behind, if not.
    fn put(&mut self, slot: Slot) -> bool {
        let Self(slots) = self;
        let Some(vacant) = slots.iter_mut().find(|slot| slot.gram == NO_GRAM) else {
            slots[0].is_passed = true;
            return false;
        };
        *vacant = slot;
        true
    }
}

impl Slot {
    const EMPTY: Self = Self { gram: NO_GRAM, first: 0, near: [0; 4], near_offset: 0, near_len: 0, is_passed: false };

    /// Whether what stands beside the gram at this position of a text is what the slot says.
    #[inline]
    fn stands_beside(&self, text: &[u8], at: usize) -> bool {
        let near = text.get(at.wrapping_add_signed(isize::from(self.near_offset))..).and_then(<[u8]>::first_chunk);
        let differ = near.map_or(0, |near| u32::from_le_bytes(*near) ^ u32::from_le_bytes(self.near));
        u64::from(differ) << (32 - 8 * u32::from(self.near_len)) & u64::from(u32::MAX) == 0
    }

    /// Tells texts by what stands beside the gram in the only literal that has it.
    fn look_beside(&mut self, place: &Place) {
        let from_gram = i64::from(place.near_offset) - i64::from(place.offset);
        if let Ok(offset) = i16::try_from(from_gram) {
            self.near_offset = offset;
            self.near_len = place.near_len.min(4);
            self.near.iter_mut().zip(place.near.to_le_bytes()).for_each(|(to, from)| *to = from);
        }
    }
}

impl Place {
    fn new(entry: &Entry, literal: &Literal<'_>, start: u32) -> Self {
        let text = literal.text;
        let (offset, width) = (entry.offset as usize, entry.width as usize);
        let (before, behind) = (offset, text.len() - offset - width);
        let near_offset = if behind >= before.min(8) { offset + width } else { offset - before.min(8) };
        let near_len = if behind >= before.min(8) { behind.min(8) } else { before.min(8) };
        let near = text.get(near_offset..near_offset + near_len).unwrap_or_default();
        let mut bytes = [0; 8];
        bytes.iter_mut().zip(near).for_each(|(to, from)| *to = *from);
        Self {
            id: literal.id,
            len: clamp(text.len()),
            text: start,
            offset: entry.offset,
            near: u64::from_le_bytes(bytes),
            near_offset: clamp(near_offset),
            near_len: u8::try_from(near_len).unwrap_or(0),
            is_whole: width + near_len == text.len(),
            is_last: false,
        }
    }
}

#[inline]
fn home(gram: u32, size: usize) -> usize {
    (mixed(gram) >> 12) as usize & size.wrapping_sub(1)
}
