//! Where the accumulators of a group stand among its words.

use crate::table::aggregate::Aggregate;
use crate::table::aggregate::layout::Part;
use crate::table::aggregate::side::Side;
use crate::table::pipeline::Stats;

/// What the groups of a `STATS` are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// How many keys.
    pub(super) keys: usize,
    /// How many words.
    pub(super) words: usize,
    /// The words of each aggregate function.
    pub(super) spans: Vec<Span>,
    /// Their parts.
    pub(super) parts: Vec<Placed>,
}

/// The words of an aggregate function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    width: usize,
}

/// A part of an aggregate function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) aggregate: Aggregate,
    part: Part,
    start: usize,
}

impl Shape {
    pub(super) fn of(stats: &Stats) -> Self {
        let mut shape = Self { keys: stats.keys.len(), words: 0, spans: Vec::new(), parts: Vec::new() };
        for call in &stats.aggregates {
            shape.spans.push(Span { start: shape.words, width: Part::words(call.aggregate) });
            for part in Part::of(call.aggregate) {
                shape.parts.push(Placed { aggregate: call.aggregate, part: *part, start: shape.words });
                shape.words += part.width();
            }
        }
        shape
    }

    /// About how many bytes a group takes beside its values and sides.
    pub(super) fn bytes(&self) -> usize {
        self.keys * 4 + self.words * 8 + std::mem::size_of::<super::Meta>() + 12
    }
}

impl Span {
    /// How many words.
    pub(super) fn width(self) -> usize {
        self.width
    }

    /// Its words in a slot.
    pub(super) fn of(self, words: &[u64], slot: u32, width: usize) -> &[u64] {
        super::of(words, slot, width).get(self.start..self.start + self.width).unwrap_or_default()
    }

    /// As [`Span::of`].
    pub(super) fn of_mut(self, words: &mut [u64], slot: u32, width: usize) -> &mut [u64] {
        super::of_mut(words, slot, width).get_mut(self.start..self.start + self.width).unwrap_or_default()
    }
}

impl Placed {
    fn words(self, words: &[u64]) -> &[u64] {
        words.get(self.start..self.start + self.part.width()).unwrap_or_default()
    }

    fn words_mut(self, words: &mut [u64]) -> &mut [u64] {
        words.get_mut(self.start..self.start + self.part.width()).unwrap_or_default()
    }

    /// The place of its side, by the words of the group.
    pub(super) fn side(self, words: &[u64]) -> Option<u32> {
        self.part.side(self.words(words))
    }

    pub(super) fn set_side(self, words: &mut [u64], place: u32) {
        self.part.set_side(self.words_mut(words), place);
    }

    pub(super) fn renumber(self, words: &mut [u64], number: &mut impl FnMut(u32) -> u32) {
        self.part.renumber(self.words_mut(words), number);
    }

    pub(super) fn is_sound(self, words: &[u64], values: usize) -> bool {
        self.part.is_sound(self.words(words), values)
    }

    pub(super) fn fits(self, side: &Side) -> bool {
        self.part.fits(self.aggregate, side)
    }
}
