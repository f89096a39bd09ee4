//! Keys that a stream had before, and what they lead to.
//!
//! Events of a stream share a hundred keys or so, of which rules ask for every other one. So what a key leads to is kept by what it looks like, also that it leads
//! nowhere: one line of the cache tells it. Keys are compared in full.

use super::paths::{EdgeId, NodeId, Paths};
use super::values::SlotId;

/// Keys of up to [`LONGEST`] bytes that were looked up in [`Paths`], by place: a key goes where its hash says, and takes the place of another.
#[derive(Debug)]
pub(super) struct KnownKeys {
    keys: Box<[Known; PLACES]>,
    /// Whose keys they are.
    owner: u64,
}

/// A key as it is written, of at most [`LONGEST`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Its bytes, filled up with zeros.
    words: [u64; LONGEST / 8],
    /// Its length, and the number of the node that was asked.
    asked: u64,
}

/// Where a key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub edge: EdgeId,
    /// The slot that it feeds if it feeds one, or [`SlotId::NONE`].
    pub slot: SlotId,
    /// What the edge, and that slot, add to the rank of the object.
    pub add: u32,
    /// It feeds more than one slot.
    pub feeds_several: bool,
}

/// One line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Known {
    key: Key,
    way: Way,
}

const _: () = assert!(size_of::<Known>() == 64);

/// The longest keys that are kept.
pub(super) const LONGEST: usize = 24;

/// A hundred keys seldom meet here; the lines of others are not touched.
const PLACES: usize = 1 << 12;

/// No key is this: the node that knows no key is not asked.
const VACANT: Known = Known { key: Key { words: [0; 3], asked: 0 }, way: Way::NOWHERE };

impl Way {
    /// Nobody asks for it.
    pub(super) const NOWHERE: Self = Self { edge: EdgeId::NONE, slot: SlotId::NONE, add: 0, feeds_several: false };
}

impl Default for Way {
    fn default() -> Self {
        Self::NOWHERE
    }
}

impl Default for KnownKeys {
    fn default() -> Self {
        Self { keys: vec![VACANT; PLACES].into_boxed_slice().try_into().expect("as long as asked for"), owner: 0 }
    }
}

impl KnownKeys {
    /// Keys of these paths will be asked for.
    #[inline]
    pub(super) fn serve(&mut self, paths: &Paths) {
        if self.owner != paths.id() {
            self.keys.fill(VACANT);
            self.owner = paths.id();
        }
    }

    /// Where a key leads to, if it was seen before.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the hot loop is one function: measured")]
    pub(super) fn find(&self, key: &Key) -> Option<&Way> {
        let known = &self.keys[key.place()];
        let differ = key.words.iter().zip(known.key.words).fold(0, |differ, (one, other)| differ | one ^ other);
        (differ | key.asked ^ known.key.asked == 0).then_some(&known.way)
    }

    /// Keeps where a key leads to.
    pub(super) fn keep(&mut self, key: Key, way: Way) {
        self.keys[key.place()] = Known { key, way };
    }
}

impl Key {
    /// The key of this length that stands at the beginning of these bytes; `node` is asked for it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    pub(super) fn new(node: NodeId, bytes: &[u8; LONGEST], len: usize) -> Option<Self> {
        let masks = MASKS.get(len)?;
        let mut words = [0; LONGEST / 8];
        for ((word, bytes), mask) in words.iter_mut().zip(bytes.as_chunks().0).zip(masks) {
            *word = u64::from_le_bytes(*bytes) & mask;
        }
        Some(Self { words, asked: u64::from(node.number()) << 32 | len as u64 })
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    #[expect(clippy::cast_possible_truncation, reason = "the high bits choose the place")]
    fn place(&self) -> usize {
        let [first, second, third] = self.words;
        let mixed = first ^ second.rotate_left(31) ^ third.rotate_left(17) ^ self.asked;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - PLACES.trailing_zeros())) as usize
    }
}

/// Which bytes belong to a key of this length.
pub(super) static MASKS: [[u64; LONGEST / 8]; LONGEST + 1] = {
    let mut masks = [[0; LONGEST / 8]; LONGEST + 1];
    let mut len = 0;
    while len <= LONGEST {
        let mut at = 0;
        while at < len {
            masks[len][at / 8] |= 0xff << (8 * (at % 8));
            at += 1;
        }
        len += 1;
    }
    masks
};
