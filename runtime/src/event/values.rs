//! The values of one event, by slot: what the decoder writes and the matcher reads.
//!
//! A slot is a physical path that the engine asked for. One event touches a dozen of some hundreds of slots, so everything
//! here is reused between events and [`Values::reset`] costs only what the last event touched. A value is a range of one
//! text: the line that was decoded, or, for events that are not JSON, a buffer of the `Values`' own ([`Values::text`]).
//!
//! **Precedence.** One path can be spelled in several ways (`{"a.b": x}`, `{"a": {"b": x}}`). Each spelling has a rank; a
//! better (lower) rank replaces what worse ones left, equal ranks add to each other: members of arrays and duplicate keys
//! all count.

use std::ops::Range;

use super::paths::EdgeId;

/// A physical path that the engine asked for: its position in the list of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SlotId(pub(crate) u32);

impl SlotId {
    /// In place of a slot where there is none, or several.
    pub(crate) const NONE: Self = Self(u32::MAX);

    /// The position as an index.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// `null`: a value without text.
    Null,
    /// `true`
    True,
    /// `false`
    False,
    /// A number; its range is the token as written.
    Number,
    /// A string; its range is what stands between the quotes, escapes and all.
    String,
    /// An array; its range is its JSON text. Only for slots that asked for containers.
    Array,
    /// An object; its range is its JSON text. Only for slots that asked for containers.
    Object,
}

/// The string may hold a backslash: its text has to be unescaped.
pub(crate) const ESCAPED: u8 = 1;
/// The string holds a control character, one of the escapes `\u` and `\/`, or a character above 0x7f that does not fold to itself: lower-casing
/// its ASCII letters does not fold it, and JSON has other ways to spell it.
pub(crate) const ODD: u8 = 2;
/// The number is not written as a plain integer: it has a fraction or an exponent, or is `-0`.
pub(crate) const FRACTION: u8 = 4;
/// A scalar that is also part of an [`Kind::Array`] or [`Kind::Object`] of its field, which an [`crate::Event`] gave: array quantifiers see it there.
pub(crate) const INSIDE: u8 = 8;

/// One value of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// What it is.
    pub kind: Kind,
    /// [`ESCAPED`], [`ODD`], [`FRACTION`] and [`INSIDE`].
    pub flags: u8,
    /// Where it starts in the text.
    pub start: u32,
    /// How many bytes it has.
    pub len: u32,
}

impl Value {
    /// The bytes of the value in the text that it was read from ([`Values::text`]).
    #[inline]
    pub(crate) fn bytes(self, text: &[u8]) -> &[u8] {
        text.get(self.range()).unwrap_or_default()
    }

    /// Where it stands in that text.
    #[inline]
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }

    /// A value with text: not null, not a container.
    pub(crate) fn is_scalar(self) -> bool {
        match self.kind {
            Kind::Null | Kind::Array | Kind::Object => false,
            Kind::True | Kind::False | Kind::Number | Kind::String => true,
        }
    }
}

/// A scalar of the event and the key that it stands behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub value: Value,
    /// [`EdgeId::NONE`] if nobody asked for the key.
    pub edge: EdgeId,
}

/// What one slot holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotValues<'a> {
    /// The path exists in the event, be it null, an empty array or an object.
    pub present: bool,
    /// Its values in the order of the event.
    pub values: &'a [Value],
}

/// The values of one event, reused from event to event.
#[derive(Debug, Default)]
pub(crate) struct Values {
    slots: Vec<Slot>,
    touched: Vec<SlotId>,
    leaves: Vec<Leaf>,
    /// The text of events that are not one JSON line.
    arena: Vec<u8>,
    waiting: Waiting,
    owned: bool,
    gathered: bool,
}

/// Values of leaves that slots are to get: the slot, the rank of the source and the number of the leaf.
#[derive(Debug)]
struct Waiting {
    list: [(SlotId, u32, u32); WAITING],
    len: usize,
}

/// As many values wait at most: what most events have.
const WAITING: usize = 64;

impl Default for Waiting {
    fn default() -> Self {
        Self { list: [(SlotId::NONE, 0, 0); WAITING], len: 0 }
    }
}

/// No source has spoken yet: worse than any rank.
const UNTOUCHED: u32 = u32::MAX;

/// Buffers above this many values are given back after the event that needed them.
const KEPT_VALUES: usize = 1 << 16;

/// Most slots hold one value, which then needs no memory elsewhere.
#[derive(Debug)]
struct Slot {
    rank: u32,
    len: u32,
    /// The only value, if there is one.
    only: Value,
    /// If there are several: all of them.
    several: Vec<Value>,
}

impl Slot {
    const EMPTY: Self = Self {
        rank: UNTOUCHED,
        len: 0,
        only: Value { kind: Kind::Null, flags: 0, start: 0, len: 0 },
        several: Vec::new(),
    };

    #[inline]
    fn values(&self) -> &[Value] {
        if self.len <= 1 { &std::slice::from_ref(&self.only)[..self.len as usize] } else { &self.several }
    }

    #[inline]
    fn push(&mut self, value: Value) {
        if self.len == 0 {
            self.only = value;
            self.len = 1;
        } else {
            self.push_another(value);
        }
    }

    #[inline(never)]
    fn push_another(&mut self, value: Value) {
        if self.len == 1 {
            self.several.clear();
            self.several.push(self.only);
        }
        self.several.push(value);
        self.len = self.len.saturating_add(1);
    }

    /// Forgets the values.
    #[inline]
    fn clear(&mut self) {
        if self.len > 1 {
            clear(&mut self.several);
        }
        self.len = 0;
    }
}

impl Values {
    /// Room for this many slots.
    pub(crate) fn new(slots: usize) -> Self {
        let slots = (0..slots).map(|_| Slot::EMPTY).collect();
        Self { slots, ..Self::default() }
    }

    /// Forgets the last event.
    pub(crate) fn reset(&mut self) {
        for slot in self.touched.drain(..) {
            let slot = &mut self.slots[slot.index()];
            slot.rank = UNTOUCHED;
            slot.clear();
        }
        clear(&mut self.leaves);
        self.owned = false;
        self.gathered = false;
        self.arena.clear();
        if self.arena.capacity() > KEPT_VALUES * size_of::<Value>() {
            self.arena = Vec::new();
        }
    }

    /// What the event says of one slot.
    #[inline]
    pub(crate) fn slot(&self, slot: SlotId) -> SlotValues<'_> {
        let slot = &self.slots[slot.index()];
        SlotValues { present: slot.rank != UNTOUCHED, values: slot.values() }
    }

    /// The slots that are present, in the order in which they were first seen.
    #[inline]
    pub(crate) fn touched(&self) -> &[SlotId] {
        &self.touched
    }

    /// Every scalar of the event in order, nulls included. Those behind keys that nobody asked for only when
    /// [`super::paths::Paths::want_leaves`] was called.
    pub(crate) fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Whether the event was asked field by field: the values of slots are no leaves then.
    pub(crate) fn is_gathered(&self) -> bool {
        self.gathered
    }

    /// The text that values point into: the decoded line itself, or the buffer of an event that is not JSON.
    #[inline]
    pub(crate) fn text<'a>(&'a self, line: &'a [u8]) -> &'a [u8] {
        if self.owned { &self.arena } else { line }
    }

    /// Marks a slot as present for a source of this rank.
    #[inline]
    pub(super) fn open(&mut self, slot: SlotId, rank: u32) {
        self.slot_for(slot, rank);
    }

    /// The slot, marked as present, if a source of this rank may add values to it.
    #[inline]
    fn slot_for(&mut self, id: SlotId, rank: u32) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(id.index())?;
        if rank != slot.rank {
            if rank > slot.rank {
                return None;
            }
            if slot.rank == UNTOUCHED {
                self.touched.push(id);
            }
            slot.rank = rank;
            slot.clear();
        }
        Some(slot)
    }

    /// Adds a value from a source of this rank.
    #[inline]
    pub(super) fn put(&mut self, id: SlotId, rank: u32, value: Value) {
        match self.slots.get_mut(id.index()) {
            // so it is for most
            Some(slot) if slot.rank == UNTOUCHED => {
                self.touched.push(id);
                slot.rank = rank;
                slot.only = value;
                slot.len = 1;
            }
            _ => self.put_again(id, rank, value),
        }
    }

    #[inline(never)]
    fn put_again(&mut self, slot: SlotId, rank: u32, value: Value) {
        if let Some(slot) = self.slot_for(slot, rank) {
            slot.push(value);
        }
    }

    /// Adds a scalar to [`Values::leaves`].
    #[inline]
    pub(super) fn push_leaf(&mut self, value: Value, edge: EdgeId) {
        self.leaves.push(Leaf { value, edge });
    }

    /// Will add the last leaf to a slot, from a source of this rank, when [`Self::put_waiting`] is called or when there is no more room; not to [`SlotId::NONE`].
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "events have fewer leaves than bytes, whose places fit")]
    pub(super) fn put_later(&mut self, slot: SlotId, rank: u32) {
        if self.waiting.len == WAITING {
            self.put_waiting();
        }
        let Waiting { list, len } = &mut self.waiting;
        if let Some(place) = list.get_mut(*len) {
            *place = (slot, rank, self.leaves.len() as u32);
        }
        *len += usize::from(slot != SlotId::NONE);
    }

    /// Adds what waits to its slots.
    #[inline(never)]
    pub(super) fn put_waiting(&mut self) {
        let len = std::mem::take(&mut self.waiting.len);
        for number in 0..len {
            let Some(&(slot, rank, leaf)) = self.waiting.list.get(number) else { break };
            if let Some(Leaf { value, .. }) = self.leaves.get((leaf as usize).wrapping_sub(1)).copied() {
                self.put(slot, rank, value);
            }
        }
    }

    /// The values point into this text.
    pub(super) fn own(&mut self, text: Vec<u8>) {
        self.owned = true;
        self.arena = text;
    }

    /// From here on, values point into the own buffer, which grows by `bytes`. Returns where they start; none if the
    /// buffer would outgrow the offsets of values.
    pub(super) fn store(&mut self, bytes: &[u8]) -> Option<u32> {
        self.owned = true;
        self.gathered = true;
        let start = self.arena.len();
        if start + bytes.len() > super::MAX_TEXT {
            return None;
        }
        self.arena.extend_from_slice(bytes);
        u32::try_from(start).ok()
    }
}

fn clear<T>(values: &mut Vec<T>) {
    values.clear();
    if values.capacity() > KEPT_VALUES {
        *values = Vec::new();
    }
}
