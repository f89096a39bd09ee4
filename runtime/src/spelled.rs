//! Values of an event side by side, as scanners want them.

use std::ops::Range;

use crate::event::values::Value;
use crate::matcher::bytes;

/// Values of an event, spelled as by [`bytes::spell_into`], with a byte between each and the next.
#[derive(Debug, Default)]
pub(crate) struct Spelled {
    /// Longer than what was written by a [`STEP`] at least: most values are copied as one, and what is too much is written over.
    bytes: Vec<u8>,
    len: usize,
    /// Only the first `part_count` count, the rest is room.
    parts: Vec<Part>,
    part_count: usize,
    /// One value.
    scratch: Vec<u8>,
}

/// A value.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Where it starts.
    start: usize,
    /// Its number among the leaves.
    leaf: u32,
}

/// So much is copied at once.
const STEP_U32: u32 = 64;
const STEP: usize = STEP_U32 as usize;
/// And so much near the end of a text.
const SHORT_STEP: usize = 8;

/// Stands between values: what is found across it is within none of them.
const BETWEEN: u8 = b'"';

/// More room than this is given back after the event that needed it.
const KEPT: usize = 4 << 20;

impl Spelled {
    /// Starts with an event, whose text has so many bytes, and which has so many values.
    pub(crate) fn start(&mut self, text: usize, values: usize) {
        if self.bytes.capacity() > KEPT.max(2 * text) {
            self.bytes = Vec::new();
        }
        self.len = 0;
        self.part_count = 0;
        if self.parts.capacity() > (KEPT / size_of::<Part>()).max(2 * values) {
            self.parts = Vec::new();
        }
        if self.parts.len() < values {
            self.parts.resize(values, Part { start: 0, leaf: 0 });
        }
        self.make_room(text);
    }

    /// Makes room for so many bytes more.
    fn make_room(&mut self, more: usize) {
        let wanted = self.len + more + 2 * STEP;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
    }

    /// Appends a value of this text that is spelled there as scanners spell it, but for the case bit. Returns where it starts.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "for most values it is a few instructions: measured")]
    pub(crate) fn push(&mut self, leaf: u32, value: Value, text: &[u8]) -> usize {
        let start = self.len;
        let mut done = 0_u32;
        // what stands behind the value is copied too, and written over
        loop {
            // of 32 bits, since sums cannot overflow then: one compare
            let from = value.start.wrapping_add(done) as usize;
            let from = text.get(from..from + STEP).and_then(<[u8]>::first_chunk::<STEP>);
            let to = start + done as usize;
            let to = self.bytes.get_mut(to..to + STEP).and_then(<[u8]>::first_chunk_mut::<STEP>);
            let (Some(from), Some(to)) = (from, to) else {
                self.push_bytes(value.bytes(text).get(done as usize..).unwrap_or_default(), start + done as usize);
                break;
            };
            *to = from.map(|byte| byte | bytes::CASE_BIT);
            done += STEP_U32;
            if done >= value.len {
                break;
            }
        }
        self.finish(start, start + value.len as usize, leaf)
    }

    /// Copies what stands near the end of its text.
    #[inline(never)]
    fn push_bytes(&mut self, raw: &[u8], start: usize) {
        self.make_room(start - self.len + raw.len());
        let room = self.bytes.get_mut(start..start + raw.len()).unwrap_or_default();
        let (blocks, rest) = room.as_chunks_mut::<SHORT_STEP>();
        let (from, of_rest) = raw.as_chunks::<SHORT_STEP>();
        for (to, from) in blocks.iter_mut().zip(from) {
            *to = from.map(|byte| byte | bytes::CASE_BIT);
        }
        rest.iter_mut().zip(of_rest).for_each(|(to, from)| *to = *from | bytes::CASE_BIT);
    }

    /// Appends a value that has to be spelled: what `spell` appends. Returns where it starts.
    #[inline(never)]
    pub(crate) fn push_with(&mut self, leaf: u32, spell: impl FnOnce(&mut Vec<u8>)) -> usize {
        self.scratch.clear();
        self.scratch.shrink_to(KEPT);
        spell(&mut self.scratch);
        let (start, len) = (self.len, self.scratch.len());
        // what follows needs the room that there was
        if self.bytes.len() < start + len + STEP {
            self.make_room(len + self.bytes.len() - start);
        }
        if let Some(room) = self.bytes.get_mut(start..start + len) {
            room.copy_from_slice(&self.scratch);
        }
        self.finish(start, start + len, leaf)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    fn finish(&mut self, start: usize, end: usize, leaf: u32) -> usize {
        match self.bytes.get_mut(end) {
            Some(behind) => *behind = BETWEEN,
            None => self.grow(end),
        }
        self.len = end + 1;
        match self.parts.get_mut(self.part_count) {
            Some(part) => *part = Part { start, leaf },
            None => self.parts.push(Part { start, leaf }),
        }
        self.part_count += 1;
        start
    }

    /// As the end of a value that fills all room.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, end: usize) {
        self.bytes.resize(end, 0);
        self.bytes.push(BETWEEN);
        self.bytes.resize(end + STEP, 0);
    }

    /// The last value, which starts here.
    #[inline]
    pub(crate) fn last(&self, start: usize) -> &[u8] {
        self.bytes.get(start..self.len - 1).unwrap_or_default()
    }

    /// Takes the last value out, which starts here.
    pub(crate) fn pop(&mut self, start: usize) {
        self.len = start;
        self.part_count -= 1;
    }

    /// All values.
    pub(crate) fn all(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The number of the leaf within which this part of [`Self::all`] lies, and where it does so in its value.
    pub(crate) fn leaf_around(&self, place: Range<usize>) -> Option<(usize, Range<usize>)> {
        let parts = self.parts.get(..self.part_count)?;
        let after = parts.partition_point(|part| part.start <= place.start);
        let part = parts.get(after.checked_sub(1)?)?;
        let start = part.start;
        let end = parts.get(after).map_or(self.len, |part| part.start) - 1;
        (place.end <= end).then(|| (part.leaf as usize, place.start - start..place.end - start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::values::Kind;

    #[test]
    fn room_is_made_where_it_was_foreseen_too_small() {
        let text = [b'A'; 1000];
        for len in [0, 63, 64, 128, 200, 256] {
            let mut spelled = Spelled::default();
            spelled.start(0, 0);
            for leaf in 0..5 {
                let at = spelled.push(leaf, Value { kind: Kind::String, flags: 0, start: 1, len }, &text);
                assert_eq!(spelled.last(at), vec![b'a'; len as usize]);
            }
            let expected = [vec![b'a'; len as usize], vec![BETWEEN]].concat().repeat(5);
            assert_eq!(spelled.all(), expected, "{len}");
        }
    }

    #[test]
    fn values_stand_side_by_side() {
        let text: Vec<u8> = (0..400_u32).map(|at| b'A' + u8::try_from(at % 26).unwrap()).collect();
        let mut spelled = Spelled::default();
        spelled.start(text.len(), 3);
        let ranges = [0..0, 0..1, 3..66, 66..130, 131..260, 300..363, 363..399, 399..400];
        let mut expected = Vec::new();
        for (leaf, range) in (0..).zip(&ranges) {
            let [start, len] = [range.start, range.len()].map(|n| u32::try_from(n).unwrap());
            let at = spelled.push(leaf, Value { kind: Kind::String, flags: 0, start, len }, &text);
            assert_eq!(spelled.last(at), text[range.clone()].to_ascii_lowercase());
            expected.extend(text[range.clone()].to_ascii_lowercase());
            expected.push(BETWEEN);
            if leaf == 2 {
                let at = spelled.push_with(7, |out| out.extend(b"odd"));
                assert_eq!(spelled.last(at), b"odd");
                spelled.pop(at);
            }
            if leaf == 3 {
                spelled.push_with(9, |out| out.extend([b'x'; 5000]));
                expected.extend([b'x'; 5000]);
                expected.push(BETWEEN);
            }
        }
        assert_eq!(spelled.all(), expected);
        assert_eq!(spelled.leaf_around(1..2), Some((1, 0..1)));
        assert_eq!(spelled.leaf_around(4..60), Some((2, 1..57)));
        assert_eq!(spelled.leaf_around(4..67), None);
        assert_eq!(spelled.leaf_around(200..300).unwrap().0, 9);
        let end = spelled.all().len();
        assert_eq!(spelled.leaf_around(end - 2..end - 1), Some((7, 0..1)));
        assert_eq!(spelled.leaf_around(end - 2..end), None);
    }
}
