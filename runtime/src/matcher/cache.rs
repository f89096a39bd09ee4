//! Texts of values that had to be made for one event: folded, unescaped, spelled as rules spell numbers.

use std::ops::Range;

use crate::event::text::{fold_json_into, number_text_into, unescape_into};
use crate::event::values::{ESCAPED, FRACTION, Kind, Value};

/// Texts of values that had to be made: folded, unescaped. Cleared for each event, without giving memory back.
#[derive(Debug, Default)]
pub(crate) struct TextCache {
    /// By slot.
    slots: Vec<[Made; 2]>,
    /// All values of the event.
    all: [Made; 2],
    /// Parts of values in which a trigger of keyword rules may stand: where keywords are looked for first.
    hot: Vec<Value>,
    /// The text of one of them.
    part: Vec<u8>,
    /// The number of the event for which an entry of `slots` was made.
    epoch: u32,
    pub(super) ranges: Vec<Location>,
    arena: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Made {
    epoch: u32,
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Location {
    place: Place,
    start: u32,
    pub(super) len: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the event's own text.
    Event,
    /// In the arena.
    Arena,
    /// Nowhere: the value has no text.
    None,
}

/// Which text of a value?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// Unescaped and folded.
    Folded,
    /// Unescaped.
    Exact,
}

impl View {
    fn of(self, [folded, exact]: &[Made; 2]) -> Made {
        match self {
            Self::Folded => *folded,
            Self::Exact => *exact,
        }
    }
}

/// In place of a slot: every value of the event.
pub(super) const ALL_VALUES: usize = usize::MAX;

/// So many hot parts of an event are looked at before its values are.
const MAX_HOT: usize = 64;
/// Above this size, the text of a hot part is given back.
const KEPT_HOT: usize = 1 << 12;
/// Above this size, what one event left in the arena is given back.
const KEPT_ARENA: usize = 4 << 20;

impl TextCache {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots: vec![[Made::default(); 2]; slots], ..Self::default() }
    }

    /// Forgets the last event.
    pub(crate) fn reset(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill([Made::default(); 2]);
            self.all = [Made::default(); 2];
            self.epoch = 1;
        }
        self.hot.clear();
        self.part.shrink_to(KEPT_HOT);
        self.ranges.clear();
        self.arena.clear();
        if self.arena.capacity() > KEPT_ARENA {
            self.arena = Vec::new();
        }
    }

    /// A trigger of keyword rules may stand at this place of the event's text, within this value.
    pub(crate) fn add_hot(&mut self, value: Value, place: Range<usize>, text: &[u8]) {
        let backslashes = |range: Range<usize>| {
            let part = text.get(range).unwrap_or_default();
            part.iter().rev().take_while(|byte| **byte == b'\\').count()
        };
        // the part must not start or end within an escape
        if self.hot.len() >= MAX_HOT {
            return;
        }
        let start = place.start - backslashes(value.range().start..place.start) % 2;
        let end = place.end - backslashes(start..place.end) % 2;
        self.hot.push(Value { start: clamp(start), len: clamp(end - start), ..value });
    }

    /// Whether the text of a hot part satisfies `test`.
    pub(super) fn any_hot(&mut self, view: View, text: &[u8], mut test: impl FnMut(&[u8]) -> bool) -> bool {
        let Self { hot, part, .. } = self;
        hot.iter().any(|value| {
            part.clear();
            text_into(*value, view, value.bytes(text), part);
            test(part)
        })
    }

    fn views(&mut self, slot: usize) -> Option<&mut [Made; 2]> {
        match slot {
            ALL_VALUES => Some(&mut self.all),
            slot => self.slots.get_mut(slot),
        }
    }

    /// Makes the texts of these values, unless they are there; returns their range in `ranges`.
    #[inline]
    pub(super) fn make(
        &mut self,
        slot: usize,
        view: View,
        values: impl Iterator<Item = Value>,
        text: &[u8],
    ) -> (usize, usize) {
        let epoch = self.epoch;
        if let Some(made) = self.views(slot).map(|views| view.of(views))
            && made.epoch == epoch
        {
            return (made.start as usize, made.len as usize);
        }
        let start = self.ranges.len();
        for value in values {
            let range = self.text_of(value, view, text);
            self.ranges.push(range);
        }
        let len = self.ranges.len() - start;
        let made = Made { epoch, start: clamp(start), len: clamp(len) };
        if let Some([folded, exact]) = self.views(slot) {
            match view {
                View::Folded => *folded = made,
                View::Exact => *exact = made,
            }
        }
        (start, len)
    }

    /// What was made of a slot's values for this event, in their order; nothing if nothing was.
    pub(super) fn made(&self, slot: usize, view: View) -> &[Location] {
        let made = self.slots.get(slot).map(|views| view.of(views)).filter(|made| made.epoch == self.epoch);
        let range = made.map(|made| made.start as usize..(made.start + made.len) as usize);
        range.and_then(|range| self.ranges.get(range)).unwrap_or_default()
    }

    #[inline]
    fn text_of(&mut self, value: Value, view: View, text: &[u8]) -> Location {
        let raw = value.bytes(text);
        let start = self.arena.len();
        match (value.kind, view) {
            (Kind::Null | Kind::Array | Kind::Object, _) => return Location { place: Place::None, start: 0, len: 0 },
            (Kind::String, View::Exact) if value.flags & ESCAPED == 0 => {
                return Location { place: Place::Event, start: value.start, len: value.len };
            }
            (Kind::Number, _) if value.flags & FRACTION == 0 => {
                return Location { place: Place::Event, start: value.start, len: value.len };
            }
            (Kind::String | Kind::Number | Kind::True | Kind::False, _) => {
                text_into(value, view, raw, &mut self.arena);
            }
        }
        Location { place: Place::Arena, start: clamp(start), len: clamp(self.arena.len() - start) }
    }

    #[inline]
    pub(super) fn get<'a>(&'a self, range: Location, text: &'a [u8]) -> Option<&'a [u8]> {
        let (start, len) = (range.start as usize, range.len as usize);
        match range.place {
            Place::Event => text.get(start..start + len),
            Place::Arena => self.arena.get(start..start + len),
            Place::None => None,
        }
    }
}

/// Appends a scalar's text, given its bytes.
#[inline]
fn text_into(value: Value, view: View, raw: &[u8], out: &mut Vec<u8>) {
    match (value.kind, view) {
        (Kind::String, View::Exact) if value.flags & ESCAPED == 0 => out.extend_from_slice(raw),
        (Kind::String, View::Exact) => unescape_into(raw, out),
        _ => fold_value_into(value, raw, out),
    }
}

/// Appends a scalar's folded text, given its bytes.
#[inline]
pub(crate) fn fold_value_into(value: Value, raw: &[u8], out: &mut Vec<u8>) {
    match value.kind {
        Kind::String => fold_json_into(raw, value.flags, out),
        Kind::Number if value.flags & FRACTION == 0 => out.extend_from_slice(raw),
        Kind::Number => number_text_into(raw, out),
        Kind::True => out.extend_from_slice(b"true"),
        Kind::False => out.extend_from_slice(b"false"),
        Kind::Null | Kind::Array | Kind::Object => {}
    }
}

pub(super) fn clamp(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
